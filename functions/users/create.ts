import { createAgentUser } from '../../shared/directory/agent-users.ts'
import { anyObject, typeOf } from '../../shared/directory/odata-type.ts'
import { userTypes } from '../../shared/directory/read.ts'
import { createUser } from '../../shared/directory/users.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /users`: a person, or an agent user where `@odata.type` says so. */
export const handler = managementOperation('users/create', { body: anyObject }, (request) =>
  typeOf(request.body, userTypes) === 'agentUser' ? createAgentUser(request) : createUser(request),
)
