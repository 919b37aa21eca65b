import { assignmentBody, createAssignment } from '../../shared/directory/app-role-assignments.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /servicePrincipals/{id}/appRoleAssignments`. */
export const handler = managementOperation('app-role-assignments/create', { body: assignmentBody }, (request) =>
  createAssignment(request, 'principal'),
)
