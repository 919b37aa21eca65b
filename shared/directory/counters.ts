import type { DirectoryObject } from '../domain/directory-object.ts'
import { type Limits, shareOf, usualLimits } from '../domain/limits.ts'
import type { Tenant, TenantId } from '../domain/tenant.ts'
import { Refusal, type RefusalCode } from '../refusal.ts'
import type { AuditRecord } from '../store/audit.ts'
import type { Change, Table } from '../store/store.ts'
import { type Counted, type Counter, keys, shardOf, shards } from '../store/table.ts'

/*
 * How many objects there are. Each count is spread over counters that are changed in the same commits as the objects, and each
 * counter keeps its own part of the limit: so no limit is ever passed, and none drifts. An object keeps which counters it is
 * counted on, and is taken off those.
 */

/** A counter has no room left for what was to be added. */
class Full extends Error {
  override readonly name = 'Full'
}

/** Which of its counters something is counted on. */
export type Places = (what: Counted) => number

/**
 * Commits changes that add to what is counted: on the counters that `id` points at, and where one of those is full, on those
 * with the most room.
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
    const counted = [...additions].map(([what, more]) => addition(tenant, what, places(what), more))
    try {
      return await table.commit([...build(places), ...counted], audit)
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
      for (const [which, step] of Object.entries(by) as ['live' | 'all', number][]) count[which] = (count[which] ?? 0) + step
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

async function roomiest(table: Table, tenant: Tenant, additions: ReadonlyMap<Counted, number>): Promise<Places> {
  const found = new Map<Counted, number>()
  for (const [what, more] of additions) {
    const limit = limitOf(tenant, what)
    const counters = await table.snapshot(range.map((shard) => keys.counter(tenant.tenantId, what, shard)))
    const rooms = counters.map((each, shard) => shareOf(limit, shard, shards.counter) - (each?.all ?? 0))
    const most = Math.max(...rooms)
    if (most < more) throw limitExceeded(what, limit)
    found.set(what, rooms.indexOf(most))
  }
  return (what) => found.get(what) ?? 0
}

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
