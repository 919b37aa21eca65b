import { deleteApplication } from '../../shared/directory/deletions.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE /applications/{id}/microsoft.graph.agentIdentityBlueprint`. */
export const handler = managementOperation('blueprints/delete', {}, (request) =>
  deleteApplication(request, ['agentIdentityBlueprint']),
)
