import { anyObject } from '../../shared/directory/odata-type.ts'
import { updateAnyPrincipal } from '../../shared/directory/principals.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `PATCH /servicePrincipals/{id}/microsoft.graph.agentIdentityBlueprintPrincipal`. */
export const handler = managementOperation('blueprint-principals/update', { body: anyObject }, (request) =>
  updateAnyPrincipal(request, ['agentIdentityBlueprintPrincipal']),
)
