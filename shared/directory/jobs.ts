import type { DirectoryObject } from '../domain/directory-object.ts'
import { Refusal } from '../refusal.ts'
import type { AuditRecord } from '../store/audit.ts'
import type { LongOperation } from '../store/long-operation.ts'
import { type Position, Stale } from '../store/store.ts'
import { type Job, keys, partitions } from '../store/table.ts'
import type { World } from '../world.ts'
import { mostActions } from './fitting.ts'
import { kinds, type Step } from './steps.ts'

/*
 * Work that goes on after its request was answered, commit by commit: what a commit did and how far it came are one, so that it
 * goes on where it was whoever dies, and two who work on the same do nothing twice.
 */

/** The operation's own row, and the end of its job; the audit record is counted already. */
const room = mostActions - 2

/** How many commits some work gets until the next one has its turn. */
const turn = 20

/** How often what was read may have been changed by another, until the work is left to them. */
const patience = 3

/** More are counted and not named: an item of the table holds 400 KB. */
const mostFailures = 100

/**
 * Works on all that is to be done, until it is done or the time is up.
 * @returns how many commits were made
 */
export async function runJobs(world: World, until: Date): Promise<number> {
  let commits = 0
  for (;;) {
    const made = await runEach(world, until)
    commits += made
    if (made === 0 || world.now() >= until) return commits
  }
}

/** Every job once. What is wrong with one of them does not stop the others. */
async function runEach(world: World, until: Date): Promise<number> {
  let commits = 0
  let from: Position | undefined
  let failure: { error: unknown } | undefined
  do {
    const page = await world.table.query<Job>(partitions.jobs(), { limit: 25, ...(from && { from }) })
    for (const job of page.items) {
      if (world.now() >= until) return commits
      try {
        commits += await runJob(world, job, until)
      } catch (error) {
        failure ??= { error }
      }
    }
    from = page.next
  } while (from)
  if (failure) throw failure.error
  return commits
}

async function runJob(world: World, { tenantId, jobId }: Job, until: Date): Promise<number> {
  let commits = 0
  let misses = 0
  while (commits < turn && misses < patience && world.now() < until) {
    const [operation] = await world.table.snapshot([keys.operation(tenantId, jobId)])
    if (operation?.status !== 'running') return commits
    try {
      await commitStep(world, operation, until)
      commits++
      misses = 0
    } catch (error) {
      // Another has worked on it meanwhile, or on what it is about, or has taken a name that it needs: it is looked at anew.
      if (!(error instanceof Stale || error instanceof Refusal)) throw error
      misses++
    }
  }
  return commits
}

/** One commit of some work. */
async function commitStep(world: World, operation: LongOperation, until: Date): Promise<void> {
  const { tenantId, id } = operation
  const now = world.now()
  const step = await nextStep(world, operation, now, until)
  const { objects, failures = [], next } = step
  const { next: _from, ...rest } = operation
  const after: LongOperation = {
    ...rest,
    version: operation.version + 1,
    done: operation.done + objects.length,
    failed: operation.failed + failures.length,
    failures: [...operation.failures, ...failures].slice(0, mostFailures),
    lastActionDateTime: now.toISOString(),
    ...(next && { next }),
    status: next ? 'running' : 'succeeded',
  }
  await world.table.commit(
    [
      ...step.changes,
      { action: 'put', key: keys.operation(tenantId, id), item: after, when: { version: operation.version } },
      ...(next ? [] : [{ action: 'delete', key: keys.job(id), when: 'present' } as const]),
    ],
    auditOfStep(world, operation, step, now),
  )
}

/** The next step that changes something, or is the last. */
async function nextStep(world: World, operation: LongOperation, now: Date, until: Date): Promise<Step> {
  let at = operation
  for (;;) {
    const step = await kinds[operation.kind].step(world, at, now, room)
    const isIdle = step.changes.length === 0 && !step.failures?.length
    if (!isIdle || !step.next || world.now() >= until) return step
    at = { ...operation, next: step.next }
  }
}

function auditOfStep(
  world: World,
  { tenantId, correlationId, initiatedBy, kind, root }: LongOperation,
  { changes, objects }: Step,
  now: Date,
): AuditRecord {
  const targets: readonly Pick<DirectoryObject, 'id' | 'type' | 'properties'>[] =
    objects.length > 0 ? objects : [{ ...root, properties: { displayName: root.displayName } }]
  return {
    id: world.newId(),
    tenantId,
    activityDateTime: now.toISOString(),
    activityDisplayName: changes.length > 0 ? kinds[kind].activity : 'Complete long-running operation',
    category: 'ApplicationManagement',
    correlationId,
    initiatedBy,
    targetResources: targets.map(({ id, type, properties }) => ({
      id,
      type,
      displayName: String(properties.displayName ?? ''),
      modifiedProperties: [],
    })),
  }
}
