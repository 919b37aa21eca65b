import { anyObject } from '../../shared/directory/odata-type.ts'
import { userTypes } from '../../shared/directory/read.ts'
import { updateUser } from '../../shared/directory/users.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `PATCH /users/{id | userPrincipalName}`. */
export const handler = managementOperation('users/update', { body: anyObject }, (request) =>
  updateUser(request, userTypes),
)
