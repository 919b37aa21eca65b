import { beforeAll, describe, expect, test } from 'vitest'
import { type Cast, cast, claimsIn, sigilForTests } from '../support/sigil.ts'

const sigil = sigilForTests()
const nobody = '99999999-9999-4999-8999-999999999999'
const v2 = 'v2.0/.well-known/openid-configuration'
const v1 = '.well-known/openid-configuration'

const get = (path: string, headers: Record<string, string> = {}) => sigil.send(path, { headers })

describe('the discovery document (OpenID Connect Discovery §3; reference §3.11)', () => {
  test.each([
    ['2', v2, 'v2.0', 'discovery/v2.0/keys'],
    ['1', v1, '', 'discovery/keys'],
  ])('of version %s names what clients need', async (_, path, issuer, keys) => {
    const { status, headers, body } = await get(`/${sigil.tenantId}/${path}`)
    const { origin } = sigil.service
    const tenant = `${origin}/${sigil.tenantId}`
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(headers.get('cache-control')).toBe('public, max-age=3600')
    expect(headers.has('pragma')).toBe(false)
    expect(body).toMatchObject({
      issuer: `${tenant}/${issuer}`,
      token_endpoint: `${tenant}/oauth2/v2.0/token`,
      authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
      end_session_endpoint: expect.stringContaining(origin),
      device_authorization_endpoint: expect.stringContaining(origin),
      userinfo_endpoint: expect.stringContaining(origin),
      jwks_uri: `${tenant}/${keys}`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      response_modes_supported: expect.any(Array),
      response_types_supported: expect.any(Array),
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: expect.arrayContaining(['openid', 'profile', 'email', 'offline_access']),
      claims_supported: expect.any(Array),
      request_uri_parameter_supported: false,
      http_logout_supported: false,
      frontchannel_logout_supported: false,
      tenant_region_scope: null,
      cloud_instance_name: new URL(origin).host,
      cloud_graph_host_name: new URL(origin).host,
      msgraph_host: new URL(origin).host,
      rbac_url: origin,
    })
    for (const [name, url] of Object.entries(body).filter(([name]) => /_(endpoint|uri)$|^issuer$/.test(name))) {
      expect([name, new URL(String(url)).protocol, new URL(String(url)).origin]).toEqual([name, 'https:', origin])
    }
  })

  test.each([v1, v2])('is about the tenant, however %s names it', async (path) => {
    const named = [
      sigil.tenantId,
      sigil.tenantId.toUpperCase(),
      sigil.service.domain,
      sigil.service.domain.toUpperCase(),
    ]
    const answers = await Promise.all(named.map((tenant) => get(`/${tenant}/${path}`)))
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(answers[0]?.body.issuer).toContain(`/${sigil.tenantId}/`)
  })

  // The public origin is configuration (design D2): a header cannot make clients send their secrets elsewhere.
  test.each<[string, Record<string, string>]>([
    ['X-Forwarded-Host', { 'x-forwarded-host': 'evil.example' }],
    ['X-Forwarded-Proto', { 'x-forwarded-proto': 'http' }],
    ['Forwarded', { forwarded: 'host=evil.example;proto=http' }],
    ['X-Original-Host', { 'x-original-host': 'evil.example', 'x-host': 'evil.example' }],
  ])('is the same whatever %s says', async (_, headers) => {
    expect((await get(`/${sigil.tenantId}/${v2}`, headers)).body).toEqual((await get(`/${sigil.tenantId}/${v2}`)).body)
  })

  test('names the issuer that is in the tokens, to the letter', async () => {
    const c = await cast(sigil, 'issuer')
    const t1 = await c.t1()
    const issuer = async (path: string) => (await get(`/${sigil.tenantId}/${path}`)).body.issuer
    expect(claimsIn(await sigil.agentToken(c.agent.id, t1, c.scope)).iss).toBe(await issuer(v2))
    expect(claimsIn(await sigil.agentToken(c.agent.id, t1, 'https://graph.microsoft.com/.default')).iss).toBe(
      await issuer(v1),
    )
    expect(claimsIn(t1).iss).toBe(await issuer(v2))
    expect(sigil.service.issuer).toBe(await issuer(v2))
  })

  test('leads to a token endpoint and to keys', async () => {
    const { body } = await get(`/${sigil.tenantId}/${v2}`)
    const path = (url: unknown) => new URL(String(url)).pathname
    expect((await get(path(body.jwks_uri))).status).toBe(200)
    expect((await sigil.send(path(body.token_endpoint), { method: 'POST' })).status).toBe(415)
  })
})

describe('the keys (RFC 7517 §5)', () => {
  let c: Cast
  beforeAll(async () => {
    c = await cast(sigil, 'keys')
  })

  test.each(['discovery/v2.0/keys', 'discovery/keys'])(
    'at %s are public halves alone, of resource tokens alone',
    async (path) => {
      const { status, headers, body } = await get(`/${sigil.tenantId}/${path}`)
      expect(status).toBe(200)
      expect(headers.get('cache-control')).toBe('public, max-age=3600')
      expect(Object.keys(body)).toEqual(['keys'])
      const keys = body.keys as Record<string, string>[]
      expect(keys.length).toBeGreaterThan(0)
      expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length)
      for (const key of keys) {
        expect(Object.keys(key).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
        expect(key).toMatchObject({ kty: 'RSA', use: 'sig', alg: 'RS256', e: 'AQAB' })
        expect(key.n).toMatch(/^[A-Za-z0-9_-]+$/)
        // RFC 7518 §6.3.1.1: no leading zero octet.
        expect(Buffer.from(key.n ?? '', 'base64url')[0]).not.toBe(0)
        expect(Buffer.from(key.n ?? '', 'base64url')).toHaveLength(256)
      }
      expect(JSON.stringify(body).length).toBeLessThan(150_000)
    },
  )

  test('have the key of an access token, and not that of T1', async () => {
    const kid = (token: string) =>
      (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid
    const t1 = await c.t1()
    const token = await sigil.agentToken(c.agent.id, t1, c.scope)
    const { body } = await get(`/${sigil.tenantId}/discovery/v2.0/keys`)
    const kids = (body.keys as { kid: string }[]).map((key) => key.kid)
    expect(kids).toContain(kid(token))
    expect(kids).not.toContain(kid(t1))
  })
})

describe('instance discovery (reference §11.2)', () => {
  const ask = (authorization: string, path = '/common/discovery/instance') =>
    get(`${path}?${new URLSearchParams({ 'api-version': '1.1', authorization_endpoint: authorization })}`)

  test.each(['common', nobody, 'contoso.localhost'])('knows its own host, for %s', async (tenant) => {
    const { origin } = sigil.service
    const { host } = new URL(origin)
    const { status, body } = await ask(`${origin}/${tenant}/oauth2/v2.0/authorize`)
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        tenant_discovery_endpoint: `${origin}/${tenant}/v2.0/.well-known/openid-configuration`,
        'api-version': '1.1',
        metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
      },
    })
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, (origin: string) => string]>([
    ['another host',        () => 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize'],
    ['plain http',          (origin) => `${origin.replace('https', 'http')}/common/oauth2/v2.0/authorize`],
    ['another port',        (origin) => `${origin}1/common`],
    ['our host as a path',  (origin) => `https://evil.example/${new URL(origin).host}/common`],
    ['our host as a user',  (origin) => `${origin}@evil.example/common`],
    ['our host as a label', (origin) => `${origin.replace(/:\d+$/, '')}.evil.example/common`],
    ['no tenant',           (origin) => `${origin}/`],
    ['no address',          () => 'common'],
    ['nothing',             () => ''],
  ])('knows no instance with %s (AADSTS50049)', async (_, address) => {
    const { status, body } = await ask(address(sigil.service.origin))
    expect({ status, error: body.error, codes: body.error_codes }).toEqual({ status: 400, error: 'invalid_instance', codes: [50049] })
  })

  test('needs to be told an instance', async () => {
    expect(await get('/common/discovery/instance')).toMatchObject({ status: 400, body: { error_codes: [50049] } })
  })

  test('is not case sensitive about its own path', async () => {
    expect((await ask(`${sigil.service.origin}/common/x`, '/Common/Discovery/Instance')).status).toBe(200)
  })
})

describe('a tenant that is not there', () => {
  const paths = [v2, v1, 'discovery/v2.0/keys', 'discovery/keys']

  test.each(paths)('is told so at %s (AADSTS90002)', async (path) => {
    for (const tenant of [nobody, 'unknown.example', 'contoso', '%20', '%E2%84%AA.example']) {
      const { status, headers, body } = await get(`/${tenant}/${path}`)
      expect({ tenant, status, error: body.error, codes: body.error_codes }).toEqual({
        tenant,
        status: 400,
        error: 'invalid_request',
        codes: [90002],
      })
      expect(headers.get('cache-control')).toBe('no-store')
    }
  })

  test.each(paths)('nor is a closed one at %s', async (path) => {
    const domain = `closed-${paths.indexOf(path)}.example`
    const { tenantId } = await sigil.openTenant(domain)
    expect((await get(`/${domain}/${path}`)).status).toBe(200)
    await sigil.operator('tenants/close', { tenantId })
    for (const tenant of [tenantId, domain]) {
      expect(await get(`/${tenant}/${path}`)).toMatchObject({ status: 400, body: { error_codes: [90002] } })
    }
  })

  test.each(paths)('is not one of several at %s (AADSTS50194)', async (path) => {
    for (const tenant of ['common', 'organizations', 'Consumers']) {
      expect(await get(`/${tenant}/${path}`)).toMatchObject({ status: 400, body: { error_codes: [50194] } })
    }
  })

  test('leaves no row', async () => {
    const before = (await sigil.rows()).length
    for (const path of paths) await get(`/${nobody}/${path}`)
    expect(await sigil.rows()).toHaveLength(before)
  })
})
