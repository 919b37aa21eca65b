import { deleteAnyPrincipal } from '../../shared/directory/deletions.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE /servicePrincipals/{id}/microsoft.graph.agentIdentity`. */
export const handler = managementOperation('agent-identities/delete', {}, (request) =>
  deleteAnyPrincipal(request, ['agentIdentity']),
)
