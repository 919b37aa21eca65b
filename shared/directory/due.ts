import type { ObjectType } from '../domain/directory-object.ts'
import { managementApi } from '../permissions.ts'
import type { AuditRecord } from '../store/audit.ts'
import { type Position, Stale } from '../store/store.ts'
import { type DeletedObject, type Due, keys, partitions } from '../store/table.ts'
import type { World } from '../world.ts'
import { agentDeletion, principalActivity } from './cascade.ts'
import { recount } from './counters.ts'
import { hardDeleteOf, purgeChanges } from './deleted-items.ts'
import { whereabouts, withUsers } from './dependents.ts'
import { purgeTime } from './object-changes.ts'

/**
 * Ends what ends by itself and is due: what was deleted 30 days ago is purged, agent identities that have expired are deleted.
 * @returns how many commits were made
 */
export async function endDue(world: World, until: Date): Promise<number> {
  const now = world.now()
  let commits = 0
  let failure: { error: unknown } | undefined
  for (let back = daysBack(now); back >= 0; back--) {
    const day = new Date(now.getTime() - back * msOfDay).toISOString().slice(0, 10)
    for await (const due of dueOn(world, day, now)) {
      if (world.now() >= until) return commits
      try {
        commits += (await (due.what === 'purge' ? purge(world, due, now) : expire(world, due, now))) ? 1 : 0
      } catch (error) {
        // Somebody has restored, purged or deleted it at this very moment: the next look tells. What is wrong with one does not stop the others.
        if (!(error instanceof Stale)) failure ??= { error }
      }
    }
  }
  if (failure) throw failure.error
  return commits
}

const msOfDay = 86_400_000

/** What is due is ended within a minute, so today and yesterday are all there is; now and then it is made sure of. */
function daysBack(now: Date): number {
  if (now.getUTCMinutes() !== 0) return 1
  return now.getUTCHours() === 0 ? 400 : 40
}

async function* dueOn({ table }: World, day: string, now: Date): AsyncGenerator<Due> {
  let from: Position | undefined
  do {
    const page = await table.query<Due>(partitions.due(day), { limit: 100, ...(from && { from }) })
    yield* page.items.filter(({ at }) => Date.parse(at) <= now.getTime())
    from = page.next
  } while (from)
}

async function purge(world: World, { tenantId, type, id }: Due, now: Date): Promise<boolean> {
  const [object] = await world.table.snapshot([keys.deleted(tenantId, type, id)])
  if (!object || (await endsWithAnother(world, object, { tenantId, now }))) return false
  const beginning = { world, now, correlationId: world.newId() }
  const { changes, objects } = await purgeChanges(beginning, tenantId, object, itself)
  await world.table.commit(changes, auditOfEnd(world, tenantId, hardDeleteOf(object), objects, now))
  return true
}

/** What an object of a type is deleted with. */
const takenBy: Partial<Record<ObjectType, ObjectType>> = {
  servicePrincipal: 'application',
  agentIdentityBlueprintPrincipal: 'agentIdentityBlueprint',
  agentIdentity: 'agentIdentityBlueprintPrincipal',
  agentUser: 'agentIdentity',
}

/** Whether an object is purged by the purge of what it was deleted with, which is due as well, or goes on already. */
async function endsWithAnother(
  { table }: World,
  { id, type, deletedWith }: DeletedObject,
  { tenantId, now }: Pick<Due, 'tenantId'> & { now: Date },
): Promise<boolean> {
  const parentType = takenBy[type]
  if (deletedWith === undefined || parentType === undefined) return false
  const [parent] = await whereabouts(table, tenantId, [{ id: deletedWith, type: parentType }])
  const isAgent = type === 'agentIdentity'
  if (!parent?.deleted) return isAgent && !parent?.living
  const { companion, deletedDateTime } = parent.deleted
  return (isAgent || companion?.id === id) && Date.parse(purgeTime(deletedDateTime)) <= now.getTime()
}

async function expire(world: World, { tenantId, type, id }: Due, now: Date): Promise<boolean> {
  const [agent] = await world.table.snapshot([keys.object(tenantId, type, id)])
  if (!agent) return false
  const [own] = await withUsers(world.table, tenantId, [agent])
  const user = own?.user
  const objects = user ? [agent, user] : [agent]
  await world.table.commit(
    [...agentDeletion(tenantId, { agent, user }, now), ...recount(tenantId, objects, { live: -1 })],
    auditOfEnd(world, tenantId, principalActivity, objects, now),
  )
  return true
}

/** In the log, what happens by itself is done by the service. */
const itself: AuditRecord['initiatedBy'] = {
  app: {
    appId: managementApi.appId,
    servicePrincipalId: managementApi.objectId,
    displayName: 'Sigil',
    agentType: 'notAgentic',
  },
}

const auditOfEnd = (
  world: World,
  tenantId: Due['tenantId'],
  activityDisplayName: string,
  objects: readonly { id: string; type: ObjectType; properties: Record<string, unknown> }[],
  now: Date,
): AuditRecord => ({
  id: world.newId(),
  tenantId,
  activityDateTime: now.toISOString(),
  activityDisplayName,
  category: 'ApplicationManagement',
  correlationId: world.newId(),
  initiatedBy: itself,
  targetResources: objects.map(({ id, type, properties }) => ({
    id,
    type,
    displayName: String(properties.displayName ?? ''),
    modifiedProperties: [],
  })),
})
