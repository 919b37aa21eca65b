import { authorize } from '../auth/authorize.ts'
import { type DirectoryObject, type ObjectType, objectTypes } from '../domain/directory-object.ts'
import { parseGuid } from '../domain/guid.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import { refuseOthers } from '../http/query.ts'
import { noContent, ok, type Response } from '../http/response.ts'
import { Refusal } from '../refusal.ts'
import type { AuditRecord } from '../store/audit.ts'
import type { Change, Table } from '../store/store.ts'
import { type DeletedObject, keys, partitions } from '../store/table.ts'
import { agentRestorations } from './agent-restorations.ts'
import { appIdOf } from './applications.ts'
import { auditOf, initiatorOf } from './audit.ts'
import { recount, recountAll } from './counters.ts'
import { companionOf } from './dependents.ts'
import { endingOf } from './endings.ts'
import { mostActions } from './fitting.ts'
import { requireRoleManagement } from './groups.ts'
import { listSegments } from './list.ts'
import { newOperation, operationLocation } from './long-operations.ts'
import { preference } from './objects.ts'
import { castType } from './odata-type.ts'
import { notFound } from './read.ts'
import { shown } from './render.ts'
import { parentCheck, type Restoration, restorationOf } from './restoration.ts'

type Request = ManagementRequest<unknown>

/** Types that a cast of the deleted items may name, with those that are derived from each. */
const withDerived: Partial<Record<ObjectType, readonly ObjectType[]>> = {
  application: ['application', 'agentIdentityBlueprint'],
  servicePrincipal: ['servicePrincipal', 'agentIdentityBlueprintPrincipal', 'agentIdentity'],
  user: ['user', 'agentUser'],
}

/** A client that wants what was deleted with an object to come back with it. */
const includeDependents = 'include-dependents'

/** `GET /directory/deletedItems/microsoft.graph.{type}`, of the agents' own types too, or `/directory/deletedItems/{id}`. */
export async function readDeletedItems(request: Request): Promise<Response> {
  const { caller, world, path, query } = request
  const type = castType(path.id)
  if (type) {
    const types = withDerived[type] ?? [type]
    const segments = types.map((each) => ({
      partitions: partitions.deleted(caller.tenantId, each),
      rows: 'objects' as const,
    }))
    return listSegments(request, segments, types, 'directoryObjects')
  }
  refuseOthers(query, ['$select'])
  const object = await findDeleted(world.table, caller.tenantId, path.id)
  await authorize(request, 'read', object)
  const { deletedDateTime, properties } = object
  return ok(anyEntity(request, { ...object, properties: { ...properties, deletedDateTime } }, query.$select))
}

/** Where an object can be of any type, it says of which. */
const anyEntity = ({ world, path }: Request, object: DirectoryObject, select?: string): object => ({
  '@odata.context': `${world.origin}/${path.version}/$metadata#directoryObjects/$entity`,
  ...shown(object, select, true),
})

/**
 * `POST /directory/deletedItems/{id}/restore`: the object alone, as Graph's clients know it, or with what was deleted with it.
 * What it may do is what it holds now.
 */
export async function restoreDeletedItem(request: Request): Promise<Response> {
  const { caller, world, path, now } = request
  const { tenantId } = caller
  const { table } = world
  const object = await findDeleted(table, tenantId, path.id)
  await authorize(request, 'restore', object)
  requireRoleManagement(request, object)
  if (object.expiresAt !== undefined && Date.parse(object.expiresAt) <= now.getTime()) {
    throw new Refusal('Request_BadRequest', `the agent identity ended at ${object.expiresAt} and cannot be restored`)
  }
  const isWhole = preference(request, includeDependents)
  const own = await restorationOf(
    table,
    tenantId,
    object,
    isWhole ? await companionOf(table, tenantId, object) : undefined,
  )
  const principal = isWhole ? own.objects.find(({ type }) => type === 'agentIdentityBlueprintPrincipal') : undefined
  // Begun in any case: an agent identity whose own deletion comes between this look and the commit is found then.
  const operation = principal && newOperation(request, tenantId, 'restore', principal, initiatorOf(caller))
  const begun = [...own.changes, ...(await parentCheck(table, tenantId, object)), ...(operation?.changes ?? [])]
  const agents = principal && (await agentsBack(request, principal, own.objects, mostActions - begun.length))
  const objects = [...own.objects, ...(agents?.objects ?? [])]
  await table.commit(
    [...begun, ...(agents?.changes ?? []), ...recount(tenantId, objects, { live: 1 })],
    auditOf(request, activityOf('Restore', object), objects),
  )
  return ok(
    anyEntity(request, own.objects[0] ?? object),
    operation && !agents ? operationLocation(request, operation.id) : {},
  )
}

/** A principal's agent identities where all of them fit into the commit that brings it back. */
async function agentsBack(
  { caller, world, now }: Request,
  principal: DirectoryObject,
  others: readonly DirectoryObject[],
  room: number,
): Promise<Restoration | undefined> {
  const parent = { id: principal.id, appId: appIdOf(principal) }
  const agents = await agentRestorations(world.table, caller.tenantId, parent, { now, room, others })
  return agents.isFull || agents.next || agents.failures.length > 0 ? undefined : agents
}

/**
 * `DELETE /directory/deletedItems/{id}`: for good, of principals too, with what was deleted with it. What still names it goes
 * afterwards, by itself.
 */
export async function purgeDeletedItem(request: Request): Promise<Response> {
  const { caller, world, path } = request
  const object = await findDeleted(world.table, caller.tenantId, path.id)
  await authorize(request, 'restore', object)
  requireRoleManagement(request, object)
  const purge = await purgeChanges(request, caller.tenantId, object, initiatorOf(caller))
  await world.table.commit(purge.changes, auditOf(request, hardDeleteOf(object), purge.objects))
  return { ...noContent(), headers: operationLocation(request, purge.operationId) }
}

/** What the end of a deleted object writes, with what is its own. */
export async function purgeChanges(
  beginning: Parameters<typeof newOperation>[0] & { world: { table: Table } },
  tenantId: TenantId,
  object: DeletedObject,
  initiatedBy: AuditRecord['initiatedBy'],
): Promise<{ changes: Change[]; objects: readonly DirectoryObject[]; operationId: string }> {
  const { deleted, living, changes } = await endingOf(beginning.world.table, tenantId, object)
  const objects = [...deleted, ...living]
  const operations = objects.map((each) => newOperation(beginning, tenantId, 'purge', each, initiatedBy))
  return {
    objects,
    operationId: operations[0]?.id ?? '',
    changes: [
      ...changes,
      ...recountAll(tenantId, [
        { objects: deleted, all: -1 },
        { objects: living, live: -1, all: -1 },
      ]),
      ...operations.flatMap((operation) => operation.changes),
    ],
  }
}

async function findDeleted(table: Table, tenantId: TenantId, named: string | undefined): Promise<DeletedObject> {
  const id = parseGuid(named)
  const found: (DeletedObject | undefined)[] = id
    ? await table.snapshot(objectTypes.map((type) => keys.deleted(tenantId, type, id)))
    : []
  const object = found.find((each) => each !== undefined)
  if (!object) throw notFound(named ?? '')
  return object
}

export const hardDeleteOf = (object: DirectoryObject): string => activityOf('Hard Delete', object)

/** What the audit log calls it (reference §8.2). */
function activityOf(verb: 'Restore' | 'Hard Delete', { type }: DirectoryObject): string {
  if (type === 'user' || type === 'agentUser') return `${verb} user`
  if (type === 'group') return `${verb} group`
  return `${verb} ${type === 'application' || type === 'agentIdentityBlueprint' ? 'application' : 'service principal'}`
}
