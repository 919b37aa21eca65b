import { listAssignments } from '../../shared/directory/app-role-assignments.ts'
import { recordOptions } from '../../shared/directory/records.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /servicePrincipals/{id}/appRoleAssignedTo`. */
export const handler = managementOperation('app-role-assigned-to/list', { query: recordOptions }, (request) =>
  listAssignments(request, 'resource'),
)
