import { listRoleAssignments } from '../../shared/directory/directory-role-assignments.ts'
import { recordOptions } from '../../shared/directory/records.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /roleManagement/directory/roleAssignments`. */
export const handler = managementOperation('role-assignments/list', { query: recordOptions }, listRoleAssignments)
