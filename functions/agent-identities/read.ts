import { readPrincipal } from '../../shared/directory/principals.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /servicePrincipals/{id}/microsoft.graph.agentIdentity`. */
export const handler = managementOperation('agent-identities/read', { query: ['$select'] }, (request) =>
  readPrincipal(request, ['agentIdentity']),
)
