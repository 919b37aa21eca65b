import { listOptions } from '../../shared/directory/list.ts'
import { listCreatedObjects } from '../../shared/directory/related.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /servicePrincipals/{id}/createdObjects`. */
export const handler = managementOperation('created-objects/list', { query: listOptions }, listCreatedObjects)
