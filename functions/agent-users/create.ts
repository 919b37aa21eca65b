import { createAgentUser } from '../../shared/directory/agent-users.ts'
import { anyObject, typeOf } from '../../shared/directory/odata-type.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /users/microsoft.graph.agentUser`. */
export const handler = managementOperation('agent-users/create', { body: anyObject }, (request) => {
  typeOf(request.body, ['agentUser'])
  return createAgentUser(request)
})
