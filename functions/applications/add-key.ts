import { addKey, addKeyBody } from '../../shared/directory/key-credentials.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /applications/{id}/addKey`, of an ordinary application or a blueprint. */
export const handler = managementOperation('applications/add-key', { body: addKeyBody }, addKey)
