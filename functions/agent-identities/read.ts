import { readObject, readOptions } from '../../shared/directory/objects.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /servicePrincipals/{id}/microsoft.graph.agentIdentity`. */
export const handler = managementOperation('agent-identities/read', { query: readOptions }, (request) =>
  readObject(request, ['agentIdentity']),
)
