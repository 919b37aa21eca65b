import { managerReference, setManager } from '../../shared/directory/managers.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `PUT /users/{id}/manager/$ref`. */
export const handler = managementOperation('manager/set', { body: managerReference }, setManager)
