import { anyObject } from '../../shared/directory/odata-type.ts'
import { updateUser } from '../../shared/directory/users.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `PATCH /users/{id | userPrincipalName}/microsoft.graph.agentUser`. */
export const handler = managementOperation('agent-users/update', { body: anyObject }, (request) =>
  updateUser(request, ['agentUser']),
)
