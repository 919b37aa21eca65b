import { expect, test } from 'vitest'
import { runJobs } from '../../shared/directory/jobs.ts'
import type { Table } from '../../shared/store/store.ts'
import type { World } from '../../shared/world.ts'
import { engineInMemory } from '../faults/memory.ts'
import { largeFamily } from '../scenarios/deletion.ts'
import { newAgent, newAgentUser } from '../scenarios/families.ts'
import type { Made } from '../scenarios/makers.ts'
import { sigilForTests } from '../support/sigil.ts'
import { deletedItem, expectExactCounters, prefer, rowsNaming, statesOf } from './lifecycle.ts'

/*
 * Whoever works on a cascade dies at each of its commits in turn, before it or with its answer on the way. Whoever comes next ends
 * it as if nothing had been.
 */
engineInMemory()
const sigil = sigilForTests()

class Died extends Error {}

/** The service's world, whose process dies at its `nth` commit. */
function dying(nth: number, when: 'before' | 'after'): World {
  const { world } = sigil.service
  const real = world.table
  let commits = 0
  const table: Table = {
    until: (deadline) => real.until(deadline),
    snapshot: ((wanted) => real.snapshot(wanted)) as Table['snapshot'],
    query: (...given) => real.query(...given),
    ordered: (...given) => real.ordered(...given),
    record: (...given) => real.record(...given),
    async commit(...given) {
      const isLast = ++commits >= nth
      if (isLast && when === 'before') throw new Died()
      await real.commit(...given)
      if (isLast) throw new Died()
    },
  }
  return { ...world, table }
}

type Family = { blueprint: Made; principal: Made; all: Made[] }

async function family(): Promise<Family> {
  const made = await largeFamily(sigil)
  const alone = await newAgent(sigil, made)
  const all = [made.blueprint, made.principal, ...made.agents, ...made.users, alone, await newAgentUser(sigil, alone)]
  return { ...made, all }
}

const remove = ({ blueprint }: Family) => sigil.make('DELETE', `/applications/${blueprint.id}`)

/** What begins the work, and what must be at its end. */
const works: Record<string, { begin: (family: Family) => Promise<unknown>; end: 'living' | 'deleted' | 'gone' }> = {
  deletion: { begin: remove, end: 'deleted' },
  restoration: {
    begin: async (each) => {
      await remove(each)
      await sigil.work()
      await prefer(sigil, 'include-dependents', 'POST', `${deletedItem(each.blueprint.id)}/restore`)
    },
    end: 'living',
  },
  purge: {
    begin: async (each) => {
      await remove(each)
      await sigil.work()
      await sigil.make('DELETE', deletedItem(each.blueprint.id))
    },
    end: 'gone',
  },
  'purge before the deletion has come to its end': {
    begin: async (each) => {
      await remove(each)
      await sigil.make('DELETE', deletedItem(each.blueprint.id))
    },
    end: 'gone',
  },
}

test.each(Object.keys(works).flatMap((name) => (['before', 'after'] as const).map((when) => [name, when] as const)))(
  'the %s goes on where it was when its process dies %s any of its commits',
  async (name, when) => {
    const { begin, end } = works[name] ?? expect.fail()
    const later = new Date(sigil.clock.now().getTime() + 600_000)
    let deaths = 0
    for (let nth = 1; deaths === nth - 1; nth++) {
      const each = await family()
      await begin(each)
      await runJobs(dying(nth, when), later).catch((error: unknown) => {
        if (!(error instanceof Died)) throw error
        deaths++
      })
      await expectExactCounters(sigil)
      await sigil.work()
      expect(new Set(await statesOf(sigil, each.all)), `at commit ${nth}`).toEqual(new Set([end]))
      if (end === 'gone') expect(await rowsNaming(sigil, ...each.all.map(({ id }) => id))).toEqual([])
      expect(await sigil.rows('JOB#')).toEqual([])
      await expectExactCounters(sigil)
    }
    expect(deaths).toBeGreaterThanOrEqual(2)
  },
  120_000,
)
