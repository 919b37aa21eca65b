import { readObject, readOptions } from '../../shared/directory/objects.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /servicePrincipals/{id}/microsoft.graph.agentIdentityBlueprintPrincipal`. */
export const handler = managementOperation('blueprint-principals/read', { query: readOptions }, (request) =>
  readObject(request, ['agentIdentityBlueprintPrincipal']),
)
