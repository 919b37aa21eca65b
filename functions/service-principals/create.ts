import { createAgentIdentity, refuseAgents } from '../../shared/directory/agent-identities.ts'
import { anyObject, typeOf } from '../../shared/directory/odata-type.ts'
import { createPrincipal } from '../../shared/directory/principals.ts'
import { principalTypes } from '../../shared/directory/read.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /servicePrincipals`: with an appId alone that application's or blueprint's principal; an agent identity where `@odata.type` says so. */
export const handler = managementOperation(
  'service-principals/create',
  { body: anyObject, refuse: refuseAgents },
  (request) => {
    const type = typeOf(request.body, principalTypes)
    if (type === 'agentIdentity') return createAgentIdentity(request)
    return createPrincipal(request, type === 'agentIdentityBlueprintPrincipal' ? type : undefined)
  },
)
