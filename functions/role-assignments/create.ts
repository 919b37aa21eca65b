import { createRoleAssignment, roleAssignmentBody } from '../../shared/directory/directory-role-assignments.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /roleManagement/directory/roleAssignments`. */
export const handler = managementOperation(
  'role-assignments/create',
  { body: roleAssignmentBody },
  createRoleAssignment,
)
