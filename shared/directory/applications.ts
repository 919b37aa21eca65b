import * as v from 'valibot'
import { authorize } from '../auth/authorize.ts'
import type { ApplicationCredentials } from '../domain/application.ts'
import type { DirectoryObject, Properties } from '../domain/directory-object.ts'
import { resourceKey } from '../domain/resource.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import { parseKeySegment } from '../http/path.ts'
import type { Response } from '../http/response.ts'
import { parse } from '../http/shape.ts'
import { Refusal } from '../refusal.ts'
import { type Change, Stale } from '../store/store.ts'
import { keys } from '../store/table.ts'
import {
  applicationProperties,
  checkIdentifierUris,
  copiedToPrincipal,
  joinedTags,
  patchedProperties,
  requirePrincipalRoom,
  resourcesOf,
  settable,
} from './application.ts'
import {
  type ApplicationPatch,
  applicationBetaOnly,
  applicationCreate,
  applicationPatch,
  applicationReadOnly,
  bindsShape,
  blueprintCreate,
  blueprintPatch,
  notOnBlueprints,
  uniqueNameShape,
} from './application-shape.ts'
import { auditOf } from './audit.ts'
import { certificatesChange, certificatesOf, keysOf, replacedKeys } from './certificates.ts'
import { commitAdding, countedOn } from './counters.ts'
import { withCreator } from './creator.ts'
import { insertion, replacement } from './object-changes.ts'
import { changedObject, createdObject, preference, requireMatch } from './objects.ts'
import { typeOf } from './odata-type.ts'
import { type applicationTypes, find, isNotFound, principalOf } from './read.ts'
import { refuseBetaOnly, refuseReadOnly } from './read-only.ts'
import { relationChanges, requireSponsors } from './relations.ts'

type Request<Body> = ManagementRequest<Body>
type ApplicationType = (typeof applicationTypes)[number]

/** `POST /applications`, for an ordinary application or a blueprint. A blueprint's id is its appId (reference §1.1). */
export async function createApplication(request: Request<Properties>, type: ApplicationType): Promise<Response> {
  const { caller, world, now } = request
  await authorize(request, 'create', { type })
  refuseForeign(request, type)
  if ('appRoleAssignmentRequired' in request.body) throw ofPrincipal()
  const isBlueprint = type === 'agentIdentityBlueprint'
  const body = parse(isBlueprint ? blueprintCreate : applicationCreate, request.body)
  const binds = withCreator(caller, type, body)
  const { tenantId } = caller
  const appId = world.newId()
  if (isBlueprint) requireSponsors(binds['sponsors@odata.bind'])
  const id = isBlueprint ? appId : world.newId()
  const keyCredentials = replacedKeys([], body.keyCredentials ?? [], world.newId, now)
  const facts = {
    id,
    appId,
    createdByAppId: caller.clientId,
    createdDateTime: now.toISOString(),
    publisherDomain: caller.tenant.domain,
  }
  const properties = applicationProperties(body, facts, keyCredentials)
  checkIdentifierUris(properties, world.origin)
  const object: DirectoryObject = { type, id, version: 1, properties }
  const credentials: ApplicationCredentials = {
    type,
    appId,
    objectId: id,
    homeTenantId: tenantId,
    secrets: {},
    ...(keyCredentials.length > 0 && { certificates: certificatesOf(keyCredentials) }),
  }
  const relations = await relationChanges(world.table, tenantId, object, binds)
  const resources = resourceChanges(tenantId, undefined, object, undefined)
  requireOneCommit(relations.length + resources.length)
  await commitAdding(
    world.table,
    caller.tenant,
    new Map([[type, 1]]),
    id,
    (places) => [
      ...insertion(tenantId, { ...object, counted: countedOn(places, [type]) }),
      { action: 'put', key: keys.app(appId), item: credentials, when: 'absent' },
      ...resources,
      ...(body.uniqueName === undefined ? [] : [uniqueName(tenantId, body.uniqueName, id)]),
      ...relations,
    ],
    auditOf(request, 'Add application', object),
  )
  return createdObject(request, object)
}

/**
 * `PATCH /applications/{id}`; by its `uniqueName` and with `Prefer: create-if-missing` the creation of one that is not there
 * (reference §2.2).
 */
export async function updateApplication(
  request: Request<Properties>,
  types: readonly ApplicationType[],
): Promise<Response> {
  const name = upsertName(request)
  if (name === undefined) return patchApplication(request, await found(request, types))
  const before = await unlessMissing(found(request, types))
  if (before) return patchApplication({ ...request, body: await withoutRelated(request, before) }, before)
  const type = typeOf(request.body, types) ?? types[0] ?? 'application'
  const asked = request.body.uniqueName
  if (asked !== undefined && asked !== name) throw fixedName(name)
  try {
    return await createApplication({ ...request, body: { ...request.body, uniqueName: name } }, type)
  } catch (error) {
    const isTaken = error instanceof Refusal && error.code === 'Request_MultipleObjectsWithSameKeyValue'
    // Another upsert was first: now it is there, and is changed.
    if (isTaken && (await unlessMissing(found(request, types))))
      throw new Stale('it has been made since', { cause: error })
    throw error
  }
}

/**
 * The body of an upsert is "as create" (reference §2.2): sponsors and owners that it names are there already when it changes
 * something, since a change does not add any.
 */
async function withoutRelated(
  { body, caller, world }: Request<Properties>,
  { id }: DirectoryObject,
): Promise<Properties> {
  const { 'sponsors@odata.bind': _sponsors, 'owners@odata.bind': _owners, ...rest } = body
  const binds = parse(bindsShape, body)
  for (const relation of ['sponsors', 'owners'] as const) {
    const named = binds[`${relation}@odata.bind`] ?? []
    if (named.length === 0) continue
    const rows = await world.table.snapshot(named.map((each) => keys.relation(caller.tenantId, id, relation, each.id)))
    const missing = named.find((_, index) => rows[index] === undefined)
    if (missing) {
      throw new Refusal(
        'Request_BadRequest',
        `property '${relation}@odata.bind': '${missing.id}' is none of the ${relation} of the application that is there; add it at /applications/${id}/${relation}/$ref`,
      )
    }
  }
  return rest
}

const found = (
  { world, caller, path }: Request<unknown>,
  types: readonly ApplicationType[],
): Promise<DirectoryObject> => find(world.table, caller.tenantId, types, path.id?.normalize('NFC'))

const unlessMissing = (finding: Promise<DirectoryObject>): Promise<DirectoryObject | undefined> =>
  finding.catch((error: unknown) => {
    if (!isNotFound(error)) throw error
    return undefined
  })

/** The `uniqueName` of a path, where one that is missing is to be made. A client that names a version means one that is there. */
function upsertName(request: Request<unknown>): string | undefined {
  const { property, value } = parseKeySegment(request.path.id ?? '')
  const isMeant = preference(request, 'create-if-missing') && request.event.headers['if-match'] === undefined
  return property === 'uniqueName' && isMeant
    ? parse(v.object({ uniqueName: uniqueNameShape }), { uniqueName: value }).uniqueName
    : undefined
}

/** Its principal in the tenant and what the token path reads of both change in the same commit. */
async function patchApplication(request: Request<Properties>, before: DirectoryObject): Promise<Response> {
  const { caller, world, now } = request
  const { tenantId } = caller
  refuseForeign(request, before.type)
  typeOf(request.body, [before.type, 'application'])
  const isBlueprint = before.type === 'agentIdentityBlueprint'
  if (!isBlueprint && 'appRoleAssignmentRequired' in request.body) throw ofPrincipal()
  const { uniqueName: asked, ...body } = parse(
    isBlueprint ? blueprintPatch : applicationPatch,
    request.body,
  ) as ApplicationPatch
  const naming = newName(request, before, asked)
  const { appRoleAssignmentRequired, ...own } = settable({ ...body, ...naming })
  await authorize(request, 'update', before, Object.keys(own))
  if (body.keyCredentials) await authorize(request, 'credentials', before)
  requireMatch(request, before)
  const principal = (await principalOf(world.table, tenantId, appIdOf(before)))?.object
  const forwarded = appRoleAssignmentRequired === undefined ? undefined : { appRoleAssignmentRequired }
  if (forwarded) {
    if (!principal) throw ofPrincipal()
    await authorize(request, 'update', principal, Object.keys(forwarded))
  }
  const keyCredentials = body.keyCredentials && replacedKeys(keysOf(before), body.keyCredentials, world.newId, now)
  const after: DirectoryObject = {
    ...before,
    version: before.version + 1,
    properties: patchedProperties(before.properties, own, keyCredentials ?? keysOf(before)),
  }
  checkIdentifierUris(after.properties, world.origin)
  const principalAfter = principal && copied(before, after, principal, forwarded)
  await world.table.commit(
    [
      ...replacement(tenantId, before, after),
      ...resourceChanges(tenantId, before, after, principalAfter),
      ...principalChanges(tenantId, after, principal, principalAfter),
      ...(keyCredentials ? [certificatesChange(appIdOf(before), keyCredentials)] : []),
      ...(naming ? [uniqueName(tenantId, naming.uniqueName, before.id)] : []),
    ],
    auditOf(request, 'Update application', after, [...Object.keys(own), ...Object.keys(forwarded ?? {})]),
  )
  return changedObject(request, after)
}

/** "Set once" (reference §1.2): to one without, it may be given; to say it again where the path says it changes nothing. */
function newName(
  { path }: Request<unknown>,
  { properties }: DirectoryObject,
  asked: string | undefined,
): { uniqueName: string } | undefined {
  if (asked === undefined) return undefined
  if (properties.uniqueName === null) return { uniqueName: asked }
  if (properties.uniqueName === asked && parseKeySegment(path.id ?? '').property === 'uniqueName') return undefined
  throw fixedName(String(properties.uniqueName))
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

/** A principal with what it copies of its application, and what is set on it besides. */
export function copied(
  before: DirectoryObject,
  application: DirectoryObject,
  principal: DirectoryObject,
  more: Properties = {},
): DirectoryObject {
  const inherited = new Set(before.properties.tags as string[])
  const own = (principal.properties.tags as string[]).filter((tag) => !inherited.has(tag))
  const properties = {
    ...principal.properties,
    ...copiedToPrincipal(application.properties),
    ...more,
    tags: joinedTags(application.properties, own),
  }
  requirePrincipalRoom(properties)
  return { ...principal, version: principal.version + 1, properties }
}

/** What a principal's copies write; without one, that there still is none. */
export function principalChanges(
  tenantId: TenantId,
  application: DirectoryObject,
  before: DirectoryObject | undefined,
  after: DirectoryObject | undefined,
): Change[] {
  const key = keys.client(tenantId, appIdOf(application))
  if (!before || !after) return [{ action: 'check', key, when: 'absent' }]
  return [
    ...replacement(tenantId, before, after),
    { action: 'update', key, set: { displayName: application.properties.displayName }, when: 'present' },
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

function refuseForeign({ body, path }: Request<Properties>, type: DirectoryObject['type']): void {
  const foreign =
    type === 'agentIdentityBlueprint' ? Object.keys(body).find((each) => notOnBlueprints.has(each)) : undefined
  if (foreign)
    throw new Refusal(
      'AgentBlueprint_IncompatibleProperty',
      `property '${foreign}': an agent identity blueprint has no such property`,
    )
  refuseReadOnly(body, applicationReadOnly)
  refuseBetaOnly(body, path.version, applicationBetaOnly)
}

/** A transaction holds 100 actions; the others are the object, its listing rows, its credentials and counters, and the audit record. */
const mostRows = 90

export function requireOneCommit(rows: number): void {
  if (rows <= mostRows) return
  throw new Refusal(
    'Request_BadRequest',
    'there are too many sponsors and owners together with identifier URIs for one request; add some of them afterwards',
  )
}

export const appIdOf = (object: DirectoryObject): string => object.properties.appId as string

export const conflict = (what: string): Refusal =>
  new Refusal('Request_MultipleObjectsWithSameKeyValue', `${what} already exists in the tenant`)

const takenUri = (uri: string): Refusal => conflict(`an application with the identifier URI '${resourceKey(uri)}'`)

const fixedName = (name: string): Refusal =>
  new Refusal('Request_BadRequest', `property 'uniqueName': cannot be changed; it is '${name}' for good`)

const ofPrincipal = (): Refusal =>
  new Refusal(
    'Request_BadRequest',
    "property 'appRoleAssignmentRequired': is one of the principal in the tenant; set it by PATCH /servicePrincipals(appId='{appId}') when there is one",
  )
