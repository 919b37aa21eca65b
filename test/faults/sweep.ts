import { beforeAll, describe, expect, test } from 'vitest'
import { type Operation, type Route, routes } from '../../shared/routes.ts'
import { isWrite } from '../scenarios/calls.ts'
import { Lab, type Mistake, type Prepared } from '../scenarios/lab.ts'
import { type Scenario, titleOf } from '../scenarios/scenario.ts'
import type { WireCall } from '../scenarios/wire.ts'
import { type Row, type Sigil, sigilForTests } from '../support/sigil.ts'
import { wrongs, wrongsOfCalm } from './judge.ts'
import { engineInMemory } from './memory.ts'
import { type Fault, faults, striking } from './menu.ts'

/** How long a fault lasts, in calls: a moment; longer than the SDK tries by itself; longer than anyone has patience. */
const durations = { once: 1, 'for a while': 6, 'for good': Number.POSITIVE_INFINITY }
type Duration = keyof typeof durations

/**
 * What is tried at a call. How a read is asked again is the store's own and the same for all: that, and what operations have
 * in common, is gone through to the end with the first scenario of each.
 */
function durationsOf(fault: Fault, call: WireCall, isFirst: boolean): readonly Duration[] {
  if (!fault.status) return ['once']
  if (isFirst) return ['once', 'for a while', 'for good']
  return isWrite(call) || call.service === 'kms' ? ['once', 'for good'] : ['once']
}

/** Every scenario × every call that it makes × every fault that can befall it × how long that lasts. */
export function sweep(scenarios: readonly Scenario[]): void {
  engineInMemory()
  const sigil = sigilForTests()
  const prepared = new Map<Scenario, Prepared>()
  let lab: Lab
  let table: Row[]

  beforeAll(async () => {
    lab = new Lab(sigil)
    for (const scenario of scenarios) if (!scenario.cleanup) prepared.set(scenario, await lab.prepare(scenario))
    table = await wholeTable(sigil)
  }, 120_000)

  const firsts = new Set(new Map([...scenarios].reverse().map((each) => [each.operation, each])).values())

  describe('whatever fails at whichever call, a request ends before or after, and says so', () => {
    test.each(scenarios.map((scenario) => [titleOf(scenario), scenario] as const))(
      '%s',
      async (_, scenario) => {
        const ready = prepared.get(scenario) ?? (await lab.prepare(scenario))
        const found = await wrongsUnderFaults(lab, ready, firsts.has(scenario))
        await scenario.cleanup?.(sigil)
        expect(found).toEqual([])
      },
      60_000,
    )

    // What the runs were judged by is what they wrote by their own account; this is the whole table.
    test('and all of it was seen', async () => {
      expect(await wholeTable(sigil)).toEqual(table)
    })
  })
}

const wholeTable = async (sigil: Sigil): Promise<Row[]> =>
  (await sigil.rows()).sort((one, other) => (`${one.pk} ${one.sk}` < `${other.pk} ${other.sk}` ? -1 : 1))

/** @param isFirst the first scenario of an operation also goes through what all of them have in common: a cold process, and authentication */
export async function wrongsUnderFaults(
  lab: Lab,
  ready: Prepared,
  isFirst: boolean,
  plant: Mistake = {},
): Promise<string[]> {
  const calm = await lab.run(ready, { cold: isFirst, plant })
  await lab.undo(calm)
  const found = wrongsOfCalm(calm)
  const from = isFirst ? 0 : callsInCommon(ready.operation)
  for (const [index, call] of calm.calls.entries()) {
    if (isWithin(calm.calls, index)) continue
    const nth = calm.calls.slice(0, index + 1).filter(({ command }) => command === call.command).length
    for (const fault of index < from ? [] : faults.filter(({ befalls }) => befalls(call))) {
      for (const lasting of durationsOf(fault, call, isFirst)) {
        const times = durations[lasting]
        const run = await lab.run(ready, {
          cold: isFirst,
          plant,
          intercept: striking(fault, call.command, nth, times),
          // An outage is not waited out: the clock jumps over it.
          oversleep: lasting === 'for good' ? 4_100 : 0,
        })
        const where = `${fault.name} ${lasting} at ${call.command} ${nth}`
        found.push(...wrongs(calm, run, fault, times).map((wrong) => `${where}: ${wrong}`))
        await lab.undo(run)
      }
    }
  }
  return found
}

/** The calls of a warm process before it comes to what is the operation's own. */
const callsInCommon = (operation: Operation): number => ((routes[operation] as Route).caller === 'bearer' ? 1 : 0)

/** A listing reads its partitions in one loop: its first call, its last, and one between stand for all. */
const isWithin = (calls: readonly WireCall[], index: number): boolean =>
  [index - 2, index - 1, index, index + 1].every((each) => calls[each]?.command === 'Query')
