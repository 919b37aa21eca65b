import { describe, expect, test } from 'vitest'
import { assertion } from '../support/sigil.ts'
import {
  a2,
  app,
  b,
  bp,
  bx,
  encode,
  exchange,
  type Form,
  formType,
  issued,
  type Json,
  management,
  nobody,
  ordinary,
  raw,
  refused,
  shapeOf,
  sigil,
  step1,
  step2,
  t1,
  without,
} from './token-refusal.ts'

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
