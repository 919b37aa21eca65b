import { readObject, readOptions } from '../../shared/directory/objects.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /users/{id | userPrincipalName}/microsoft.graph.agentUser`. */
export const handler = managementOperation('agent-users/read', { query: readOptions }, (request) =>
  readObject(request, ['agentUser']),
)
