import { deleteAssignment } from '../../shared/directory/app-role-assignments.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE /servicePrincipals/{id}/appRoleAssignments/{id}`. */
export const handler = managementOperation('app-role-assignments/delete', {}, (request) =>
  deleteAssignment(request, 'principal'),
)
