import { restoreDeletedItem } from '../../shared/directory/deleted-items.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /directory/deletedItems/{id}/restore`. */
export const handler = managementOperation('deleted-items/restore', {}, restoreDeletedItem)
