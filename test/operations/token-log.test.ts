import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { agentForm, type Cast, cast, exchangeForm, sigilForTests } from '../support/sigil.ts'

/*
 * Credentials and tokens leave in the one answer that is meant to bear them, and nowhere else: not in the log, not in an
 * error, not in a row, wherever a caller put them (OWASP ASVS 5.0 16.2.5).
 */

vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'DEBUG')

const sigil = sigilForTests()
const printed: string[] = []
let c: Cast
let t1: string
let token: string
let canaries: string[]

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      printed.push(String(chunk))
      return true
    })
  }
  c = await cast(sigil, 'log')
  t1 = await c.t1()
  token = await sigil.agentToken(c.agent.id, t1, c.scope)
  const { clientSecret } = sigil.service.admin
  canaries = [c.secret, clientSecret, t1, token, await sigil.adminToken()].flatMap((each) => [each, ...each.split('.')])
})

afterAll(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

type Form = Record<string, string>

const step1 = (more: Form = {}): Form => exchangeForm(c, more)
const step2 = (more: Form = {}): Form => agentForm(c, t1, more)

/** Parts of a JWT's header are no secret; its signature and its claims are. */
const isSecret = (each: string): boolean => each.length > 40 && !t1.startsWith(each) && !token.startsWith(each)

function expectNoCanary(where: string): void {
  for (const canary of canaries.filter((each) => isSecret(each) || each.includes('.')))
    expect(where).not.toContain(canary)
}

describe('the log', () => {
  beforeEach(() => {
    printed.length = 0
  })

  test('has one line of JSON for a request, which finds it again', async () => {
    const { headers, body } = await sigil.token(step1({ client_secret: 'wrong' }))
    expect(printed).toHaveLength(1)
    expect(JSON.parse(printed[0] ?? '')).toMatchObject({
      level: 'INFO',
      operation: 'token/issue',
      method: 'POST',
      status: 401,
      code: 'AADSTS7000215',
      requestId: headers.get('x-ms-request-id'),
      correlationId: body.correlation_id,
      tenantId: sigil.tenantId,
      clientId: c.blueprint.appId,
      grant: 'client_credentials',
      uti: expect.any(String),
    })
  })

  test('has a line for what leaves no row: no tenant, or not to be parsed', async () => {
    await sigil.token(step1(), 'unknown.example')
    await sigil.token('a=1&a=2')
    expect(printed.map((line) => (JSON.parse(line) as { code: string }).code)).toEqual(['AADSTS90002', 'AADSTS9002313'])
  })

  const fields = [
    'client_id',
    'client_secret',
    'scope',
    'grant_type',
    'fmi_path',
    'client_assertion',
    'client_assertion_type',
    'assertion',
    'refresh_token',
    'claims',
    'username',
    'resource',
    'client_info',
    'client-request-id',
    'x-client-SKU',
  ]
  const headers = [
    'authorization',
    'client-request-id',
    'user-agent',
    'x-anchormailbox',
    'x-forwarded-for',
    'cookie',
    'content-type',
  ]

  test.each(fields)('shows no credential that was put into %s, nor does the answer or a row', async (field) => {
    for (const canary of [c.secret, t1, token]) {
      for (const form of [step1({ [field]: canary }), step2({ [field]: canary })]) {
        const { status, body } = await sigil.token(form)
        expect(status).toBeLessThan(500)
        if (status !== 200) expectNoCanary(JSON.stringify(body))
      }
    }
    expect(printed).toHaveLength(6)
    expectNoCanary(printed.join(''))
    expectNoCanary(JSON.stringify(await sigil.rows('SIGNIN#')))
  })

  test.each(fields)('shows no credential that stands in the address as %s', async (field) => {
    const { body } = await sigil.send(
      `/${sigil.tenantId}/oauth2/v2.0/token?${new URLSearchParams({ [field]: c.secret })}`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(step1({ client_secret: 'wrong' })).toString(),
      },
    )
    expect(body).toHaveProperty('error')
    expectNoCanary(JSON.stringify(body) + printed.join(''))
  })

  test.each(headers)('shows no credential that was put into the header %s', async (header) => {
    for (const value of [c.secret, `Bearer ${token}`, `Basic ${Buffer.from(`${c.secret}:${t1}`).toString('base64')}`]) {
      const { status, body, headers: answered } = await sigil.token(step1(), sigil.tenantId, { [header]: value })
      expect(status).toBeLessThan(500)
      if (status !== 200) expectNoCanary(JSON.stringify([body, [...answered]]))
    }
    expectNoCanary(printed.join(''))
    expectNoCanary(JSON.stringify(await sigil.rows('SIGNIN#')))
  })

  test.each(['oauth2/v2.0/token', 'v2.0/.well-known/openid-configuration', 'discovery/v2.0/keys'])(
    'shows no credential that was taken for a tenant at %s',
    async (path) => {
      const method = path.endsWith('token') ? 'POST' : 'GET'
      const { status, body } = await sigil.send(`/${c.secret}/${path}`, {
        method,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        ...(method === 'POST' && { body: '' }),
      })
      expect(status).toBe(400)
      expectNoCanary(JSON.stringify(body) + printed.join(''))
    },
  )

  test('names the credential that a token was made with by its id alone', async () => {
    await sigil.token(step1())
    await sigil.token(step2())
    expect(printed).toHaveLength(2)
    expectNoCanary(printed.join(''))
  })
})

test('nothing in the table is a secret or a token', async () => {
  expectNoCanary(JSON.stringify((await sigil.rows()).map((row) => JSON.stringify(row))))
})
