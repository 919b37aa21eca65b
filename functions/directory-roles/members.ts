import { listMembers } from '../../shared/directory/directory-role-assignments.ts'
import { listOptions } from '../../shared/directory/list.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /directoryRoles/{id}/members`. */
export const handler = managementOperation('directory-roles/members', { query: listOptions }, listMembers)
