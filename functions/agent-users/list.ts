import { listObjects, listOptions } from '../../shared/directory/list.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /users/microsoft.graph.agentUser`, and its `/$count`. */
export const handler = managementOperation('agent-users/list', { query: listOptions }, (request) =>
  listObjects(request, ['agentUser']),
)
