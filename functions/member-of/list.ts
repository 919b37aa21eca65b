import { listOptions } from '../../shared/directory/list.ts'
import { listMemberOf } from '../../shared/directory/related.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET …/memberOf`. */
export const handler = managementOperation('member-of/list', { query: listOptions }, listMemberOf)
