import { type Client, type ClientType, rolesOn } from '../domain/client.ts'
import { parseGuid } from '../domain/guid.ts'
import type { TenantId } from '../domain/tenant.ts'
import { isBlockedForAgents, lifecycleFamily, managementApi, roleValue } from '../permissions.ts'
import { Refusal } from '../refusal.ts'
import type { Key } from '../store/store.ts'
import { keys } from '../store/table.ts'
import { issuerV1 } from '../tokens/claims.ts'
import { type OurClaims, verifyOurs } from '../tokens/verify.ts'
import type { World } from '../world.ts'

/** Who calls the management API: a client of one tenant, and the permissions that its token carries and it still holds. */
export type Caller = {
  tenantId: TenantId
  clientId: string
  objectId: string
  type: ClientType
  displayName: string
  parentAppId?: string
  permissions: ReadonlySet<string>
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
  if (claims.idtyp !== 'app') throw invalid('the access token is not an app-only token')
  return callerOf(world, tenantId, claims)
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

async function callerOf(world: World, tenantId: TenantId, claims: OurClaims): Promise<Caller> {
  const clientId = parseGuid(claims.appid as string | undefined)
  const parentAppId = parseGuid(claims.xms_par_app_azp as string | undefined)
  if (!clientId) throw invalid('the access token names no client')
  const own: Key<Client> = keys.client(tenantId, clientId)
  const [tenant, client, parent] = parentAppId
    ? await world.table.snapshot([keys.tenant(tenantId), own, keys.client(tenantId, parentAppId)])
    : [...(await world.table.snapshot([keys.tenant(tenantId), own])), undefined]
  if (tenant?.state !== 'active') throw invalid('the tenant of the access token is not open')
  if (!client?.enabled || client.objectId !== claims.oid || client.parentAppId !== parentAppId) {
    throw invalid('the client of the access token is disabled or gone')
  }
  if (client.type === 'agentIdentity' && !(parent?.enabled && parent.objectId === client.parentObjectId))
    throw invalid('the blueprint of the agent identity is disabled or gone')
  return {
    tenantId,
    clientId,
    objectId: client.objectId,
    type: client.type,
    displayName: client.displayName,
    ...(parentAppId && { parentAppId }),
    permissions: permissionsOf(client, claims),
  }
}

/** In the token and in the store, both: a role taken away counts no more, and one given since then not yet. */
function permissionsOf(client: Client, claims: OurClaims): ReadonlySet<string> {
  const inToken = new Set(Array.isArray(claims.roles) ? (claims.roles as unknown[]) : [])
  const held = [...(client[rolesOn(managementApi.objectId)] ?? new Set<string>())]
    .filter((id) => client.type !== 'agentIdentity' || !isBlockedForAgents(id))
    .map(roleValue)
    .filter((value) => value !== undefined)
    .filter((value) => client.type !== 'agentIdentityBlueprintPrincipal' || lifecycleFamily(value))
  return new Set(held.filter((value) => inToken.has(value)))
}

const invalid = (message: string): Refusal => new Refusal('InvalidAuthenticationToken', message)
