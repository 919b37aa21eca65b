import { describe, expect, test } from 'vitest'
import { type Operation, type Route, routes } from '../../shared/routes.ts'
import { cast, claimsIn, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>
type Opened = { tenantId: string; domain: string; admin: { clientId: string; clientSecret: string } }

const sigil = sigilForTests()
const management = 'https://graph.microsoft.com/.default'
const operatorRoutes = (Object.entries(routes) as [Operation, Route][]).filter(
  ([, { caller }]) => caller === 'operator',
)

const domain = () => `t${crypto.randomUUID()}.example`
const code = ({ body }: { body: Body }) => (body.error as Body | undefined)?.code
const ask = ({ tenantId, admin }: Opened, scope = management) =>
  sigil.token(
    { client_id: admin.clientId, client_secret: admin.clientSecret, scope, grant_type: 'client_credentials' },
    tenantId,
  )
const change = (verb: 'suspend' | 'resume' | 'close', tenantId: string) =>
  sigil.operator(`tenants/${verb}`, { tenantId })
const auditOf = async (tenantId: string) =>
  (await sigil.rows(`AUDIT#${tenantId}`)).sort((one, other) => one.sk.localeCompare(other.sk))

describe('a tenant is opened', () => {
  test('with a first administrator, whose secret is shown in this answer alone', async () => {
    const name = domain()
    const { status, body } = await sigil.operator(
      'tenants/open',
      {},
      { displayName: 'Contoso', domain: name.toUpperCase() },
    )
    expect(status).toBe(201)
    expect(body).toEqual({
      tenantId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      displayName: 'Contoso',
      domain: name,
      state: 'active',
      createdDateTime: expect.any(String),
      admin: { clientId: expect.stringMatching(/^[0-9a-f-]{36}$/), clientSecret: expect.stringMatching(/^[\w-]{43}$/) },
    })
    const opened = body as Opened
    const token = (await ask(opened)).body.access_token as string
    expect(claimsIn(token)).toMatchObject({ tid: opened.tenantId, appid: opened.admin.clientId })
    for (const path of ['/applications', '/servicePrincipals', '/users']) {
      const answer = await sigil.graph('GET', path, undefined, token)
      expect([path, answer.status]).toEqual([path, 200])
      expect(JSON.stringify(answer.body)).not.toContain(opened.admin.clientSecret)
    }
    expect(JSON.stringify(await sigil.rows())).not.toContain(opened.admin.clientSecret)
  })

  test('named by its domain as well as by its GUID', async () => {
    const opened = (await sigil.openTenant(domain())) as Opened
    const answer = await sigil.token(
      {
        client_id: opened.admin.clientId,
        client_secret: opened.admin.clientSecret,
        scope: management,
        grant_type: 'client_credentials',
      },
      opened.domain.toUpperCase(),
    )
    expect(claimsIn(answer.body.access_token as string).tid).toBe(opened.tenantId)
  })

  test('whole, in one commit with one audit record of the operator', async () => {
    const opened = (await sigil.openTenant(domain())) as Opened
    const rows = (await sigil.rows()).filter((row) => JSON.stringify(row).includes(opened.tenantId))
    const families = new Set(rows.map(({ pk }) => pk.split('#')[0]))
    expect([...families].sort()).toEqual([
      'APP',
      'ASSIGNEE',
      'ASSIGNMENT',
      'AUDIT',
      'CLIENT',
      'COUNTER',
      'DIRECTORY',
      'DOMAIN',
      'INDEX',
      'NAME',
      'RESOURCE',
      'TENANT',
    ])
    expect(await auditOf(opened.tenantId)).toMatchObject([
      {
        activityDisplayName: 'Open tenant',
        category: 'DirectoryManagement',
        initiatedBy: { operator: { userArn: 'arn:aws:iam::000000000000:user/operator' } },
        targetResources: [{ id: opened.tenantId, type: 'tenant' }],
      },
    ])
  })

  test('once for each domain, however many ask at once; the others leave nothing behind', async () => {
    const name = domain()
    const answers = await Promise.all(
      [name, name.toUpperCase(), name].map((each) =>
        sigil.operator('tenants/open', {}, { displayName: 'Contoso', domain: each }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409])
    const tenants = (await sigil.rows('TENANT#')).filter((row) => row.domain === name)
    expect(tenants).toHaveLength(1)
    expect(
      (await sigil.rows('DIRECTORY#')).filter((row) => (row.properties as Body).publisherDomain === name),
    ).toHaveLength(1)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, Body | undefined]>([
    ['no body',               undefined],
    ['no domain',             { displayName: 'x' }],
    ['no name',               { domain: 'x.example' }],
    ['an empty name',         { displayName: ' ', domain: 'x.example' }],
    ['one label',             { displayName: 'x', domain: 'localhost' }],
    ['a GUID',                { displayName: 'x', domain: crypto.randomUUID() }],
    ['an address',            { displayName: 'x', domain: 'https://x.example' }],
    ['a trailing dot',        { displayName: 'x', domain: 'x.example.' }],
    ['a hash key of ours',    { displayName: 'x', domain: 'x.example#STATE' }],
    ['another alphabet',      { displayName: 'x', domain: 'контосо.example' }],
    ['254 characters',        { displayName: 'x', domain: `${'a.'.repeat(124)}example` }],
    ['a state of its own',    { displayName: 'x', domain: 'x.example', state: 'active' }],
    ['a GUID of its own',     { displayName: 'x', domain: 'x.example', tenantId: crypto.randomUUID() }],
  ])('not for %s', async (_, body) => {
    const before = await sigil.rows('TENANT#')
    const answer = await sigil.operator('tenants/open', {}, body)
    expect([answer.status, code(answer)]).toEqual([400, 'Request_BadRequest'])
    expect(await sigil.rows('TENANT#')).toEqual(before)
  })
})

describe('a tenant is given another administrator', () => {
  test('who may do what the first may, beside it; the secret is shown in this answer alone', async () => {
    const opened = await sigil.openTenant(domain())
    const { status, body } = await sigil.operator('tenants/add-administrator', { tenantId: opened.domain })
    expect(status).toBe(201)
    const second = body as Opened
    expect(second).toMatchObject({ tenantId: opened.tenantId, domain: opened.domain })
    expect(second.admin.clientId).not.toBe(opened.admin.clientId)
    const [one, other] = [await ask(opened), await ask(second)].map((each) => claimsIn(String(each.body.access_token)))
    expect(other?.roles).toEqual(one?.roles)
    expect(JSON.stringify(await sigil.rows())).not.toContain(second.admin.clientSecret)
    expect((await auditOf(opened.tenantId)).map((row) => row.activityDisplayName)).toEqual([
      'Open tenant',
      'Add tenant administrator',
    ])
  })

  test('not a closed one', async () => {
    const { tenantId } = await sigil.openTenant(domain())
    await change('close', tenantId)
    const refused = await sigil.operator('tenants/add-administrator', { tenantId })
    expect([refused.status, code(refused)]).toEqual([409, 'Request_Conflict'])
  })
})

describe('a tenant is suspended, resumed and closed', () => {
  // biome-ignore format: a table reads better aligned
  test.each([
    [['suspend'],                     'suspended', 200],
    [['suspend', 'suspend'],          'suspended', 200],
    [['suspend', 'resume'],           'active',    200],
    [['resume'],                      'active',    200],
    [['close'],                       'closed',    200],
    [['suspend', 'close'],            'closed',    200],
    [['close', 'close'],              'closed',    200],
    [['close', 'resume'],             'closed',    409],
    [['close', 'suspend'],            'closed',    409],
  ] as const)('%j leaves it %s', async (verbs, state, status) => {
    const { tenantId } = await sigil.openTenant(domain())
    const answers = []
    for (const verb of verbs) answers.push(await change(verb, tenantId))
    expect(answers.at(-1)?.status).toBe(status)
    if (status === 409) expect(code(answers.at(-1) as never)).toBe('Request_Conflict')
    else expect(answers.at(-1)?.body).toMatchObject({ tenantId, state })
    expect(await sigil.rows(`TENANT#${tenantId}`)).toMatchObject([{ state }])
  })

  test('and each change has its one audit record, what changes nothing none', async () => {
    const { tenantId } = await sigil.openTenant(domain())
    for (const verb of ['suspend', 'suspend', 'resume', 'resume', 'close', 'resume'] as const)
      await change(verb, tenantId)
    const activities = (await auditOf(tenantId)).map(({ activityDisplayName }) => activityDisplayName).sort()
    expect(activities).toEqual(['Close tenant', 'Open tenant', 'Resume tenant', 'Suspend tenant'])
  })

  test('suspended: no token and no management call; resumed: as it was', async () => {
    const opened = (await sigil.openTenant(domain())) as Opened
    const token = (await ask(opened)).body.access_token as string
    const call = async () => (await sigil.graph('GET', '/users', undefined, token)).status
    const discovery = async () => (await sigil.send(`/${opened.tenantId}/v2.0/.well-known/openid-configuration`)).status
    expect([(await ask(opened)).status, await call(), await discovery()]).toEqual([200, 200, 200])
    await change('suspend', opened.tenantId)
    expect((await ask(opened)).body.error_codes).toEqual([7000112])
    expect([await call(), await discovery()]).toEqual([401, 400])
    await change('resume', opened.tenantId)
    expect([(await ask(opened)).status, await call(), await discovery()]).toEqual([200, 200, 200])
  })

  test('closed: for whoever asks it might never have been, and its domain is not given to another', async () => {
    const opened = (await sigil.openTenant(domain())) as Opened
    const token = (await ask(opened)).body.access_token as string
    await change('close', opened.tenantId)
    const ghost = await ask({ ...opened, tenantId: crypto.randomUUID() })
    const closed = await ask(opened)
    expect([closed.status, closed.body.error_codes]).toEqual([ghost.status, ghost.body.error_codes])
    expect(closed.body.error_codes).toEqual([90002])
    expect((await sigil.graph('GET', '/users', undefined, token)).status).toBe(401)
    expect((await sigil.operator('tenants/open', {}, { displayName: 'x', domain: opened.domain })).status).toBe(409)
  })

  test('no other tenant notices', async () => {
    const { tenantId } = await sigil.openTenant(domain())
    const { agent, t1, scope } = await cast(sigil, 'neighbour')
    await change('suspend', tenantId)
    await change('close', tenantId)
    expect(await sigil.agentToken(agent.id, await t1(), scope)).toMatch(/^ey/)
  })

  test('by several operators at once: each is answered, and the tenant is where the last one left it', async () => {
    const { tenantId } = await sigil.openTenant(domain())
    const same = await Promise.all([1, 2, 3, 4].map(() => change('suspend', tenantId)))
    expect(same.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    const mixed = await Promise.all(
      (['resume', 'suspend', 'close', 'resume'] as const).map((verb) => change(verb, tenantId)),
    )
    for (const { status } of mixed) expect([200, 409]).toContain(status)
    expect(await sigil.rows(`TENANT#${tenantId}`)).toMatchObject([{ state: 'closed' }])
    expect((await auditOf(tenantId)).filter((row) => row.activityDisplayName === 'Close tenant')).toHaveLength(1)
  })

  test.each(['suspend', 'resume', 'close'] as const)('not one that does not exist: %s', async (verb) => {
    for (const tenantId of [crypto.randomUUID(), 'x', '', '../x']) {
      const answer = await change(verb, tenantId)
      expect([answer.status, code(answer)]).toEqual([404, 'Request_ResourceNotFound'])
    }
  })
})

describe('operators come through IAM', () => {
  test.each(operatorRoutes)(
    '%s refuses an event without IAM’s word, and changes nothing',
    async (operation, { path, method }) => {
      const { tenantId } = await sigil.openTenant(domain())
      const before = await sigil.rows()
      const authorizers = [
        undefined,
        {},
        { iam: {} },
        { iam: { userArn: '' } },
        { jwt: { claims: { sub: 'operator' } } },
        { lambda: { iam: { userArn: 'arn' } } },
      ]
      for (const authorizer of authorizers) {
        const result = await sigil.service.call(operation, {
          version: '2.0',
          headers: {
            'content-type': 'application/json',
            authorization: `Bearer ${await sigil.adminToken()}`,
            'x-amz-user-arn': 'arn:aws:iam::000000000000:user/operator',
          },
          rawPath: path,
          rawQueryString: '',
          pathParameters: { tenantId },
          isBase64Encoded: false,
          body: JSON.stringify({ displayName: 'x', domain: domain() }),
          requestContext: {
            http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
            ...(authorizer && { authorizer }),
          },
        })
        expect(result.statusCode).toBe(403)
        expect(JSON.parse(result.body ?? '')).toMatchObject({ error: { code: 'Authorization_RequestDenied' } })
      }
      expect(await sigil.rows()).toEqual(before)
    },
  )

  test.each(operatorRoutes)('%s is never reached over HTTP', async (_, { path }) => {
    const { tenantId } = await sigil.openTenant(domain())
    const actual = path.replace('{tenantId}', tenantId)
    for (const address of [actual, `/v1.0${actual}`, `/beta${actual}`, actual.toUpperCase(), `${actual}/`]) {
      const answer = await sigil.send(address, {
        method: 'POST',
        headers: { authorization: `Bearer ${await sigil.adminToken()}`, 'content-type': 'application/json' },
        body: JSON.stringify({ displayName: 'x', domain: domain() }),
      })
      expect([address, answer.status]).toEqual([address, 404])
    }
    expect(await sigil.rows(`TENANT#${tenantId}`)).toMatchObject([{ state: 'active' }])
  })
})
