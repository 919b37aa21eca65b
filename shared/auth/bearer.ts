import { isAllowedForAgents } from '../directory-roles.ts'
import type { ApplicationCredentials } from '../domain/application.ts'
import { type Client, type ClientType, rolesOn } from '../domain/client.ts'
import type { DirectoryObject } from '../domain/directory-object.ts'
import { parseGuid } from '../domain/guid.ts'
import { type GrantedScopes, grantOn } from '../domain/oauth2-permission-grant.ts'
import { withInherited } from '../domain/permission.ts'
import type { Tenant, TenantId } from '../domain/tenant.ts'
import {
  isBlockedForAgents,
  isScopeBlockedForAgents,
  lifecycleFamily,
  managementApi,
  roleValue,
} from '../permissions.ts'
import { Refusal } from '../refusal.ts'
import type { Key } from '../store/store.ts'
import { keys, type UserGrants, type UserState } from '../store/table.ts'
import { backdateSeconds, issuerV1 } from '../tokens/claims.ts'
import { type OurClaims, verifyOurs } from '../tokens/verify.ts'
import type { World } from '../world.ts'

/**
 * Who calls the management API: a client of one tenant, as itself or on behalf of a user, with the permissions and directory roles
 * that its token carries and the store still holds.
 */
export type Caller = {
  tenantId: TenantId
  tenant: Tenant
  clientId: string
  objectId: string
  type: ClientType
  displayName: string
  parentAppId?: string
  /** Of a delegated token: on whose behalf. What may be done then is never more than this user may do. */
  user?: CallerUser
  /** Application permissions; of a delegated token the scopes. */
  permissions: ReadonlySet<string>
  /** Template ids; of a delegated token the user's, else the client's. */
  directoryRoles: ReadonlySet<string>
}

export type CallerUser = {
  id: string
  displayName: string
  userPrincipalName: string
  isAgentUser: boolean
  isGuest: boolean
}

/**
 * The caller of a management call. The token says who asks and for which tenant; the store says, at the time of the call,
 * whether that client still may (design D11).
 * @throws InvalidAuthenticationToken
 */
export async function authenticate(world: World, authorization: string | undefined, now: Date): Promise<Caller> {
  const claims = await verifyOurs(world.keySet, bearerToken(authorization), 'resource', now)
  if (claims === 'expired') throw invalid('the access token has expired; get a new one')
  if (typeof claims === 'string')
    throw invalid('the access token is not one that this service signed for the management API')
  const tenantId = parseGuid(claims.tid) as TenantId | undefined
  if (!tenantId || claims.iss !== issuerV1(world.origin, tenantId))
    throw invalid("the access token's issuer is not this service")
  if (!audiences(world.origin).has(claims.aud)) {
    throw invalid(
      `the access token is for '${claims.aud}'; ask for one with the scope ${managementApi.identifierUris[0]}/.default`,
    )
  }
  return callerOf(world, tenantId, claims, now)
}

function bearerToken(authorization: string | undefined): string {
  const [scheme, token, ...rest] = (authorization ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0) {
    throw invalid("access token is missing; send the header 'Authorization: Bearer {token}'")
  }
  return token
}

const audiences = (origin: string): Set<string> =>
  new Set([managementApi.appId, ...managementApi.identifierUris, origin].flatMap((each) => [each, `${each}/`]))

async function callerOf(world: World, tenantId: TenantId, claims: OurClaims, now: Date): Promise<Caller> {
  const named = namedIn(claims)
  const facts = await gather(world, tenantId, named)
  const { tenant } = facts
  if (tenant?.state !== 'active') throw invalid('the tenant of the access token is not open')
  const client = liveClient(facts, named, now)
  if (named.userId === undefined && client.objectId !== claims.oid) throw clientGone()
  const base = {
    tenantId,
    tenant,
    clientId: client.clientId,
    objectId: client.objectId,
    type: client.type,
    displayName: client.displayName,
    ...(named.parentAppId !== undefined && { parentAppId: named.parentAppId }),
  }
  if (named.userId === undefined) {
    return {
      ...base,
      permissions: rolesOf(client, facts, claims),
      directoryRoles: clientDirectoryRoles(client, claims),
    }
  }
  const { user, state, agentId } = liveUser(facts, claims)
  if (agentId !== undefined && agentId !== client.clientId) await requireLiveAgent(world, tenantId, agentId, now)
  const held = state.directoryRoles ?? none
  const mayHold = user.isAgentUser ? [...held].filter(isAllowedForAgents) : held
  return {
    ...base,
    user,
    permissions: scopesOf(client, user, facts, claims, now),
    directoryRoles: alsoIn(claims.wids, mayHold),
  }
}

type Named = { clientId: string; parentAppId?: string; userId?: string }

function namedIn(claims: OurClaims): Named {
  const clientId = parseGuid(claims.appid as string | undefined)
  const parentAppId = parseGuid(claims.xms_par_app_azp as string | undefined)
  if (!clientId) throw invalid('the access token names no client')
  const client = { clientId, ...(parentAppId !== undefined && { parentAppId }) }
  if (claims.idtyp === 'app') return client
  const userId = claims.idtyp === 'user' ? parseGuid(claims.oid) : undefined
  if (!userId) throw invalid('the access token is neither an app-only token nor one on behalf of a user')
  return { ...client, userId }
}

/** Everything in the store that a caller hangs on, of one instant. */
type Facts = {
  tenant?: Tenant | undefined
  client?: Client | undefined
  /** Of an agent identity: its blueprint's principal, and what the blueprint lets it inherit. */
  parent?: Client | undefined
  application?: ApplicationCredentials | undefined
  state?: UserState | undefined
  person?: DirectoryObject | undefined
  agentUser?: DirectoryObject | undefined
  /** What the user has granted to the client, and to its blueprint. */
  grants?: UserGrants | undefined
  parentGrants?: UserGrants | undefined
}

async function gather(world: World, t: TenantId, { clientId, parentAppId, userId }: Named): Promise<Facts> {
  const wanted: { [Fact in keyof Facts]: Key<NonNullable<Facts[Fact]>> } = {
    tenant: keys.tenant(t),
    client: keys.client(t, clientId),
    ...(parentAppId !== undefined && { parent: keys.client(t, parentAppId), application: keys.app(parentAppId) }),
    ...(userId !== undefined && {
      state: keys.user(t, userId),
      person: keys.object(t, 'user', userId),
      agentUser: keys.object(t, 'agentUser', userId),
      grants: keys.userGrant(t, clientId, userId),
    }),
    ...(userId !== undefined && parentAppId !== undefined && { parentGrants: keys.userGrant(t, parentAppId, userId) }),
  }
  const items = await world.table.snapshot(Object.values(wanted))
  return Object.fromEntries(Object.keys(wanted).map((fact, index) => [fact, items[index]]))
}

function liveClient({ client, parent }: Facts, { parentAppId, userId }: Named, now: Date): Client {
  if (!client?.enabled || client.parentAppId !== parentAppId) throw clientGone()
  requireTime(client, now)
  if (client.type === 'agentIdentity' && !isParent(parent, client)) throw blueprintGone()
  if (client.type === 'agentIdentityBlueprintPrincipal' && userId !== undefined) {
    throw invalid('a blueprint acts as itself alone; on behalf of a user acts one of its agent identities')
  }
  return client
}

const isParent = (parent: Client | undefined, agent: Client): boolean =>
  parent?.enabled === true && parent.objectId === agent.parentObjectId

function requireTime({ clientId, expiresAt }: Client, now: Date): void {
  if (expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime()) {
    throw invalid(`the agent identity '${clientId}' ended at ${expiresAt}, as was said when it was made`)
  }
}

function liveUser(
  { state, person, agentUser }: Facts,
  claims: OurClaims,
): { user: CallerUser; state: UserState; agentId: string | undefined } {
  const object = person ?? agentUser
  if (!state?.enabled || !object) throw invalid('the user of the access token is disabled or gone')
  const { sessionsValidFrom } = state
  if (sessionsValidFrom !== undefined && (claims.iat + backdateSeconds) * 1000 < Date.parse(sessionsValidFrom)) {
    throw invalid(`the sessions of the user were revoked at ${sessionsValidFrom}; sign in again`)
  }
  const { id, properties } = object
  const isAgentUser = object === agentUser
  const user = {
    id,
    displayName: String(properties.displayName),
    userPrincipalName: state.userPrincipalName,
    isAgentUser,
    isGuest: properties.userType === 'Guest',
  }
  return { user, state, agentId: isAgentUser ? String(properties.identityParentId) : undefined }
}

/** An agent user is as good as its agent and that one's blueprint, also where another client acts on its behalf. */
async function requireLiveAgent(world: World, tenantId: TenantId, agentId: string, now: Date): Promise<void> {
  const [agent] = await world.table.snapshot([keys.client(tenantId, agentId)])
  if (!agent?.enabled || agent.parentAppId === undefined) {
    throw invalid('the agent identity of the agent user is disabled or gone')
  }
  requireTime(agent, now)
  const [parent] = await world.table.snapshot([keys.client(tenantId, agent.parentAppId)])
  if (!isParent(parent, agent)) throw blueprintGone()
}

/** In the token and in the store, both: a role taken away counts no more, and one given since then not yet. */
function rolesOf(client: Client, { parent, application }: Facts, claims: OurClaims): ReadonlySet<string> {
  const attribute = rolesOn(managementApi.objectId)
  const held = withInherited(
    client[attribute] ?? [],
    parent?.[attribute] ?? [],
    application?.inheritable?.[managementApi.appId]?.roles,
  )
  const values = [...held]
    .filter((id) => client.type !== 'agentIdentity' || !isBlockedForAgents(id))
    .map(roleValue)
    .filter((value) => value !== undefined)
    .filter((value) => client.type !== 'agentIdentityBlueprintPrincipal' || lifecycleFamily(value))
  return alsoIn(claims.roles, values)
}

/**
 * Likewise of scopes. `Directory.AccessAsUser.All` gives nothing and takes nothing away: every scope stands for itself (reference
 * §10.2 (14)).
 */
function scopesOf(client: Client, user: CallerUser, facts: Facts, claims: OurClaims, now: Date): ReadonlySet<string> {
  const { parent, application, grants, parentGrants } = facts
  const held = withInherited(
    granted(now, client, grants?.objectId === client.objectId ? grants : undefined),
    granted(now, parent, parentGrants?.objectId === parent?.objectId ? parentGrants : undefined),
    application?.inheritable?.[managementApi.appId]?.scopes,
  )
  const isAgents = client.type === 'agentIdentity' || user.isAgentUser
  const values = [...held].filter((value) => !isAgents || !isScopeBlockedForAgents(value))
  return alsoIn(typeof claims.scp === 'string' ? claims.scp.split(' ') : [], values)
}

/** The scopes of the management API granted for everybody and by the user, as far as their time is not over. */
function granted(now: Date, ...holders: readonly (Client | UserGrants | undefined)[]): string[] {
  const attribute = grantOn(managementApi.objectId)
  const grants = holders.map((each): GrantedScopes | undefined => each?.[attribute])
  return grants.flatMap((grant) => {
    const isOver = grant?.expiryTime !== undefined && Date.parse(grant.expiryTime) <= now.getTime()
    return grant && !isOver ? [...grant.scopes] : []
  })
}

/** Directory roles of a client as itself: none is a blueprint's (reference §5.1), and an agent's are those that agents may hold. */
function clientDirectoryRoles({ type, directoryRoles = none }: Client, claims: OurClaims): ReadonlySet<string> {
  switch (type) {
    case 'servicePrincipal':
      return alsoIn(claims.wids, directoryRoles)
    case 'agentIdentityBlueprintPrincipal':
      return none
    case 'agentIdentity':
      return alsoIn(claims.wids, [...directoryRoles].filter(isAllowedForAgents))
  }
}

const none: ReadonlySet<string> = new Set()

function alsoIn(claim: unknown, held: Iterable<string>): ReadonlySet<string> {
  const inToken = new Set(Array.isArray(claim) ? (claim as unknown[]) : [])
  return new Set([...held].filter((each) => inToken.has(each)))
}

const clientGone = (): Refusal => invalid('the client of the access token is disabled or gone')
const blueprintGone = (): Refusal => invalid('the blueprint of the agent identity is disabled or gone')
const invalid = (message: string): Refusal => new Refusal('InvalidAuthenticationToken', message)
