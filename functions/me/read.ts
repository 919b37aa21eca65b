import { readObject, readOptions } from '../../shared/directory/objects.ts'
import { userTypes } from '../../shared/directory/read.ts'
import { signedInUser } from '../../shared/directory/users.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /me`: the user on whose behalf the call is made. */
export const handler = managementOperation('me/read', { query: readOptions }, (request) =>
  readObject({ ...request, path: { ...request.path, id: signedInUser(request) } }, userTypes),
)
