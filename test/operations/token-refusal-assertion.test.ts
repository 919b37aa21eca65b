import { beforeAll, describe, expect, test } from 'vitest'
import { fmiSubject } from '../../shared/domain/fmi.ts'
import { claimsIn } from '../support/sigil.ts'
import {
  a2,
  app,
  b,
  b64,
  basic,
  bp,
  bx,
  forge,
  hmacByPublicKey,
  issued,
  type Json,
  keyOf,
  makeApi,
  management,
  nobody,
  refused,
  sameBytes,
  secrets,
  sigil,
  step1,
  step2,
  t1,
  without,
} from './token-refusal.ts'

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
