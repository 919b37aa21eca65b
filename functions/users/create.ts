import { createUser, userCreate } from '../../shared/directory/users.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /users`. */
export const handler = managementOperation('users/create', { body: userCreate }, createUser)
