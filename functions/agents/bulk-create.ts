import { refuseAgents } from '../../shared/directory/agent-identities.ts'
import { bulkCreate } from '../../shared/directory/bulk-create.ts'
import { anyObject } from '../../shared/directory/odata-type.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** `POST /beta/sigil/agents/bulkCreate`: up to 1,000 agent identities, each with its own result. */
export const handler = managementOperation('agents/bulk-create', { body: anyObject, refuse: refuseAgents }, bulkCreate)
