import { describe, expect, test } from 'vitest'
import { admits, bodiesOf, headersOf, positions, schemaOf } from './schema.ts'
import {
  type Event,
  firstOfEach,
  inTurn,
  type Ready,
  stageForTests,
  successes,
  titled,
  withText,
  wrongs,
} from './stage.ts'
import { anotherTenant, firstTenant, type Populated } from './tenant.ts'

/** Changes × headers that are not what they should be; and whether something acts, in values that are not quite it. */
const changes = firstOfEach(successes()).filter(({ operation }) => /(create|update|delete)$|^agents/.test(operation))
const stage = stageForTests(changes, async () => {
  own = await firstTenant(stage.sigil)
  other = await anotherTenant(stage.sigil)
})
let own: Populated
let other: Populated

const outcomeWith = (ready: Ready, headers: Record<string, string>) =>
  stage.outcome(ready, { headers: { ...(ready.prepared.event as Event).headers, ...headers } })

const odd = [
  '',
  ' ',
  ',',
  '*',
  '"',
  ';;=',
  'null',
  '\u00ff\u00fe',
  '\u0000',
  'a\r\nb: c',
  '__proto__',
  'x'.repeat(8_000),
  'a,'.repeat(2_000),
]

describe('a header with an odd value is no reason to fail', () => {
  const names = [
    'if-none-match',
    'prefer',
    'consistencylevel',
    'client-request-id',
    'accept',
    'odata-version',
    'x-forwarded-for',
  ]

  test.each(titled(changes))('%s', async (_, scenario) => {
    const ready = await stage.ready(scenario)
    const usual = await outcomeWith(ready, {})
    const found: string[] = []
    const turn = changes.indexOf(scenario)
    for (const [index, value] of inTurn(odd, turn).entries()) {
      const name = names[(index + turn) % names.length] ?? ''
      const outcome = await outcomeWith(ready, { [name]: value })
      const wrong =
        outcome.status === usual.status ? wrongs(outcome, 'refused or taken') : [`answered ${outcome.status}`]
      found.push(...wrong.map((each) => `${name}: ${JSON.stringify(value.slice(0, 40))}: ${each}`))
    }
    expect(found).toEqual([])
  })

  test('and a correlation id is a GUID or one of ours', async () => {
    for (const value of odd.filter((each) => /^[ -~]*$/.test(each) && each.length < 5_000)) {
      const { headers } = await stage.sigil.send('/v1.0/users', { headers: { 'client-request-id': value } })
      expect(headers.get('client-request-id')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    }
  })
})

describe('a change of another version than If-Match names is none', () => {
  const conditional = changes.filter(
    ({ operation }) =>
      headersOf(operation).includes('ifMatch') ||
      /^(users|agent-users|groups|applications|blueprints|.*principals|agent-identities|federated.*)\/delete$/.test(
        operation,
      ),
  )

  test.each(titled(conditional))('%s', async (_, scenario) => {
    const ready = await stage.ready(scenario)
    const found: string[] = []
    for (const value of [
      '',
      '""',
      'W/',
      '0',
      'W/"0"',
      '"999"',
      "W/'1'",
      'W/"1',
      '"*"',
      'null',
      'W/"8888",W/"9999"',
      'x'.repeat(8_000),
    ]) {
      const outcome = await outcomeWith(ready, { 'if-match': value })
      found.push(...wrongs(outcome, 412).map((wrong) => `${value.slice(0, 40)}: ${wrong}`))
    }
    expect((await outcomeWith(ready, { 'if-match': '*' })).status).toBeLessThan(300)
    expect(found).toEqual([])
  })
})

describe('an Idempotency-Key that is none is refused, or not looked at', () => {
  test.each(titled(changes.filter(({ operation }) => /create$|^agents/.test(operation))))('%s', async (_, scenario) => {
    const ready = await stage.ready(scenario)
    const found: string[] = []
    for (const value of inTurn(odd, changes.indexOf(scenario))) {
      const outcome = await outcomeWith(ready, { 'idempotency-key': value })
      found.push(
        ...wrongs(outcome, 'refused or taken').map((wrong) => `${JSON.stringify(value.slice(0, 40))}: ${wrong}`),
      )
    }
    expect(found).toEqual([])
  })
})

describe('accountEnabled is true or false, and nothing that looks like it', () => {
  const enabled = changes.filter(({ operation }) =>
    bodiesOf(operation).some((shape) =>
      positions(schemaOf(shape)).some(({ path }) => path.join() === 'accountEnabled'),
    ),
  )
  const nearly = ['false', 'true', '', 0, 1, null, [], [false], {}, { value: false }]

  test.each(titled(enabled))('%s', async (_, scenario) => {
    const ready = await stage.ready(scenario)
    const found: string[] = []
    for (const accountEnabled of nearly) {
      const outcome = await stage.outcome(
        ready,
        withText(ready, JSON.stringify({ ...(ready.sent.body as object), accountEnabled })),
      )
      found.push(...wrongs(outcome, 400).map((wrong) => `${JSON.stringify(accountEnabled)}: ${wrong}`))
    }
    expect(found).toEqual([])
  })

  test('of every type of object that acts', () => {
    const types = enabled.map(({ operation }) => operation.split('/')[0])
    const principals = ['service-principals', 'blueprint-principals', 'agent-identities']
    expect(types).toEqual(expect.arrayContaining(['users', 'agent-users', ...principals]))
  })
})

describe('null takes away what may be without a value, and nothing else', () => {
  const patches = changes.filter(({ operation }) => operation.endsWith('update') && bodiesOf(operation).length === 1)

  test.each(titled(patches))('%s', async (_, scenario) => {
    const shapes = bodiesOf(scenario.operation)
    const ready = await stage.ready(scenario)
    const found: string[] = []
    for (const { path } of shapes
      .flatMap((shape) => positions(schemaOf(shape)))
      .filter(({ path }) => path.length === 1)) {
      const body = { ...(ready.sent.body as object), [path[0] as string]: null }
      const outcome = await stage.outcome(ready, withText(ready, JSON.stringify(body)))
      const isAdmitted = admits(shapes, body)
      const wrong = wrongs(outcome, isAdmitted ? 'refused or taken' : 400)
      found.push(...wrong.map((each) => `${path.join()}: ${each}`))
      if (isAdmitted && (outcome.status ?? 0) >= 300)
        found.push(`${path.join()}: admitted, and ${JSON.stringify(outcome.body)}`)
    }
    expect(found).toEqual([])
  })
})

describe('in a batch', () => {
  test("what is of another tenant's is answered as what is nowhere", async () => {
    const collections = {
      user: 'users',
      group: 'groups',
      application: 'applications',
      agentIdentity: 'servicePrincipals',
    }
    const ask = async (ids: Record<string, string>): Promise<string> => {
      const requests = Object.entries(collections).flatMap(([type, collection]) =>
        ['GET', 'DELETE'].map((method) => ({ id: `${method} ${type}`, method, url: `/${collection}/${ids[type]}` })),
      )
      const { body } = await stage.sigil.graph('POST', '/$batch', { requests }, own.token)
      const text = Object.values(ids).reduce((masked, id) => masked.replaceAll(id, '{id}'), JSON.stringify(body))
      expect((body.responses as { status: number }[]).map(({ status }) => status)).toEqual(requests.map(() => 404))
      return text.replaceAll(/"(request-id|client-request-id|date)":"[^"]*"/g, '')
    }
    const nobodies = Object.fromEntries(Object.keys(collections).map((type) => [type, crypto.randomUUID()]))
    expect(await ask(other.ids)).toBe(await ask(nobodies))
  })
})
