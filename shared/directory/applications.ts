import { authorize } from '../auth/authorize.ts'
import type { ApplicationCredentials } from '../domain/application.ts'
import type { DirectoryObject, Properties } from '../domain/directory-object.ts'
import { resourceKey } from '../domain/resource.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import { created, noContent, ok, type Response } from '../http/response.ts'
import { parse } from '../http/shape.ts'
import { Refusal } from '../refusal.ts'
import type { Change } from '../store/store.ts'
import { keys } from '../store/table.ts'
import {
  applicationProperties,
  checkIdentifierUris,
  copiedToPrincipal,
  joinedTags,
  patchedProperties,
  resourcesOf,
} from './application.ts'
import { applicationCreate, applicationPatch, notOnBlueprints } from './application-shape.ts'
import { auditOf } from './audit.ts'
import { deletedObject } from './deletion.ts'
import { typeOf } from './odata-type.ts'
import { type applicationTypes, find, principalOf } from './read.ts'
import { relationChanges, requireSponsors } from './relations.ts'
import { entity } from './render.ts'

type Request<Body> = ManagementRequest<Body>
type ApplicationType = (typeof applicationTypes)[number]

/** `POST /applications`, for an ordinary application or a blueprint. A blueprint's id is its appId (reference §1.1). */
export async function createApplication(request: Request<Properties>, type: ApplicationType): Promise<Response> {
  const { caller, world, now, path } = request
  authorize(caller, 'create', { type })
  refuseIncompatible(type, request.body)
  const body = parse(applicationCreate, request.body)
  const { tenantId } = caller
  const appId = world.newId()
  const isBlueprint = type === 'agentIdentityBlueprint'
  if (isBlueprint) requireSponsors(body['sponsors@odata.bind'])
  const [tenant] = await world.table.snapshot([keys.tenant(tenantId)])
  const id = isBlueprint ? appId : world.newId()
  const properties = applicationProperties(body, {
    id,
    appId,
    createdByAppId: caller.clientId,
    createdDateTime: now.toISOString(),
    publisherDomain: tenant?.domain ?? '',
  })
  checkIdentifierUris(properties, world.origin)
  const object: DirectoryObject = { type, id, version: 1, properties }
  const credentials: ApplicationCredentials = { type, appId, objectId: id, homeTenantId: tenantId, secrets: {} }
  const relations = await relationChanges(world.table, tenantId, id, body)
  await world.table.commit(
    [
      { action: 'put', key: keys.object(tenantId, type, id), item: object, when: 'absent' },
      { action: 'put', key: keys.app(appId), item: credentials, when: 'absent' },
      ...resourceChanges(tenantId, undefined, object, undefined),
      ...(body.uniqueName === undefined ? [] : [uniqueName(tenantId, body.uniqueName, id)]),
      ...relations,
    ],
    auditOf(request, 'Add application', object),
  )
  return created(entity(object, { origin: world.origin, version: path.version ?? '' }))
}

/** `PATCH /applications/{id}`. Its principal in the tenant and what the token path reads of both change in the same commit. */
export async function updateApplication(
  request: Request<Properties>,
  types: readonly ApplicationType[],
): Promise<Response> {
  const { caller, world, path } = request
  const { tenantId } = caller
  const before = await find(world.table, tenantId, types, path.id)
  refuseIncompatible(before.type, request.body)
  typeOf(request.body, [before.type, 'application'])
  const body = parse(applicationPatch, request.body)
  const changed = Object.keys(body).filter((name) => !name.startsWith('@'))
  authorize(caller, 'update', before, changed)
  const after: DirectoryObject = {
    ...before,
    version: before.version + 1,
    properties: patchedProperties(before.properties, body),
  }
  checkIdentifierUris(after.properties, world.origin)
  const principal = await principalOf(world.table, tenantId, appIdOf(before))
  await world.table.commit(
    [
      {
        action: 'put',
        key: keys.object(tenantId, before.type, before.id),
        item: after,
        when: { version: before.version },
      },
      ...resourceChanges(tenantId, before, after, principal?.object),
      ...principalCopies(tenantId, before, after, principal?.object),
    ],
    auditOf(request, 'Update application', after, changed),
  )
  return noContent()
}

/** `DELETE /applications/{id}`: a soft delete, of its principal in the tenant too; both are without effect at once. */
export async function deleteApplication(
  request: Request<unknown>,
  types: readonly ApplicationType[],
): Promise<Response> {
  const { caller, world, now, path } = request
  const { tenantId } = caller
  const object = await find(world.table, tenantId, types, path.id)
  authorize(caller, 'delete', object)
  const appId = appIdOf(object)
  const [app] = await world.table.snapshot([keys.app(appId)])
  const principal = await principalOf(world.table, tenantId, appId)
  const { uniqueName: taken } = object.properties as { uniqueName: string | null }
  await world.table.commit(
    [
      ...deletedObject(tenantId, object, now, { app }),
      { action: 'delete', key: keys.app(appId), when: 'present' },
      ...[...resourcesOf(object, undefined).keys()].map(
        (identifier): Change => ({ action: 'delete', key: keys.resource(tenantId, identifier), when: 'present' }),
      ),
      ...(taken === null
        ? []
        : [{ action: 'delete', key: keys.unique(tenantId, 'uniqueName', taken), when: 'present' } as const]),
      ...(principal
        ? [
            ...deletedObject(tenantId, principal.object, now, { client: principal.client }),
            { action: 'delete', key: keys.client(tenantId, appId), when: 'present' } as const,
          ]
        : [{ action: 'check', key: keys.client(tenantId, appId), when: 'absent' } as const]),
    ],
    auditOf(request, 'Delete application', object),
  )
  return noContent()
}

export async function readApplication(
  { caller, world, path, query }: Request<unknown>,
  types: readonly ApplicationType[],
): Promise<Response> {
  const object = await find(world.table, caller.tenantId, types, path.id)
  authorize(caller, 'read', object)
  return ok(entity(object, { origin: world.origin, version: path.version ?? '' }, query.$select))
}

/**
 * What the token path reads of an application as a resource, from what it was to what it is. With a principal its version
 * is checked by whoever writes it; without one, that there is none is checked here.
 */
function resourceChanges(
  tenantId: TenantId,
  before: DirectoryObject | undefined,
  after: DirectoryObject,
  principal: DirectoryObject | undefined,
): Change[] {
  const old = before ? resourcesOf(before, principal) : new Map()
  const current = resourcesOf(after, principal)
  const gone = [...old.keys()].filter((identifier) => !current.has(identifier))
  return [
    ...gone.map(
      (identifier): Change => ({ action: 'delete', key: keys.resource(tenantId, identifier), when: 'present' }),
    ),
    ...[...current].map(([identifier, item]): Change => {
      const key = keys.resource(tenantId, identifier)
      if (old.has(identifier)) return { action: 'put', key, item, when: 'present' }
      return { action: 'put', key, item, when: 'absent', otherwise: () => takenUri(item.identifier) }
    }),
  ]
}

/** The principal's copies of its application's properties. */
function principalCopies(
  tenantId: TenantId,
  before: DirectoryObject,
  application: DirectoryObject,
  principal: DirectoryObject | undefined,
): Change[] {
  const appId = appIdOf(application)
  if (!principal) return [{ action: 'check', key: keys.client(tenantId, appId), when: 'absent' }]
  const inherited = new Set(before.properties.tags as string[])
  const own = (principal.properties.tags as string[]).filter((tag) => !inherited.has(tag))
  const item = {
    ...principal,
    version: principal.version + 1,
    properties: {
      ...principal.properties,
      ...copiedToPrincipal(application.properties),
      tags: joinedTags(application.properties, own),
    },
  }
  return [
    {
      action: 'put',
      key: keys.object(tenantId, principal.type, principal.id),
      item,
      when: { version: principal.version },
    },
    {
      action: 'update',
      key: keys.client(tenantId, appId),
      set: { displayName: application.properties.displayName },
      when: 'present',
    },
  ]
}

function uniqueName(tenantId: TenantId, value: string, id: string): Change {
  return {
    action: 'put',
    key: keys.unique(tenantId, 'uniqueName', value),
    item: { id },
    when: 'absent',
    otherwise: () => conflict(`an object with the uniqueName '${value}'`),
  }
}

function refuseIncompatible(type: DirectoryObject['type'], body: Properties): void {
  const property =
    type === 'agentIdentityBlueprint' ? Object.keys(body).find((each) => notOnBlueprints.has(each)) : undefined
  if (property)
    throw new Refusal(
      'AgentBlueprint_IncompatibleProperty',
      `property '${property}': an agent identity blueprint has no such property`,
    )
}

export const appIdOf = (object: DirectoryObject): string => object.properties.appId as string

export const conflict = (what: string): Refusal =>
  new Refusal('Request_MultipleObjectsWithSameKeyValue', `${what} already exists in the tenant`)

const takenUri = (uri: string): Refusal => conflict(`an application with the identifier URI '${resourceKey(uri)}'`)
