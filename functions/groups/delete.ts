import { deleteGroup } from '../../shared/directory/groups.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE /groups/{id}`. */
export const handler = managementOperation('groups/delete', {}, deleteGroup)
