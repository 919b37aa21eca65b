import { createAgentIdentity, refuseAgents } from '../../shared/directory/agent-identities.ts'
import { anyObject, typeOf } from '../../shared/directory/odata-type.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /servicePrincipals/microsoft.graph.agentIdentity`. */
export const handler = managementOperation(
  'agent-identities/create',
  { body: anyObject, refuse: refuseAgents },
  (request) => {
    typeOf(request.body, ['agentIdentity'])
    return createAgentIdentity(request)
  },
)
