import { listObjects, listOptions } from '../../shared/directory/list.ts'
import { groupTypes } from '../../shared/directory/read.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /groups`, and `/groups/$count`. */
export const handler = managementOperation('groups/list', { query: listOptions }, (request) =>
  listObjects(request, groupTypes),
)
