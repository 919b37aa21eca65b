import type * as v from 'valibot'
import { authorize } from '../auth/authorize.ts'
import { collectionOf, type DirectoryObject, type ObjectType } from '../domain/directory-object.ts'
import { parseGuid } from '../domain/guid.ts'
import type { ManagementRequest } from '../http/management.ts'
import { noContent, type Response } from '../http/response.ts'
import { Refusal } from '../refusal.ts'
import type { AuditRecord } from '../store/audit.ts'
import type { Change } from '../store/store.ts'
import { keys, type ListedRow, partitions, type Relation, type RelationRow } from '../store/table.ts'
import { auditOf } from './audit.ts'
import { requireFit, requireRoleManagement } from './groups.ts'
import { listRelations } from './list.ts'
import { replacement } from './object-changes.ts'
import { castType } from './odata-type.ts'
import { applicationTypes, find, groupTypes, notFound, principalTypes, userTypes } from './read.ts'
import { mostGroupSponsors, relationRows, relationRules, relationTarget } from './relations.ts'
import type { referenceBody } from './shape.ts'
import { listedRow, living } from './source.ts'

type Request<Body = unknown> = ManagementRequest<Body>

/** The relations that `$ref` adds to and removes from. */
type Listed = Exclude<Relation, 'manager'>

/** Which objects have which relation (reference §1.9); people have sponsors as their agents do. */
const holders: Record<Listed, readonly ObjectType[]> = {
  owners: [...applicationTypes, ...principalTypes, ...groupTypes],
  sponsors: ['agentIdentityBlueprint', 'agentIdentityBlueprintPrincipal', 'agentIdentity', ...userTypes],
  members: groupTypes,
}

/** `GET …/owners`, `/sponsors`, `/members`: of all types or of the one that a cast names; of its `$ref` the addresses alone. */
export async function listRelated(request: Request, relation: Listed): Promise<Response> {
  const { caller } = request
  const object = await holderOf(request, relation)
  await authorize(request, 'read', object)
  const rows = partitions.relations(caller.tenantId, object.id)
  const types = ofCast(request, relationRules[relation].types)
  const segments = [{ partitions: rows, prefix: `${relation}#`, rows: 'named' as const }]
  if (!request.event.rawPath.endsWith('/ref')) return listRelations(request, segments, types)
  const { body, ...response } = await listRelations(
    { ...request, query: { ...request.query, $select: 'id' } },
    segments,
    types,
  )
  return { ...response, body: addresses(request, body as { value: { id: string }[] }) }
}

/** `POST …/{relation}/$ref`. */
export async function addRelated(
  request: Request<v.InferOutput<typeof referenceBody>>,
  relation: Listed,
): Promise<Response> {
  const { body, caller, world } = request
  const { tenantId } = caller
  const object = await holderOf(request, relation)
  await authorizeChange(request, relation, object)
  const target = await relationTarget(world.table, tenantId, relation, body['@odata.id'], '@odata.id')
  if (relation === 'members') requireFit(object, target, '@odata.id')
  else await requireRoom(request, relation, object, target)
  const [forward, inverse] = relationRows(tenantId, object, relation, target) as [Change, Change]
  await world.table.commit(
    [
      { ...forward, otherwise: () => alreadyThere(relation) },
      inverse,
      { action: 'check', key: keys.object(tenantId, target.type, target.id), when: 'present' },
      ...serialised(request, relation, object),
    ],
    recordOf(request, 'Add', relation, object, target),
  )
  return noContent()
}

/** `DELETE …/{relation}/{id}/$ref`. */
export async function removeRelated(request: Request, relation: Listed): Promise<Response> {
  const { caller, world, path } = request
  const { tenantId } = caller
  const object = await holderOf(request, relation)
  await authorizeChange(request, relation, object)
  const targetId = parseGuid(path.targetId)
  const [row] = targetId ? await world.table.snapshot([keys.relation(tenantId, object.id, relation, targetId)]) : []
  if (!targetId || !row) throw notFound(path.targetId ?? '')
  if (relation === 'sponsors' && object.type === 'agentIdentity') await requireOther(request, object, targetId)
  await world.table.commit(
    [
      { action: 'delete', key: keys.relation(tenantId, object.id, relation, targetId), when: 'present' },
      { action: 'delete', key: keys.inverse(tenantId, targetId, relation, object.id), when: 'present' },
      ...serialised(request, relation, object),
    ],
    recordOf(request, 'Remove', relation, object, { id: row.targetId, type: row.targetType }),
  )
  return noContent()
}

/** `GET …/memberOf`: the groups that an object is a member of. */
export async function listMemberOf(request: Request): Promise<Response> {
  const object = await anyOf(request)
  const rows = partitions.inverse(request.caller.tenantId, object.id, 'members')
  return listRelations(request, [{ partitions: rows, rows: 'named' }], ofCast(request, groupTypes))
}

/** `GET …/transitiveMemberOf`: those groups, and the groups that they are members of in turn. */
export async function listTransitiveMemberOf(request: Request): Promise<Response> {
  const { caller, world } = request
  const object = await anyOf(request)
  const groups = await reached(request, object, async (id) => {
    const rows = partitions.inverse(caller.tenantId, id, 'members')
    return (await world.table.query<ListedRow>(rows, { limit: mostReached + 1 })).items
  })
  return listRelations(request, { objects: groups }, ofCast(request, groupTypes))
}

/** `GET /groups/{id}/transitiveMembers`: its members, and the members of the groups among them in turn. */
export async function listTransitiveMembers(request: Request): Promise<Response> {
  const { caller, world } = request
  const group = await holderOf(request, 'members')
  await authorize(request, 'read', group)
  const members = await reached(request, group, async (id) => {
    const rows = partitions.relations(caller.tenantId, id)
    const page = await world.table.query<RelationRow>(rows, { limit: mostReached + 1, prefix: 'members#' })
    return page.items.map(listedRow)
  })
  return listRelations(request, { objects: members }, ofCast(request, relationRules.members.types))
}

/** `GET …/ownedObjects`: what a user or principal owns. */
export async function listOwnedObjects(request: Request): Promise<Response> {
  const object = await anyOf(request)
  const rows = partitions.inverse(request.caller.tenantId, object.id, 'owners')
  const types = ofCast(request, holders.owners)
  return listRelations(request, [{ partitions: rows, rows: 'named' }], types)
}

/** `GET /servicePrincipals/{id}/createdObjects`: the applications, principals and agent identities that were made by this one. */
export async function listCreatedObjects(request: Request): Promise<Response> {
  const object = await anyOf(request)
  const clientId = object.properties.appId as string
  const types = ofCast(request, [...applicationTypes, ...principalTypes])
  const segments = types.map((type) => ({
    partitions: partitions.index(request.caller.tenantId, type, 'createdByAppId', clientId),
    rows: 'named' as const,
  }))
  return listRelations(request, segments, types)
}

/** The object that a path names in its collection. */
async function anyOf(request: Request): Promise<DirectoryObject> {
  const object = await find(request.world.table, request.caller.tenantId, typesOf(request), request.path.id)
  await authorize(request, 'read', object)
  return object
}

/** The same, if its type has the relation; another looks as if it were not there. */
function holderOf(request: Request, relation: Listed): Promise<DirectoryObject> {
  const types = typesOf(request).filter((type) => holders[relation].includes(type))
  return find(request.world.table, request.caller.tenantId, types, request.path.id)
}

function typesOf({ event }: Request): readonly ObjectType[] {
  const collection = event.rawPath.split('/')[2]
  return (Object.keys(collectionOf) as ObjectType[]).filter((type) => collectionOf[type] === collection)
}

/** The types of a listing, or the one that a cast behind it names. */
function ofCast({ path }: Request, types: readonly ObjectType[]): readonly ObjectType[] {
  if (path.cast === undefined) return types
  const cast = castType(path.cast)
  if (!cast) throw notFound(path.cast)
  const derived: Partial<Record<ObjectType, readonly ObjectType[]>> = {
    application: applicationTypes,
    servicePrincipal: principalTypes,
    user: userTypes,
  }
  return types.filter((type) => (derived[cast] ?? [cast]).includes(type))
}

/** `$ref` of a listing (OData URL §4.7): the addresses of its objects. */
function addresses({ world, path }: Request, body: { value: { id: string }[] }): object {
  const root = `${world.origin}/${path.version}`
  const value = body.value.map(({ id }) => ({ '@odata.id': `${root}/directoryObjects/${id}` }))
  return { ...body, '@odata.context': `${root}/$metadata#Collection($ref)`, value }
}

async function authorizeChange(request: Request, relation: Listed, object: DirectoryObject): Promise<void> {
  if (relation === 'members') await authorize(request, 'update', object, ['members'])
  else await authorize(request, relation, object)
  if (object.type === 'group') requireRoleManagement(request, object)
}

/** Of two who change the same relation of an object at once, one comes second and counts anew; members have no limit to count for. */
const serialised = ({ caller }: Request, relation: Listed, object: DirectoryObject): Change[] =>
  relation === 'members'
    ? [{ action: 'check', key: keys.object(caller.tenantId, object.type, object.id), when: 'present' }]
    : replacement(caller.tenantId, object, { ...object, version: object.version + 1 })

async function requireRoom(
  request: Request,
  relation: 'owners' | 'sponsors',
  object: DirectoryObject,
  target: DirectoryObject,
): Promise<void> {
  const rows = await rowsOf(request, relation, object)
  const { most } = relationRules[relation]
  if (rows.some(({ targetId }) => targetId === target.id)) throw alreadyThere(relation)
  if (rows.length >= most) {
    throw new Refusal(
      'Request_BadRequest',
      `an object has at most ${most} ${relation}, deleted ones included until they are purged; remove one first`,
    )
  }
  const groups = rows.filter(({ targetType }) => targetType === 'group')
  if (relation === 'sponsors' && target.type === 'group' && groups.length >= mostGroupSponsors) {
    throw new Refusal('Request_BadRequest', `at most ${mostGroupSponsors} groups may sponsor one object`)
  }
}

/** Reference §1.9: "last sponsor of an agent identity cannot be removed". One that is deleted answers for nobody. */
async function requireOther(request: Request, object: DirectoryObject, sponsorId: string): Promise<void> {
  const others = (await rowsOf(request, 'sponsors', object)).filter(({ targetId }) => targetId !== sponsorId)
  if ((await living(request.world.table, request.caller.tenantId, others.map(listedRow))).length > 0) return
  throw new Refusal(
    'Request_BadRequest',
    'the last sponsor of an agent identity cannot be removed; add another one first, with POST to its sponsors/$ref',
  )
}

async function rowsOf(
  { caller, world }: Request,
  relation: 'owners' | 'sponsors',
  { id }: DirectoryObject,
): Promise<RelationRow[]> {
  const { items } = await world.table.query<RelationRow>(partitions.relations(caller.tenantId, id), {
    limit: 100,
    prefix: `${relation}#`,
  })
  return items
}

/** What is reached through groups within groups: as much as one request reads, and more than anyone has an overview of. */
const mostGroups = 100
const mostReached = 1000

/** All that is reached from an object, step by step, itself left out; a group that is deleted leads nowhere. */
async function reached(
  { caller, world }: Request,
  { id: start }: DirectoryObject,
  next: (id: string) => Promise<ListedRow[]>,
): Promise<DirectoryObject[]> {
  const found = new Map<string, DirectoryObject>()
  const groups = new Set([start])
  for (const group of groups) {
    const rows = (await next(group)).filter(({ id }) => id !== start && !found.has(id))
    if (found.size + rows.length > mostReached) throw tooMany(`${mostReached} objects`)
    for (const object of await living(world.table, caller.tenantId, rows)) {
      found.set(object.id, object)
      if (object.type === 'group') groups.add(object.id)
    }
    if (groups.size > mostGroups + 1) throw tooMany(`${mostGroups} groups`)
  }
  return [...found.values()]
}

const tooMany = (what: string): Refusal =>
  new Refusal(
    'Request_BadRequest',
    `more than ${what} are reached through groups within groups, too many to be listed at once; list those of each group`,
  )

const alreadyThere = (relation: Listed): Refusal =>
  new Refusal(
    'Request_BadRequest',
    `One or more added object references already exist for the following modified properties: '${relation}'`,
  )

/** The record of a change, which says who was added or removed; its names are those of reference §8.2. */
function recordOf(
  request: Request,
  verb: 'Add' | 'Remove',
  relation: Listed,
  object: DirectoryObject,
  target: Pick<DirectoryObject, 'id' | 'type'>,
): AuditRecord {
  const what = { owners: 'owner', sponsors: 'sponsor', members: 'member' }[relation]
  const on = { applications: 'application', servicePrincipals: 'service principal', users: 'user', groups: 'group' }
  const activity = `${verb} ${what} ${verb === 'Add' ? 'to' : 'from'} ${on[collectionOf[object.type]]}`
  return {
    ...auditOf(request, activity, object, [relation]),
    additionalDetails: [
      { key: 'Target.Id', value: target.id },
      { key: 'Target.Type', value: target.type },
    ],
  }
}
