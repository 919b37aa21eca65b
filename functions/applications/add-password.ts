import { addPassword, addPasswordBody } from '../../shared/directory/passwords.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /applications/{id}/addPassword`, of an ordinary application or a blueprint. */
export const handler = managementOperation('applications/add-password', { body: addPasswordBody }, addPassword)
