import { removeManager } from '../../shared/directory/managers.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE /users/{id}/manager/$ref`. */
export const handler = managementOperation('manager/remove', {}, removeManager)
