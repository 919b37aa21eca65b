import type { DirectoryObject } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { Failure, LongOperation, Place } from '../store/long-operation.ts'
import type { Change, Position, Table } from '../store/store.ts'
import { keys } from '../store/table.ts'
import type { World } from '../world.ts'
import { agentRestorations } from './agent-restorations.ts'
import { agentDeletion, principalActivity } from './cascade.ts'
import { recount, recountAll } from './counters.ts'
import { agentsOf, agentsUnder, type Parent, type Whereabouts } from './dependents.ts'
import { agentEnding, type Ending } from './endings.ts'
import { fitting } from './fitting.ts'
import { grantsOfNobody, isInGrants, leftovers, once } from './leftovers.ts'

/** What one commit of some work does, and from where the commit after it goes on. */
export type Step = {
  changes: Change[]
  /** What it is done to. */
  objects: readonly DirectoryObject[]
  failures?: readonly Failure[]
  /** Undefined: there is no more to do. */
  next: Place | undefined
}

/** Looks for what is to be done from where the work has come to, and does as much as fits into `room` actions. */
type Kind = {
  activity: string
  step: (world: World, operation: LongOperation, now: Date, room: number) => Promise<Step>
}

const nothing = { changes: [], objects: [] }

/** The agent identities under a principal that is deleted, with their users; where it is back, those that are left stay. */
async function deleteStep(
  { table }: World,
  { tenantId, root, next }: LongOperation,
  now: Date,
  room: number,
): Promise<Step> {
  const [deleted] = await table.snapshot([keys.deleted(tenantId, root.type, root.id)])
  if (!deleted) return { ...nothing, next: undefined }
  const page = await agentsUnder(table, tenantId, parentIn(root), next?.at)
  if (page.items.length === 0) return { ...nothing, next: placeOf(page.next) }
  const { taken, changes } = fitting(page.items, room, (agents) => [
    { action: 'check', key: keys.deleted(tenantId, root.type, root.id), when: 'present' },
    ...agents.flatMap((each) => agentDeletion(tenantId, each, now, root.id)),
    ...recount(tenantId, agents.flatMap(both), { live: -1 }),
  ])
  return { changes, objects: taken.flatMap(both), next: behind(taken.length < page.items.length, next, page.next) }
}

/** What was deleted with a principal that is back; where it is deleted again, what is left stays. */
async function restoreStep(
  { table }: World,
  { tenantId, root, next }: LongOperation,
  now: Date,
  room: number,
): Promise<Step> {
  const [principal] = await table.snapshot([keys.object(tenantId, root.type, root.id)])
  if (!principal) return { ...nothing, next: undefined }
  const from = next?.at
  const looked = await agentRestorations(table, tenantId, parentIn(root), { from, now, room: room - 1 })
  const { changes, objects, failures, isFull } = looked
  return {
    changes:
      objects.length === 0
        ? []
        : [
            { action: 'check', key: keys.object(tenantId, root.type, root.id), when: 'present' },
            ...changes,
            ...recount(tenantId, objects, { live: 1 }),
          ],
    objects,
    failures,
    next: behind(isFull, next, looked.next),
  }
}

/**
 * What is left of an object that is purged: first the agent identities below it, then the rows that name it, then the grants of
 * the tenant that do.
 */
async function purgeStep(world: World, operation: LongOperation, _now: Date, room: number): Promise<Step> {
  const { table } = world
  const { tenantId, root, next } = operation
  switch (next?.phase) {
    case undefined:
      return purgeAgents(table, operation, room)
    case 'rows': {
      const { changes, isAll } = await leftovers(table, tenantId, root, room)
      const then: Place | undefined = isInGrants(root.type) ? { phase: 'grants' } : undefined
      return { changes, objects: [], next: isAll ? then : { phase: 'rows' } }
    }
    case 'grants': {
      const page = await grantsOfNobody(table, tenantId, root, next.at)
      return { changes: page.changes, objects: [], next: page.next && { phase: 'grants', at: page.next } }
    }
  }
}

async function purgeAgents(table: Table, { tenantId, root, next }: LongOperation, room: number): Promise<Step> {
  const isPrincipal = root.type === 'agentIdentityBlueprintPrincipal'
  if (!isPrincipal && root.type !== 'agentIdentityBlueprint') return { ...nothing, next: { phase: 'rows' } }
  const { appId } = parentIn(root)
  const page = await agentsOf(table, tenantId, { appId, principalId: isPrincipal ? root.id : undefined }, next?.at)
  const { endings, changes, isFull } = await endingsIn(table, tenantId, page.items, room)
  const objects = endings.flatMap(({ deleted, living }) => [...deleted, ...living])
  if (isFull) return { changes, objects, next: next ?? {} }
  return { changes, objects, next: placeOf(page.next) ?? { phase: 'rows' } }
}

/** The ends of as many agent identities as fit, with all rows that name them. */
async function endingsIn(
  table: Table,
  tenantId: TenantId,
  agents: readonly Whereabouts[],
  room: number,
): Promise<{ endings: Ending[]; changes: Change[]; isFull: boolean }> {
  const endings: Ending[] = []
  let naming: Change[] = []
  for (const agent of agents) {
    const ending = await agentEnding(table, tenantId, agent)
    const rows = [...naming]
    for (const object of [...ending.deleted, ...ending.living]) {
      const { changes, isAll } = await leftovers(table, tenantId, object, room)
      // More than one commit takes away, of one object: those first.
      if (!isAll && endings.length === 0) return { endings, changes, isFull: true }
      rows.push(...changes)
      if (!isAll || changesOf(tenantId, [...endings, ending], rows).length > room) {
        return endings.length > 0
          ? { endings, changes: changesOf(tenantId, endings, naming), isFull: true }
          : { endings, changes, isFull: true }
      }
    }
    endings.push(ending)
    naming = rows
  }
  return { endings, changes: changesOf(tenantId, endings, naming), isFull: false }
}

const changesOf = (tenantId: TenantId, endings: readonly Ending[], naming: readonly Change[]): Change[] => [
  ...endings.flatMap(({ changes }) => changes),
  ...once(naming),
  ...recountAll(tenantId, [
    { objects: endings.flatMap(({ deleted }) => deleted), all: -1 },
    { objects: endings.flatMap(({ living }) => living), live: -1, all: -1 },
  ]),
]

export const kinds: Record<LongOperation['kind'], Kind> = {
  delete: { activity: principalActivity, step: deleteStep },
  restore: { activity: 'Restore service principal', step: restoreStep },
  purge: { activity: 'Hard delete service principal', step: purgeStep },
}

const both = ({ agent, user }: { agent: DirectoryObject; user: DirectoryObject | undefined }): DirectoryObject[] =>
  user ? [agent, user] : [agent]

/** Once more from the same place where not all of it was dealt with, else behind it. */
const behind = (isUnfinished: boolean, place: Place | undefined, next: Position | undefined): Place | undefined =>
  isUnfinished ? (place ?? {}) : placeOf(next)

const placeOf = (at: Position | undefined): Place | undefined => at && { at }

const parentIn = ({ id, appId = '' }: LongOperation['root']): Parent => ({ id, appId })
