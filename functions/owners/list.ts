import { listOptions } from '../../shared/directory/list.ts'
import { listRelated } from '../../shared/directory/related.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET …/owners`, its cast, `$count` and `$ref`. */
export const handler = managementOperation('owners/list', { query: listOptions }, (request) =>
  listRelated(request, 'owners'),
)
