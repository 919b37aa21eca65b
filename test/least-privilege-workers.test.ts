import { beforeAll, describe, expect, test } from 'vitest'
import type { Touch } from '../shared/routes.ts'
import { type WorkerName, workers } from '../shared/workers.ts'
import { allowedTouches, grantedFor } from './infra/allowed.ts'
import { synthesise } from './infra/synthesis.ts'
import { accessesOf, touchesOf } from './scenarios/calls.ts'
import { Lab, type Outcome } from './scenarios/lab.ts'
import { type WorkerScenario, workerScenarios } from './scenarios/workers.ts'
import { sigilForTests } from './support/sigil.ts'

/** The same of the workers: what they do in their scenarios, against what they declare and what their roles allow. */
const sigil = sigilForTests()
const outcomes = new Map<WorkerScenario, Outcome>()

beforeAll(async () => {
  const lab = new Lab(sigil)
  for (const scenario of workerScenarios) {
    const outcome = await lab.run(await lab.prepareWorker(scenario), { cold: true })
    await lab.undo(outcome)
    sigil.clock.reset()
    outcomes.set(scenario, outcome)
  }
}, 120_000)

const names = Object.keys(workers) as WorkerName[]
const callsOf = (worker: WorkerName) =>
  workerScenarios.filter((each) => each.worker === worker).flatMap((each) => outcomes.get(each)?.calls ?? [])
const seen = (worker: WorkerName): Touch[] => [...new Set(callsOf(worker).flatMap(touchesOf))].sort()

test('there is a scenario for every worker, and each does something', () => {
  expect([...new Set(workerScenarios.map(({ worker }) => worker))].sort()).toEqual([...names].sort())
  for (const scenario of workerScenarios) expect(outcomes.get(scenario)?.changes, scenario.name).not.toEqual([])
})

describe('what a worker touches is what it declares, no more and no less', () => {
  test.each(names)('%s', (worker) => {
    expect(seen(worker)).toEqual([...workers[worker].touches].sort())
  })
})

describe('what its role allows is what the worker touches, no more and no less', async () => {
  const allowed = allowedTouches((await synthesise()).resources)

  test.each(names)('%s', (worker) => {
    expect(allowed.get(worker)).toEqual(grantedFor(seen(worker)))
  })
})

test.each(names)('%s: every read is consistent and by key, and every write has a condition', (worker) => {
  expect(
    callsOf(worker)
      .flatMap(accessesOf)
      .filter(({ guarded }) => !guarded),
  ).toEqual([])
})
