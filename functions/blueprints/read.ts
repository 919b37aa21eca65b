import { readObject, readOptions } from '../../shared/directory/objects.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /applications/{id}/microsoft.graph.agentIdentityBlueprint`. */
export const handler = managementOperation('blueprints/read', { query: readOptions }, (request) =>
  readObject(request, ['agentIdentityBlueprint']),
)
