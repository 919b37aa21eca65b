import { type AttributeValue, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseUti, timeOfUti } from '../../shared/domain/uti.ts'
import {
  agentForm,
  assertion,
  type Cast,
  cast,
  claimsIn,
  exchangeForm,
  type Row,
  sigilForTests,
} from '../support/sigil.ts'

const sigil = sigilForTests()
let c: Cast
let t1: string

beforeAll(async () => {
  c = await cast(sigil, 'record')
  t1 = await c.t1()
})

type Form = Record<string, string>

const step1 = (more: Form = {}): Form => exchangeForm(c, more)
const step2 = (more: Form = {}): Form => agentForm(c, t1, more)

/** The row of one request: found by what the request is called, and there is no second one. */
async function rowOf(form: Form, tenant?: string): Promise<Row> {
  const id = crypto.randomUUID()
  await sigil.token(form, tenant, { 'client-request-id': id })
  const rows = (await sigil.rows('SIGNIN#')).filter(({ corr }) => corr === id)
  expect(rows).toHaveLength(1)
  return rows[0] as Row
}

describe('the sign-in row (reference §8.1)', () => {
  const always = () => ({
    pk: expect.stringMatching(new RegExp(`^SIGNIN#${sigil.tenantId}#\\d{4}-\\d\\d-\\d\\d#\\d+$`)),
    sk: expect.stringMatching(/^[0-9a-f]{32}$/),
    ip: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
    corr: expect.any(String),
    req: expect.any(String),
    ttl: expect.any(Number),
  })
  const blueprint = () => ({ app: c.blueprint.appId, name: 'record blueprint', sp: c.principal.id, type: 'agenticApp' })
  const agent = () => ({ app: c.agent.id, name: 'record agent', type: 'agenticAppInstance', parent: c.blueprint.appId })
  const toExchange = () => ({
    res: 'fb60f99c-7a34-4190-8149-302f77469936',
    resName: 'AAD Token Exchange Endpoint: Public',
    fmi: c.agent.id,
  })
  const toApi = () => ({ res: c.api.appId, resName: 'record API', resSp: c.apiPrincipal.id })
  const bySecret = { credKind: 'clientSecret' }
  const byT1 = { credKind: 'federatedIdentityCredential' }

  test('of a T1 tells the blueprint, its credential and the agent', async () => {
    expect(await rowOf(step1())).toEqual({
      ...always(),
      ...blueprint(),
      ...bySecret,
      ...toExchange(),
      cred: c.keyId,
      err: 0,
    })
  })

  test('of an agent token tells the agent, its parent and the credential at the root of it', async () => {
    expect(await rowOf(step2())).toEqual({ ...always(), ...agent(), ...byT1, ...toApi(), cred: c.keyId, err: 0 })
  })

  test('of an ordinary application tells it from an agent', async () => {
    const { clientId, clientSecret } = sigil.service.admin
    const row = await rowOf({
      client_id: clientId,
      client_secret: clientSecret,
      scope: 'https://graph.microsoft.com/.default',
      grant_type: 'client_credentials',
    })
    expect(row).toMatchObject({ ...always(), app: clientId, type: 'notAgentic', err: 0, resName: 'Microsoft Graph' })
    expect(row).not.toHaveProperty('parent')
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, () => Form, () => object]>([
    ['wrong secret',          () => step1({ client_secret: 'wrong' }),                 () => ({ ...blueprint(), ...bySecret, ...toExchange(), err: 7000215 })],
    ['foreign agent',         () => step1({ fmi_path: c.person.id }),                  () => ({ ...blueprint(), ...bySecret, ...toExchange(), fmi: c.person.id, err: 700016 })],
    ['damaged T1',            () => step2({ client_assertion: `${t1}x` }),             () => ({ app: c.agent.id, credKind: 'clientAssertion', res: `api://${c.api.appId}`, err: 700027 })],
    ["T1 of another's",       () => step2({ client_id: c.blueprint.appId }),           () => ({ ...blueprint(), ...byT1, res: `api://${c.api.appId}`, err: 700213 })],
    ['unknown client',        () => step1({ client_id: c.person.id }),                 () => ({ app: c.person.id, ...bySecret, ...toExchange(), err: 700016 })],
    ['client that is none',   () => step1({ client_id: 'me' }),                        () => ({ app: 'me', ...bySecret, ...toExchange(), err: 700016 })],
    ['unknown resource',      () => step2({ scope: 'https://nowhere.example/.default' }), () => ({ ...agent(), ...byT1, res: 'https://nowhere.example', err: 500011 })],
    ['missing credential',    () => step1({ client_secret: '' }),                      () => ({ app: c.blueprint.appId, credKind: 'none', err: 7000216 })],
    ['two credentials',       () => step1(assertion(t1)),                              () => ({ app: c.blueprint.appId, credKind: 'clientAssertion', err: 9002324 })],
    ['malformed scope',       () => step1({ scope: 'User.Read' }),                     () => ({ app: c.blueprint.appId, ...bySecret, err: 1002012 })],
    ['unknown grant',         () => step1({ grant_type: 'password' }),                 () => ({ app: c.blueprint.appId, ...bySecret, err: 70003 })],
    ['nothing at all',        () => ({}),                                              () => ({ app: '', credKind: 'none', err: 900144 })],
  ])('of a refusal (%s) tells what is known, and the reason', async (_, form, row) => {
    expect(await rowOf(form())).toEqual({ ...always(), ...row() })
  })

  test('calls a request as the answer does, when the client gave it no name', async () => {
    const { headers, body } = await sigil.token(step1({ client_secret: 'wrong' }), sigil.tenantId, {
      'client-request-id': 'no GUID',
    })
    expect(headers.get('client-request-id')).toBe(body.trace_id)
    const rows = (await sigil.rows('SIGNIN#')).filter(({ corr }) => corr === body.trace_id)
    expect(rows).toHaveLength(1)
    expect(rows[0]).not.toHaveProperty('req')
  })

  test('bears the name that the client gave in the address (MSAL does)', async () => {
    const id = crypto.randomUUID()
    const { body, headers } = await sigil.send(
      `/${sigil.tenantId}/oauth2/v2.0/token?client-request-id=${id.toUpperCase()}`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(step1({ client_secret: 'wrong' })).toString(),
      },
    )
    expect([body.correlation_id, headers.get('client-request-id')]).toEqual([id, id])
  })

  test('lies in its tenant, however the path names that', async () => {
    expect((await rowOf(step1(), sigil.service.domain)).pk).toContain(`SIGNIN#${sigil.tenantId}#`)
  })

  test('goes after 30 days', async () => {
    const { ttl } = await rowOf(step1())
    expect(Math.abs(Number(ttl) - (sigil.clock.now().getTime() / 1000 + 30 * 86_400))).toBeLessThan(60)
  })

  // One write unit is 1 KB.
  test.each<[string, () => Form]>([
    ['T1', () => step1()],
    ['an agent token', () => step2()],
    ['a refusal', () => step1({ client_secret: 'wrong' })],
    ['a refusal of what is long', () => step2({ scope: `https://${'a.'.repeat(2000)}example/.default` })],
    ['a client that is long', () => step1({ client_id: 'a.'.repeat(2000) })],
  ])('of %s is at most 1 KB', async (_, form) => {
    const { pk, sk } = await rowOf(form())
    const read = new GetItemCommand({ TableName: sigil.service.tableName, Key: { pk: { S: pk }, sk: { S: sk } } })
    const { Item = {} } = await sigil.service.dynamodb.send(read)
    expect(sizeOf(Item)).toBeLessThanOrEqual(1024)
  })
})

describe('the unique token identifier', () => {
  test.each<[string, () => Form]>([
    ['T1', () => step1()],
    ['an agent token', () => step2()],
  ])('of %s says where its row is', async (_, form) => {
    const before = sigil.clock.now().getTime()
    const { body } = await sigil.token(form())
    const { uti } = claimsIn(body.access_token as string)
    const place = parseUti(uti as string)
    const key = `SIGNIN#${sigil.tenantId}#${place?.day}#${place?.shard}`
    const rows = (await sigil.rows(key)).filter(({ pk, sk }) => pk === key && sk === place?.sk)
    expect(rows).toMatchObject([{ err: 0 }])
    const made = timeOfUti(uti as string).getTime()
    expect(made).toBeGreaterThanOrEqual(before)
    expect(made).toBeLessThanOrEqual(sigil.clock.now().getTime())
  })

  test('spreads the rows of a day over many partitions', async () => {
    await Promise.all(Array.from({ length: 60 }, () => sigil.token(step1({ client_secret: 'wrong' }))))
    const partitions = new Set((await sigil.rows(`SIGNIN#${sigil.tenantId}#`)).map(({ pk }) => pk))
    expect(partitions.size).toBeGreaterThan(8)
    expect(partitions.size).toBeLessThanOrEqual(32)
  })
})

/** As DynamoDB counts (developer guide, "Item sizes and formats"): names and texts in UTF-8, a number in two digits a byte. */
function sizeOf(item: Record<string, AttributeValue>): number {
  return Object.entries(item)
    .map(
      ([name, { S, N }]) => Buffer.byteLength(name + (S ?? '')) + (N === undefined ? 0 : Math.ceil(N.length / 2) + 1),
    )
    .reduce((sum, each) => sum + each, 0)
}
