import { readRoleAssignment } from '../../shared/directory/directory-role-assignments.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /roleManagement/directory/roleAssignments/{id}`. */
export const handler = managementOperation('role-assignments/read', {}, readRoleAssignment)
