import { authorize } from '../auth/authorize.ts'
import { directoryRole, isAllowedForAgents } from '../directory-roles.ts'
import type { AppRoleAssignment } from '../domain/app-role-assignment.ts'
import type { Inheritable } from '../domain/application.ts'
import { type Client, rolesOn } from '../domain/client.ts'
import type { DirectoryObject } from '../domain/directory-object.ts'
import { type GrantedScopes, grantOn, type OAuth2PermissionGrant } from '../domain/oauth2-permission-grant.ts'
import { withInherited } from '../domain/permission.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import { ok, type Response } from '../http/response.ts'
import { isBlockedForAgents, isScopeBlockedForAgents, managementApi, roleValue } from '../permissions.ts'
import { Refusal } from '../refusal.ts'
import type { Page, Position, Table } from '../store/store.ts'
import { keys, partitions } from '../store/table.ts'
import { shownAssignment } from './app-role-assignments.ts'
import { rolesOf } from './application.ts'
import { grantedBy, offeredScopes, shownGrant } from './oauth2-permission-grants.ts'
import { find } from './read.ts'

/*
 * What an agent identity may do: what it holds itself, and what its blueprint's principal holds and the blueprint lets it inherit
 * (reference §5.2), without what no agent may have. Computed when it is asked, from the very items that tokens are made of;
 * nothing of it is kept.
 */

/** `GET /beta/servicePrincipals/{id}/inheritedAppRoleAssignments`: those of the blueprint's principal that count for the agent. */
export async function listInheritedRoles(request: ManagementRequest<unknown>): Promise<Response> {
  const { caller, world, path } = request
  requireGet(request)
  const { parent, inheritance } = await gather(request)
  const rows = await all<AppRoleAssignment>((limit, from) =>
    parent && inheritance.size > 0
      ? world.table.query(partitions.assignments(caller.tenantId, parent.objectId), { limit, ...(from && { from }) })
      : none,
  )
  const inherited = rows.filter(
    ({ resourceId, appRoleId }) =>
      withInherited([], [appRoleId], inheritance.get(resourceId)?.roles).size > 0 &&
      !isBlockedRole(resourceId, appRoleId),
  )
  return ok({
    '@odata.context': `${world.origin}/${path.version}/$metadata#appRoleAssignments`,
    value: inherited.map(shownAssignment),
  })
}

/** `GET /beta/servicePrincipals/{id}/inheritedOauth2PermissionGrants`: the same of grants, with the scopes that count. */
export async function listInheritedGrants(request: ManagementRequest<unknown>): Promise<Response> {
  const { caller, world, path, now } = request
  requireGet(request)
  const { parent, inheritance } = await gather(request)
  const rows = await all<OAuth2PermissionGrant>((limit, from) =>
    parent && inheritance.size > 0 ? grantsTo(world.table, caller.tenantId, parent.objectId, limit, from) : none,
  )
  const value = rows.flatMap((grant) => {
    const { resourceId } = grant
    const scopes = [...withInherited([], scopesIn(grantedBy(grant), now), inheritance.get(resourceId)?.scopes)]
    const free = scopes.filter((scope) => !isBlockedScope(resourceId, scope))
    return free.length > 0 ? [shownGrant({ ...grant, scope: free.join(' ') })] : []
  })
  return ok({ '@odata.context': `${world.origin}/${path.version}/$metadata#oauth2PermissionGrants`, value })
}

/** `GET /beta/servicePrincipals/{id}/effectivePermissions`: Sigil's own: all of it in one answer, and where each part comes from. */
export async function readEffectivePermissions(request: ManagementRequest<unknown>): Promise<Response> {
  const { caller, world, path, now } = request
  const facts = await gather(request)
  await authorize(request, 'read', facts.agent)
  const { client, parent } = facts
  const grants = (id: string | undefined) =>
    id === undefined ? none : grantsTo(world.table, caller.tenantId, id, mostUserGrants, undefined)
  const [own, parents] = await Promise.all([grants(client.objectId), grants(parent?.objectId)])
  const userGrants = [...own.items, ...parents.items].filter(({ principalId }) => principalId !== null)
  const resources = await resourcesNamed(world.table, caller.tenantId, [client, parent], userGrants)
  const permissions = resources.flatMap((resource) => [
    ...appRolesOn(resource, facts),
    ...scopesOn(resource, facts, userGrants, now),
  ])
  const directoryRoles = [...(client.directoryRoles ?? [])].sort().map((roleDefinitionId) => ({
    roleDefinitionId,
    displayName: directoryRole(roleDefinitionId)?.displayName ?? null,
    ...(!isAllowedForAgents(roleDefinitionId) && { reason: reasons.blocked }),
  }))
  const effective = permissions.filter(({ reason }) => reason === undefined)
  return ok({
    '@odata.context': `${world.origin}/${path.version}/$metadata#sigil.effectivePermissions`,
    appRoles: effective.filter((each) => 'appRoleId' in each),
    delegatedScopes: effective.filter((each) => 'scope' in each),
    directoryRoles: directoryRoles.filter(({ reason }) => reason === undefined),
    blocked: [...permissions, ...directoryRoles].filter(({ reason }) => reason !== undefined),
    // Of grants by single users only so many are shown.
    ...((own.next || parents.next) && { '@sigil.truncated': true }),
  })
}

/** Why something that is held does not count. */
const reasons = { blocked: 'tooPowerfulForAgents', disabled: 'resourceDisabled' } as const

/** Where something comes from: given to the agent, or to the principal of its blueprint. */
type Source = { kind: 'direct' | 'inherited'; from: string }

type Facts = {
  agent: DirectoryObject
  client: Client
  /** The principal of the blueprint, if it is the one that the agent was made under. */
  parent: Client | undefined
  /** What the blueprint lets its agents inherit, by the object id of the resource. */
  inheritance: ReadonlyMap<string, Inheritable>
}

async function gather({ caller, world, path }: ManagementRequest<unknown>): Promise<Facts> {
  const { tenantId } = caller
  if (path.version !== 'beta') {
    throw new Refusal('Request_ResourceNotFound', 'there is no such address below /v1.0; ask for it below /beta')
  }
  const agent = await find(world.table, tenantId, ['agentIdentity'], path.id)
  const blueprintId = agent.properties.agentIdentityBlueprintId as string
  const [client, principal, application] = await world.table.snapshot([
    keys.client(tenantId, agent.id),
    keys.client(tenantId, blueprintId),
    keys.app(blueprintId),
  ])
  if (!client) throw new Error(`the agent identity ${agent.id} has no client`)
  const parent = principal?.objectId === client.parentObjectId ? principal : undefined
  const inheritable = Object.entries((parent && application?.inheritable) ?? {})
  const resources: readonly (Client | undefined)[] =
    inheritable.length > 0 ? await world.table.snapshot(inheritable.map(([appId]) => keys.client(tenantId, appId))) : []
  const inheritance = new Map(
    inheritable.flatMap(([, each], index) => {
      const resource = resources[index]
      return resource ? [[resource.objectId, each] as const] : []
    }),
  )
  return { agent, client, parent, inheritance }
}

function appRolesOn(resource: DirectoryObject, { client, parent, inheritance }: Facts) {
  const own = client[rolesOn(resource.id)] ?? new Set<string>()
  const inherited = withInherited([], parent?.[rolesOn(resource.id)] ?? [], inheritance.get(resource.id)?.roles)
  return [...new Set([...own, ...inherited])].sort().flatMap((appRoleId) => {
    const value = valueIn(resource, appRoleId)
    if (value === undefined) return []
    const isBlocked = isBlockedRole(resource.id, appRoleId)
    const sources = sourcesOf(client, own.has(appRoleId), parent, inherited.has(appRoleId))
    return [{ ...shownResource(resource), appRoleId, value, sources, ...reasonFor(resource, isBlocked) }]
  })
}

function scopesOn(
  resource: DirectoryObject,
  { client, parent, inheritance }: Facts,
  userGrants: readonly OAuth2PermissionGrant[],
  now: Date,
) {
  const attribute = grantOn(resource.id)
  const offered = new Set(offeredScopes(resource))
  const here = userGrants.filter(({ resourceId }) => resourceId === resource.id)
  const users = [...new Set(here.map(({ principalId }) => principalId))]
  return [null, ...users].flatMap((principalId) => {
    const grantTo = (holder: Client | undefined): GrantedScopes | undefined => {
      if (principalId === null) return holder?.[attribute]
      const grant = here.find((each) => each.principalId === principalId && each.clientId === holder?.objectId)
      return grant && grantedBy(grant)
    }
    const [ownGrant, parentGrant] = [grantTo(client), grantTo(parent)]
    const own = new Set(scopesIn(ownGrant, now))
    const inherited = withInherited([], scopesIn(parentGrant, now), inheritance.get(resource.id)?.scopes)
    return [...new Set([...own, ...inherited])]
      .filter((scope) => offered.has(scope))
      .sort()
      .map((scope) => {
        const ends = [
          ...(own.has(scope) ? [ownGrant?.expiryTime] : []),
          ...(inherited.has(scope) ? [parentGrant?.expiryTime] : []),
        ]
        const expiryTime = ends.includes(undefined) ? undefined : ends.sort().at(-1)
        return {
          ...shownResource(resource),
          scope,
          consentType: principalId === null ? 'AllPrincipals' : 'Principal',
          principalId,
          ...(expiryTime !== undefined && { expiryTime }),
          sources: sourcesOf(client, own.has(scope), parent, inherited.has(scope)),
          ...reasonFor(resource, isBlockedScope(resource.id, scope)),
        }
      })
  })
}

const sourcesOf = (client: Client, isDirect: boolean, parent: Client | undefined, isInherited: boolean): Source[] => [
  ...(isDirect ? [{ kind: 'direct', from: client.objectId } as const] : []),
  ...(isInherited && parent ? [{ kind: 'inherited', from: parent.objectId } as const] : []),
]

const shownResource = ({ id, properties }: DirectoryObject) => ({
  resourceId: id,
  resourceAppId: properties.appId,
  resourceDisplayName: properties.displayName,
})

function reasonFor({ properties }: DirectoryObject, isBlocked: boolean): { reason?: string } {
  if (isBlocked) return { reason: reasons.blocked }
  return properties.accountEnabled === true ? {} : { reason: reasons.disabled }
}

/** What stands in a token for a role: nothing for one that is not offered to applications any more, nor for that of default access. */
function valueIn(resource: DirectoryObject, appRoleId: string): string | undefined {
  if (resource.id === managementApi.objectId) return roleValue(appRoleId)
  const role = rolesOf(resource.properties).find(({ id }) => id === appRoleId)
  return role?.isEnabled && role.allowedMemberTypes.includes('Application') ? (role.value ?? undefined) : undefined
}

const isBlockedRole = (resourceId: string, appRoleId: string): boolean =>
  resourceId === managementApi.objectId && isBlockedForAgents(appRoleId)

const isBlockedScope = (resourceId: string, scope: string): boolean =>
  resourceId === managementApi.objectId && isScopeBlockedForAgents(scope)

const scopesIn = (granted: GrantedScopes | undefined, now: Date): readonly string[] =>
  granted && !(granted.expiryTime !== undefined && Date.parse(granted.expiryTime) <= now.getTime())
    ? granted.scopes
    : []

/** The resources on which anything is held, as far as they still have a principal. A snapshot holds 100 items, two for each. */
async function resourcesNamed(
  table: Table,
  tenantId: TenantId,
  holders: readonly (Client | undefined)[],
  grants: readonly OAuth2PermissionGrant[],
): Promise<DirectoryObject[]> {
  const attributes = holders.flatMap((holder) => Object.keys(holder ?? {}))
  const held = attributes.flatMap((name) => /^(?:roles|grant):(.+)$/.exec(name)?.[1] ?? [])
  const ids = [...new Set([...held, ...grants.map(({ resourceId }) => resourceId)])].sort()
  const found: DirectoryObject[] = []
  for (let at = 0; at < ids.length; at += 50) {
    const wanted = ids
      .slice(at, at + 50)
      .flatMap((id) => [
        keys.object(tenantId, 'servicePrincipal', id),
        keys.object(tenantId, 'agentIdentityBlueprintPrincipal', id),
      ])
    found.push(...(await table.snapshot(wanted)).filter((each) => each !== undefined))
  }
  return found
}

const mostUserGrants = 1000

const grantsTo = (
  table: Table,
  tenantId: TenantId,
  clientId: string,
  limit: number,
  from: Position | undefined,
): Promise<Page<OAuth2PermissionGrant>> =>
  table.query(partitions.grantsOf(tenantId, clientId), { limit, prefix: `${clientId}#`, ...(from && { from }) })

const none: Promise<Page<never>> = Promise.resolve({ items: [], positions: [] })

/** These collections have no pages (reference §2.6): what an answer does not hold must be asked for at the principal itself. */
const mostRows = 5000

async function all<Item>(read: (limit: number, from: Position | undefined) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = []
  let from: Position | undefined
  do {
    const page = await read(1000, from)
    items.push(...page.items)
    from = page.next
    if (items.length > mostRows) {
      throw new Refusal(
        'Request_BadRequest',
        `the blueprint's principal holds more than ${mostRows} of them, too many for one answer; list its own, which come in pages`,
      )
    }
  } while (from)
  return items
}

/** Nothing is written where it is only inherited (reference §2.6). */
function requireGet({ event }: ManagementRequest<unknown>): void {
  if (event.requestContext.http.method === 'GET') return
  throw new Refusal(
    'Request_MethodNotAllowed',
    "what is inherited can only be read; change it on the blueprint's principal, or what the blueprint lets its agents inherit",
  )
}
