import { anyObject, typeOf } from '../../shared/directory/odata-type.ts'
import { createPrincipal } from '../../shared/directory/principals.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal`. */
export const handler = managementOperation('blueprint-principals/create', { body: anyObject }, (request) =>
  createPrincipal(
    request,
    typeOf(request.body, ['agentIdentityBlueprintPrincipal']) ?? 'agentIdentityBlueprintPrincipal',
  ),
)
