import { listObjects, listOptions } from '../../shared/directory/list.ts'
import { userTypes } from '../../shared/directory/read.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /users`: people and agent users; and `/users/$count`. */
export const handler = managementOperation('users/list', { query: listOptions }, (request) =>
  listObjects(request, userTypes),
)
