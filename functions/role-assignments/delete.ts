import { deleteRoleAssignment } from '../../shared/directory/directory-role-assignments.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE /roleManagement/directory/roleAssignments/{id}`. */
export const handler = managementOperation('role-assignments/delete', {}, deleteRoleAssignment)
