import { userTypes } from '../../shared/directory/read.ts'
import { deleteUser } from '../../shared/directory/users.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE /users/{id | userPrincipalName}`. */
export const handler = managementOperation('users/delete', {}, (request) => deleteUser(request, userTypes))
