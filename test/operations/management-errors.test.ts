import { get } from 'node:http'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type Cast, cast, type Row, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>

const sigil = sigilForTests()
const agents = '/servicePrincipals/microsoft.graph.agentIdentity'
const blueprints = '/applications/microsoft.graph.agentIdentityBlueprint'

let actors: Cast
beforeAll(async () => {
  actors = await cast(sigil, 'errors')
})

const refusal = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}
/** A request whose body is just this text. */
const post = async (
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
  method = 'POST',
) =>
  sigil.send(`/v1.0${path}`, {
    method,
    headers: { authorization: `Bearer ${await sigil.adminToken()}`, 'content-type': 'application/json', ...headers },
    body,
  })
const unchanged = async (run: () => Promise<unknown>) => {
  const before = await sigil.rows()
  await run()
  expect(await sigil.rows()).toEqual(before)
}

describe('an error', () => {
  const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

  test('has the shape that Graph clients read, and the ids that its log line is found by', async () => {
    const asked = crypto.randomUUID()
    const { status, headers, body } = await sigil.send(`/v1.0/users/${crypto.randomUUID()}`, {
      headers: { authorization: `Bearer ${await sigil.adminToken()}`, 'client-request-id': asked },
    })
    expect(status).toBe(404)
    expect(body).toEqual({
      error: {
        code: 'Request_ResourceNotFound',
        message: expect.stringMatching(/^Resource .*\.$/),
        innerError: {
          date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
          'request-id': expect.stringMatching(guid),
          'client-request-id': asked,
        },
      },
    })
    const inner = (body.error as { innerError: Body }).innerError
    expect(headers.get('request-id')).toBe(inner['request-id'])
    expect(headers.get('client-request-id')).toBe(asked)
  })

  test.each([
    ['a success', '/users', 200],
    ['a refusal', `/users/${crypto.randomUUID()}`, 404],
  ])('and %s alike are never cached, sniffed or taken for text', async (_, path, status) => {
    const answer = await sigil.graph('GET', path)
    expect(answer.status).toBe(status)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'application/json; charset=utf-8',
      'strict-transport-security': expect.stringContaining('max-age='),
      'x-content-type-options': 'nosniff',
    })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })

  test('of authentication says how to authenticate', async () => {
    const answer = await sigil.send('/v1.0/users')
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /)
  })

  test('takes for a correlation id nothing but a GUID', async () => {
    const answer = await sigil.send('/v1.0/users', { headers: { 'client-request-id': 'x'.repeat(200) } })
    expect(answer.headers.get('client-request-id')).toMatch(guid)
  })

  test.each(['/v2.0/users', '/V1.0.0/users', '/common/users'])(
    'an unknown version has no addresses: %s',
    async (path) => {
      const answer = await sigil.send(path, { headers: { authorization: `Bearer ${await sigil.adminToken()}` } })
      expect([path, answer.status]).toEqual([path, 404])
    },
  )

  test('OData headers that clients send are taken', async () => {
    const answer = await post('/users', '{}', { 'OData-Version': '4.0', 'OData-MaxVersion': '4.01', Prefer: 'x' })
    expect(refusal(answer).code).toBe('Request_BadRequest')
  })
})

describe('a body', () => {
  const name = (text: string) => `{"displayName":${text}}`
  const nested = (depth: number) => `{"tags":${'['.repeat(depth)}${']'.repeat(depth)}}`

  // biome-ignore format: a table reads better aligned
  test.each<[string, string, number]>([
    ['that is empty',                       '',                                                     400],
    ['that is no JSON',                     '{displayName}',                                        400],
    ['with a comma too many',               '{"displayName":"x",}',                                 400],
    ['followed by another',                 '{"displayName":"x"}{}',                                400],
    ['that is a list',                      '[{"displayName":"x"}]',                                400],
    ['that is null',                        'null',                                                 400],
    ['that is a text',                      '"displayName"',                                        400],
    ['with a member twice',                 '{"displayName":"x","displayName":"y"}',                400],
    ['with a member twice, once escaped',   '{"displayName":"x","display\\u004eame":"y"}',          400],
    ['with a member twice, deep within',    '{"displayName":"x","info":{"logoUrl":null,"logoUrl":null}}', 400],
    ['with a member in other letters',      '{"displayName":"x","DisplayName":"y"}',                400],
    ['with __proto__',                      '{"displayName":"x","__proto__":{"isAdmin":true}}',     400],
    ['with constructor, deep within',       '{"displayName":"x","info":{"constructor":{}}}',        400],
    ['with prototype',                      '{"displayName":"x","prototype":{}}',                   400],
    ['33 levels deep',                      nested(33),                                             400],
    ['5,000 levels deep',                   nested(5_000),                                          400],
    ['200,000 levels deep',                 nested(200_000),                                        400],
    ['with 20,000 members',                 `{${Array.from({ length: 20_000 }, (_, each) => `"m${each}":1`).join()}}`, 400],
    ['of 1 MB and a byte',                  name(`"${'x'.repeat(1024 * 1024 - 16)}"`),              413],
    ['with a number beyond all numbers',    '{"displayName":1e400}',                                400],
    ['with a million digits',               `{"displayName":${'9'.repeat(1_000_000)}}`,             400],
    ['with half of a surrogate pair',       name('"\\ud83d"'),                                      400],
    ['with a member named by half a pair',  '{"displayName":"x","\\udc00":1}',                      400],
    ['with NUL in a name',                  name('"a\\u0000b"'),                                    400],
    ['with a control character in a name',  name('"a\\u001bb"'),                                    400],
    ['that begins with a byte order mark',  `\ufeff${name('"x"')}`,                                 400],
  ])('%s is refused, and quickly', async (_, body, status) => {
    await unchanged(async () => {
      const begun = performance.now()
      const answer = refusal(await post('/applications', body))
      expect(performance.now() - begun).toBeLessThan(2_000)
      expect([answer.status, answer.code]).toEqual([status, status === 413 ? 'Request_EntityTooLarge' : 'Request_BadRequest'])
      expect(answer.message.length).toBeLessThan(400)
    })
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, Record<string, string>, number]>([
    ['application/json',                      {},                                                                       201],
    ['its letters',                           { 'content-type': 'Application/JSON' },                                   201],
    ['a charset',                             { 'content-type': 'application/json; charset=UTF-8' },                    201],
    ['what Graph clients add',                { 'content-type': 'application/json;odata.metadata=minimal;IEEE754Compatible=false' }, 201],
    ['another charset',                       { 'content-type': 'application/json; charset=utf-7' },                    415],
    ['text',                                  { 'content-type': 'text/plain' },                                         415],
    ['a form',                                { 'content-type': 'application/x-www-form-urlencoded' },                  415],
    ['several parts',                         { 'content-type': 'multipart/form-data; boundary=x' },                    415],
    ['no type',                               { 'content-type': '' },                                                   415],
    ['compressed',                            { 'content-encoding': 'gzip' },                                           415],
    ['a method of its own',                   { 'x-http-method-override': 'DELETE' },                                   201],
  ])('of %s: %j is answered with %i', async (_, headers, status) => {
    expect((await post('/applications', '{"displayName":"x"}', headers)).status).toBe(status)
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    ['an emoji of several parts',  '👩‍👩‍👧‍👦 team',                       undefined],
    ['right-to-left text',         'سيجيل \u202e abc',            undefined],
    ['letters with many marks',    'Z\u0351\u036b\u0343a\u0323lgo',  undefined],
    ['a decomposed letter',        'Cafe\u0301',                  'Caf\u00e9'],
    ['a Kelvin sign',              '\u212aelvin',                 'Kelvin'],
    ['markup',                     '<script>alert(1)</script>',   undefined],
    ['a template',                 '#{7*7}{{7*7}}',               undefined],
    ['a name of every object',     'toString',                    undefined],
    ['256 characters',             'x'.repeat(256),               undefined],
  ])('with a name of %s keeps it as text, in one form', async (_, displayName, form = displayName.normalize('NFC')) => {
    const made = await sigil.make('POST', '/applications', { displayName })
    expect((await sigil.make('GET', `/applications/${made.id}`)).displayName).toBe(form)
    const targets = (await sigil.rows(`AUDIT#${sigil.tenantId}`)).flatMap((row) => row.targetResources as Body[])
    expect(targets.filter(({ id }) => id === made.id)).toMatchObject([{ displayName: form }])
  })
})

describe('an id in a path', () => {
  // biome-ignore format: a table reads better aligned
  test.each([
    ['no GUID',                    'x'],
    ['a number',                   '7'],
    ['10 KB',                      'x'.repeat(8_000)],
    ['dots',                       '%2e%2e'],
    ['dots and a parameter',       '..;'],
    ['a slash',                    'a%2fb'],
    ['a backslash',                'a%5cb'],
    ['NUL',                        'a%00b'],
    ['an emoji',                   '%F0%9F%98%80'],
    ['no UTF-8',                   '%ff'],
    ['a GUID in braces',           '{00000000-0000-0000-0000-000000000000}'],
    ['a URN',                      'urn:uuid:00000000-0000-0000-0000-000000000000'],
    ['a GUID with a Kelvin sign',  '0000000%E2%84%AA-0000-0000-0000-000000000000'],
    ['a hash key of ours',         'STATE'],
    ['the parts of a key',         'DIRECTORY%23t%23application%230'],
    ['a query',                    "(appId='a'%20or%20'1'='1')"],
    ['an unknown alternate key',   'secret=x'],
    ['an empty alternate key',     'appId='],
    ['a property of all objects',  '__proto__'],
  ])('that is %s names nothing', async (_, id) => {
    await unchanged(async () => {
      for (const collection of ['applications', 'servicePrincipals', 'users']) {
        for (const path of [`/${collection}/${id}`, `/${collection}(appId='${id}')`, `/${collection}('${id}')`]) {
          const { status } = await sigil.graph('GET', path)
          expect([400, 404, 431]).toContain(status)
        }
      }
      for (const method of ['PATCH', 'DELETE']) {
        const { status } = await sigil.graph(method, `/applications/${id}`, method === 'PATCH' ? { displayName: 'x' } : undefined)
        expect([400, 404, 431]).toContain(status)
      }
    })
  })

  test.each([
    '//v1.0/applications/{id}',
    '/v1.0//applications/{id}',
    '/v1.0/applications//{id}',
    '/v1.0/applications/./{id}',
    '/v1.0/applications/%2e/{id}',
    '/v1.0/users/../applications/{id}',
    '/v1.0/users/%2e%2e/applications/{id}',
    '/v1.0/users/.%2E/applications/{id}',
    '/v1.0/users%2fapplications/{id}',
    '/v1.0/applications/{id}%2f..',
    '/v1.0/applications;v=1/{id}',
    '/v1.0/applications/{id};v=1',
  ])('is reached by its one address, and not by %s', async (path) => {
    const authorization = `Bearer ${await sigil.adminToken()}`
    const ask = (address: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        // As it stands: fetch would tidy the path up before it sends it.
        const options = { path: address.replace('{id}', actors.api.id), headers: { authorization } }
        get(sigil.service.http, options, (response) => {
          response.resume()
          response.on('end', () => resolve(response.statusCode))
        }).on('error', reject)
      })
    expect(await ask('/v1.0/applications/{id}')).toBe(200)
    expect(await ask(path)).toBe(404)
  })
})

describe('every successful change has one audit record, and nothing else has one', () => {
  const auditRows = () => sigil.rows(`AUDIT#${sigil.tenantId}`)

  test('with who, what, when and on what', async () => {
    const own = await sigil.tokenFor(actors.blueprint.appId, actors.secret, 'https://graph.microsoft.com/.default')
    const role = (value: string) => ({
      id: crypto.randomUUID(),
      value,
      displayName: value,
      description: value,
      allowedMemberTypes: ['Application'],
    })
    const offered = role('Audit.Read')
    const { sponsors, blueprint } = actors
    const agentBody = { displayName: 'Audited', agentIdentityBlueprintId: blueprint.appId, ...sponsors }
    const made: Record<string, Body> = {}
    const id = (name: string) => String(made[name]?.id)
    type Step = [
      name: string,
      method: string,
      path: () => string,
      body: () => Body | undefined,
      activity: string,
      target: string,
      modified?: string[],
      by?: 'blueprint',
    ]
    // biome-ignore format: a table reads better aligned
    const steps: Step[] = [
      ['user',       'POST',   () => '/users', () => ({ accountEnabled: true, displayName: 'A', mailNickname: 'a', userPrincipalName: `a-${crypto.randomUUID()}@${sigil.service.domain}` }), 'Add user', 'user'],
      ['app',        'POST',   () => '/applications', () => ({ displayName: 'App', appRoles: [offered] }), 'Add application', 'app'],
      ['-',          'PATCH',  () => `/applications/${id('app')}`, () => ({ displayName: 'App 2', tags: [] }), 'Update application', 'app', ['displayName', 'tags']],
      ['secret',     'POST',   () => `/applications/${id('app')}/addPassword`, () => ({}), 'Update application – Certificates and secrets management', 'app', ['passwordCredentials']],
      ['-',          'POST',   () => `/applications/${id('app')}/removePassword`, () => ({ keyId: made.secret?.keyId }), 'Update application – Certificates and secrets management', 'app', ['passwordCredentials']],
      ['principal',  'POST',   () => '/servicePrincipals', () => ({ appId: made.app?.appId }), 'Add service principal', 'principal'],
      ['-',          'PATCH',  () => `/servicePrincipals/${id('principal')}`, () => ({ accountEnabled: false }), 'Disable service principal', 'principal', ['accountEnabled']],
      ['-',          'PATCH',  () => `/servicePrincipals/${id('principal')}`, () => ({ accountEnabled: true }), 'Enable service principal', 'principal', ['accountEnabled']],
      ['-',          'PATCH',  () => `/servicePrincipals/${id('principal')}`, () => ({ tags: ['x'] }), 'Update service principal', 'principal', ['tags']],
      ['blueprint',  'POST',   () => blueprints, () => ({ displayName: 'B', ...sponsors }), 'Add application', 'blueprint'],
      ['bp',         'POST',   () => '/servicePrincipals', () => ({ appId: made.blueprint?.appId }), 'Add service principal', 'bp'],
      ['agent',      'POST',   () => agents, () => agentBody, 'Add service principal', 'agent'],
      ['own',        'POST',   () => agents, () => agentBody, 'Add service principal', 'own', [], 'blueprint'],
      ['-',          'PATCH',  () => `${agents}/${id('own')}`, () => ({ accountEnabled: false }), 'Disable service principal', 'own', ['accountEnabled'], 'blueprint'],
      ['-',          'DELETE', () => `${agents}/${id('own')}`, () => undefined, 'Remove service principal', 'own', [], 'blueprint'],
      ['assignment', 'POST',   () => `/servicePrincipals/${id('agent')}/appRoleAssignments`, () => ({ principalId: id('agent'), resourceId: id('principal'), appRoleId: offered.id }), 'Add app role assignment to service principal', 'agent', ['appRoleAssignments']],
      ['-',          'DELETE', () => `/servicePrincipals/${id('principal')}/appRoleAssignedTo/${id('assignment')}`, () => undefined, 'Remove app role assignment from service principal', 'agent', ['appRoleAssignments']],
      ['-',          'DELETE', () => `/servicePrincipals/${id('agent')}`, () => undefined, 'Remove service principal', 'agent'],
      ['-',          'DELETE', () => `/servicePrincipals/${id('principal')}`, () => undefined, 'Remove service principal', 'principal'],
      ['-',          'DELETE', () => `/applications/${id('app')}`, () => undefined, 'Delete application', 'app'],
      ['-',          'DELETE', () => `${blueprints}/${id('blueprint')}`, () => undefined, 'Delete application', 'blueprint'],
    ]
    let before = new Set((await auditRows()).map(({ sk }) => sk))
    for (const [name, method, path, body, activity, target, modified = [], by] of steps) {
      const correlationId = crypto.randomUUID()
      const payload = body()
      const answer = await sigil.send(`/v1.0${path()}`, {
        method,
        headers: {
          authorization: `Bearer ${by ? own : await sigil.adminToken()}`,
          'client-request-id': correlationId,
          ...(payload && { 'content-type': 'application/json' }),
        },
        ...(payload && { body: JSON.stringify(payload) }),
      })
      expect([method, path(), answer.status < 300]).toEqual([method, path(), true])
      if (name !== '-') made[name] = answer.body
      const rows = await auditRows()
      const fresh = rows.filter(({ sk }) => !before.has(sk))
      before = new Set(rows.map(({ sk }) => sk))
      expect(fresh).toHaveLength(1)
      expect(fresh[0]).toMatchObject({
        tenantId: sigil.tenantId,
        activityDisplayName: activity,
        correlationId,
        category: target === 'user' ? 'UserManagement' : 'ApplicationManagement',
        initiatedBy: {
          app: by
            ? { appId: blueprint.appId, servicePrincipalId: actors.principal.id, agentType: 'agenticApp' }
            : { appId: sigil.service.admin.clientId, agentType: 'notAgentic' },
        },
      })
      // First what the path names; behind it what was deleted with it.
      const [first] = (fresh[0] as unknown as { targetResources: object[] }).targetResources
      expect(first).toMatchObject({ id: id(target), modifiedProperties: modified })
      expect((fresh[0] as Row).sk).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z#/)
      if (made.secret) expect(JSON.stringify(rows)).not.toContain(String(made.secret.secretText))
    }
  })

  test('reads and refusals leave nothing at all', async () => {
    const { agent, api, principal } = actors
    await unchanged(async () => {
      for (const path of [
        '/applications',
        agents,
        `${agents}/${agent.id}`,
        `/servicePrincipals/${agent.id}/appRoleAssignments`,
      ]) {
        await sigil.make('GET', path)
      }
      const refused = await Promise.all([
        sigil.graph('POST', '/applications', {}),
        sigil.graph('PATCH', `/applications/${api.id}`, { id: 'x' }),
        sigil.graph('POST', `/applications/${api.id}/removePassword`, { keyId: crypto.randomUUID() }),
        sigil.graph('POST', '/servicePrincipals', { appId: api.appId }),
        sigil.graph('POST', blueprints, { displayName: 'x' }),
        sigil.graph('PATCH', `${agents}/${agent.id}`, { accountEnabled: 'no' }),
        sigil.graph('DELETE', `${agents}/${principal.id}`),
        sigil.graph('DELETE', `${agents}/${agent.id}`, undefined, 'no token'),
        sigil.graph('POST', `/servicePrincipals/${agent.id}/appRoleAssignments`, {}),
      ])
      expect(refused.every(({ status }) => status >= 400 && status < 500)).toBe(true)
    })
  })
})
