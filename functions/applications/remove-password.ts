import { removePassword, removePasswordBody } from '../../shared/directory/passwords.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /applications/{id}/removePassword`, of an ordinary application or a blueprint. */
export const handler = managementOperation('applications/remove-password', { body: removePasswordBody }, removePassword)
