import { deleteUser } from '../../shared/directory/users.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE /users/{id | userPrincipalName}/microsoft.graph.agentUser`. */
export const handler = managementOperation('agent-users/delete', {}, (request) => deleteUser(request, ['agentUser']))
