import { assignmentBody, createAssignment } from '../../shared/directory/app-role-assignments.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /servicePrincipals/{id}/appRoleAssignedTo`. */
export const handler = managementOperation('app-role-assigned-to/create', { body: assignmentBody }, (request) =>
  createAssignment(request, 'resource'),
)
