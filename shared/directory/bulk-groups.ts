import { Refusal } from '../refusal.ts'
import { Stale, Unavailable } from '../store/store.ts'
import { mostActions } from './fitting.ts'

/*
 * Many things of one kind, in as few commits as hold them: each commit is whole by itself, and each thing has a result of its own.
 */

/** What came of one thing, as a request for it alone would have been answered. */
export type Result = { status: number; id?: string; error?: { code: string; message: string } }

/** One thing that is to be done, and has been looked at. */
export type Part = {
  /** Which of those that were asked for. */
  index: number
  /** How many bytes its items have, about. */
  bytes: number
  done: Result
}

/** A part, or the result of what there is nothing to do about. */
export type Planned<Each extends Part> = Each | { index: number; result: Result }

export type Work<Each extends Part> = {
  /** What of these there is to do, from the store as it is now; and the results of those of which there is nothing. */
  plan: (indices: readonly number[]) => Promise<readonly Planned<Each>[]>
  /** How many actions some of them are in one commit. */
  actions: (parts: readonly Each[]) => number
  commit: (parts: readonly Each[]) => Promise<void>
  /** Whether the commits must come one after the other for now. */
  oneByOne: () => boolean
  /** Whether what was refused of one is refused of all. */
  forAll: boolean
  /** Which of them are best done together, where that is not as they were asked for. */
  together?: (part: Each) => string
  /** Whether the time is up: what is not begun then is not attempted. */
  isOver: () => boolean
}

/** How many commits are under way at a time. */
const atOnce = 8

/** How many are looked at together: with what belongs to each they are read in one snapshot. */
const lookedAt = 45

/** A transaction holds 4 MB. */
const mostBytes = 3 * 1024 * 1024

/** How often what was read may have changed until those of a commit are done by themselves, and until one is left alone. */
const patience = { together: 3, alone: 10 }

/** Does all of it, as far as the time goes; the results are in the order of what was asked for. */
export async function inGroups<Each extends Part>(count: number, work: Work<Each>): Promise<Result[]> {
  const results: Result[] = Array.from({ length: count }, () => notAttempted)
  const indices = Array.from({ length: count }, (_, index) => index)
  const planned = new Map<number, Each>()
  await inTurns(
    chunks(indices, lookedAt),
    () => atOnce,
    async (some) => {
      if (work.isOver()) return
      for (const part of settle(results, await work.plan(some))) planned.set(part.index, part)
    },
  )
  const inOrder = indices.flatMap((index) => planned.get(index) ?? [])
  const parts = [...Map.groupBy(inOrder, (part) => work.together?.(part)).values()].flat()
  const run = new Run(work, results)
  await inTurns(
    groups(parts, work),
    () => (work.oneByOne() ? 1 : atOnce),
    (group) => run.commit(group),
  )
  // Where nothing at all could be done, the request has failed, and not its parts.
  if (run.outage && !results.some(({ status }) => status < 300)) throw run.outage
  return results
}

class Run<Each extends Part> {
  readonly #work: Work<Each>
  readonly #results: Result[]
  #refusal: Refusal | undefined
  outage: Unavailable | undefined

  constructor(work: Work<Each>, results: Result[]) {
    this.#work = work
    this.#results = results
  }

  /** One commit; where it is refused as a whole, smaller ones, until each part has its own result. */
  async commit(parts: readonly Each[], misses = 0): Promise<void> {
    const [first, another] = parts
    if (!first || this.#work.isOver()) return
    if (this.#refusal) return this.#end(parts, resultOf(this.#refusal))
    try {
      await this.#work.commit(parts)
      for (const { index, done } of parts) this.#results[index] = done
    } catch (error) {
      if (error instanceof Unavailable) return this.#out(parts, unknown, error)
      if (error instanceof Stale && misses < patience.alone) return this.#again(parts, misses + 1)
      if (!(error instanceof Refusal || error instanceof Stale)) throw error
      if (another) return this.#apart(parts)
      if (error instanceof Stale) return this.#end(parts, contended)
      if (this.#work.forAll) this.#refusal = error
      this.#end(parts, resultOf(error))
    }
  }

  async #again(parts: readonly Each[], misses: number): Promise<void> {
    let left: Each[]
    try {
      left = settle(this.#results, await this.#work.plan(parts.map(({ index }) => index)))
    } catch (error) {
      if (error instanceof Unavailable) return this.#out(parts, notAttempted, error)
      throw error
    }
    if (misses > patience.together && left.length > 1) return this.#apart(left)
    for (const group of groups(left, this.#work)) await this.commit(group, misses)
  }

  async #apart(parts: readonly Each[]): Promise<void> {
    const half = Math.ceil(parts.length / 2)
    await this.commit(parts.slice(0, half))
    await this.commit(parts.slice(half))
  }

  #out(parts: readonly Each[], result: Result, outage: Unavailable): void {
    this.outage = outage
    this.#end(parts, result)
  }

  #end(parts: readonly Each[], result: Result): void {
    for (const { index } of parts) this.#results[index] = result
  }
}

export const resultOf = ({ status, code, message }: Refusal): Result => ({ status, error: { code, message } })

const busy = (message: string): Result => resultOf(new Refusal('Service_Unavailable', message))
const notAttempted = busy('not attempted in the time of this request; send it again')
const unknown = busy('the service is busy and whether it was done is not known; send it again')
const contended = busy('others change the same at this moment; send it again')

/** Keeps the results that there are, and gives what there is to do. */
function settle<Each extends Part>(results: Result[], looked: readonly Planned<Each>[]): Each[] {
  const parts: Each[] = []
  for (const each of looked) {
    if ('result' in each) results[each.index] = each.result
    else parts.push(each)
  }
  return parts
}

/** In as few groups as each hold what a commit holds. */
function groups<Each extends Part>(parts: readonly Each[], work: Work<Each>): Each[][] {
  const all: Each[][] = []
  let group: Each[] = []
  let bytes = 0
  for (const part of parts) {
    const fits = work.actions([...group, part]) <= mostActions && bytes + part.bytes <= mostBytes
    if (group.length > 0 && !fits) {
      all.push(group)
      group = []
      bytes = 0
    }
    group.push(part)
    bytes += part.bytes
  }
  return group.length > 0 ? [...all, group] : all
}

const chunks = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, n * size + size))

/** Runs for each item, so many at a time as there may be at that moment. */
async function inTurns<Item>(
  items: readonly Item[],
  most: () => number,
  run: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items]
  const underWay = new Set<Promise<void>>()
  for (;;) {
    while (waiting.length > 0 && underWay.size < most()) {
      const running: Promise<void> = run(waiting.shift() as Item).finally(() => underWay.delete(running))
      underWay.add(running)
    }
    if (underWay.size === 0) return
    await Promise.race(underWay)
  }
}
