import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bundles, measureBundles } from '../../infra/bundle.ts'
import { type Operation, routes } from '../../shared/routes.ts'
import { type Counts, countsOf } from '../scenarios/calls.ts'
import { scenarios } from '../scenarios/index.ts'
import { Lab } from '../scenarios/lab.ts'
import { titleOf } from '../scenarios/scenario.ts'
import { sigilForTests } from '../support/sigil.ts'
import { accepting, howToAccept, readGolden, textOf, writeGolden } from './golden.ts'

/**
 * Exact counts of every scenario in a warm process: calls of the store and of the signer, and units as the store reports them;
 * and the size of every function. Against the golden file to the number, and against the budgets.
 */
const sigil = sigilForTests()
const requests: Record<string, Counts> = {}
let bundles: Bundles
const golden = readGolden()

beforeAll(async () => {
  const lab = new Lab(sigil)
  for (const scenario of scenarios) {
    const outcome = await lab.run(await lab.prepare(scenario))
    await lab.undo(outcome)
    await scenario.cleanup?.(sigil)
    requests[titleOf(scenario)] = countsOf(outcome.calls)
  }
  bundles = await measureBundles()
}, 120_000)

const sizes = (): Record<string, number> =>
  Object.fromEntries(Object.entries(bundles).map(([operation, { bytes }]) => [operation, Math.ceil(bytes / 1024)]))

afterAll(() => {
  if (accepting) writeGolden({ requests: texts(), bundles: sizes() })
})

const texts = (): Record<string, string> =>
  Object.fromEntries(Object.entries(requests).map(([title, counts]) => [title, textOf(counts)]))

const expected = <Value>(rows: Record<string, Value>, now: () => Record<string, Value>) => (accepting ? now() : rows)

describe('what a request costs is what it cost', () => {
  test('there is nothing in the golden file but the scenarios that there are', () => {
    const names = Object.keys(expected(golden.requests, texts))
    expect(names.sort(), howToAccept).toEqual(scenarios.map(titleOf).sort())
  })

  test.each(scenarios.map(titleOf))('%s', (title) => {
    expect(texts()[title], howToAccept).toEqual(expected(golden.requests, texts)[title])
  })

  test('and what a function weighs is what it weighed', () => {
    expect(sizes(), howToAccept).toEqual(expected(golden.bundles, sizes))
  })
})

describe('budgets', () => {
  const legs = scenarios.filter(({ operation, status }) => operation === 'token/issue' && status === 200)
  const byGuid = legs.map(titleOf).filter((title) => !title.endsWith('named by its domain'))

  test.each(byGuid)('%s: two waves, one snapshot, one row, one signature', (title) => {
    expect(requests[title]).toMatchObject({ reads: 1, writes: 1, kms: 1, writeUnits: 1 })
    expect(requests[title]?.readUnits).toBeLessThanOrEqual(14)
  })

  test('a tenant named by its domain costs one read more', () => {
    const counts = requests['token/issue: the tenant named by its domain']
    expect(counts).toMatchObject({ reads: 2, writes: 1, kms: 1, writeUnits: 1 })
    expect(counts?.readUnits).toBeLessThanOrEqual(14)
  })

  test('a refused request for a token costs no more than an accepted one, and one that does not parse reads at most the tenant', () => {
    const refused = scenarios.filter(({ operation, status }) => operation === 'token/issue' && status !== 200)
    for (const title of refused.map(titleOf)) {
      expect(requests[title]?.reads, title).toBeLessThanOrEqual(1)
      expect(requests[title]?.writes, title).toBeLessThanOrEqual(1)
      expect(requests[title]?.kms, title).toBe(0)
    }
  })

  test('whatever changes something does so in one commit', () => {
    const changes = Object.entries(requests).filter(([title]) => !title.startsWith('token/issue'))
    // What is refused is tried again in smaller parts, and costs nothing.
    expect(changes.filter(([, { writes, writeUnits }]) => writes > 1 && writeUnits > 0)).toEqual([])
  })

  const clientsIn = (operation: Operation): string[] => {
    const { inputs } = bundles[operation]
    return [...new Set(inputs.flatMap((input) => /@aws-sdk\/(client-[a-z-]+)\//.exec(input)?.[1] ?? []))].sort()
  }

  test('the token function: at most 450 KB, two clients, nothing of the management API, no Cedar', () => {
    const { bytes, inputs } = bundles['token/issue']
    expect(bytes).toBeLessThanOrEqual(450 * 1024)
    expect(clientsIn('token/issue')).toEqual(['client-dynamodb', 'client-kms'])
    expect(inputs.filter((input) => /shared\/(directory\/|operator\/|http\/management)|cedar/.test(input))).toEqual([])
  })

  test.each((Object.keys(routes) as Operation[]).filter((name) => name.startsWith('discovery/')))(
    '%s: at most 400 KB, one client',
    (operation) => {
      expect(bundles[operation].bytes).toBeLessThanOrEqual(400 * 1024)
      expect(clientsIn(operation)).toEqual(['client-dynamodb'])
    },
  )
})
