import { listObjects, listOptions } from '../../shared/directory/list.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /applications/microsoft.graph.agentIdentityBlueprint`. */
export const handler = managementOperation('blueprints/list', { query: listOptions }, (request) =>
  listObjects(request, ['agentIdentityBlueprint']),
)
