import { bulkUpdate, bulkUpdateBody } from '../../shared/directory/bulk-update.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** `POST /beta/sigil/agents/bulkUpdate`: the same change of up to 1,000 agent identities. */
export const handler = managementOperation('agents/bulk-update', { body: bulkUpdateBody }, bulkUpdate)
