import { readDeletedItems } from '../../shared/directory/deleted-items.ts'
import { listOptions } from '../../shared/directory/list.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /directory/deletedItems/{id}`, and `GET /directory/deletedItems/microsoft.graph.{type}`. */
export const handler = managementOperation('deleted-items/read', { query: listOptions }, readDeletedItems)
