import { expect, test } from 'vitest'
import { writeFileSync } from 'node:fs'
import { routes } from '../shared/routes.ts'
import { workers } from '../shared/workers.ts'
import { touchesOf } from './scenarios/calls.ts'
import { scenarios } from './scenarios/index.ts'
import { Lab } from './scenarios/lab.ts'
import { titleOf } from './scenarios/scenario.ts'
import { workerScenarios } from './scenarios/workers.ts'
import { strangerScenarios } from './scenarios/callers.ts'
import { sigilForTests } from './support/sigil.ts'
const sigil = sigilForTests()
const mine = /^(deleted-items|dependents|operations)\/|^(applications|blueprints|service-principals|blueprint-principals|agent-identities|users|agent-users|groups)\/delete$/
test('touches', async () => {
  const lab = new Lab(sigil)
  const seen: Record<string, Set<string>> = {}
  const bad: string[] = []
  const known = new Set<string>()
  for (const s of [...strangerScenarios, ...scenarios.filter((s) => mine.test(s.operation))]) {
    try {
    const o = await lab.run(await lab.prepare(s), { cold: true })
    await lab.undo(o)
    await s.cleanup?.(sigil)
    if (o.status !== s.status) bad.push(`${titleOf(s)}: ${o.status} ${JSON.stringify(o.body).slice(0, 300)}`)
    if (o.calls.filter((c) => /Write/.test(c.command)).length > 1) bad.push(`${titleOf(s)}: ${o.calls.map((c) => c.command)}`)
    for (const t of o.calls.flatMap(touchesOf)) { if (strangerScenarios.includes(s)) known.add(t); else (seen[s.operation] ??= new Set()).add(t) }
    } catch (e) { bad.push(`${titleOf(s)}: ${String((e as Error).stack).slice(0, 600)}`) }
  }
  for (const s of workerScenarios) {
    const o = await lab.run(await lab.prepareWorker(s), { cold: true })
    await lab.undo(o)
    sigil.clock.reset()
    for (const t of o.calls.flatMap(touchesOf)) (seen[s.worker] ??= new Set()).add(t)
  }
  const all = { ...routes, ...workers } as unknown as Record<string, { touches: readonly string[] }>
  const out: Record<string, unknown> = { known: [...known].sort(), bad }
  for (const [op, set] of Object.entries(seen)) {
    const whole = op in workers ? set : new Set([...set, ...known])
    const declared = new Set(all[op]?.touches)
    out[op] = { all: [...set].filter((t) => op in workers || !known.has(t)), missing: [...whole].filter((t) => !declared.has(t)), extra: [...declared].filter((t) => !whole.has(t)) }
  }
  writeFileSync('/tmp/touches.json', JSON.stringify(out, null, 1))
  expect(bad).toEqual([])
}, 300_000)
