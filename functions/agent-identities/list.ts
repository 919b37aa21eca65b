import { listObjects, listOptions } from '../../shared/directory/list.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /servicePrincipals/microsoft.graph.agentIdentity`. */
export const handler = managementOperation('agent-identities/list', { query: listOptions }, (request) =>
  listObjects(request, ['agentIdentity']),
)
