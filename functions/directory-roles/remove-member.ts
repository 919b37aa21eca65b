import { removeMember } from '../../shared/directory/directory-role-assignments.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE /directoryRoles/{id}/members/{memberId}/$ref`. */
export const handler = managementOperation('directory-roles/remove-member', {}, removeMember)
