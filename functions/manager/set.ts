import { setManager } from '../../shared/directory/managers.ts'
import { referenceBody } from '../../shared/directory/shape.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `PUT /users/{id}/manager/$ref`. */
export const handler = managementOperation('manager/set', { body: referenceBody }, setManager)
