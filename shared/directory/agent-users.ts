import { authorize } from '../auth/authorize.ts'
import type { DirectoryObject, Properties } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import type { Response } from '../http/response.ts'
import { parse } from '../http/shape.ts'
import { Refusal } from '../refusal.ts'
import type { Change } from '../store/store.ts'
import { keys } from '../store/table.ts'
import { agentUserCreate } from './user-shape.ts'
import { addUser, agentUserStateOf, refusePassword } from './users.ts'

/** `POST /users/microsoft.graph.agentUser`: the one user that an agent identity of the tenant acts as (reference §1.5). */
export async function createAgentUser(request: ManagementRequest<Properties>): Promise<Response> {
  const { tenantId } = request.caller
  refusePassword(request.body)
  const body = parse(agentUserCreate, request.body)
  const { identityParentId } = body
  await authorize(request, 'create', { type: 'agentUser', properties: { identityParentId } })
  return addUser(request, 'agentUser', body, (object) => [
    // On the agent's own row, which no token reads.
    {
      action: 'check',
      key: keys.object(tenantId, 'agentIdentity', identityParentId),
      when: 'present',
      otherwise: () => refused(`'${identityParentId}' is not the id of an agent identity of the tenant`),
    },
    agentUserLink(tenantId, object),
  ])
}

/** What ties an agent user to its agent identity, for tokens too. */
export function agentUserLink(tenantId: TenantId, object: DirectoryObject): Change {
  const identityParentId = String(object.properties.identityParentId)
  return {
    action: 'put',
    key: keys.agentUser(tenantId, identityParentId),
    item: agentUserStateOf(object),
    when: 'absent',
    otherwise: () => refused(`the agent identity '${identityParentId}' has a user already; it can have one alone`),
  }
}

const refused = (why: string): Refusal => new Refusal('Request_BadRequest', `property 'identityParentId': ${why}`)
