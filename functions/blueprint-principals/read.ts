import { readPrincipal } from '../../shared/directory/principals.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /servicePrincipals/{id}/microsoft.graph.agentIdentityBlueprintPrincipal`. */
export const handler = managementOperation('blueprint-principals/read', { query: ['$select'] }, (request) =>
  readPrincipal(request, ['agentIdentityBlueprintPrincipal']),
)
