import { createHash, createHmac, type KeyObject } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { type AttributeValue, type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { SignCommand } from '@aws-sdk/client-kms'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { beforeAll, describe, expect, test } from 'vitest'
import { hashSecret } from '../../shared/domain/client-secret.ts'
import { fmiSubject } from '../../shared/domain/fmi.ts'
import type { TokenKind } from '../../shared/tokens/keyset.ts'
import { type Answer, assertion, type Cast, cast, claimsIn, type Row, sigilForTests } from '../support/sigil.ts'

type Form = Record<string, string>
type Json = Record<string, unknown>

/** What the service has written, in its own words to the store. */
type Write = { Item?: Record<string, AttributeValue>; ConditionExpression?: string }
const writes: Write[] = []

const sigil = sigilForTests({
  world: (parts) => {
    noteWrites(parts.dynamodb)
    return parts
  },
})
const exchange = 'api://AzureADTokenExchange/.default'
const management = 'https://graph.microsoft.com/.default'
const nobody = '99999999-9999-4999-8999-999999999999'

/** Blueprint `bp` with agents `a1` and `a2`, its sibling `bx`, an ordinary application, and tenant B with all of its own. */
let bp: Cast
let bx: Cast
let a2: string
let app: { id: string; appId: string; principalId: string; secret: string }
let b: { tenantId: string; token: string; blueprint: { appId: string; secret: string }; agent: string; t1: string }
let t1: string

/** Whatever must never be shown again. */
const secrets: string[] = []

beforeAll(async () => {
  bp = await cast(sigil, 'bp')
  bx = await cast(sigil, 'bx')
  a2 = (await makeAgent(bp)).id
  app = await makeApplication()
  b = await makeTenantB('kelvin.example')
  t1 = await bp.t1()
  secrets.push(bp.secret, bx.secret, app.secret, b.blueprint.secret, b.t1, t1, b.token, await sigil.adminToken())
})

/** Reference §9.2: the OAuth error and the status of each code. */
// biome-ignore format: a table reads better aligned
const codes: Record<number, readonly [status: number, error: string]> = {
  50049:   [400, 'invalid_instance'],
  50194:   [400, 'invalid_request'],
  70003:   [400, 'unsupported_grant_type'],
  70011:   [400, 'invalid_scope'],
  82001:   [400, 'invalid_request'],
  90002:   [400, 'invalid_request'],
  500011:  [400, 'invalid_resource'],
  500014:  [400, 'invalid_resource'],
  501051:  [400, 'invalid_grant'],
  700016:  [400, 'unauthorized_client'],
  700022:  [400, 'invalid_scope'],
  700023:  [400, 'invalid_scope'],
  700024:  [401, 'invalid_client'],
  700027:  [401, 'invalid_client'],
  700211:  [401, 'invalid_client'],
  700213:  [401, 'invalid_client'],
  900144:  [400, 'invalid_request'],
  900561:  [405, 'invalid_request'],
  1002012: [400, 'invalid_scope'],
  7000112: [400, 'unauthorized_client'],
  7000215: [401, 'invalid_client'],
  7000216: [401, 'invalid_client'],
  7000222: [401, 'invalid_client'],
  9002313: [400, 'invalid_request'],
  9002324: [400, 'invalid_request'],
}

type Expected = { code: number; status?: number; row?: boolean; tenant?: string }

/**
 * What holds of every refused token request, whatever it is refused for: RFC 6749 §5.2 and reference §3.1 for the answer,
 * and in the table nothing but one sign-in row with the reason; none for what names no tenant or cannot be parsed.
 */
async function refused(ask: () => Promise<Answer>, expected: Expected | number): Promise<Answer> {
  const {
    code,
    status,
    row = true,
    tenant = sigil.tenantId,
  } = typeof expected === 'number' ? { code: expected } : expected
  const begun = performance.now()
  const { result: answer, added, changed } = await written(ask)
  expect(performance.now() - begun).toBeLessThan(2_000)

  const { body, headers } = answer
  expect({ status: answer.status, error: body.error, codes: body.error_codes }).toEqual({
    status: status ?? codes[code]?.[0],
    error: codes[code]?.[1],
    codes: [code],
  })
  const members = ['correlation_id', 'error', 'error_codes', 'error_description', 'timestamp', 'trace_id']
  expect(Object.keys(body).sort()).toEqual(members)
  expect(body.error_description).toMatch(new RegExp(`^AADSTS${code}: [A-Z'].* Trace ID: `))
  expect(body.timestamp).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/)
  for (const id of [body.trace_id, body.correlation_id])
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  expect(Object.fromEntries(headers)).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'x-content-type-options': 'nosniff',
    'x-ms-request-id': body.trace_id,
    'client-request-id': body.correlation_id,
  })
  for (const name of ['server', 'set-cookie', 'x-powered-by', 'access-control-allow-origin']) {
    expect(headers.has(name)).toBe(false)
  }
  expect(headers.has('www-authenticate')).toBe(answer.status === 401)

  expect(changed).toEqual([])
  expect(added).toHaveLength(row ? 1 : 0)
  if (row) {
    expect(added[0]?.pk).toMatch(new RegExp(`^SIGNIN#${tenant}#`))
    expect(added[0]).toMatchObject({ err: code, corr: body.correlation_id })
    expect(added[0]?.req ?? added[0]?.corr).toBe(body.trace_id)
  }
  const shown = JSON.stringify([body, [...headers], added])
  for (const secret of secrets) expect(shown).not.toContain(secret)
  expect(shown).not.toMatch(/\bat [\w.<]+ \(|\.ts:\d+|node_modules|ECONN/)
  return answer
}

/** What was written while something was asked: the rows, read back, that were put where there was none, and all else. */
async function written<Result>(
  ask: () => Promise<Result>,
): Promise<{ result: Result; added: Row[]; changed: object[] }> {
  writes.length = 0
  const result = await ask()
  const puts = writes.filter((write) => write.ConditionExpression === 'attribute_not_exists(pk)' && write.Item)
  const added = await Promise.all(
    puts.map(async ({ Item = {} }) => {
      const read = new GetItemCommand({
        TableName: sigil.service.tableName,
        Key: { pk: Item.pk as AttributeValue, sk: Item.sk as AttributeValue },
        ConsistentRead: true,
      })
      return unmarshall((await sigil.service.dynamodb.send(read)).Item ?? {}) as Row
    }),
  )
  return { result, added, changed: writes.filter((write) => !puts.includes(write)) }
}

/** Step 1: a blueprint asks to act as its agent `a1`. */
const step1 = (more: Form = {}): Form => ({
  client_id: bp.blueprint.appId,
  client_secret: bp.secret,
  scope: exchange,
  grant_type: 'client_credentials',
  fmi_path: bp.agent.id,
  ...more,
})

/** Step 2: `a1` asks for a token with its T1. */
const step2 = (more: Form = {}): Form => ({
  client_id: bp.agent.id,
  scope: bp.scope,
  grant_type: 'client_credentials',
  ...assertion(t1),
  ...more,
})

const ordinary = (more: Form = {}): Form => ({
  client_id: app.appId,
  client_secret: app.secret,
  scope: bp.scope,
  grant_type: 'client_credentials',
  ...more,
})

const without = (form: Form, ...names: string[]): Form =>
  Object.fromEntries(Object.entries(form).filter(([name]) => !names.includes(name)))

const issued = async (form: Form | string, headers: Form = {}, tenant?: string): Promise<void> => {
  expect(await sigil.token(form, tenant, headers)).toMatchObject({ status: 200, body: { token_type: 'Bearer' } })
}

const basic = (clientId: string, secret: string): Form => ({
  authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
})

const percent = (plain: string): string =>
  [...Buffer.from(plain)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')

describe('the credential of a client (RFC 6749 §2.3, §5.2; reference §3.1, §3.9)', () => {
  // biome-ignore format: a table reads better aligned
  test.each<[string, () => Form, number]>([
    ['none at all',                     () => without(step1(), 'client_secret'),                     7000216],
    ['none at all, of an application',  () => without(ordinary(), 'client_secret'),                  7000216],
    ['an empty secret',                 () => step1({ client_secret: '' }),                          7000216],
    ['a blank secret',                  () => step1({ client_secret: '  ' }),                        7000215],
    ['a wrong secret',                  () => step1({ client_secret: 'x'.repeat(43) }),              7000215],
    ['a secret and a line break',       () => step1({ client_secret: `${bp.secret}\n` }),            7000215],
    ['a secret and a space before it',  () => step1({ client_secret: ` ${bp.secret}` }),             7000215],
    ['a secret in another letter case', () => step1({ client_secret: swapCase(bp.secret) }),         7000215],
    ['its hash as it is kept',          () => step1({ client_secret: hashSecret(bp.secret) }),       7000215],
    ['its hint',                        () => step1({ client_secret: bp.secret.slice(0, 3) }),       7000215],
    ['its key id',                      () => step1({ client_secret: bp.keyId }),                    7000215],
    ['the secret of its sibling',       () => step1({ client_secret: bx.secret }),                   7000215],
    ['the secret of a namesake',        () => step1({ client_secret: b.blueprint.secret }),          7000215],
    ['the secret of an application',    () => step1({ client_secret: app.secret }),                  7000215],
    ['a token as its secret',           () => step1({ client_secret: t1 }),                          7000215],
    ['a secret and an assertion',       () => step1(assertion(t1)),                                  9002324],
    ['an assertion of no type',         () => without(step2(), 'client_assertion_type'),             900144],
    ['an assertion of another type',    () => step2({ client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' }), 900144],
    ['an assertion type alone',         () => without(step2(), 'client_assertion'),                  7000216],
    ['an agent with a secret',          () => ordinary({ client_id: bp.agent.id }),                  7000215],
    ["an agent with its blueprint's",   () => step1({ client_id: bp.agent.id }),                     7000215],
  ])('%s is refused', async (_, form, code) => {
    await refused(() => sigil.token(form()), code)
  })

  test('a NUL in it is no secret of anyone', async () => {
    await refused(() => sigil.token(step1({ client_secret: `${bp.secret}\0` })), { code: 9002313, row: false })
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    ['of a sibling, with another client_id in the body', () => basic(bx.blueprint.appId, bx.secret),    9002313],
    ['beside a secret in the body',                      () => basic(bp.blueprint.appId, bp.secret),    9002324],
  ])('a Basic credential %s is refused', async (what, authorization, code) => {
    const form = what.startsWith('beside') ? step1() : without(step1(), 'client_secret')
    await refused(() => sigil.token(form, undefined, authorization()), code)
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    ['no credential at all',   'Basic'],
    ['two words',              'Basic YTpi YTpi'],
    ['no base64',              'Basic a:b'],
    ['base64url',              'Basic -_-_'],
    ['no colon',               `Basic ${Buffer.from('ab').toString('base64')}`],
    ['a malformed escape',     `Basic ${Buffer.from('a:%zz').toString('base64')}`],
    ['two of them',            'Basic YTpi, Basic YTpi'],
  ])('a Basic header with %s is refused (RFC 6749 §2.3.1)', async (_, authorization) => {
    await refused(() => sigil.token(without(step1(), 'client_secret'), undefined, { authorization }), 9002313)
  })

  test('an Authorization header of another scheme is no credential', async () => {
    await refused(
      () => sigil.token(without(step1(), 'client_secret'), undefined, { authorization: `Bearer ${t1}` }),
      7000216,
    )
    await issued(step1(), { authorization: `Bearer ${t1}` })
  })

  test('a secret is form-encoded in the body and in Basic alike (RFC 6749 appendix B)', async () => {
    const odd = await makeApplication()
    const secret = 'a% +:&=ü€"\\'
    secrets.push(secret)
    await keepSecret(odd.appId, secret)
    const form = { client_id: odd.appId, scope: bp.scope, grant_type: 'client_credentials' }
    await issued({ ...form, client_secret: secret })
    await issued({ scope: bp.scope, grant_type: 'client_credentials' }, basic(percent(odd.appId), percent(secret)))
    await issued(form, basic(odd.appId, new URLSearchParams({ x: secret }).toString().slice(2)))
    await refused(() => sigil.token(form, undefined, basic(odd.appId, secret.replace('%', ''))), 7000215)
  })

  test.each([
    'client_secret',
    'client_assertion',
    'assertion',
    'refresh_token',
    'user_federated_identity_credential',
    'Client_Secret',
  ])('a %s in the address is refused, whatever else is right (RFC 6749 §2.3.1)', async (name) => {
    const path = `/${sigil.tenantId}/oauth2/v2.0/token?${new URLSearchParams({ [name]: bp.secret })}`
    await refused(() => raw('POST', path, { 'content-type': formType }, encode(step1())), {
      code: 9002313,
      row: false,
    })
  })

  test('wrong secrets lock nobody out', async () => {
    for (let i = 0; i < 20; i++) {
      const client_id = i % 2 ? bp.blueprint.appId.toUpperCase() : bp.blueprint.appId
      expect((await sigil.token(step1({ client_id, client_secret: `wrong ${i}` }))).status).toBe(401)
    }
    await issued(step1())
  })

  test('however near a wrong secret is, and whatever it lacks, the answer looks the same', async () => {
    const { secret } = bp
    const other = (character: string | undefined) => (character === 'A' ? 'B' : 'A')
    const wrong = [
      other(secret[0]) + secret.slice(1),
      secret.slice(0, -1) + other(secret.at(-1)),
      secret.slice(0, -1),
      `${secret}A`,
      'x',
    ]
    const answers = await Promise.all(wrong.map((client_secret) => sigil.token(step1({ client_secret }))))
    expect(new Set(answers.map(shapeOf)).size).toBe(1)
  })
})

describe('a client that is not there', () => {
  // biome-ignore format: a table reads better aligned
  test.each([
    ['unknown',                         () => nobody],
    ["another tenant's",                () => b.blueprint.appId],
    ['the object id of a principal',    () => bp.principal.id],
    ['the object id of an application',  () => app.id],
    ['a person',                        () => bp.person.id],
    ['a tenant',                        () => sigil.tenantId],
    ['in braces',                       () => `{${bp.blueprint.appId}}`],
    ['a URN',                           () => `urn:uuid:${bp.blueprint.appId}`],
    ['without hyphens',                 () => bp.blueprint.appId.replaceAll('-', '')],
    ['with a space behind',             () => `${bp.blueprint.appId} `],
    ['of full-width letters',           () => bp.blueprint.appId.replace(/[a-f]/, 'ａ')],
    ['a key of the table',              () => `${sigil.tenantId}#${bp.blueprint.appId}`],
    ['4 KB long',                       () => 'a'.repeat(4096)],
  ])('%s is refused (AADSTS700016)', async (_, clientId) => {
    await refused(() => sigil.token(step1({ client_id: clientId() })), 700016)
  })

  test('is the same to a caller, whether it is unknown or of another tenant', async () => {
    const asked = [nobody, b.blueprint.appId, bp.person.id].map((client_id) => sigil.token(step1({ client_id })))
    expect(new Set((await Promise.all(asked)).map(shapeOf)).size).toBe(1)
  })

  test('with an assertion is refused, too', async () => {
    await refused(() => sigil.token(step2({ client_id: nobody })), 700016)
  })

  test('is one without client_id, unless the assertion says who it is (RFC 7521 §4.2)', async () => {
    await refused(() => sigil.token(without(step1(), 'client_id')), 900144)
    await refused(() => sigil.token(without(step2({ client_assertion: 'a.b.c' }), 'client_id')), 900144)
    await issued(without(step2(), 'client_id'))
  })

  test('is not one that is written in another letter case', async () => {
    await issued(step1({ client_id: bp.blueprint.appId.toUpperCase(), fmi_path: bp.agent.id.toUpperCase() }))
    await issued(step2({ client_id: bp.agent.id.toUpperCase() }))
  })
})

describe('T1 as client_assertion (RFC 7523 §3, RFC 8725; reference §3.2 step 2)', () => {
  /** Signed by the true exchange key, so that nothing but the rule itself can refuse it. */
  const head = (change: Json) => () => forge({ header: change, claims: claimsIn(t1) })
  const body = (change: () => Json) => () => forge({ claims: { ...claimsIn(t1), ...change() } })
  const payload = (change: (json: string) => string) => () => forge({ claims: change(JSON.stringify(claimsIn(t1))) })
  const part = (index: number) => t1.split('.')[index] ?? ''
  const subject = (from: string | RegExp, to: string) => String(claimsIn(t1).sub).replace(from, to)
  const seconds = (from: number) => Math.floor(Date.now() / 1000) + from

  // biome-ignore format: a table reads better aligned
  test.each<[string, () => Promise<string>]>([
    ['alg none, unsigned',          async () => `${b64({ alg: 'none', typ: 'JWT' })}.${part(1)}.`],
    ['alg none',                    head({ alg: 'none' })],
    ['alg nOnE',                    head({ alg: 'nOnE' })],
    ['alg empty',                   head({ alg: '' })],
    ['no alg',                      head({ alg: undefined })],
    ['alg null',                    head({ alg: null })],
    ['a list for alg',              head({ alg: ['RS256'] })],
    ['alg of 10 KB',                head({ alg: 'RS256'.padEnd(10_000) })],
    ['alg PS256',                   head({ alg: 'PS256' })],
    ['alg RS512',                   head({ alg: 'RS512' })],
    ['alg RS1',                     head({ alg: 'RS1' })],
    ['alg ES256',                   head({ alg: 'ES256' })],
    ['an HMAC by the public key',   () => hmacByPublicKey()],
    ['the typ of an access token',  head({ typ: 'at+jwt' })],
    ['no typ',                      head({ typ: undefined })],
    ['a critical header',           head({ crit: ['b64'], b64: true })],
    ['a compressed payload',        head({ zip: 'DEF' })],
    ['a key of its own (jwk)',      head({ jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } })],
    ['a key elsewhere (jku)',       head({ jku: 'https://127.0.0.1:1/keys' })],
    ['a certificate elsewhere',     head({ x5u: 'https://127.0.0.1:1/certificate' })],
    ['a certificate of its own',    head({ x5c: ['MIIB'] })],
    ['no kid',                      head({ kid: undefined })],
    ['an unknown kid',              head({ kid: 'unknown' })],
    ['a kid of 10 KB',              head({ kid: 'k'.repeat(10_000) })],
    ['a kid that is a path',        head({ kid: '../../etc/passwd' })],
    ['a kid that is a query',       head({ kid: "' or 1=1" })],
    ['a kid that is a table key',   head({ kid: 'KEYSET#SHARED' })],
    ['a kid __proto__',             head({ kid: '__proto__' })],
    ['a kid that is a number',      head({ kid: 1 })],
    ['the kid of resource tokens',  async () => head({ kid: (await keyOf('resource')).kid })()],
    ['the key of resource tokens',  () => forge({ kind: 'resource', claims: claimsIn(t1) })],
    ['another signature',           async () => `${part(0)}.${part(1)}.${b.t1.split('.')[2]}`],
    ['two segments',                async () => `${part(0)}.${part(1)}`],
    ['an empty signature',          async () => `${part(0)}.${part(1)}.`],
    ['four segments',               async () => `${t1}.${part(2)}`],
    ['five segments, as JWE has',   async () => `${t1}.${part(1)}.${part(2)}`],
    ['10,000 dots',                 async () => '.'.repeat(10_000)],
    ['20 KB',                       async () => `${part(0)}.${'A'.repeat(20_000)}.${part(2)}`],
    ['JSON serialization',          async () => JSON.stringify({ protected: part(0), payload: part(1), signature: part(2) })],
    ['a line break behind it',      async () => `${t1}\n`],
    ['a space before it',           async () => ` ${t1}`],
    ['padding',                     async () => `${t1}==`],
    ['the alphabet of base64',      async () => `${part(0)}.${part(1)}.${Buffer.from(part(2), 'base64url').toString('base64')}`],
    ['another unused last bit',     async () => sameBytes(t1)],
    ['the scheme before it',        async () => `Bearer ${t1}`],
    ['no dot at all',               async () => 'T1'],
    ['a list for claims',           payload(() => '[]')],
    ['claims that are no JSON',     payload(() => 'exp')],
    ['no exp',                      body(() => ({ exp: undefined }))],
    ['exp null',                    body(() => ({ exp: null }))],
    ['exp 0',                       body(() => ({ exp: 0 }))],
    ['exp -1',                      body(() => ({ exp: -1 }))],
    ['an infinite exp',             payload((json) => json.replace(/"exp":\d+/, '"exp":1e400'))],
    ['exp in a hundred years',      body(() => ({ exp: seconds(3_155_760_000) }))],
    ['exp as a text',               body(() => ({ exp: String(seconds(600)) }))],
    ['exp with a fraction',         body(() => ({ exp: seconds(600) + 0.5 }))],
    ['no nbf',                      body(() => ({ nbf: undefined }))],
    ['nbf as a text',               body(() => ({ nbf: String(seconds(-300)) }))],
    ['nbf after exp',               body(() => ({ nbf: seconds(8), exp: seconds(5) }))],
    ['iat as a text',               body(() => ({ iat: 'now' }))],
    ['iat after exp',               body(() => ({ iat: seconds(8), exp: seconds(5) }))],
    ['a list of issuers',           body(() => ({ iss: [sigil.service.issuer] }))],
    ['no issuer',                   body(() => ({ iss: undefined }))],
    ['no tid',                      body(() => ({ tid: undefined }))],
    ['no aud',                      body(() => ({ aud: undefined }))],
    ['a list of audiences',         body(() => ({ aud: ['fb60f99c-7a34-4190-8149-302f77469936', bp.api.appId] }))],
    ['no sub',                      body(() => ({ sub: undefined }))],
    ['an object for sub',           body(() => ({ sub: { $ne: 1 } }))],
    ['sub 0',                       body(() => ({ sub: 0 }))],
    ['an unknown credential',       body(() => ({ sigil_cred: nobody }))],
    ["its sibling's credential",    body(() => ({ sigil_cred: bx.keyId }))],
    ['a credential __proto__',      body(() => ({ sigil_cred: '__proto__' }))],
    ['a credential constructor',    body(() => ({ sigil_cred: 'constructor' }))],
  ])('is not signed for the client with %s (AADSTS700027)', async (_, token) => {
    const client_assertion = await token()
    await refused(() => sigil.token(step2({ client_assertion })), 700027)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, () => Json]>([
    ['exp a second ago',    () => ({ exp: seconds(-1) })],
    ['nbf in 61 seconds',   () => ({ nbf: seconds(61) })],
    ['iat in 61 seconds',   () => ({ iat: seconds(61) })],
  ])('is out of its time with %s (AADSTS700024)', async (_, claims) => {
    const client_assertion = await body(claims)()
    await refused(() => sigil.token(step2({ client_assertion })), 700024)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, () => Json]>([
    ['the issuer of tenant B',       () => ({ iss: `${sigil.service.origin}/${b.tenantId}/v2.0` })],
    ['the v1 issuer',                () => ({ iss: `${sigil.service.origin}/${sigil.tenantId}/` })],
    ['a slash behind the issuer',    () => ({ iss: `${sigil.service.issuer}/` })],
    ['the issuer in upper case',     () => ({ iss: sigil.service.issuer.toUpperCase() })],
    ['the tid of tenant B',          () => ({ tid: b.tenantId })],
  ])('is of no issuer of this tenant with %s (AADSTS700211)', async (_, claims) => {
    const client_assertion = await body(claims)()
    await refused(() => sigil.token(step2({ client_assertion })), 700211)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, () => Json]>([
    ['the audience of an API',       () => ({ aud: bp.api.appId })],
    ['the exchange by its URI',      () => ({ aud: 'api://AzureADTokenExchange' })],
    ['the agent alone in sub',       () => ({ sub: bp.agent.id })],
    ['another agent in sub',         () => ({ sub: subject(bp.agent.id, a2) })],
    ['a NUL in sub',                 () => ({ sub: subject(/$/, '\0') })],
    ['sub in upper case',            () => ({ sub: subject(/.*/, String(claimsIn(t1).sub).toUpperCase()) })],
    ['a step up in sub',             () => ({ sub: subject('/a/', '/../a/') })],
    ['a Kelvin sign in sub',         () => ({ sub: subject('/c/', '/\u212a/') })],
    ['the sibling in azp',           () => ({ azp: bx.blueprint.appId })],
    ['the sibling throughout',       () => ({ azp: bx.blueprint.appId, sub: fmiSubject(sigil.tenantId, bx.blueprint.appId, bp.agent.id), sigil_cred: bx.keyId })],
    ['no azp',                       () => ({ azp: undefined })],
    ['a person for its subject',     () => ({ idtyp: 'user' })],
    ['no credential',                () => ({ sigil_cred: undefined })],
  ])('is no T1 of this agent with %s (AADSTS700213)', async (_, claims) => {
    const client_assertion = await body(claims)()
    await refused(() => sigil.token(step2({ client_assertion })), 700213)
  })

  test.each<[string, () => Json]>([
    ['as it came', () => ({})],
    ['with nbf 8 seconds ahead: clocks of ours differ', () => ({ nbf: seconds(8) })],
    ['with iat 8 seconds ahead', () => ({ iat: seconds(8) })],
    ['with claims that mean nothing here', () => ({ constructor: 1, toString: 1, roles: ['Everything.All'] })],
  ])('is accepted %s', async (_, claims) => {
    await issued(step2({ client_assertion: await body(claims)() }))
  })

  // Reference §3.2: "T1 may be cached and reused until expiry"; the official clients do.
  test('may be used again and again', async () => {
    for (let i = 0; i < 20; i++) await issued(step2())
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, () => string]>([
    ['the other agent of its blueprint', () => a2],
    ['the agent of another blueprint',   () => bx.agent.id],
    ['its own blueprint',                () => bp.blueprint.appId],
    ['another blueprint',                () => bx.blueprint.appId],
    ['an application',                   () => app.appId],
  ])('is not for %s as client_id (AADSTS700213)', async (_, clientId) => {
    await refused(() => sigil.token(step2({ client_id: clientId() })), 700213)
  })

  test("is of its own tenant alone: none goes at another's endpoint (AADSTS700211)", async () => {
    await refused(() => sigil.token(step2({ client_assertion: b.t1, client_id: b.agent })), 700211)
    await refused(() => sigil.token(step2(), b.tenantId), { code: 700211, tenant: b.tenantId })
    await refused(() => sigil.token(step2(), 'common'), { code: 50194, row: false })
    expect((await sigil.send(`/${sigil.tenantId}/oauth2/token`, { method: 'POST' })).status).toBe(404)
  })
})

describe('kinds of token: each is accepted in one place alone (design §5)', () => {
  const tokens: Record<string, string> = {}

  beforeAll(async () => {
    const v1 = await makeApi('v1', 1)
    Object.assign(tokens, {
      t1: t1,
      't1 of tenant B': b.t1,
      'resource v2': await sigil.agentToken(bp.agent.id, t1, bp.scope),
      'resource v1': await sigil.tokenFor(app.appId, app.secret, v1.scope),
      'management, application': await sigil.tokenFor(app.appId, app.secret, management),
      'management, blueprint': await sigil.tokenFor(bp.blueprint.appId, bp.secret, management),
      'management, agent': await sigil.agentToken(bp.agent.id, t1, management),
      'management, tenant B': b.token,
    })
    secrets.push(...Object.values(tokens))
  })

  // biome-ignore format: a table reads better aligned
  const matrix = [
    // kind                         as client_assertion   as a bearer
    ['t1',                          'accepted',           'refused' ],
    ['t1 of tenant B',              700211,               'refused' ],
    ['resource v2',                 700027,               'refused' ],
    ['resource v1',                 700027,               'refused' ],
    ['management, application',     700027,               'accepted'],
    ['management, blueprint',       700027,               'accepted'],
    ['management, agent',           700027,               'accepted'],
    ['management, tenant B',        700027,               'accepted'],
  ] as const

  test.each(matrix)('%s as client_assertion is %s, at the management API %s', async (kind, asAssertion, asBearer) => {
    const token = tokens[kind] as string
    if (asAssertion === 'accepted') await issued(step2({ client_assertion: token }))
    else await refused(() => sigil.token(step2({ client_assertion: token })), asAssertion)
    const answer = await sigil.graph('GET', `/applications/${bp.blueprint.id}`, undefined, token)
    if (asBearer === 'refused')
      expect(answer).toMatchObject({ status: 401, body: { error: { code: 'InvalidAuthenticationToken' } } })
    else expect([403, 404]).toContain(answer.status)
  })

  test.each(matrix)('%s is no secret', async (kind) => {
    const token = tokens[kind] as string
    await refused(() => sigil.token(step1({ client_secret: token })), 7000215)
    await refused(
      () => sigil.token(without(step1(), 'client_secret'), undefined, basic(bp.blueprint.appId, token)),
      7000215,
    )
  })
})

describe('fmi_path (reference §3.2 step 1, §3.12 (8))', () => {
  // biome-ignore format: a table reads better aligned
  test.each<[string, () => Form, number]>([
    ["another blueprint's agent",        () => step1({ fmi_path: bx.agent.id }),                          700016],
    ['an agent of tenant B',             () => step1({ fmi_path: b.agent }),                              700016],
    ['nobody',                           () => step1({ fmi_path: nobody }),                               700016],
    ['a person',                         () => step1({ fmi_path: bp.person.id }),                         700016],
    ['the blueprint itself',             () => step1({ fmi_path: bp.blueprint.appId }),                   700016],
    ['its principal',                    () => step1({ fmi_path: bp.principal.id }),                      700016],
    ['an application',                   () => step1({ fmi_path: app.appId }),                            700016],
    ['the tenant',                       () => step1({ fmi_path: sigil.tenantId }),                       700016],
    ['an agent, asked by no blueprint',  () => ordinary({ scope: exchange, fmi_path: bp.agent.id }),      700016],
    ['nothing',                          () => step1({ fmi_path: '' }),                                   9002313],
    ['a blank',                          () => step1({ fmi_path: ' ' }),                                  9002313],
    ['braces around it',                 () => step1({ fmi_path: `{${bp.agent.id}}` }),                   9002313],
    ['a way to it',                      () => step1({ fmi_path: `${bp.agent.id}/../${bx.agent.id}` }),   9002313],
    ['slashes before it',                () => step1({ fmi_path: `//${bp.agent.id}` }),                   9002313],
    ['a hash behind it',                 () => step1({ fmi_path: `${bp.agent.id}#` }),                    9002313],
    ['a Kelvin sign in it',              () => step1({ fmi_path: bp.agent.id.replace(/.$/, '\u212a') }),  9002313],
    ['4 KB',                             () => step1({ fmi_path: 'a'.repeat(4096) }),                     9002313],
    ['a scope of another resource',      () => step1({ scope: bp.scope }),                                9002313],
    ['the scope of the management API',  () => step1({ scope: management }),                              9002313],
    ['the exchange and another scope',   () => step1({ scope: `${exchange} ${management}` }),             700022],
    ['the exchange without .default',    () => step1({ scope: 'api://AzureADTokenExchange' }),            1002012],
    ['an agent as the client',           () => step2({ scope: exchange, fmi_path: bp.agent.id }),         9002313],
    ['another agent, and an agent asks', () => step2({ scope: exchange, fmi_path: a2 }),                  9002313],
  ])('with %s is refused', async (_, form, code) => {
    await refused(() => sigil.token(form()), code)
  })

  test.each([`&fmi_path=x`, '&FMI_PATH=x', '&fmi%5Fpath='])('twice (%s) is refused', async (more) => {
    await refused(() => sigil.token(encode(step1()) + more), { code: 9002313, row: false })
  })

  test('with a NUL is refused', async () => {
    await refused(() => sigil.token(`${encode(step1())}%00`), { code: 9002313, row: false })
  })

  test('is missing where the exchange is asked for: no client is a resource server of it', async () => {
    await refused(() => sigil.token(without(step1(), 'fmi_path')), 9002313)
    await refused(() => sigil.token(ordinary({ scope: exchange })), 9002313)
    await refused(() => sigil.token(step2({ scope: exchange })), 9002313)
  })

  test('that is unknown, foreign or of the wrong kind looks the same to the caller', async () => {
    const paths = [nobody, bx.agent.id, b.agent, bp.person.id, bp.principal.id, app.appId]
    const answers = await Promise.all(paths.map((fmi_path) => sigil.token(step1({ fmi_path }))))
    expect(new Set(answers.map(shapeOf)).size).toBe(1)
  })
})

describe('scope (RFC 6749 §3.3; reference §3.12 (6), §9.2)', () => {
  // biome-ignore format: a table reads better aligned
  test.each<[string, string | (() => string), number]>([
    ['nothing',                   '',                                                    900144],
    ['a blank',                   ' ',                                                   900144],
    ['a permission',              'User.Read',                                           1002012],
    ['a resource without scope',  'https://resource.example',                            1002012],
    ['one scope of a resource',   () => bp.scope.replace('.default', 'Tasks.Read'),      1002012],
    ['.default alone',            '.default',                                            1002012],
    ['/.default alone',           '/.default',                                           1002012],
    ['300 permissions',           Array.from({ length: 300 }, (_, i) => `s${i}`).join(' '), 1002012],
    ['two resources',             () => `${bp.scope} ${management}`,                     700022],
    ['two resources, turned',     () => `${management} ${bp.scope}`,                     700022],
    ['200 resources',             Array.from({ length: 200 }, (_, i) => `api://r${i}/.default`).join(' '), 700022],
    ['reserved scopes alone',     'openid profile offline_access email',                 700023],
    ['5,000 characters',          `${'a'.repeat(5000)}/.default`,                        70011],
    ['256 characters',            `https://${'a'.repeat(248)}/.default`,                 70011],
    ['3,000 characters',          `https://${'a.'.repeat(1500)}/.default`,               70011],
    ['a quotation mark',          '"/.default',                                          70011],
    ['a backslash',               '\\/.default',                                         70011],
    ['a line break',              'a\nb/.default',                                       70011],
    ['another alphabet',          'apі://x/.default',                                    70011],
    ['nobody',                    `${nobody}/.default`,                                  500011],
    ['an unknown URI',            'https://resource.example/.default',                   500011],
    ['the agent itself',          () => `${bp.agent.id}/.default`,                       500011],
    ["an API's object id",        () => `${bp.api.id}/.default`,                         500011],
    ["an API of tenant B's",      () => `${b.blueprint.appId}/.default`,                 500011],
    ['a prototype',               '__proto__/.default',                                  500011],
  ])('of %s is refused', async (_, scope, code) => {
    const asked = typeof scope === 'string' ? scope : scope()
    await refused(() => sigil.token(step2({ scope: asked })), code)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, () => string]>([
    ['twice',                         () => `${bp.scope} ${bp.scope}`],
    ['beside reserved scopes',        () => `openid ${bp.scope} offline_access profile`],
    ['beside them, turned',           () => `profile offline_access openid ${bp.scope}`],
    ['in upper case',                 () => bp.scope.toUpperCase()],
    ['by the appId',                  () => `${bp.api.appId}/.default`],
    ['with two slashes',              () => bp.scope.replace('/.default', '//.default')],
    ['between spaces',                () => `  ${bp.scope} `],
  ])('of a resource may be written %s', async (_, scope) => {
    await issued(step2({ scope: scope() }))
  })

  test.each([
    'api://azureadtokenexchange/.default',
    'api://AzureAdTokenExchange/.Default',
    'fb60f99c-7a34-4190-8149-302f77469936/.default',
    `openid ${exchange}`,
  ])('of the exchange may be %s', async (scope) => {
    await issued(step1({ scope }))
  })
})

describe('grant_type (RFC 6749 §4, §5.2)', () => {
  // biome-ignore format: a table reads better aligned
  test.each<[string, () => Form, number]>([
    ['nothing',              () => without(step1(), 'grant_type'),                                                 900144],
    ['token exchange',       () => step1({ grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange' }),       82001],
    ['a password',           () => step1({ grant_type: 'password' }),                                              70003],
    ['a device code',        () => step1({ grant_type: 'urn:ietf:params:oauth:grant-type:device_code' }),          70003],
    ['another letter case',  () => step1({ grant_type: 'Client_Credentials' }),                                    70003],
    ['a space behind it',    () => step1({ grant_type: 'client_credentials ' }),                                   70003],
    ['a prototype',          () => step1({ grant_type: '__proto__' }),                                             70003],
    ['10 KB',                () => step1({ grant_type: 'x'.repeat(10_000) }),                                      70003],
  ])('with %s is refused', async (_, form, code) => {
    await refused(() => sigil.token(form()), code)
  })
})

describe('the tenant in the path (reference §3.1)', () => {
  // biome-ignore format: a table reads better aligned
  test.each<[string, string, number]>([
    ['several tenants',          'common',                 50194],
    ['several tenants, loudly',  'Organizations',          50194],
    ['consumers',                'consumers',              50194],
    ['nobody',                   nobody,                   90002],
    ['an unknown domain',        'unknown.example',        90002],
    ['one label',                'contoso',                90002],
    ['a space',                  '%20',                    90002],
    ['a NUL',                    '%00',                    90002],
    ['braces',                   `%7B${nobody}%7D`,        90002],
    ['1 KB',                     'a'.repeat(1024),         90002],
    ['a Kelvin sign',            '%E2%84%AAelvin.example', 90002],
    ['a table key',              `TENANT%23${nobody}`,     90002],
    ['a prototype',              '__proto__',              90002],
  ])('as %s is refused, and nothing is written', async (_, tenant, code) => {
    await refused(() => sigil.token(step1(), tenant), { code, row: false })
  })

  // Reference §3.12: the tenant comes before everything else that the form says.
  // biome-ignore format: a table reads better aligned
  test.each<[string, () => Form]>([
    ['right in everything',    () => step1()],
    ['without a grant',        () => ({})],
    ['of an unknown grant',    () => step1({ grant_type: 'password' })],
    ['without a client',       () => without(step1(), 'client_id')],
    ['of an unknown client',   () => step1({ client_id: nobody })],
    ['without a credential',   () => without(step1(), 'client_secret')],
    ['with two credentials',   () => step1(assertion(t1))],
    ['with a T1',              () => step2()],
    ['with a damaged T1',      () => step2({ client_assertion: 'a.b.c' })],
    ['with a malformed scope', () => step1({ scope: '"' })],
    ['for a malformed agent',  () => step1({ fmi_path: 'x' })],
  ])('that is unknown hides everything else: a request %s', async (_, form) => {
    await refused(() => sigil.token(form(), nobody), { code: 90002, row: false })
    await refused(() => sigil.token(form(), 'unknown.example'), { code: 90002, row: false })
  })

  test.each<[string, () => string]>([
    ['GUID', () => sigil.tenantId],
    ['GUID in upper case', () => sigil.tenantId.toUpperCase()],
    ['domain', () => sigil.service.domain],
    ['domain in upper case', () => sigil.service.domain.toUpperCase()],
  ])('may be its %s, refused or not', async (_, tenant) => {
    await issued(step1(), {}, tenant())
    await refused(() => sigil.token(step1({ client_secret: 'wrong' }), tenant()), 7000215)
    await refused(() => sigil.token({}, tenant()), 900144)
  })
})

describe('what is disabled, deleted or taken away counts at the next request (reference §3.2, §3.12 (3))', () => {
  const patch = (id: string, body: Json) => sigil.make('PATCH', `/servicePrincipals/${id}`, body)
  const remove = (path: string) => sigil.make('DELETE', path)
  const disable = (id: string) => patch(id, { accountEnabled: false })

  // biome-ignore format: a table reads better aligned
  test.each<[string, (c: Cast) => Promise<unknown>, step1: number, step2: number]>([
    ['agent is disabled',                (c) => disable(c.agent.id),                                               7000112, 7000112],
    ['agent is deleted',                 (c) => remove(`/servicePrincipals/${c.agent.id}`),                        700016,  700016],
    ['blueprint principal is disabled',  (c) => disable(c.principal.id),                                           7000112, 7000112],
    ['blueprint principal is deleted',   (c) => remove(`/servicePrincipals/${c.principal.id}`),                    700016,  7000112],
    ['blueprint is deleted',             (c) => remove(`/applications/${c.blueprint.id}`),                         700016,  7000112],
    ['secret is removed',                (c) => removeSecret(c.blueprint.id, c.keyId),                             7000215, 700027],
    ['API is disabled',                  (c) => disable(c.apiPrincipal.id),                                        200,     500014],
    ['principal of the API is deleted',  (c) => remove(`/servicePrincipals/${c.apiPrincipal.id}`),                 200,     500011],
    ['API is deleted',                   (c) => remove(`/applications/${c.api.id}`),                               200,     500011],
    ['API requires an assignment',       (c) => patch(c.apiPrincipal.id, { appRoleAssignmentRequired: true }),     200,     501051],
  ])('when the %s', async (_, change, first, second) => {
    const c = await cast(sigil, 'effect')
    const client_assertion = await c.t1()
    secrets.push(c.secret, client_assertion)
    const ask1 = () => sigil.token(step1({ client_id: c.blueprint.appId, client_secret: c.secret, fmi_path: c.agent.id }))
    const ask2 = () => sigil.token(step2({ client_id: c.agent.id, scope: c.scope, client_assertion }))
    expect([(await ask1()).status, (await ask2()).status]).toEqual([200, 200])
    await change(c)
    if (first === 200) expect((await ask1()).status).toBe(200)
    else await refused(ask1, first)
    await refused(ask2, second)
  })

  test('and counts again when it is enabled again', async () => {
    const c = await cast(sigil, 'again')
    const client_assertion = await c.t1()
    const ask = () => sigil.token(step2({ client_id: c.agent.id, scope: c.scope, client_assertion }))
    for (const id of [c.agent.id, c.principal.id, c.apiPrincipal.id]) {
      await disable(id)
      expect((await ask()).status).toBe(400)
      await patch(id, { accountEnabled: true })
      expect((await ask()).status).toBe(200)
    }
  })

  test('an API that requires an assignment gives tokens to those that have one', async () => {
    const c = await cast(sigil, 'assigned')
    await patch(c.apiPrincipal.id, { appRoleAssignmentRequired: true })
    const assignment = await assign(c.agent.id, c.apiPrincipal.id, c.role.id)
    const form = step2({ client_id: c.agent.id, scope: c.scope, client_assertion: await c.t1() })
    await issued(form)
    await remove(`/servicePrincipals/${c.agent.id}/appRoleAssignments/${assignment.id}`)
    await refused(() => sigil.token(form), 501051)
  })

  test('an application is refused when its principal is disabled, its principal is gone, or itself', async () => {
    const [disabled, orphan, gone] = [await makeApplication(), await makeApplication(), await makeApplication()]
    const ask =
      ({ appId, secret }: typeof disabled) =>
      () =>
        sigil.token(ordinary({ client_id: appId, client_secret: secret }))
    await disable(disabled.principalId)
    await refused(ask(disabled), 7000112)
    await remove(`/servicePrincipals/${orphan.principalId}`)
    await refused(ask(orphan), 700016)
    await remove(`/applications/${gone.id}`)
    await refused(ask(gone), 700016)
  })

  // Rotation: the new secret before the old one goes; a T1 dies with the secret that made it, and no other does.
  test('of two secrets each works until it is removed, and each T1 as long as its secret', async () => {
    const c = await cast(sigil, 'rotation')
    const next = await sigil.make('POST', `/applications/${c.blueprint.id}/addPassword`, {})
    const secret = next.secretText as string
    secrets.push(c.secret, secret)
    const ask = (client_secret: string) =>
      sigil.token(step1({ client_id: c.blueprint.appId, client_secret, fmi_path: c.agent.id }))
    const old = (await ask(c.secret)).body.access_token as string
    const young = (await ask(secret)).body.access_token as string
    const use = (client_assertion: string) =>
      sigil.token(step2({ client_id: c.agent.id, scope: c.scope, client_assertion }))
    expect([(await use(old)).status, (await use(young)).status]).toEqual([200, 200])
    await removeSecret(c.blueprint.id, c.keyId)
    const tries = await Promise.all(Array.from({ length: 8 }, () => ask(c.secret)))
    expect(tries.map(({ status }) => status)).toEqual(Array(8).fill(401))
    await refused(() => ask(c.secret), 7000215)
    await refused(() => use(old), 700027)
    expect([(await ask(secret)).status, (await use(young)).status]).toEqual([200, 200])
    await removeSecret(c.blueprint.id, next.keyId as string)
    await refused(() => ask(secret), 7000215)
    await refused(() => use(young), 700027)
  })

  test('a tenant that is suspended refuses everybody until it is resumed; closed, it is as if it had never been', async () => {
    const tenant = await sigil.openTenant('suspended.example')
    const { clientId, clientSecret } = tenant.admin
    secrets.push(clientSecret)
    const form = {
      client_id: clientId,
      client_secret: clientSecret,
      scope: management,
      grant_type: 'client_credentials',
    }
    const asked = [tenant.tenantId, tenant.domain]
    const act = async (operation: 'tenants/suspend' | 'tenants/resume' | 'tenants/close') =>
      expect((await sigil.operator(operation, { tenantId: tenant.tenantId })).status).toBe(200)
    for (const each of asked) await issued(form, {}, each)
    await act('tenants/suspend')
    for (const each of asked) {
      await refused(() => sigil.token(form, each), { code: 7000112, tenant: tenant.tenantId })
      await refused(() => sigil.token({ ...form, client_secret: 'wrong' }, each), {
        code: 7000112,
        tenant: tenant.tenantId,
      })
    }
    await act('tenants/resume')
    for (const each of asked) await issued(form, {}, each)
    await act('tenants/close')
    for (const each of asked) {
      await refused(() => sigil.token(form, each), { code: 90002, row: false })
      await refused(() => sigil.token({}, each), { code: 90002, row: false })
    }
  })
})

describe('the HTTP message (RFC 9110; RFC 6749 §3.2)', () => {
  const path = () => `/${sigil.tenantId}/oauth2/v2.0/token`
  const post = (body: string | Buffer, headers: Form = {}) =>
    raw('POST', path(), { 'content-type': formType, ...headers }, body)

  test.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])(
    '%s is refused with 405 and Allow',
    async (method) => {
      const ask = () =>
        raw(
          method,
          path(),
          { 'content-type': formType, 'x-http-method-override': 'POST' },
          ['GET', 'HEAD', 'TRACE'].includes(method) ? '' : encode(step1()),
        )
      if (method === 'HEAD') return expect((await ask()).status).toBe(405)
      const { headers } = await refused(ask, { code: 900561, row: false })
      expect(headers.get('allow')).toBe('POST')
    },
  )

  // biome-ignore format: a table reads better aligned
  test.each([
    ['none',            undefined],
    ['JSON',            'application/json'],
    ['plain text',      'text/plain'],
    ['multipart',       'multipart/form-data; boundary=x'],
    ['another charset', `application/x-www-form-urlencoded;charset=utf-7`],
    ['two',             'application/x-www-form-urlencoded, text/plain'],
  ])('of the media type %s is refused with 415', async (_, type) => {
    const ask = () => raw('POST', path(), type === undefined ? {} : { 'content-type': type }, encode(step1()))
    await refused(ask, { code: 9002313, status: 415, row: false })
  })

  test.each(['APPLICATION/X-WWW-FORM-URLENCODED', 'application/x-www-form-urlencoded; charset="UTF-8"'])(
    'may be of the type %s',
    async (type) => {
      expect((await post(encode(step1()), { 'content-type': type })).status).toBe(200)
    },
  )

  test.each(['gzip', 'br', 'deflate'])('compressed with %s is refused with 415', async (encoding) => {
    await refused(() => post(encode(step1()), { 'content-encoding': encoding }), {
      code: 9002313,
      status: 415,
      row: false,
    })
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, number, Form]>([
    ['64 KB and a byte',            64 * 1024 + 1,   {}],
    ['64 KB and a byte in chunks',  64 * 1024 + 1,   { 'transfer-encoding': 'chunked' }],
    ['6 MB',                        6 * 1024 * 1024, {}],
  ])('of %s is refused with 413', async (_, size, headers) => {
    const body = `${encode(step1())}&x=`.padEnd(size, 'x')
    await refused(() => post(body, headers), { code: 9002313, status: 413, row: false })
  })

  test('of 64 KB is read', async () => {
    expect((await post(`${encode(step1())}&x=`.padEnd(64 * 1024, 'x'))).status).toBe(200)
  })

  const protocolParameters = [
    'grant_type',
    'scope',
    'client_id',
    'client_secret',
    'client_assertion',
    'client_assertion_type',
    'fmi_path',
    'claims',
    'client_info',
    'assertion',
  ]
  test.each(protocolParameters)('with %s twice is refused', async (name) => {
    const once = name in step1() ? encode(step1()) : `${encode(step1())}&${name}=`
    for (const again of [name, name.toUpperCase(), name.replace('_', '%5f')]) {
      await refused(() => post(`${once}&${again}=${nobody}`), { code: 9002313, row: false })
    }
  })

  // RFC 6749 §3.2: "The authorization server MUST ignore unrecognized request parameters."
  test.each([
    'client_id[]=x',
    'client_id%5B%24ne%5D=x',
    'client_id%20=x',
    '__proto__=x',
    'constructor=x',
    'x-client-SKU=msal.js.node',
    'client_info=2',
    'resource=x',
    'claims=%7B',
    'claims=%7B%22access_token%22%3A%7B%22__proto__%22%3A1%7D%7D',
  ])('with %s beside the rest is read as if without', async (more) => {
    expect((await post(`${encode(step1())}&${more}`)).status).toBe(200)
  })

  test.each(['client_id[]', 'client_id[$ne]', 'client_id ', 'Client_Id'])('with %j has no client_id', async (name) => {
    const form = { ...without(step1(), 'client_id'), [name]: bp.blueprint.appId }
    await refused(() => post(encode(form)), 900144)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, (body: string) => string | Buffer]>([
    ['a malformed escape',         (body) => `${body}&x=%zz`],
    ['an escape that is no UTF-8', (body) => `${body}&x=%ff`],
    ['bytes that are no UTF-8',    (body) => Buffer.concat([Buffer.from(`${body}&x=`), Buffer.from([0xff])])],
    ['a byte order mark',          (body) => `\ufeff${body}`],
    ['101 parameters',             (body) => body + Array.from({ length: 101 }, (_, i) => `&x${i}=1`).join('')],
  ])('with %s is refused', async (_, change) => {
    await refused(() => post(change(encode(step1()))), { code: 9002313, row: false })
  })

  test('of no body at all lacks everything', async () => {
    await refused(() => post(''), 900144)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, (body: string) => Json, number]>([
    ['text',                               (body) => ({ body, isBase64Encoded: false }),                                   200],
    ['base64',                             (body) => ({ body: Buffer.from(body).toString('base64'), isBase64Encoded: true }), 200],
    ['base64 that says so in a text',      (body) => ({ body: Buffer.from(body).toString('base64'), isBase64Encoded: 'true' }), 400],
    ['text that says it is base64',        (body) => ({ body, isBase64Encoded: true }),                                    400],
    ['nothing',                            () => ({ isBase64Encoded: false }),                                             400],
    ['null',                               () => ({ body: null, isBase64Encoded: false }),                                 400],
    ['an object',                          () => ({ body: step1(), isBase64Encoded: false }),                              400],
  ])('whose event holds %s as the body is read, or refused in the same words', async (_, message, status) => {
    const { statusCode, body } = await sigil.service.call('token/issue', {
      version: '2.0',
      rawPath: path(),
      rawQueryString: '',
      headers: { 'content-type': formType },
      pathParameters: { tenant: sigil.tenantId },
      requestContext: { http: { method: 'POST', path: path(), protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: '' } },
      ...message(encode(step1())),
    })
    expect(statusCode).toBe(status)
    expect(JSON.parse(body ?? '')).toHaveProperty(status === 200 ? 'access_token' : 'error_codes')
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, (tenant: string) => string, number]>([
    ['in upper case',           (tenant) => `/${tenant}/OAuth2/V2.0/TOKEN`,          200],
    ['with a slash behind',     (tenant) => `/${tenant}/oauth2/v2.0/token/`,         200],
    ['with a double slash',     (tenant) => `/${tenant}//oauth2/v2.0/token`,         404],
    ['with a dot segment',      (tenant) => `/${tenant}/./oauth2/v2.0/token`,        404],
    ['with a step up',          (tenant) => `/x/../${tenant}/oauth2/v2.0/token`,     404],
    ['with an encoded step up', (tenant) => `/x/%2e%2e/${tenant}/oauth2/v2.0/token`, 404],
    ['encoded twice',           (tenant) => `/${tenant}/oauth2/v2.0/%2574oken`,      404],
    ['with a path parameter',   (tenant) => `/${tenant}/oauth2/v2.0/token;v=1`,      404],
    ['without a tenant',        () => '/oauth2/v2.0/token',                          404],
    ['with an empty tenant',    () => '//oauth2/v2.0/token',                         404],
    ['of version 1',            (tenant) => `/${tenant}/oauth2/token`,               404],
  ])('to the path %s', async (_, spelled, status) => {
    const answer = await raw('POST', spelled(sigil.tenantId), { 'content-type': formType }, encode(step1()))
    expect(answer.status).toBe(status)
  })
})

function noteWrites(client: DynamoDBClient): void {
  client.middlewareStack.add(
    (next, context) => (args) => {
      if (!/^(Get|Query|Scan|TransactGet)/.test(context.commandName ?? '')) writes.push(args.input as Write)
      return next(args)
    },
    { step: 'initialize' },
  )
}

const formType = 'application/x-www-form-urlencoded'
const encode = (form: Form): string => new URLSearchParams(form).toString()
const b64 = (part: Json): string => Buffer.from(JSON.stringify(part)).toString('base64url')

const swapCase = (plain: string): string =>
  [...plain].map((each) => (each === each.toLowerCase() ? each.toUpperCase() : each.toLowerCase())).join('')

/** An answer without what differs from request to request. */
const shapeOf = ({ status, headers, body }: Answer): string =>
  JSON.stringify([status, [...headers.keys()].sort(), body])
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'GUID')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, 'TIME')

/** A request that `fetch` would mend or refuse to send. */
function raw(method: string, path: string, headers: Form, body: string | Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(sigil.service.http)
    const request = httpRequest({ hostname, port, method, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const given = Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)])
        resolve({ status: response.statusCode ?? 0, headers: new Headers(given), body: text ? JSON.parse(text) : {} })
      })
    })
    request.on('error', reject)
    if (method !== 'GET' && headers['transfer-encoding'] === undefined)
      request.setHeader('content-length', Buffer.byteLength(body))
    request.end(body)
  })
}

const keyOf = (kind: TokenKind): Promise<{ kid: string; arn: string; publicKey: KeyObject }> =>
  sigil.service.world.keySet.active(kind)

/** A JWT that a true key of ours signed, whatever stands in it. */
async function forge({
  header = {},
  claims,
  kind = 'exchange',
}: {
  header?: Json
  claims: Json | string
  kind?: TokenKind
}): Promise<string> {
  const { kid, arn } = await keyOf(kind)
  const json = typeof claims === 'string' ? claims : JSON.stringify(claims)
  const input = `${b64({ typ: 'JWT', alg: 'RS256', kid, x5t: kid, ...header })}.${Buffer.from(json).toString('base64url')}`
  const { Signature } = await sigil.service.kms.send(
    new SignCommand({
      KeyId: arn,
      Message: createHash('sha256').update(input).digest(),
      MessageType: 'DIGEST',
      SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
    }),
  )
  return `${input}.${Buffer.from(Signature ?? []).toString('base64url')}`
}

/** RFC 8725 §2.1: who takes the algorithm from the header verifies this with the public key as the secret. */
async function hmacByPublicKey(): Promise<string> {
  const { kid, publicKey } = await keyOf('exchange')
  const input = `${b64({ typ: 'JWT', alg: 'HS256', kid })}.${t1.split('.')[1]}`
  const key = publicKey.export({ type: 'spki', format: 'pem' })
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
}

/** The same bytes in another spelling: a signature of 256 bytes leaves bits of its last character unused. */
function sameBytes(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet[(alphabet.indexOf(token.at(-1) ?? '') ^ 1) % 64] ?? ''
  const twin = token.slice(0, -1) + last
  expect(Buffer.from(twin.split('.')[2] ?? '', 'base64url')).toEqual(
    Buffer.from(token.split('.')[2] ?? '', 'base64url'),
  )
  return twin
}

const makeAgent = (c: Cast) =>
  sigil.make('POST', '/servicePrincipals/microsoft.graph.agentIdentity', {
    displayName: 'another agent',
    agentIdentityBlueprintId: c.blueprint.appId,
    ...c.sponsors,
  })

async function makeApplication(): Promise<{ id: string; appId: string; principalId: string; secret: string }> {
  const { id, appId } = await sigil.make('POST', '/applications', { displayName: 'ordinary' })
  const principal = await sigil.make('POST', '/servicePrincipals', { appId })
  const { secretText } = await sigil.make('POST', `/applications/${id}/addPassword`, {})
  secrets.push(secretText as string)
  return { id, appId, principalId: principal.id, secret: secretText as string }
}

async function makeApi(displayName: string, requestedAccessTokenVersion: 1 | 2): Promise<{ scope: string }> {
  const { appId } = await sigil.make('POST', '/applications', { displayName, api: { requestedAccessTokenVersion } })
  await sigil.make('POST', '/servicePrincipals', { appId })
  return { scope: `${appId}/.default` }
}

const assign = (principalId: string, resourceId: string, appRoleId: string) =>
  sigil.make('POST', `/servicePrincipals/${principalId}/appRoleAssignments`, { principalId, resourceId, appRoleId })

const removeSecret = (applicationId: string, keyId: string) =>
  sigil.make('POST', `/applications/${applicationId}/removePassword`, { keyId })

/** A secret of our own choosing, as if it had been made here. */
async function keepSecret(appId: string, secret: string): Promise<void> {
  const [row] = await sigil.rows(`APP#${appId}`)
  const [keyId] = Object.keys(row?.secrets as object)
  await sigil.service.dynamodb.send(
    new UpdateItemCommand({
      TableName: sigil.service.tableName,
      Key: { pk: { S: `APP#${appId}` }, sk: { S: 'STATE' } },
      UpdateExpression: 'SET secrets.#keyId.sha256 = :hash',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeNames: { '#keyId': keyId ?? '' },
      ExpressionAttributeValues: { ':hash': { S: hashSecret(secret) } },
    }),
  )
}

/** Another tenant with a blueprint of the same name, its agent, and a T1 for it. */
async function makeTenantB(domain: string): Promise<typeof b> {
  const { tenantId, admin } = await sigil.openTenant(domain)
  const form = { grant_type: 'client_credentials', client_id: admin.clientId, client_secret: admin.clientSecret }
  const token = (await sigil.token({ ...form, scope: management }, tenantId)).body.access_token as string
  const make = (path: string, body: Json) => sigil.make('POST', path, body, token)
  const person = await make('/users', {
    accountEnabled: true,
    displayName: 'Bea',
    mailNickname: 'bea',
    userPrincipalName: `bea@${domain}`,
  })
  const sponsors = { 'sponsors@odata.bind': [`https://graph.microsoft.com/v1.0/users/${person.id}`] }
  const { id, appId } = await make('/applications/microsoft.graph.agentIdentityBlueprint', {
    displayName: bp.blueprint.displayName,
    ...sponsors,
  })
  await make('/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal', { appId })
  const secret = (await make(`/applications/${id}/addPassword`, {})).secretText as string
  const agent = await make('/servicePrincipals/microsoft.graph.agentIdentity', {
    displayName: 'agent',
    agentIdentityBlueprintId: appId,
    ...sponsors,
  })
  const made = await sigil.token(step1({ client_id: appId, client_secret: secret, fmi_path: agent.id }), tenantId)
  return { tenantId, token, blueprint: { appId, secret }, agent: agent.id, t1: made.body.access_token as string }
}
