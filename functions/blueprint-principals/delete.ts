import { deleteAnyPrincipal } from '../../shared/directory/deletions.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE /servicePrincipals/{id}/microsoft.graph.agentIdentityBlueprintPrincipal`. */
export const handler = managementOperation('blueprint-principals/delete', {}, (request) =>
  deleteAnyPrincipal(request, ['agentIdentityBlueprintPrincipal']),
)
