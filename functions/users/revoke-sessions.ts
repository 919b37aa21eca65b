import { revokeSignInSessions } from '../../shared/directory/users.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /users/{id}/revokeSignInSessions` and `POST /me/revokeSignInSessions`. */
export const handler = managementOperation('users/revoke-sessions', {}, revokeSignInSessions)
