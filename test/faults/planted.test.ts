import { expect, test } from 'vitest'
import type { Table } from '../../shared/store/store.ts'
import { scenarios } from '../scenarios/index.ts'
import { Lab, type Mistake } from '../scenarios/lab.ts'
import { titleOf } from '../scenarios/scenario.ts'
import { sigilForTests } from '../support/sigil.ts'
import { engineInMemory } from './memory.ts'
import { wrongsUnderFaults } from './sweep.ts'

/** The tests of the tests: mistakes that people make, each of which the sweep must find, and nothing without them. */
engineInMemory()
const sigil = sigilForTests()

const withTable = (change: (table: Table) => Partial<Table>): Mistake => ({
  world: (world) => ({ ...world, table: mistaken(world.table, change) }),
})

/** A table with the mistake, for every request too. */
const mistaken = (table: Table, change: (table: Table) => Partial<Table>): Table => ({
  until: (deadline) => mistaken(table.until(deadline), change),
  snapshot: (keys) => table.snapshot(keys),
  query: (partitions, options) => table.query(partitions, options),
  ordered: (partitions, options) => table.ordered(partitions, options),
  commit: (changes, audit) => table.commit(changes, audit),
  record: (key, row, options) => table.record(key, row, options),
  ...change(table),
})

const agentIsMade = 'agent-identities/create: by an administrator'
const tokenIsIssued = 'token/issue: an agent identity by its T1'

const mistakes: [string, string, Mistake][] = [
  [
    'a change in two commits',
    agentIsMade,
    withTable((table) => ({
      async commit(changes, audit) {
        await table.commit(changes.slice(0, 2), audit)
        await table.commit(changes.slice(2), { ...audit, id: `${audit.id}-2` })
      },
    })),
  ],
  [
    'a commit that is made again under another token, when its answer is lost',
    agentIsMade,
    {
      input: ({ command, input }) =>
        command === 'TransactWriteItems' ? { ...input, ClientRequestToken: crypto.randomUUID() } : input,
    },
  ],
  [
    'a failed commit that nobody hears of',
    agentIsMade,
    withTable((table) => ({ commit: (changes, audit) => table.commit(changes, audit).catch(() => {}) })),
  ],
  [
    'a token without its sign-in',
    tokenIsIssued,
    withTable((table) => ({ record: (key, row, options) => table.record(key, row, options).catch(() => {}) })),
  ],
  [
    'a sign-in that says issued for a token that was not signed',
    tokenIsIssued,
    withTable((table) => ({
      record: async (key, row, options) => (options?.again ? undefined : table.record(key, row, options)),
    })),
  ],
]

test.each([agentIsMade, tokenIsIssued])('%s, as it is: nothing is found', async (title) => {
  expect(await found(title, {})).toEqual([])
})

test.each(mistakes)('%s is found', async (_, title, plant) => {
  expect(await found(title, plant)).not.toEqual([])
})

async function found(title: string, plant: Mistake): Promise<string[]> {
  const scenario = scenarios.find((each) => titleOf(each) === title)
  if (!scenario) throw new Error(`there is no scenario '${title}'`)
  const lab = new Lab(sigil)
  return wrongsUnderFaults(lab, await lab.prepare(scenario), true, plant)
}
