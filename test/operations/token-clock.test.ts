import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, assertion, cast, claimsIn, sigilForTests } from '../support/sigil.ts'

/*
 * The one clock of a request, at millisecond resolution. Time only moves forward here: what was made before stays made.
 */
const sigil = sigilForTests()

beforeAll(() => sigil.clock.stop())

const moveTo = (time: Date | number): void => sigil.clock.advance(Number(time) - sigil.clock.now().getTime())

const outcome = ({ status, body }: Answer): number => (status === 200 ? 200 : (body.error_codes as number[])[0]) ?? 0

describe('a secret (Graph passwordCredential)', () => {
  test('counts from its start, up to its end and no millisecond longer', async () => {
    const { id, appId } = await sigil.make('POST', '/applications', { displayName: 'clock' })
    await sigil.make('POST', '/servicePrincipals', { appId })
    const now = sigil.clock.now().getTime()
    const [start, end] = [now + 60_000, now + 120_000]
    const { secretText } = await sigil.make('POST', `/applications/${id}/addPassword`, {
      passwordCredential: { startDateTime: new Date(start).toISOString(), endDateTime: new Date(end).toISOString() },
    })
    const ask = async () =>
      outcome(
        await sigil.token({
          client_id: appId,
          client_secret: secretText as string,
          scope: 'https://graph.microsoft.com/.default',
          grant_type: 'client_credentials',
        }),
      )
    // biome-ignore format: a table reads better aligned
    const table: [at: number, outcome: number][] = [
      [now,           7000215],
      [start - 1,     7000215],
      [start,         200],
      [end - 1,       200],
      [end,           7000222],
      [end + 1,       7000222],
      [end + 1_000,   7000222],
    ]
    for (const [at, expected] of table) {
      moveTo(at)
      expect([at, await ask()]).toEqual([at, expected])
    }
  })

  test('that ends takes its T1 with it, and a wrong one is not told that another has ended', async () => {
    const c = await cast(sigil, 'ends')
    const endDateTime = new Date(sigil.clock.now().getTime() + 60_000)
    const added = await sigil.make('POST', `/applications/${c.blueprint.id}/addPassword`, {
      passwordCredential: { endDateTime: endDateTime.toISOString() },
    })
    const form = (client_secret: string) => ({
      client_id: c.blueprint.appId,
      client_secret,
      scope: 'api://AzureADTokenExchange/.default',
      grant_type: 'client_credentials',
      fmi_path: c.agent.id,
    })
    const t1 = (await sigil.token(form(added.secretText as string))).body.access_token as string
    const use = async () =>
      outcome(
        await sigil.token({
          client_id: c.agent.id,
          scope: c.scope,
          grant_type: 'client_credentials',
          ...assertion(t1),
        }),
      )
    moveTo(endDateTime.getTime() - 1)
    expect(await use()).toBe(200)
    moveTo(endDateTime)
    expect(await use()).toBe(700027)
    expect(outcome(await sigil.token(form(added.secretText as string)))).toBe(7000222)
    expect(outcome(await sigil.token(form('wrong')))).toBe(7000215)
    expect(outcome(await sigil.token(form(c.secret)))).toBe(200)
  })
})

describe('a token of ours', () => {
  test('ends at its exp and no millisecond later, at the token endpoint and at the management API alike', async () => {
    const c = await cast(sigil, 'exp')
    // The end is a whole second, so both are made on one.
    moveTo(Math.ceil(sigil.clock.now().getTime() / 1000) * 1000)
    const t1 = await c.t1()
    const bearer = await sigil.agentToken(c.agent.id, t1, 'https://graph.microsoft.com/.default')
    const exp = Number(claimsIn(t1).exp) * 1000
    expect(Number(claimsIn(bearer).exp) * 1000).toBe(exp)
    const use = async () => {
      const form = { client_id: c.agent.id, scope: c.scope, grant_type: 'client_credentials', ...assertion(t1) }
      const read = await sigil.graph('GET', `/servicePrincipals/${c.agent.id}`, undefined, bearer)
      return [outcome(await sigil.token(form)), read.status === 401 ? 'ended' : 'accepted']
    }
    // biome-ignore format: a table reads better aligned
    const table: [at: number, [number, string]][] = [
      [exp - 1_000, [200,    'accepted']],
      [exp - 1,     [200,    'accepted']],
      [exp,         [700024, 'ended'   ]],
      [exp + 1,     [700024, 'ended'   ]],
      [exp + 1_000, [700024, 'ended'   ]],
      [exp + 86_400_000, [700024, 'ended']],
    ]
    for (const [at, expected] of table) {
      moveTo(at)
      expect([at, await use()]).toEqual([at, expected])
    }
  })

  test('that is made by a clock five seconds ahead, or a few minutes, is accepted: it is dated back', async () => {
    const c = await cast(sigil, 'ahead')
    const t1 = await c.t1()
    expect(Number(claimsIn(t1).nbf) * 1000).toBeLessThanOrEqual(sigil.clock.now().getTime() - 300_000)
  })
})
