import { listOptions } from '../../shared/directory/list.ts'
import { listRelated } from '../../shared/directory/related.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET …/members`, its cast, `$count` and `$ref`. */
export const handler = managementOperation('members/list', { query: listOptions }, (request) =>
  listRelated(request, 'members'),
)
