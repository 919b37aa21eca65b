import type { DirectoryObject } from '../domain/directory-object.ts'
import { type Limits, shareOf, usualLimits } from '../domain/limits.ts'
import type { Tenant, TenantId } from '../domain/tenant.ts'
import { Refusal, type RefusalCode } from '../refusal.ts'
import type { AuditRecord } from '../store/audit.ts'
import type { Change, Table } from '../store/store.ts'
import { type Counted, type Counter, keys, shardOf, shards } from '../store/table.ts'
import { mostActions } from './fitting.ts'

/*
 * How many objects there are. Each count is spread over counters that are changed in the same commits as the objects, and each
 * counter keeps its own part of the limit: so no limit is ever passed, and none drifts. An object keeps which counters it is
 * counted on, and is taken off those.
 */

/** A counter has no room left for what was to be added. */
class Full extends Error {
  override readonly name = 'Full'
}

/** Which of its counters something is counted on: of several that are added together, the one whose number it is. */
export type Places = (what: Counted, nth?: number) => number

/**
 * Commits changes that add to what is counted: on the counters that `id` points at, and where one of those is full, on those
 * with the most room; on several, where none has room for all.
 * @param build the changes, with the counters that their objects are counted on
 * @throws AgentIdentity_LimitExceeded and its like where there is no room on any
 */
export async function commitAdding(
  table: Table,
  tenant: Tenant,
  additions: ReadonlyMap<Counted, number>,
  id: string,
  build: (places: Places) => Change[],
  audit: AuditRecord,
): Promise<void> {
  let places: Places = () => shardOf(id, shards.counter)
  for (;;) {
    const changes = [...build(places), ...additionsAt(tenant, additions, places)]
    if (changes.length > mostActions) throw notTogether()
    try {
      return await table.commit(changes, audit)
    } catch (error) {
      if (!(error instanceof Full)) throw error
      places = await roomiest(table, tenant, additions)
    }
  }
}

/** Objects taken off (`live`), or on or off again, the counters that they are counted on; each counter is touched once. */
export const recount = (
  tenantId: TenantId,
  objects: readonly DirectoryObject[],
  by: Omit<Recounted, 'objects'>,
): Change[] => recountAll(tenantId, [{ objects, ...by }])

/** Objects that are taken off or on together. */
type Recounted = { objects: readonly DirectoryObject[]; live?: 1 | -1; all?: -1 }

/** The same for several that go different ways. */
export function recountAll(tenantId: TenantId, groups: readonly Recounted[]): Change[] {
  const counts = new Map<string, { what: Counted; shard: number; count: { live?: number; all?: number } }>()
  for (const { objects, ...by } of groups) {
    for (const [what, shard] of objects.flatMap(({ counted = {} }) => Object.entries(counted) as [Counted, number][])) {
      const { count } = getOrInsert(counts, `${what} ${shard}`, { what, shard, count: {} })
      for (const [which, step] of Object.entries(by) as ['live' | 'all', number][])
        count[which] = (count[which] ?? 0) + step
    }
  }
  return [...counts.values()].map(({ what, shard, count }) => ({
    action: 'update',
    key: keys.counter(tenantId, what, shard),
    count,
    when: 'present',
  }))
}

function getOrInsert<Value>(map: Map<string, Value>, name: string, value: Value): Value {
  const known = map.get(name) ?? value
  map.set(name, known)
  return known
}

/** How many of these there are. */
export async function countOf(table: Table, tenantId: TenantId, what: Counted): Promise<Counter> {
  const counters = await table.snapshot(range.map((shard) => keys.counter(tenantId, what, shard)))
  return counters.reduce<Counter>(
    (sum, each) => ({ live: sum.live + (each?.live ?? 0), all: sum.all + (each?.all ?? 0) }),
    { live: 0, all: 0 },
  )
}

/**
 * What fits the counters of a kind to another limit: where one has more than its part, others take over. A counter may then
 * say less than what is counted on it, even less than nothing; together they say how many there are.
 * @throws Request_Conflict where there are more than the limit
 */
export async function fitCounters(table: Table, tenantId: TenantId, what: Counted, limit: number): Promise<Change[]> {
  const counters = await table.snapshot(range.map((shard) => keys.counter(tenantId, what, shard)))
  const counts = counters.map((each) => each?.all ?? 0)
  const shares = counts.map((_, shard) => shareOf(limit, shard, shards.counter))
  const total = counts.reduce((sum, each) => sum + each, 0)
  if (total > limit) {
    throw new Refusal(
      'Request_Conflict',
      `property '${what}': the tenant holds ${total}, those included that are deleted and not yet purged; a limit cannot be less`,
    )
  }
  let excess = counts.reduce((sum, each, shard) => sum + Math.max(0, each - (shares[shard] ?? 0)), 0)
  return counts.flatMap((count, shard) => {
    const room = (shares[shard] ?? 0) - count
    const step = Math.min(room, excess)
    if (step > 0) excess -= step
    const key = keys.counter(tenantId, what, shard)
    const when = counters[shard] ? { all: count } : 'absent'
    return step === 0 ? [] : [{ action: 'update', key, count: { all: step, live: 0 }, when } as const]
  })
}

/** Which counters an object of these kinds is counted on. */
export const countedOn = (places: Places, kinds: readonly Counted[]): Record<string, number> =>
  Object.fromEntries(kinds.map((what) => [what, places(what)]))

export const limitsOf = (tenant: Tenant): Limits => ({ ...usualLimits, ...tenant.limits })

const range = Array.from({ length: shards.counter }, (_, shard) => shard)

const limitOf = (tenant: Tenant, what: Counted): number =>
  limitsOf(tenant)[what.startsWith('agentsOf:') ? 'agentIdentitiesPerBlueprint' : (what as keyof Limits)]

function addition(tenant: Tenant, what: Counted, shard: number, more: number): Change {
  return {
    action: 'update',
    key: keys.counter(tenant.tenantId, what, shard),
    count: { live: more, all: more },
    when: ['atMost', 'all', shareOf(limitOf(tenant, what), shard, shards.counter) - more],
    // Never shown: it leads to another counter, or to the refusal that there is none with room.
    otherwise: () => new Full(what),
  }
}

function additionsAt(tenant: Tenant, additions: ReadonlyMap<Counted, number>, places: Places): Change[] {
  return [...additions].flatMap(([what, more]) => {
    const numbers = Array.from({ length: more }, (_, nth) => nth)
    const byShard = Map.groupBy(numbers, (nth) => places(what, nth))
    return [...byShard].map(([shard, some]) => addition(tenant, what, shard, some.length))
  })
}

async function roomiest(table: Table, tenant: Tenant, additions: ReadonlyMap<Counted, number>): Promise<Places> {
  const found = new Map<Counted, readonly number[]>()
  for (const [what, more] of additions) {
    const limit = limitOf(tenant, what)
    const counters = await table.snapshot(range.map((shard) => keys.counter(tenant.tenantId, what, shard)))
    const rooms = counters.map((each, shard) => shareOf(limit, shard, shards.counter) - (each?.all ?? 0))
    const places = rooms
      .map((room, shard) => ({ room: Math.min(room, more), shard }))
      .sort((one, other) => other.room - one.room)
      .flatMap(({ room, shard }) => Array<number>(Math.max(0, room)).fill(shard))
    if (places.length < more) throw limitExceeded(what, limit)
    found.set(what, places)
  }
  return (what, nth = 0) => found.get(what)?.[nth] ?? 0
}

/** So near the limit the room is on so many counters that the commit would be too large. */
const notTogether = (): Refusal =>
  new Refusal(
    'Agent_Directory_QuotaExceeded',
    'the tenant holds nearly as much as it may, and has no room for so many at once; create fewer in one request, or have an operator raise the limit',
  )

function limitExceeded(what: Counted, limit: number): Refusal {
  const [code, name]: [RefusalCode, string] = what.startsWith('agentsOf:')
    ? ['AgentIdentity_LimitExceeded', 'agent identities of one blueprint']
    : what === 'agentIdentityBlueprint'
      ? ['AgentBlueprint_LimitExceeded', 'blueprints']
      : ['Agent_Directory_QuotaExceeded', `objects of the type ${what}`]
  return new Refusal(
    code,
    `the tenant may hold at most ${limit} ${name}, those included that are deleted and not yet purged; purge some from /directory/deletedItems, or have an operator raise the limit`,
  )
}
