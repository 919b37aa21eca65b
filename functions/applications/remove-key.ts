import { removeKey, removeKeyBody } from '../../shared/directory/key-credentials.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /applications/{id}/removeKey`, of an ordinary application or a blueprint. */
export const handler = managementOperation('applications/remove-key', { body: removeKeyBody }, removeKey)
