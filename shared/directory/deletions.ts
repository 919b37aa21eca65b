import { authorize } from '../auth/authorize.ts'
import type { DirectoryObject, ObjectType } from '../domain/directory-object.ts'
import type { FederatedCredential } from '../domain/federated-credential.ts'
import type { ManagementRequest } from '../http/management.ts'
import type { Response } from '../http/response.ts'
import type { Change } from '../store/store.ts'
import { keys } from '../store/table.ts'
import { resourcesOf } from './application.ts'
import { appIdOf } from './applications.ts'
import { agentDeletion, commitDeletion, principalActivity } from './cascade.ts'
import { withUsers } from './dependents.ts'
import { deletion } from './object-changes.ts'
import { requireMatch } from './objects.ts'
import { homeApplication, refuseBuiltIn, resourceRewrites } from './principals.ts'
import { find, principalOf } from './read.ts'

type Request = ManagementRequest<unknown>

/** `DELETE /applications/{id}`: a soft delete, of its principal in the tenant too; both are without effect at once. */
export async function deleteApplication(request: Request, types: readonly ObjectType[]): Promise<Response> {
  const { caller, world, now, path } = request
  const { tenantId } = caller
  const object = await find(world.table, tenantId, types, path.id)
  await authorize(request, 'delete', object)
  requireMatch(request, object)
  const appId = appIdOf(object)
  const [app] = await world.table.snapshot([keys.app(appId)])
  const principal = (await principalOf(world.table, tenantId, appId))?.object
  const { uniqueName: taken } = object.properties as { uniqueName: string | null }
  const gone = (key: Change['key']): Change => ({ action: 'delete', key, when: 'present' })
  const changes: Change[] = [
    ...deletion(tenantId, object, now, { app, companion: principal }),
    gone(keys.app(appId)),
    ...issuersOf(object).map((issuer) => gone(keys.federated(appId, issuer))),
    ...[...resourcesOf(object, undefined).keys()].map((identifier) => gone(keys.resource(tenantId, identifier))),
    ...(taken === null ? [] : [gone(keys.unique(tenantId, 'uniqueName', taken))]),
    ...(principal
      ? [
          ...deletion(tenantId, principal, now, { deletedWith: object.id }),
          { action: 'delete', key: keys.client(tenantId, appId), when: { objectId: principal.id } } as const,
        ]
      : [{ action: 'check', key: keys.client(tenantId, appId), when: 'absent' } as const]),
  ]
  const deleted = principal ? [object, principal] : [object]
  return commitDeletion(request, { object, changes, deleted, principal }, 'Delete application')
}

/** `DELETE /servicePrincipals/{id}`: of an agent identity, or of a principal, whose application stays, without effect in this tenant. */
export async function deleteAnyPrincipal(request: Request, types: readonly ObjectType[]): Promise<Response> {
  const object = await find(request.world.table, request.caller.tenantId, types, request.path.id)
  await authorize(request, 'delete', object)
  requireMatch(request, object)
  return object.type === 'agentIdentity' ? deleteAgentIdentity(request, object) : deletePrincipal(request, object)
}

async function deletePrincipal(request: Request, object: DirectoryObject): Promise<Response> {
  const { caller, world, now } = request
  const { tenantId } = caller
  const appId = appIdOf(object)
  refuseBuiltIn(appId)
  const application = await homeApplication(world.table, tenantId, appId)
  const changes: Change[] = [
    ...deletion(tenantId, object, now),
    { action: 'delete', key: keys.client(tenantId, appId), when: { objectId: object.id } },
    ...(application
      ? [
          {
            action: 'check',
            key: keys.object(tenantId, application.type, application.id),
            when: { version: application.version },
          } as const,
          ...resourceRewrites(tenantId, application, undefined),
        ]
      : []),
  ]
  return commitDeletion(request, { object, changes, deleted: [object], principal: object }, principalActivity)
}

async function deleteAgentIdentity(request: Request, agent: DirectoryObject): Promise<Response> {
  const { caller, world, now } = request
  const [own] = await withUsers(world.table, caller.tenantId, [agent])
  const user = own?.user
  return commitDeletion(
    request,
    {
      object: agent,
      changes: agentDeletion(caller.tenantId, { agent, user }, now),
      deleted: user ? [agent, user] : [agent],
    },
    principalActivity,
  )
}

/** The issuers of an application's federated credentials, each once. */
const issuersOf = ({ properties }: DirectoryObject): string[] => [
  ...new Set(
    ((properties.federatedIdentityCredentials ?? []) as readonly FederatedCredential[]).map(({ issuer }) => issuer),
  ),
]
