import { listRoleDefinitions } from '../../shared/directory/directory-role-assignments.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /roleManagement/directory/roleDefinitions`. */
export const handler = managementOperation('role-definitions/list', { query: ['$filter'] }, async (request) =>
  listRoleDefinitions(request),
)
