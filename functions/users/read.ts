import { readObject, readOptions } from '../../shared/directory/objects.ts'
import { userTypes } from '../../shared/directory/read.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /users/{id | userPrincipalName}`. */
export const handler = managementOperation('users/read', { query: readOptions }, (request) =>
  readObject(request, userTypes),
)
