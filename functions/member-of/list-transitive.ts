import { listOptions } from '../../shared/directory/list.ts'
import { listTransitiveMemberOf } from '../../shared/directory/related.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET …/transitiveMemberOf`. */
export const handler = managementOperation('member-of/list-transitive', { query: listOptions }, listTransitiveMemberOf)
