import { refuseAgents } from '../../shared/directory/agent-identities.ts'
import { anyObject } from '../../shared/directory/odata-type.ts'
import { provisionAgents } from '../../shared/directory/provision.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** `POST /beta/sigil/agents`: agents with all that they need, in one commit. */
export const handler = managementOperation(
  'agents/provision',
  { body: anyObject, refuse: refuseAgents },
  provisionAgents,
)
