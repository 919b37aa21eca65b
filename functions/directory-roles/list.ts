import { listDirectoryRoles } from '../../shared/directory/directory-role-assignments.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /directoryRoles`. */
export const handler = managementOperation('directory-roles/list', { query: ['$filter'] }, async (request) =>
  listDirectoryRoles(request),
)
