import { addMember } from '../../shared/directory/directory-role-assignments.ts'
import { referenceBody } from '../../shared/directory/shape.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /directoryRoles/{id}/members/$ref`. */
export const handler = managementOperation('directory-roles/add-member', { body: referenceBody }, addMember)
