import { listOptions } from '../../shared/directory/list.ts'
import { listOwnedObjects } from '../../shared/directory/related.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET …/ownedObjects`. */
export const handler = managementOperation('owned-objects/list', { query: listOptions }, listOwnedObjects)
