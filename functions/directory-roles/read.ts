import { readDirectoryRole } from '../../shared/directory/directory-role-assignments.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /directoryRoles/{id}`. */
export const handler = managementOperation('directory-roles/read', {}, async (request) => readDirectoryRole(request))
