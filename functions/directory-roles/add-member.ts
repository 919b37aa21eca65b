import { addMember, memberBody } from '../../shared/directory/directory-role-assignments.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /directoryRoles/{id}/members/$ref`. */
export const handler = managementOperation('directory-roles/add-member', { body: memberBody }, addMember)
