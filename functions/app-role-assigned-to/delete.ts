import { deleteAssignment } from '../../shared/directory/app-role-assignments.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE /servicePrincipals/{id}/appRoleAssignedTo/{id}`. */
export const handler = managementOperation('app-role-assigned-to/delete', {}, (request) =>
  deleteAssignment(request, 'resource'),
)
