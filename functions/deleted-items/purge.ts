import { purgeDeletedItem } from '../../shared/directory/deleted-items.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE /directory/deletedItems/{id}`. */
export const handler = managementOperation('deleted-items/purge', {}, purgeDeletedItem)
