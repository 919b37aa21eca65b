import { createGroup, groupCreate } from '../../shared/directory/groups.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /groups`. */
export const handler = managementOperation('groups/create', { body: groupCreate }, createGroup)
