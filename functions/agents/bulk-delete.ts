import { bulkDelete, bulkDeleteBody } from '../../shared/directory/bulk-delete.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** `POST /beta/sigil/agents/bulkDelete`: a soft delete of up to 1,000 agent identities and their users. */
export const handler = managementOperation('agents/bulk-delete', { body: bulkDeleteBody }, bulkDelete)
