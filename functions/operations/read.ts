import { readOperation } from '../../shared/directory/long-operations.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** `GET /beta/sigil/operations/{id}`: how far a deletion, restoration or purge has come. */
export const handler = managementOperation('operations/read', {}, readOperation)
