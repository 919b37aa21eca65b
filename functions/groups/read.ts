import { readObject, readOptions } from '../../shared/directory/objects.ts'
import { groupTypes } from '../../shared/directory/read.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /groups/{id}`. */
export const handler = managementOperation('groups/read', { query: readOptions }, (request) =>
  readObject(request, groupTypes),
)
