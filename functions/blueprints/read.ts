import { readApplication } from '../../shared/directory/applications.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /applications/{id}/microsoft.graph.agentIdentityBlueprint`. */
export const handler = managementOperation('blueprints/read', { query: ['$select'] }, (request) =>
  readApplication(request, ['agentIdentityBlueprint']),
)
