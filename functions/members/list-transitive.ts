import { listOptions } from '../../shared/directory/list.ts'
import { listTransitiveMembers } from '../../shared/directory/related.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /groups/{id}/transitiveMembers`. */
export const handler = managementOperation('members/list-transitive', { query: listOptions }, listTransitiveMembers)
