import { readManager } from '../../shared/directory/managers.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /users/{id}/manager`, and its `/$ref`. */
export const handler = managementOperation('manager/read', { query: ['$select'] }, readManager)
