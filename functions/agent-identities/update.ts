import { anyObject } from '../../shared/directory/odata-type.ts'
import { updateAnyPrincipal } from '../../shared/directory/principals.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `PATCH /servicePrincipals/{id}/microsoft.graph.agentIdentity`. */
export const handler = managementOperation('agent-identities/update', { body: anyObject }, (request) =>
  updateAnyPrincipal(request, ['agentIdentity']),
)
