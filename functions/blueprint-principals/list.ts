import { listObjects, listOptions } from '../../shared/directory/list.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal`. */
export const handler = managementOperation('blueprint-principals/list', { query: listOptions }, (request) =>
  listObjects(request, ['agentIdentityBlueprintPrincipal']),
)
