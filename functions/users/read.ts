import { readUser } from '../../shared/directory/users.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /users/{id | userPrincipalName}`. */
export const handler = managementOperation('users/read', { query: ['$select'] }, readUser)
