import * as v from 'valibot'
import { authorize } from '../auth/authorize.ts'
import type { DirectoryObject } from '../domain/directory-object.ts'
import { type GrantedScopes, grantOn, type OAuth2PermissionGrant } from '../domain/oauth2-permission-grant.ts'
import { quoted } from '../domain/shown.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import { created, noContent, ok, type Response } from '../http/response.ts'
import { isScopeBlockedForAgents, managementApi, permissions } from '../permissions.ts'
import { Refusal } from '../refusal.ts'
import type { Change, Key, Table } from '../store/store.ts'
import { keys, partitions } from '../store/table.ts'
import type { PermissionScope } from './application-shape.ts'
import { appIdOf } from './applications.ts'
import { auditOf } from './audit.ts'
import { effectOn, effectOnAny, holderOf, objectOf } from './holders.ts'
import { byId, find, notFound, principalTypes, userTypes } from './read.ts'
import { guidsOfId, idOfGuids, noGuid } from './record-id.ts'
import { both, idAskedFor, listRecords, readEqualities } from './records.ts'
import { dateTime, guid } from './shape.ts'

const scopeText = v.pipe(v.string(), v.maxLength(8192, 'must have at most 8192 characters'))
const optionalTime = v.optional(v.nullable(dateTime))

export const grantBody = v.strictObject({
  clientId: guid,
  consentType: v.picklist(['AllPrincipals', 'Principal']),
  principalId: v.optional(v.nullable(guid), null),
  resourceId: guid,
  scope: scopeText,
  // Some clients send one; it is made of the three ids, whatever they say.
  id: v.optional(v.nullable(v.string())),
  startTime: optionalTime,
  expiryTime: optionalTime,
  '@odata.type': v.optional(v.string()),
})

export const grantPatch = v.strictObject({ scope: scopeText, '@odata.type': v.optional(v.string()) })

type GrantBody = v.InferOutput<typeof grantBody>

/** `POST /oauth2PermissionGrants` (reference §1.8, §2.8). In force for the next token. */
export async function createGrant(request: ManagementRequest<GrantBody>): Promise<Response> {
  const { body, caller, world, now, path } = request
  const { tenantId } = caller
  const { clientId, resourceId, principalId, consentType, startTime, expiryTime } = body
  checkPrincipal(body)
  checkTimes(body, now)
  const client = await byId(world.table, tenantId, principalTypes, clientId)
  if (!client) throw notFound(clientId)
  await authorize(request, 'grant', client)
  const resource = await resourceOf(world.table, tenantId, resourceId)
  const user = principalId === null ? undefined : await byId(world.table, tenantId, userTypes, principalId)
  if (principalId !== null && !user) throw notFound(principalId)
  const grant: OAuth2PermissionGrant = {
    id: idOfGuids(clientId, resourceId, principalId ?? noGuid),
    clientId,
    consentType,
    principalId,
    resourceId,
    scope: allowedScopes(body.scope, { client, resource, user }).join(' '),
    ...(startTime !== undefined && { startTime }),
    ...(expiryTime !== undefined && { expiryTime }),
    appId: appIdOf(client),
    version: 1,
  }
  await world.table.commit(
    [
      { action: 'put', key: keyOf(tenantId, grant), item: grant, when: 'absent', otherwise: duplicate },
      ...(await effectOf(world.table, tenantId, client, grant)),
      ...stillThere(tenantId, resource, user),
    ],
    auditOf(request, 'Add delegated permission grant', client, ['oauth2PermissionGrants']),
  )
  return created({
    '@odata.context': `${world.origin}/${path.version}/$metadata#oauth2PermissionGrants/$entity`,
    ...shownGrant(grant),
  })
}

/** `GET /oauth2PermissionGrants`, and those of one client, or on behalf of one user. */
export async function listGrants(request: ManagementRequest<unknown>): Promise<Response> {
  const { caller, world, path, event } = request
  const { tenantId } = caller
  const [, collection] = /^\/[^/]+\/(users|servicePrincipals)\//.exec(event.rawPath) ?? []
  const types = collection === 'users' ? userTypes : principalTypes
  const owner = collection && (await find(world.table, tenantId, types, path.id))
  const asked = readEqualities(request, ['clientId', 'consentType', 'principalId', 'resourceId', 'scope'])
  const property = collection === 'users' ? 'principalId' : 'clientId'
  const filter = owner ? both(asked, { op: 'eq', path: [property], value: owner.id }) : asked
  const clientId = idAskedFor(filter, 'clientId')
  const resourceId = idAskedFor(filter, 'resourceId')
  return listRecords<OAuth2PermissionGrant>(request, {
    context: 'oauth2PermissionGrants',
    rows:
      clientId === undefined
        ? { partitions: partitions.grants(tenantId) }
        : {
            partitions: partitions.grantsOf(tenantId, clientId),
            prefix: `${clientId}#${resourceId === undefined ? '' : `${resourceId}#`}`,
          },
    filter,
    show: shownGrant,
  })
}

export async function readGrant(request: ManagementRequest<unknown>): Promise<Response> {
  const { caller, world, path } = request
  const grant = await grantAt(world.table, caller.tenantId, path.id)
  return ok({
    '@odata.context': `${world.origin}/${path.version}/$metadata#oauth2PermissionGrants/$entity`,
    ...shownGrant(grant),
  })
}

/** `PATCH /oauth2PermissionGrants/{id}`: other scopes of the same resource, for the same client. */
export async function updateGrant(request: ManagementRequest<v.InferOutput<typeof grantPatch>>): Promise<Response> {
  const { body, caller, world, path } = request
  const { tenantId } = caller
  const before = await grantAt(world.table, tenantId, path.id)
  const { clientId, resourceId, principalId } = before
  const client = await byId(world.table, tenantId, principalTypes, clientId)
  if (!client) throw notFound(clientId)
  await authorize(request, 'grant', client)
  const resource = await resourceOf(world.table, tenantId, resourceId)
  const user = principalId === null ? undefined : await byId(world.table, tenantId, userTypes, principalId)
  if (principalId !== null && !user) throw notFound(principalId)
  const after: OAuth2PermissionGrant = {
    ...before,
    scope: allowedScopes(body.scope, { client, resource, user }).join(' '),
    version: before.version + 1,
  }
  await world.table.commit(
    [
      { action: 'put', key: keyOf(tenantId, before), item: after, when: { version: before.version } },
      ...(await effectOf(world.table, tenantId, client, after)),
      ...stillThere(tenantId, resource, user),
    ],
    auditOf(request, 'Update delegated permission grant', client, ['oauth2PermissionGrants']),
  )
  return noContent()
}

/** `DELETE /oauth2PermissionGrants/{id}`: also where its client, resource or user is deleted. */
export async function deleteGrant(request: ManagementRequest<unknown>): Promise<Response> {
  const { caller, world, path } = request
  const { tenantId } = caller
  const grant = await grantAt(world.table, tenantId, path.id)
  const holder = await holderOf(world.table, tenantId, principalTypes, grant.clientId)
  const client = objectOf(holder, grant.clientId)
  await authorize(request, 'grant', client)
  const unset = { unset: [grantOn(grant.resourceId)] }
  await world.table.commit(
    [
      { action: 'delete', key: keyOf(tenantId, grant), when: { version: grant.version } },
      ...(grant.principalId === null
        ? effectOnAny(tenantId, holder, unset)
        : await userEffect(world.table, tenantId, { ...grant, principalId: grant.principalId }, unset)),
    ],
    auditOf(request, 'Remove delegated permission grant', client, ['oauth2PermissionGrants']),
  )
  return noContent()
}

/** What is granted to a client for everybody, by the object id of the resource: what tokens read of it when it is restored. */
export async function heldGrants(
  table: Table,
  tenantId: TenantId,
  clientObjectId: string,
): Promise<Map<string, GrantedScopes>> {
  const held = new Map<string, GrantedScopes>()
  let next: { partition: number; after: string } | undefined
  do {
    const page = await table.query<OAuth2PermissionGrant>(partitions.grantsOf(tenantId, clientObjectId), {
      limit: 1000,
      prefix: `${clientObjectId}#`,
      ...(next && { from: next }),
    })
    for (const grant of page.items) if (grant.principalId === null) held.set(grant.resourceId, grantedBy(grant))
    next = page.next
  } while (next)
  return held
}

export const grantedBy = ({ scope, expiryTime }: OAuth2PermissionGrant): GrantedScopes => ({
  scopes: scope.split(' '),
  ...(expiryTime && { expiryTime }),
})

export const shownGrant = ({ appId: _appId, version: _version, ...shown }: OAuth2PermissionGrant): object => shown

async function grantAt(table: Table, tenantId: TenantId, id = ''): Promise<OAuth2PermissionGrant> {
  const [clientId, resourceId, principalId] = guidsOfId(id, 3) ?? []
  if (!clientId || !resourceId || !principalId) throw notFound(id)
  const principal = principalId === noGuid ? null : principalId
  const [grant] = await table.snapshot([keyOf(tenantId, { clientId, resourceId, principalId: principal })])
  if (!grant) throw notFound(id)
  return grant
}

const keyOf = (
  tenantId: TenantId,
  { clientId, resourceId, principalId }: Pick<OAuth2PermissionGrant, 'clientId' | 'resourceId' | 'principalId'>,
): Key<OAuth2PermissionGrant> => keys.grant(tenantId, clientId, resourceId, principalId ?? '*')

/** What tokens read of a grant: for everybody on the client's own item, for one user on the item of the two. */
async function effectOf(
  table: Table,
  tenantId: TenantId,
  client: DirectoryObject,
  grant: OAuth2PermissionGrant,
): Promise<Change[]> {
  const set = { [grantOn(grant.resourceId)]: grantedBy(grant) }
  const clientKey = keys.client(tenantId, grant.appId)
  if (grant.principalId === null) {
    const [row] = await table.snapshot([clientKey])
    requireRoom(row, grant)
    return [effectOn(tenantId, client, { set })]
  }
  const key = keys.userGrant(tenantId, grant.appId, grant.principalId)
  const [row] = await table.snapshot([key])
  const isOwn = row?.objectId === client.id
  requireRoom(isOwn ? row : undefined, grant)
  // Made at the first grant; what another principal of the application was granted once is none of this one's.
  const foreign = isOwn ? [] : Object.keys(row ?? {}).filter((name) => name.startsWith('grant:') && !(name in set))
  return [
    { action: 'check', key: clientKey, when: { objectId: client.id } },
    {
      action: 'update',
      key,
      set: { objectId: client.id, ...set },
      unset: foreign,
      when: row ? { objectId: row.objectId } : 'absent',
    },
  ]
}

/** The same of a grant that is taken away: what another principal of the application holds since is not touched. */
async function userEffect(
  table: Table,
  tenantId: TenantId,
  { appId, clientId, principalId }: { appId: string; clientId: string; principalId: string },
  edit: { unset: readonly string[] },
): Promise<Change[]> {
  const key = keys.userGrant(tenantId, appId, principalId)
  const [row] = await table.snapshot([key])
  return row?.objectId === clientId ? [{ action: 'update', key, ...edit, when: { objectId: clientId } }] : []
}

/** All that is granted on behalf of one user, or of everybody, is in one item, which the token path reads whole. */
export const mostScopes = 1500

function requireRoom(row: object | undefined, grant: OAuth2PermissionGrant): void {
  const others = Object.entries(row ?? {}).filter(
    ([name]) => name.startsWith('grant:') && name !== grantOn(grant.resourceId),
  )
  const sum = others.reduce((count, [, granted]) => count + (granted as GrantedScopes).scopes.length, 0)
  if (sum + grantedBy(grant).scopes.length > mostScopes) {
    throw new Refusal(
      'Request_BadRequest',
      `a client may be granted at most ${mostScopes} scopes; take some away first`,
    )
  }
}

/** The scopes must still be offered: a change of them gives the resource's principal another version. The management API's are fixed. */
function stillThere(tenantId: TenantId, resource: DirectoryObject, user: DirectoryObject | undefined): Change[] {
  const { type, id, version } = resource
  return [
    ...(isManagementApi(resource)
      ? []
      : [{ action: 'check', key: keys.object(tenantId, type, id), when: { version } } as const]),
    ...(user ? [{ action: 'check', key: keys.object(tenantId, user.type, user.id), when: 'present' } as const] : []),
  ]
}

async function resourceOf(table: Table, tenantId: TenantId, resourceId: string): Promise<DirectoryObject> {
  const resource = await byId(table, tenantId, principalTypes, resourceId)
  if (!resource) throw notFound(resourceId)
  if (resource.type === 'agentIdentity') {
    throw new Refusal(
      'Request_BadRequest',
      "property 'resourceId': an agent identity offers no scopes; its blueprint's principal does",
    )
  }
  return resource
}

function checkPrincipal({ consentType, principalId }: GrantBody): void {
  if ((consentType === 'Principal') === (principalId !== null)) return
  throw new Refusal(
    'Request_BadRequest',
    "property 'principalId': names the user where consentType is 'Principal', and is not given where it is 'AllPrincipals'",
  )
}

/** Clocks differ a little. */
const toleranceMs = 300_000
const mostYears = 10

export function checkTimes({ startTime, expiryTime }: Pick<GrantBody, 'startTime' | 'expiryTime'>, now: Date): void {
  if (startTime && Date.parse(startTime) > now.getTime() + toleranceMs) {
    throw new Refusal(
      'Request_BadRequest',
      `property 'startTime': a grant is in force at once, not from ${startTime} on`,
    )
  }
  if (!expiryTime) return
  if (Date.parse(expiryTime) <= now.getTime()) {
    throw new Refusal('Request_BadRequest', `property 'expiryTime': ${expiryTime} has passed`)
  }
  const last = new Date(now)
  last.setUTCFullYear(now.getUTCFullYear() + mostYears)
  if (Date.parse(expiryTime) > last.getTime()) {
    throw new Refusal(
      'Request_BadRequest',
      `property 'expiryTime': must be within ${mostYears} years; leave it out for a grant without end`,
    )
  }
}

/** Scopes that every client may ask for, and that belong to no resource of their own. */
const ofOpenIdConnect = ['openid', 'profile', 'offline_access', 'email']

/** The scopes of a text, each once and spelled as the resource offers it (security CG-04). */
export function allowedScopes(
  text: string,
  { client, resource, user }: { client: DirectoryObject; resource: DirectoryObject; user: DirectoryObject | undefined },
): string[] {
  const asked = [...new Set(text.split(/[ \t\r\n]+/).filter((each) => each !== ''))]
  if (asked.length === 0) {
    throw new Refusal(
      'Request_BadRequest',
      "property 'scope': must name at least one scope; to take all of them away, delete the grant",
    )
  }
  const offered = offeredScopes(resource)
  const exact = new Set(offered)
  const folded = new Map(offered.map((each) => [each.toLowerCase(), each]))
  const scopes = asked.map((each) => {
    const scope = exact.has(each) ? each : folded.get(each.toLowerCase())
    if (scope === undefined) {
      throw new Refusal(
        'Request_BadRequest',
        `property 'scope': ${quoted(each)} is no enabled scope of '${resource.properties.displayName}'`,
      )
    }
    return scope
  })
  const isAgents = client.type !== 'servicePrincipal' || user?.type === 'agentUser'
  const blocked = isAgents && isManagementApi(resource) ? scopes.find(isScopeBlockedForAgents) : undefined
  if (blocked !== undefined) {
    throw new Refusal(
      'Request_BadRequest',
      `property 'scope': the permission '${blocked}' is too powerful for agents and cannot be granted to one, to its blueprint, or on behalf of an agent user`,
    )
  }
  return [...new Set(scopes)]
}

export function offeredScopes(resource: DirectoryObject): string[] {
  if (isManagementApi(resource)) {
    const own = permissions.filter(({ delegatedId }) => delegatedId !== undefined).map(({ value }) => value)
    return [...own, ...ofOpenIdConnect]
  }
  const scopes = (resource.properties.oauth2PermissionScopes ?? []) as readonly PermissionScope[]
  return scopes.flatMap(({ isEnabled, value }) => (isEnabled && value ? [value] : []))
}

const isManagementApi = ({ id }: DirectoryObject): boolean => id === managementApi.objectId

const duplicate = (): Refusal =>
  new Refusal(
    'Request_MultipleObjectsWithSameKeyValue',
    'there is a grant of this client on this resource for the same principal already; change its scope with PATCH, or delete it first',
  )
