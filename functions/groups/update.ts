import { groupPatch, updateGroup } from '../../shared/directory/groups.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `PATCH /groups/{id}`. */
export const handler = managementOperation('groups/update', { body: groupPatch }, updateGroup)
