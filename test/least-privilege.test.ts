import { beforeAll, describe, expect, test } from 'vitest'
import { type Operation, routes, type Touch } from '../shared/routes.ts'
import { allowedTouches, grantedFor } from './infra/allowed.ts'
import { synthesise } from './infra/synthesis.ts'
import { strangerScenarios } from './scenarios/callers.ts'
import { accessesOf, touchesOf } from './scenarios/calls.ts'
import { scenarios } from './scenarios/index.ts'
import { Lab, type Outcome } from './scenarios/lab.ts'
import { type Scenario, titleOf } from './scenarios/scenario.ts'
import { sigilForTests } from './support/sigil.ts'

/**
 * What the operations do to the store and the signing keys, seen on the wire in every scenario, against what `routes`
 * declares and what the roles of the deployed functions allow. Processes are cold: the first call of one reads more.
 */
const sigil = sigilForTests()
const outcomes = new Map<Scenario, Outcome>()

beforeAll(async () => {
  const lab = new Lab(sigil)
  for (const scenario of scenarios) {
    const outcome = await lab.run(await lab.prepare(scenario), { cold: true })
    await lab.undo(outcome)
    await scenario.cleanup?.(sigil)
    outcomes.set(scenario, outcome)
  }
}, 120_000)

const operations = Object.keys(routes) as Operation[]
/** Together with what every operation of the management API may have to read of its caller. */
const seen = (operation: Operation): Touch[] => {
  const known = routes[operation].caller === 'bearer' ? strangerScenarios : []
  const calls = [...scenarios.filter((each) => each.operation === operation), ...known].flatMap(
    (each) => outcomes.get(each)?.calls ?? [],
  )
  return sorted(calls.flatMap(touchesOf))
}
const sorted = (touches: readonly Touch[]): Touch[] => [...new Set(touches)].sort()

describe('scenarios', () => {
  test('there is one for every operation, and each has a name of its own', () => {
    expect([...new Set(scenarios.map(({ operation }) => operation))].sort()).toEqual([...operations].sort())
    expect(new Set(scenarios.map(titleOf)).size).toBe(scenarios.length)
  })

  test.each(scenarios.map((scenario) => [titleOf(scenario), scenario] as const))('%s', (_, scenario) => {
    expect(outcomes.get(scenario)).toMatchObject({ status: scenario.status })
  })
})

describe('what an operation touches is what it declares, no more and no less', () => {
  test.each(operations)('%s', (operation) => {
    expect(seen(operation)).toEqual(sorted(routes[operation].touches))
  })
})

describe('what its role allows is what the operation touches, no more and no less', async () => {
  // The ways of writing, which meet in one transaction, share one statement: `grantedFor` says so too.
  const allowed = allowedTouches((await synthesise()).resources)

  test.each(operations)('%s', (operation) => {
    expect(allowed.get(operation)).toEqual(grantedFor(seen(operation)))
  })
})

describe('every read is consistent and by key, and every write has a condition', () => {
  test.each(operations)('%s', (operation) => {
    const calls = scenarios
      .filter((each) => each.operation === operation)
      .flatMap((each) => outcomes.get(each)?.calls ?? [])
      .filter(({ service }) => service === 'dynamodb')
    expect(calls.flatMap(accessesOf).filter(({ guarded }) => !guarded)).toEqual([])
  })
})
