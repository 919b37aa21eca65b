import { listAssignments } from '../../shared/directory/app-role-assignments.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /servicePrincipals/{id}/appRoleAssignedTo`. */
export const handler = managementOperation('app-role-assigned-to/list', { query: ['$top', '$skiptoken'] }, (request) =>
  listAssignments(request, 'resource'),
)
