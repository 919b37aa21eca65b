import * as v from 'valibot'
import { authorize } from '../auth/authorize.ts'
import type { Inheritable } from '../domain/application.ts'
import type { DirectoryObject, Properties } from '../domain/directory-object.ts'
import { parseGuid } from '../domain/guid.ts'
import { quoted } from '../domain/shown.ts'
import type { ManagementRequest } from '../http/management.ts'
import { created, noContent, ok, type Response } from '../http/response.ts'
import { isScopeBlockedForAgents, managementApi, permissions } from '../permissions.ts'
import { Refusal } from '../refusal.ts'
import { keys } from '../store/table.ts'
import { appIdOf } from './applications.ts'
import { auditOf } from './audit.ts'
import { countOf } from './counters.ts'
import { replacement } from './object-changes.ts'
import { requireMatch } from './objects.ts'
import { find, notFound } from './read.ts'
import { guid, name } from './shape.ts'

/** What agents inherit of what their blueprint's principal holds on one resource (reference §1.7), as the blueprint keeps it. */
type InheritablePermission = { resourceAppId: string } & Inheritable

const collection = v.strictObject({
  '@odata.type': v.optional(v.string()),
  kind: v.optional(v.string()),
  scopes: v.optional(
    v.pipe(
      v.array(v.pipe(name(120), v.regex(/^[^\s]+$/, 'must hold no spaces'))),
      v.minLength(1, 'must have at least one member'),
      v.maxLength(200, 'must have at most 200 members'),
    ),
  ),
})

const patchable = {
  inheritableScopes: v.optional(collection),
  inheritableRoles: v.optional(v.omit(collection, ['scopes'])),
  '@odata.type': v.optional(v.string()),
}

export const inheritableBody = v.strictObject({ resourceAppId: guid, ...patchable })
export const inheritablePatch = v.strictObject({ resourceAppId: v.optional(guid), ...patchable })

/** Reference §10.1. */
const mostResources = 10

/** `POST …/inheritablePermissions` (reference §2.4). In force for the next token of every agent of the blueprint. */
export async function createInheritable(
  request: ManagementRequest<v.InferOutput<typeof inheritableBody>>,
): Promise<Response> {
  const { body } = request
  const before = await blueprintToChange(request)
  const all = inheritableOf(before)
  if (all.some(({ resourceAppId }) => resourceAppId === body.resourceAppId)) {
    throw new Refusal(
      'Request_MultipleObjectsWithSameKeyValue',
      `the blueprint says already what is inherited of the resource '${body.resourceAppId}'; change it with PATCH`,
    )
  }
  if (all.length >= mostResources) {
    throw new Refusal('Request_BadRequest', `a blueprint may name at most ${mostResources} resources; remove one first`)
  }
  const added = patched({ resourceAppId: body.resourceAppId, roles: 'none', scopes: 'none' }, body)
  await commit(request, before, [...all, added])
  return created(entityOf(request, before, added))
}

export async function listInheritable(request: ManagementRequest<unknown>): Promise<Response> {
  const blueprint = await blueprintToRead(request)
  return ok({ '@odata.context': contextOf(request, blueprint), value: inheritableOf(blueprint).map(shown) })
}

export async function readInheritable(request: ManagementRequest<unknown>): Promise<Response> {
  const blueprint = await blueprintToRead(request)
  return ok(entityOf(request, blueprint, namedIn(blueprint, request)))
}

/** `PATCH …/inheritablePermissions/{resourceAppId}`: answers with what is in force now. */
export async function updateInheritable(
  request: ManagementRequest<v.InferOutput<typeof inheritablePatch>>,
): Promise<Response> {
  const { body } = request
  const before = await blueprintToChange(request)
  const old = namedIn(before, request)
  if (body.resourceAppId !== undefined && body.resourceAppId !== old.resourceAppId) {
    throw new Refusal(
      'Request_BadRequest',
      "property 'resourceAppId': cannot be changed; delete this one, create another",
    )
  }
  const after = patched(old, body)
  await commit(
    request,
    before,
    inheritableOf(before).map((each) => (each === old ? after : each)),
  )
  return ok(entityOf(request, before, after))
}

export async function deleteInheritable(request: ManagementRequest<unknown>): Promise<Response> {
  const before = await blueprintToChange(request)
  const old = namedIn(before, request)
  await commit(
    request,
    before,
    inheritableOf(before).filter((each) => each !== old),
  )
  return noContent()
}

const inheritableOf = ({ properties }: DirectoryObject): readonly InheritablePermission[] =>
  (properties.inheritablePermissions ?? []) as readonly InheritablePermission[]

const blueprintNamed = ({ caller, world, path }: ManagementRequest<unknown>): Promise<DirectoryObject> =>
  find(world.table, caller.tenantId, ['agentIdentityBlueprint'], path.id)

async function blueprintToRead(request: ManagementRequest<unknown>): Promise<DirectoryObject> {
  const blueprint = await blueprintNamed(request)
  await authorize(request, 'read', blueprint)
  return blueprint
}

async function blueprintToChange(request: ManagementRequest<unknown>): Promise<DirectoryObject> {
  const blueprint = await blueprintNamed(request)
  await authorize(request, 'update', blueprint, ['inheritablePermissions'])
  requireMatch(request, blueprint)
  return blueprint
}

function namedIn(blueprint: DirectoryObject, { path }: ManagementRequest<unknown>): InheritablePermission {
  const resourceAppId = parseGuid(path.resourceAppId)
  const found = inheritableOf(blueprint).find((each) => each.resourceAppId === resourceAppId)
  if (!found) throw notFound(path.resourceAppId ?? '')
  return found
}

/** On the blueprint, and in the same commit on what tokens read. The record says how many agents it concerns (security CG-07). */
async function commit(
  request: ManagementRequest<unknown>,
  before: DirectoryObject,
  inheritablePermissions: readonly InheritablePermission[],
): Promise<void> {
  const { caller, world } = request
  const appId = appIdOf(before)
  const properties = { ...before.properties, inheritablePermissions }
  const after = { ...before, version: before.version + 1, properties }
  const inheritable = Object.fromEntries(
    inheritablePermissions.map(({ resourceAppId, roles, scopes }) => [resourceAppId, { roles, scopes }]),
  )
  const { live } = await countOf(world.table, caller.tenantId, `agentsOf:${appId}`)
  await world.table.commit(
    [
      ...replacement(caller.tenantId, before, after),
      { action: 'update', key: keys.app(appId), set: { inheritable }, when: { objectId: before.id } },
    ],
    {
      ...auditOf(request, 'Update application', after, ['inheritablePermissions']),
      additionalDetails: [{ key: 'AffectedAgentIdentities', value: String(live) }],
    },
  )
}

type Collection = v.InferOutput<typeof collection>

function patched(
  before: InheritablePermission,
  {
    inheritableScopes,
    inheritableRoles,
  }: { inheritableScopes?: Collection | undefined; inheritableRoles?: Omit<Collection, 'scopes'> | undefined },
): InheritablePermission {
  if (!inheritableScopes && !inheritableRoles) {
    throw new Refusal('Request_BadRequest', "needs 'inheritableScopes' or 'inheritableRoles', or both")
  }
  return {
    ...before,
    ...(inheritableScopes && { scopes: scopesFrom(inheritableScopes, before.resourceAppId) }),
    ...(inheritableRoles && { roles: kindFrom(inheritableRoles, 'inheritableRoles', ['allAllowed', 'none']) }),
  }
}

type Kind = 'allAllowed' | 'enumerated' | 'none'

/** A kind, as its type says it, as its name says it, or both. */
function kindFrom<Allowed extends Kind>(
  { '@odata.type': type, kind }: Collection,
  property: 'inheritableScopes' | 'inheritableRoles',
  allowed: readonly Allowed[],
): Allowed {
  const suffix = property === 'inheritableScopes' ? 'scopes' : 'roles'
  const short = type === undefined ? undefined : /^#?(?:microsoft\.)?graph\.(\w{1,60})$/i.exec(type)?.[1]?.toLowerCase()
  const byType = allowed.find((each) => `${typePrefix[each]}${suffix}`.toLowerCase() === short)
  const byKind = allowed.find((each) => each.toLowerCase() === kind?.toLowerCase())
  const wrong =
    (type !== undefined && !byType) || (kind !== undefined && !byKind) || (byType && byKind && byType !== byKind)
  const found = byType ?? byKind
  if (wrong || !found) {
    const pairs = allowed.map((each) => `'${typeOf(each, property)}' with kind '${each}'`).join(', ')
    throw new Refusal('Request_BadRequest', `property '${property}': must be one of ${pairs}`)
  }
  return found
}

function scopesFrom(given: Collection, resourceAppId: string): Inheritable['scopes'] {
  const kind = kindFrom(given, 'inheritableScopes', ['allAllowed', 'enumerated', 'none'])
  const property = "property 'inheritableScopes.scopes'"
  if (kind !== 'enumerated') {
    if (given.scopes) throw new Refusal('Request_BadRequest', `${property}: goes with the kind 'enumerated' alone`)
    return kind
  }
  if (!given.scopes) throw new Refusal('Request_BadRequest', `${property}: is required with the kind 'enumerated'`)
  if (resourceAppId !== managementApi.appId) return [...new Set(given.scopes)]
  const known = new Map(
    permissions.map(({ value, delegatedId }) => [value.toLowerCase(), delegatedId ? value : undefined]),
  )
  const scopes = given.scopes.map((each) => {
    const value = known.get(each.toLowerCase())
    if (value === undefined) {
      throw new Refusal('Request_BadRequest', `${property}: ${quoted(each)} is no scope of the management API`)
    }
    if (isScopeBlockedForAgents(value)) {
      throw new Refusal(
        'Request_BadRequest',
        `${property}: the permission '${value}' is too powerful for agents and cannot be inherited`,
      )
    }
    return value
  })
  return [...new Set(scopes)]
}

const typePrefix: Record<Kind, string> = { allAllowed: 'allAllowed', enumerated: 'enumerated', none: 'no' }

const typeOf = (kind: Kind, property: 'inheritableScopes' | 'inheritableRoles'): string =>
  `microsoft.graph.${typePrefix[kind]}${property.slice('inheritable'.length)}`

function shown({ resourceAppId, scopes, roles }: InheritablePermission): Properties {
  const kind = typeof scopes === 'string' ? scopes : 'enumerated'
  return {
    resourceAppId,
    inheritableScopes: {
      '@odata.type': `#${typeOf(kind, 'inheritableScopes')}`,
      kind,
      ...(typeof scopes !== 'string' && { scopes }),
    },
    inheritableRoles: { '@odata.type': `#${typeOf(roles, 'inheritableRoles')}`, kind: roles },
  }
}

const contextOf = ({ world, path }: ManagementRequest<unknown>, { id }: DirectoryObject): string =>
  `${world.origin}/${path.version}/$metadata#applications('${id}')/microsoft.graph.agentIdentityBlueprint/inheritablePermissions`

const entityOf = (
  request: ManagementRequest<unknown>,
  blueprint: DirectoryObject,
  permission: InheritablePermission,
): Properties => ({ '@odata.context': `${contextOf(request, blueprint)}/$entity`, ...shown(permission) })
