import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Functions } from '../../infra/local/lambda.ts'
import { type Service, startService } from '../../infra/local/service.ts'
import { LocalWorkers } from '../../infra/local/workers.ts'
import { keys } from '../../shared/store/table.ts'
import { largeFamily } from '../scenarios/deletion.ts'
import { Clock, Sigil } from '../support/sigil.ts'

/** A service as `npm start` brings it up: its workers run by themselves. */
const state = mkdtempSync(join(tmpdir(), 'sigil-workers-'))
let service: Service
let sigil: Sigil
beforeAll(async () => {
  service = await startService({ state, port: 0, httpPort: 0, quiet: true })
  sigil = new Sigil(service, new Clock())
})
afterAll(async () => {
  await service.close()
  rmSync(state, { recursive: true, force: true })
})

test('what a request has begun goes on by itself', async () => {
  const { principal, agents } = await largeFamily(sigil)
  const { headers } = await sigil.graph('DELETE', `/servicePrincipals/${principal.id}`)
  const { pathname } = new URL(String(headers.get('operation-location')))
  await vi.waitFor(
    async () =>
      expect(await sigil.make('GET', pathname)).toMatchObject({ status: 'succeeded', done: agents.length * 2 }),
    { timeout: 10_000, interval: 100 },
  )
})

test('a run that fails stops neither the service nor the next run', async () => {
  // A job of an operation that is of no kind: nobody can do it.
  const id = crypto.randomUUID()
  const tenantId = service.tenantId as never
  const root = { id, type: 'application', displayName: 'Ledger' }
  await service.world.table.record(keys.operation(tenantId, id), {
    id,
    tenantId,
    kind: 'nothing',
    status: 'running',
    root,
    version: 1,
  })
  await service.world.table.record(keys.job(id), { tenantId, jobId: id })
  await expect(service.work()).rejects.toThrow()
  const { principal } = await largeFamily(sigil)
  const { headers } = await sigil.graph('DELETE', `/servicePrincipals/${principal.id}`)
  const { pathname } = new URL(String(headers.get('operation-location')))
  await vi.waitFor(async () => expect(await sigil.make('GET', pathname)).toMatchObject({ status: 'succeeded' }), {
    timeout: 10_000,
    interval: 100,
  })
}, 20_000)

test('no two runs of one worker are under way at once, and none begins after the end', async () => {
  vi.useFakeTimers()
  const functions = new Functions(service.world)
  const underWay = new Map<string, number>()
  const most: number[] = []
  const ends: (() => void)[] = []
  let begun = 0
  vi.spyOn(functions, 'invoke').mockImplementation(async (name) => {
    begun++
    underWay.set(name, (underWay.get(name) ?? 0) + 1)
    most.push(underWay.get(name) ?? 0)
    await new Promise<void>((resolve) => ends.push(resolve))
    underWay.set(name, (underWay.get(name) ?? 0) - 1)
    return { commits: 0 }
  })
  const workers = new LocalWorkers(functions)
  workers.start()
  await vi.advanceTimersByTimeAsync(180_000)
  expect(begun).toBe(2)
  for (const end of ends.splice(0)) end()
  await vi.advanceTimersByTimeAsync(61_000)
  expect(begun).toBe(4)
  expect(Math.max(...most)).toBe(1)
  const closing = workers.close()
  for (const end of ends.splice(0)) end()
  await closing
  await vi.advanceTimersByTimeAsync(180_000)
  expect(begun).toBe(4)
  vi.useRealTimers()
})
