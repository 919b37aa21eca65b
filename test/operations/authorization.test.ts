import { beforeAll, describe, expect, test } from 'vitest'
import { canonicalPath } from '../../shared/http/path.ts'
import { roleId } from '../../shared/permissions.ts'
import { type Operation, type Route, routes } from '../../shared/routes.ts'
import { type Answer, type Cast, cast, type Row, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>
type Made = Body & { id: string; appId: string }
type BearerOperation = {
  [Name in Operation]: (typeof routes)[Name] extends { caller: 'bearer'; allow: readonly string[] } ? Name : never
}[Operation]

const sigil = sigilForTests()
const management = 'https://graph.microsoft.com/.default'
const agents = '/servicePrincipals/microsoft.graph.agentIdentity'
const principals = '/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal'
const blueprints = '/applications/microsoft.graph.agentIdentityBlueprint'

const bearerRoutes = (Object.entries(routes) as [Operation, Route][]).filter(
  ([, { caller, allow }]) => caller === 'bearer' && allow !== 'any caller',
) as [BearerOperation, Route & { allow: readonly string[] }][]

let actors: Cast
let managementApi: { id: string; roles: Map<string, string> }

beforeAll(async () => {
  actors = await cast(sigil, 'authorization')
  const { id, appRoles } = await sigil.make('GET', "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')")
  const offered = appRoles as { id: string; value: string }[]
  managementApi = { id, roles: new Map(offered.map((role) => [role.value, role.id])) }
})

const codeOf = ({ body }: Answer) => (body.error as { code?: string } | undefined)?.code

const grant = (principalId: string, permission: string) =>
  sigil.make('POST', `/servicePrincipals/${principalId}/appRoleAssignments`, {
    principalId,
    resourceId: managementApi.id,
    appRoleId: managementApi.roles.get(permission),
  })

/** An ordinary application that holds just these permissions. */
async function application(permissions: readonly string[] = []) {
  const app = await sigil.make('POST', '/applications', { displayName: permissions.join(' ') || 'none' })
  const principal = await sigil.make('POST', '/servicePrincipals', { appId: app.appId })
  const assignments = []
  for (const permission of permissions) assignments.push(await grant(principal.id, permission))
  const { secretText } = await sigil.make('POST', `/applications/${app.id}/addPassword`, {})
  return { app, principal, assignments, token: () => sigil.tokenFor(app.appId, secretText as string, management) }
}

describe('a management call', () => {
  const call = (authorization: string | undefined, path = '/v1.0/users') =>
    sigil.send(path, authorization === undefined ? {} : { headers: { authorization } })

  test.each([
    ['nothing', () => undefined],
    ['an empty header', () => ''],
    ['no token', () => 'Bearer'],
    ['another scheme', async () => `Basic ${await sigil.adminToken()}`],
    ['the token alone', () => sigil.adminToken()],
    ['two tokens', async () => `Bearer ${await sigil.adminToken()} ${await sigil.adminToken()}`],
    ['two tokens in a list', async () => `Bearer ${await sigil.adminToken()},Bearer ${await sigil.adminToken()}`],
    ['garbage', () => 'Bearer garbage'],
    ['three parts of garbage', () => 'Bearer a.b.c'],
    ['a secret', () => `Bearer ${actors.secret}`],
    ['20 KB', () => `Bearer ${'x'.repeat(8_000)}`],
    [
      'a token whose claims were changed',
      async () => `Bearer ${changed(await sigil.adminToken(), { exp: 4_000_000_000 })}`,
    ],
    [
      'a token moved to another tenant',
      async () => `Bearer ${changed(await sigil.adminToken(), { tid: crypto.randomUUID() })}`,
    ],
    [
      'a token with roles added',
      async () => `Bearer ${changed(await sigil.adminToken(), { roles: ['Directory.ReadWrite.All'] })}`,
    ],
    ['a token without its signature', async () => `Bearer ${(await sigil.adminToken()).replace(/\.[^.]+$/, '.')}`],
    ['a token that says it needs none', async () => `Bearer ${unsigned(await sigil.adminToken())}`],
    ['a T1', async () => `Bearer ${await actors.t1()}`],
    ['a token for another resource', async () => `Bearer ${await adminTokenFor(actors.scope)}`],
  ])('with %s is refused', async (_, authorization) => {
    const answer = await call(await authorization())
    expect([answer.status, codeOf(answer)]).toEqual([401, 'InvalidAuthenticationToken'])
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
    expect(JSON.stringify(answer.body)).not.toContain('eyJ')
  })

  test('takes the token from the header alone', async () => {
    const token = await sigil.adminToken()
    expect((await call(undefined, `/v1.0/users?access_token=${token}`)).status).toBe(401)
    expect((await sigil.send('/v1.0/users', { headers: { cookie: `access_token=${token}` } })).status).toBe(401)
    expect((await call(`bearer ${token}`)).status).toBe(200)
  })

  test.each([
    ['the management API’s URI', () => management],
    ['its URI with a slash', () => 'https://graph.microsoft.com//.default'],
    ['its appId', () => '00000003-0000-0000-c000-000000000000/.default'],
    ['the service itself', () => `${sigil.service.origin}/.default`],
  ])('takes a token for %s', async (_, scope) => {
    expect((await call(`Bearer ${await adminTokenFor(scope())}`)).status).toBe(200)
  })

  test.each([1, 2])(
    'does not take a token of version %i for a resource of the tenant',
    async (requestedAccessTokenVersion) => {
      const api = await sigil.make('POST', '/applications', { displayName: 'x', api: { requestedAccessTokenVersion } })
      await sigil.make('POST', '/servicePrincipals', { appId: api.appId })
      const answer = await call(`Bearer ${await adminTokenFor(`${api.appId}/.default`)}`)
      expect([answer.status, codeOf(answer)]).toEqual([401, 'InvalidAuthenticationToken'])
    },
  )

  test('is good as long as its token, and not a second longer', async () => {
    const { token } = await application(['User.Read.All'])
    sigil.clock.stop()
    try {
      const made = await token()
      const { exp } = JSON.parse(Buffer.from(made.split('.')[1] ?? '', 'base64url').toString()) as { exp: number }
      sigil.clock.advance((exp - 1) * 1000 - sigil.clock.now().getTime())
      expect((await call(`Bearer ${made}`)).status).toBe(200)
      sigil.clock.advance(1_000)
      expect((await call(`Bearer ${made}`)).status).toBe(401)
    } finally {
      sigil.clock.reset()
    }
  })

  test('of a client that is disabled is refused, until it is enabled again', async () => {
    const { principal, token } = await application(['User.Read.All'])
    const made = await token()
    const enable = (accountEnabled: boolean) =>
      sigil.make('PATCH', `/servicePrincipals/${principal.id}`, { accountEnabled })
    expect((await call(`Bearer ${made}`)).status).toBe(200)
    await enable(false)
    expect((await call(`Bearer ${made}`)).status).toBe(401)
    await enable(true)
    expect((await call(`Bearer ${made}`)).status).toBe(200)
  })

  test('of a client that is deleted is refused, also when another one bears its name', async () => {
    const { app, principal, token } = await application(['User.Read.All'])
    const made = await token()
    await sigil.make('DELETE', `/servicePrincipals/${principal.id}`)
    expect((await call(`Bearer ${made}`)).status).toBe(401)
    const again = await sigil.make('POST', '/servicePrincipals', { appId: app.appId })
    expect((await call(`Bearer ${made}`)).status).toBe(401)
    await grant(again.id, 'User.Read.All')
    expect((await call(`Bearer ${made}`)).status).toBe(401)
    expect((await call(`Bearer ${await token()}`)).status).toBe(200)
  })

  test('counts a permission that the token carries and the store holds, both', async () => {
    const { principal, assignments, token } = await application(['User.Read.All'])
    const early = await token()
    await grant(principal.id, 'Application.Read.All')
    expect((await call(`Bearer ${early}`, '/v1.0/applications')).status).toBe(403)
    const later = await token()
    expect((await call(`Bearer ${later}`, '/v1.0/applications')).status).toBe(200)
    await sigil.make('DELETE', `/servicePrincipals/${principal.id}/appRoleAssignments/${assignments[0]?.id}`)
    expect((await call(`Bearer ${later}`)).status).toBe(403)
    expect((await call(`Bearer ${later}`, '/v1.0/applications')).status).toBe(200)
    await grant(principal.id, 'User.Read.All')
    expect((await call(`Bearer ${later}`)).status).toBe(200)
  })

  test('of an agent is as good as the agent and its blueprint', async () => {
    const { agent, principal, t1 } = await cast(sigil, 'acting')
    await grant(agent.id, 'AgentIdentity.Read.All')
    const made = await sigil.agentToken(agent.id, await t1(), management)
    const status = async () => (await call(`Bearer ${made}`, `/v1.0${agents}`)).status
    const enable = (id: string, accountEnabled: boolean) =>
      sigil.make('PATCH', `/servicePrincipals/${id}`, { accountEnabled })
    expect(await status()).toBe(200)
    for (const id of [agent.id, principal.id]) {
      await enable(id, false)
      expect(await status()).toBe(401)
      await enable(id, true)
      expect(await status()).toBe(200)
    }
    await sigil.make('DELETE', `/servicePrincipals/${agent.id}`)
    expect(await status()).toBe(401)
  })

  const changed = (token: string, claims: Body) => {
    const [head, payload = '', signature] = token.split('.')
    const forged = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...claims }
    return [head, Buffer.from(JSON.stringify(forged)).toString('base64url'), signature].join('.')
  }
  const unsigned = (token: string) => {
    const head = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url')
    return `${head}.${token.split('.')[1]}.`
  }
  const adminTokenFor = (scope: string) => {
    const { clientId, clientSecret } = sigil.service.admin
    return sigil.tokenFor(clientId, clientSecret, scope)
  }
})

/** One way to use an operation: on what, which permissions are each enough for it (reference §2), and the request. */
type Use = {
  on: string
  allowed: readonly string[]
  /** Whether a blueprint's own token is enough, on its own agents. */
  blueprint?: true
  /** What the request is done to; a new one is made after each success. */
  target?: () => Promise<Made>
  request: (target: Made) => [path: string, body?: Body]
}

const read = {
  application: ['Application.Read.All', 'Application.ReadWrite.All', 'Directory.Read.All'],
  blueprint: ['AgentIdentityBlueprint.Read.All', 'AgentIdentityBlueprint.ReadWrite.All'],
  principal: ['AgentIdentityBlueprintPrincipal.Read.All', 'AgentIdentityBlueprintPrincipal.ReadWrite.All'],
  agent: ['AgentIdentity.Read.All', 'AgentIdentity.ReadWrite.All'],
  user: ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All'],
  assignment: [
    'Application.Read.All',
    'Application.ReadWrite.All',
    'Directory.Read.All',
    'AppRoleAssignment.ReadWrite.All',
  ],
}
const full = {
  application: 'Application.ReadWrite.All',
  blueprint: 'AgentIdentityBlueprint.ReadWrite.All',
  principal: 'AgentIdentityBlueprintPrincipal.ReadWrite.All',
  agent: 'AgentIdentity.ReadWrite.All',
}
const asManager = 'AgentIdentity.CreateAsManager'

const newApplication = () => sigil.make('POST', '/applications', { displayName: 'x' })
const newBlueprint = () => sigil.make('POST', blueprints, { displayName: 'x', ...actors.sponsors })
const newPrincipal = async () => sigil.make('POST', '/servicePrincipals', { appId: (await newApplication()).appId })
const newBlueprintPrincipal = async () =>
  sigil.make('POST', '/servicePrincipals', { appId: (await newBlueprint()).appId })
const agentBody = () => ({ displayName: 'x', agentIdentityBlueprintId: actors.blueprint.appId, ...actors.sponsors })
const newAgent = () => sigil.make('POST', agents, agentBody())
const newAssignment = async () => {
  const { id } = await newAgent()
  return sigil.make('POST', `/servicePrincipals/${id}/appRoleAssignments`, assignmentBody(id))
}
const assignmentBody = (principalId: string) => ({
  principalId,
  resourceId: actors.apiPrincipal.id,
  appRoleId: actors.role.id,
})
const userBody = () => ({
  accountEnabled: true,
  displayName: 'x',
  mailNickname: 'x',
  userPrincipalName: `x-${crypto.randomUUID()}@${sigil.service.domain}`,
})

const api = { web: { homePageUrl: 'https://contoso.example' }, api: { requestedAccessTokenVersion: 2 } }
const branding = { displayName: 'x', description: 'x', tags: [] }

const applicationUpdates = (path: (id: string) => string, blueprint: () => Promise<Made>): Use[] => [
  {
    on: 'a blueprint: branding',
    allowed: ['AgentIdentityBlueprint.UpdateBranding.All', full.blueprint],
    target: blueprint,
    request: ({ id }) => [path(id), branding],
  },
  {
    on: 'a blueprint: authentication',
    allowed: ['AgentIdentityBlueprint.UpdateAuthProperties.All', full.blueprint],
    target: blueprint,
    request: ({ id }) => [path(id), api],
  },
  {
    on: 'a blueprint: both',
    allowed: [full.blueprint],
    target: blueprint,
    request: ({ id }) => [path(id), { ...branding, ...api }],
  },
]
const principalUpdates = (path: (id: string) => string): Use[] => [
  {
    on: 'a blueprint principal: enabled',
    allowed: ['AgentIdentityBlueprintPrincipal.EnableDisable.All', full.principal],
    target: newBlueprintPrincipal,
    request: ({ id }) => [path(id), { accountEnabled: true }],
  },
  {
    on: 'a blueprint principal: more',
    allowed: [full.principal],
    target: newBlueprintPrincipal,
    request: ({ id }) => [path(id), { accountEnabled: true, tags: [] }],
  },
]
const agentUpdates = (path: (id: string) => string): Use[] => [
  {
    on: 'an agent: enabled',
    allowed: ['AgentIdentity.EnableDisable.All', full.agent],
    blueprint: true,
    target: newAgent,
    request: ({ id }) => [path(id), { accountEnabled: true }],
  },
  {
    on: 'an agent: more',
    allowed: [full.agent],
    blueprint: true,
    target: newAgent,
    request: ({ id }) => [path(id), { accountEnabled: true, displayName: 'x' }],
  },
]
const untyped = (set: string) => (id: string) => `/${set}/${id}`
const typed = (path: string) => (id: string) => `${path}/${id}`

/** Operations over HTTP, end to end; that every route is guarded as the reference has it is for `test/auth/matrix.test.ts`. */
// biome-ignore format: a table reads better aligned
const matrix: Partial<Record<BearerOperation, Use[]>> = {
  'users/create': [{ on: 'a user', allowed: ['User.ReadWrite.All'], request: () => ['/users', userBody()] }],
  'users/list':   [{ on: 'users',  allowed: [...read.user, 'AgentIdUser.ReadWrite.All', 'AgentIdUser.ReadWrite.IdentityParentedBy'], request: () => ['/users'] }],
  'users/read':   [{ on: 'a user', allowed: read.user, request: () => [`/users/${actors.person.id}`] }],

  'applications/create': [
    { on: 'an application', allowed: [full.application], request: () => ['/applications', { displayName: 'x' }] },
    { on: 'a blueprint', allowed: ['AgentIdentityBlueprint.Create', full.blueprint], request: () => ['/applications', { '@odata.type': '#microsoft.graph.agentIdentityBlueprint', displayName: 'x', ...actors.sponsors }] },
  ],
  'applications/list': [{ on: 'both', allowed: [...read.application, ...read.blueprint], request: () => ['/applications'] }],
  'applications/read': [
    { on: 'an application', allowed: read.application, request: () => [`/applications/${actors.api.id}`] },
    { on: 'a blueprint', allowed: read.blueprint, request: () => [`/applications/${actors.blueprint.id}`] },
  ],
  'applications/update': [
    { on: 'an application', allowed: [full.application], target: newApplication, request: ({ id }) => [`/applications/${id}`, branding] },
    ...applicationUpdates(untyped('applications'), newBlueprint),
  ],
  'applications/delete': [
    { on: 'an application', allowed: [full.application], target: newApplication, request: ({ id }) => [`/applications/${id}`] },
    { on: 'a blueprint', allowed: ['AgentIdentityBlueprint.DeleteRestore.All', full.blueprint], target: newBlueprint, request: ({ id }) => [`/applications/${id}`] },
  ],
  'applications/add-password': [
    { on: 'an application', allowed: [full.application], target: newApplication, request: ({ id }) => [`/applications/${id}/addPassword`, {}] },
    { on: 'a blueprint', allowed: ['AgentIdentityBlueprint.AddRemoveCreds.All', full.blueprint], target: newBlueprint, request: ({ id }) => [`/applications/${id}/addPassword`, {}] },
  ],
  'applications/remove-password': [
    { on: 'an application', allowed: [full.application], target: () => withSecret(newApplication), request: ({ id, keyId }) => [`/applications/${id}/removePassword`, { keyId }] },
    { on: 'a blueprint', allowed: ['AgentIdentityBlueprint.AddRemoveCreds.All', full.blueprint], target: () => withSecret(newBlueprint), request: ({ id, keyId }) => [`/applications/${id}/removePassword`, { keyId }] },
  ],

  'blueprints/create': [{ on: 'a blueprint', allowed: ['AgentIdentityBlueprint.Create', full.blueprint], request: () => [blueprints, { displayName: 'x', ...actors.sponsors }] }],
  'blueprints/list':   [{ on: 'blueprints', allowed: read.blueprint, request: () => [blueprints] }],
  'blueprints/read':   [{ on: 'a blueprint', allowed: read.blueprint, request: () => [`${blueprints}/${actors.blueprint.id}`] }],
  'blueprints/update': applicationUpdates(typed(blueprints), newBlueprint),
  'blueprints/delete': [{ on: 'a blueprint', allowed: ['AgentIdentityBlueprint.DeleteRestore.All', full.blueprint], target: newBlueprint, request: ({ id }) => [`${blueprints}/${id}`] }],

  'service-principals/create': [
    { on: 'a principal', allowed: [full.application], target: newApplication, request: ({ appId }) => ['/servicePrincipals', { appId }] },
    { on: 'a blueprint principal', allowed: ['AgentIdentityBlueprintPrincipal.Create', full.principal], target: newBlueprint, request: ({ appId }) => ['/servicePrincipals', { appId }] },
    { on: 'an agent', allowed: ['AgentIdentity.Create.All', full.agent], blueprint: true, request: () => ['/servicePrincipals', { '@odata.type': '#microsoft.graph.agentIdentity', ...agentBody() }] },
  ],
  'service-principals/list': [{ on: 'all', allowed: [...read.application, ...read.principal, ...read.agent, asManager], blueprint: true, request: () => ['/servicePrincipals'] }],
  'service-principals/read': [
    { on: 'a principal', allowed: read.application, request: () => [`/servicePrincipals/${actors.apiPrincipal.id}`] },
    { on: 'a blueprint principal', allowed: read.principal, request: () => [`/servicePrincipals/${actors.principal.id}`] },
    { on: 'an agent', allowed: read.agent, blueprint: true, request: () => [`/servicePrincipals/${actors.agent.id}`] },
  ],
  'service-principals/update': [
    { on: 'a principal', allowed: [full.application], target: newPrincipal, request: ({ id }) => [`/servicePrincipals/${id}`, { accountEnabled: true }] },
    ...principalUpdates(untyped('servicePrincipals')),
    ...agentUpdates(untyped('servicePrincipals')),
  ],
  'service-principals/delete': [
    { on: 'a principal', allowed: [full.application], target: newPrincipal, request: ({ id }) => [`/servicePrincipals/${id}`] },
    { on: 'a blueprint principal', allowed: ['AgentIdentityBlueprintPrincipal.DeleteRestore.All', full.principal], target: newBlueprintPrincipal, request: ({ id }) => [`/servicePrincipals/${id}`] },
    { on: 'an agent', allowed: ['AgentIdentity.DeleteRestore.All', full.agent], blueprint: true, target: newAgent, request: ({ id }) => [`/servicePrincipals/${id}`] },
  ],

  'blueprint-principals/create': [{ on: 'a blueprint principal', allowed: ['AgentIdentityBlueprintPrincipal.Create', full.principal], target: newBlueprint, request: ({ appId }) => [principals, { appId }] }],
  'blueprint-principals/list':   [{ on: 'blueprint principals', allowed: read.principal, request: () => [principals] }],
  'blueprint-principals/read':   [{ on: 'a blueprint principal', allowed: read.principal, request: () => [`${principals}/${actors.principal.id}`] }],
  'blueprint-principals/update': principalUpdates(typed(principals)),
  'blueprint-principals/delete': [{ on: 'a blueprint principal', allowed: ['AgentIdentityBlueprintPrincipal.DeleteRestore.All', full.principal], target: newBlueprintPrincipal, request: ({ id }) => [`${principals}/${id}`] }],

  'agent-identities/create': [{ on: 'an agent', allowed: ['AgentIdentity.Create.All', full.agent], blueprint: true, request: () => [agents, agentBody()] }],
  'agent-identities/list':   [{ on: 'agents', allowed: [...read.agent, asManager], blueprint: true, request: () => [agents] }],
  'agent-identities/read':   [{ on: 'an agent', allowed: read.agent, blueprint: true, request: () => [`${agents}/${actors.agent.id}`] }],
  'agent-identities/update': agentUpdates(typed(agents)),
  'agent-identities/delete': [{ on: 'an agent', allowed: ['AgentIdentity.DeleteRestore.All', full.agent], blueprint: true, target: newAgent, request: ({ id }) => [`${agents}/${id}`] }],

  'app-role-assignments/create': [{ on: 'an agent', allowed: ['AppRoleAssignment.ReadWrite.All'], target: newAgent, request: ({ id }) => [`/servicePrincipals/${id}/appRoleAssignments`, assignmentBody(id)] }],
  'app-role-assignments/list':   [{ on: 'an agent', allowed: read.assignment, request: () => [`/servicePrincipals/${actors.agent.id}/appRoleAssignments`] }],
  'app-role-assignments/delete': [{ on: 'an agent', allowed: ['AppRoleAssignment.ReadWrite.All'], target: newAssignment, request: ({ id, principalId }) => [`/servicePrincipals/${principalId}/appRoleAssignments/${id}`] }],
  'app-role-assigned-to/create': [{ on: 'a resource', allowed: ['AppRoleAssignment.ReadWrite.All'], target: newAgent, request: ({ id }) => [`/servicePrincipals/${actors.apiPrincipal.id}/appRoleAssignedTo`, assignmentBody(id)] }],
  'app-role-assigned-to/list':   [{ on: 'a resource', allowed: read.assignment, request: () => [`/servicePrincipals/${actors.apiPrincipal.id}/appRoleAssignedTo`] }],
  'app-role-assigned-to/delete': [{ on: 'a resource', allowed: ['AppRoleAssignment.ReadWrite.All'], target: newAssignment, request: ({ id }) => [`/servicePrincipals/${actors.apiPrincipal.id}/appRoleAssignedTo/${id}`] }],
}

async function withSecret(make: () => Promise<Made>): Promise<Made> {
  const made = await make()
  const { keyId } = await sigil.make('POST', `/applications/${made.id}/addPassword`, {})
  return { ...made, keyId }
}

describe('who may do what', () => {
  const permissions = [...new Set(bearerRoutes.flatMap(([, { allow }]) => allow))]
    .filter((permission) => roleId(permission) !== undefined)
    .sort()
  const tokens = new Map<string, string>()
  let blueprintsToken: string
  let agentsToken: string
  let nobodysToken: string

  beforeAll(async () => {
    blueprintsToken = await sigil.tokenFor(actors.blueprint.appId, actors.secret, management)
    agentsToken = await sigil.agentToken(actors.agent.id, await actors.t1(), management)
    nobodysToken = await (await application()).token()
    for (const permission of [...permissions, 'AuditLog.Read.All']) {
      tokens.set(permission, await (await application([permission])).token())
    }
  })

  const rows = bearerRoutes.flatMap(([operation, route], index) =>
    (matrix[operation] ?? []).map((row) => [operation, row.on, row, route, index] as const),
  )
  test.each(rows)('%s, on %s', async (operation, _, row, { method, path, allow = [] }, index) => {
    let target: Made | undefined
    const ask = async (token: string | undefined) => {
      target ??= row.target ? await row.target() : ({ id: '', appId: '' } as Made)
      const [address, body] = row.request(target)
      const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`)
      expect(canonicalPath(`/v1.0${address}`)).toMatch(pattern)
      const answer = await sigil.send(`/v1.0${address}`, {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      })
      if (answer.status < 300) target = undefined
      return answer.status < 300 ? 'done' : `${answer.status} ${codeOf(answer)}`
    }
    const creates =
      (row.on === 'an agent' && operation.endsWith('/create')) || operation === 'service-principals/create'
    const denied = '403 Authorization_RequestDenied'
    const refusedManager =
      row.on === 'an agent' && ['agent-identities/create', 'service-principals/create'].includes(operation)
        ? '403 Error_AgentIdentitySelfCreateRequired'
        : denied
    const refusedAgent =
      creates && operation !== 'app-role-assignments/create'
        ? '403 Error_AgentIdentitiesCreatingAgentIdentitiesNotAllowed'
        : denied

    const strangers = permissions.filter((each) => !allow.includes(each))
    const asked = new Set([
      ...allow.filter((each) => tokens.has(each)),
      ...row.allowed,
      'AuditLog.Read.All',
      strangers[index % strangers.length] ?? '',
    ])
    const answers: Record<string, string> = {}
    const expected: Record<string, string> = {}
    for (const permission of asked) {
      answers[permission] = await ask(tokens.get(permission))
      const otherwise = permission === asManager ? refusedManager : denied
      expected[permission] = row.allowed.includes(permission) ? 'done' : otherwise
    }
    Object.assign(answers, {
      administrator: await ask(await sigil.adminToken()),
      'no permission': await ask(nobodysToken),
      blueprint: await ask(blueprintsToken),
      agent: await ask(agentsToken),
      'no token': await ask(undefined),
    })
    Object.assign(expected, {
      administrator: 'done',
      'no permission': denied,
      blueprint: row.blueprint ? 'done' : denied,
      agent: refusedAgent,
      'no token': '401 InvalidAuthenticationToken',
    })
    expect(answers).toEqual(expected)
  })

  test('a change shows the object to those alone who may read it', async () => {
    const change = async (permissions: string[]) =>
      sigil.send(`/v1.0/applications/${actors.blueprint.id}`, {
        method: 'PATCH',
        headers: {
          authorization: `Bearer ${await (await application(permissions)).token()}`,
          'content-type': 'application/json',
          prefer: 'return=representation',
        },
        body: '{}',
      })
    const narrow = await change(['AgentIdentityBlueprint.AddRemoveCreds.All'])
    expect([narrow.status, narrow.body, narrow.headers.get('preference-applied')]).toEqual([204, {}, null])
    const reader = await change(['AgentIdentityBlueprint.AddRemoveCreds.All', 'AgentIdentityBlueprint.Read.All'])
    expect([reader.status, reader.body.id]).toEqual([200, actors.blueprint.id])
  })

  test('several narrow permissions together change what each of them covers', async () => {
    const both = await application([
      'AgentIdentityBlueprint.UpdateBranding.All',
      'AgentIdentityBlueprint.UpdateAuthProperties.All',
    ])
    const { id } = await newBlueprint()
    const patch = async (body: Body) =>
      (await sigil.graph('PATCH', `${blueprints}/${id}`, body, await both.token())).status
    expect(await patch({ ...branding, ...api })).toBe(204)
    const principal = await application([
      'AgentIdentityBlueprintPrincipal.EnableDisable.All',
      'AgentIdentity.ReadWrite.All',
    ])
    const at = `/servicePrincipals/${actors.principal.id}`
    expect((await sigil.graph('PATCH', at, { tags: [] }, await principal.token())).status).toBe(403)
  })

  test('a list shows the types that its caller may read, and no others', async () => {
    const typesFor = async (permission: string, path: string) => {
      const { value } = await sigil.make('GET', path, undefined, tokens.get(permission))
      const types = (value as Body[]).map((each) =>
        String(each['@odata.type'] ?? 'plain').replace('#microsoft.graph.', ''),
      )
      return [...new Set(types)].sort()
    }
    expect(await typesFor('Application.Read.All', '/applications')).toEqual(['plain'])
    expect(await typesFor('AgentIdentityBlueprint.Read.All', '/applications')).toEqual(['agentIdentityBlueprint'])
    expect(await typesFor('Application.Read.All', '/servicePrincipals')).toEqual(['plain'])
    expect(await typesFor('AgentIdentityBlueprintPrincipal.Read.All', '/servicePrincipals')).toEqual([
      'agentIdentityBlueprintPrincipal',
    ])
    expect(await typesFor('AgentIdentity.Read.All', '/servicePrincipals')).toEqual(['agentIdentity'])
    expect(await typesFor(asManager, '/servicePrincipals')).toEqual([])
    const query = new URLSearchParams({ $filter: `appId eq '${actors.api.appId}'` })
    const hidden = await sigil.make(
      'GET',
      `/servicePrincipals?${query}`,
      undefined,
      tokens.get('AgentIdentity.Read.All'),
    )
    expect(hidden.value).toEqual([])
  })
})

describe('another tenant (XT-01)', () => {
  type Foreign = Record<'application' | 'blueprint' | 'servicePrincipal' | 'principal' | 'agent' | 'user', Made>
  let foreign: Foreign
  let assignment: Made
  let foreignToken: string
  let theirRows: () => Promise<Row[]>
  let asTheyWere: Row[]

  beforeAll(async () => {
    const opened = await sigil.openTenant(`b${crypto.randomUUID()}.example`)
    theirRows = async () => (await sigil.rows()).filter((row) => JSON.stringify(row).includes(opened.tenantId))
    const { body } = await sigil.token(
      {
        client_id: opened.admin.clientId,
        client_secret: opened.admin.clientSecret,
        scope: management,
        grant_type: 'client_credentials',
      },
      opened.tenantId,
    )
    foreignToken = body.access_token as string
    const make = (path: string, content: Body) => sigil.make('POST', path, content, foreignToken)
    const appRoles = [
      { id: crypto.randomUUID(), value: 'B', displayName: 'B', description: 'B', allowedMemberTypes: ['Application'] },
    ]
    const user = await make('/users', { ...userBody(), userPrincipalName: `b@${opened.domain}` })
    const sponsors = { 'sponsors@odata.bind': [`/users/${user.id}`] }
    const application = await make('/applications', { displayName: 'B', uniqueName: 'b-unique', appRoles })
    const blueprint = await make(blueprints, { displayName: 'B', ...sponsors })
    const servicePrincipal = await make('/servicePrincipals', { appId: application.appId })
    const principal = await make('/servicePrincipals', { appId: blueprint.appId })
    const agent = await make(agents, { displayName: 'B', agentIdentityBlueprintId: blueprint.appId, ...sponsors })
    foreign = { application, blueprint, servicePrincipal, principal, agent, user }
    assignment = await make(`/servicePrincipals/${agent.id}/appRoleAssignments`, {
      principalId: agent.id,
      resourceId: servicePrincipal.id,
      appRoleId: appRoles[0]?.id,
    })
    asTheyWere = await theirRows()
  })

  const withoutIds = ({ status, headers, body }: Answer) => ({
    status,
    headers: [...headers.keys()].sort(),
    body: JSON.stringify(body)
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '{id}')
      .replace(/\d{4}-\d\d-\d\dT[\d:]+/g, '{date}'),
  })
  /** What is answered for a foreign id and for one that nobody has must be the same, and must change nothing. */
  async function sameAsNobodys(foreignId: string, ask: (id: string) => Promise<Answer>, status?: number) {
    const nobodys = await ask(crypto.randomUUID())
    const answer = await ask(foreignId)
    expect(withoutIds(answer)).toEqual(withoutIds(nobodys))
    expect(answer.status).toBe(status ?? nobodys.status)
  }
  /** A body that is right of itself, where one is needed; an object's name, or a reference, unless it is said here. */
  const bodies: Partial<Record<Operation, (id: string) => Body>> = {
    'service-principals/update': () => ({ accountEnabled: false }),
    'blueprint-principals/update': () => ({ accountEnabled: false }),
    'agent-identities/update': () => ({ accountEnabled: false }),
    'applications/add-password': () => ({}),
    'applications/remove-password': () => ({ keyId: actors.keyId }),
    'app-role-assignments/create': (id) => ({ ...assignmentBody(id), principalId: id }),
    'app-role-assigned-to/create': (id) => ({ ...assignmentBody(actors.agent.id), resourceId: id }),
    'oauth2-permission-grants/update': () => ({ scope: 'Tasks.Read' }),
    'applications/set-verified-publisher': () => ({ verifiedPublisherId: '1234567' }),
    'federated-credentials/create': () => ({
      name: 'x',
      issuer: 'https://issuer.example',
      subject: 'x',
      audiences: ['api://AzureADTokenExchange'],
    }),
    'federated-credentials/update': () => ({ description: 'taken' }),
    'inheritable-permissions/create': () => ({ resourceAppId: actors.api.appId }),
    'inheritable-permissions/update': () => ({ inheritableRoles: { kind: 'none' } }),
  }
  const bodyOf = (operation: Operation, { method, path }: Route, id: string): Body | undefined => {
    const said = bodies[operation]?.(id)
    if (said || method === 'GET' || method === 'DELETE') return said
    if (method === 'PATCH') return { displayName: 'taken' }
    return path.endsWith('/ref') ? { '@odata.id': `https://graph.microsoft.com/v1.0/users/${actors.person.id}` } : said
  }
  const withId = bearerRoutes.filter(([, { path }]) => path.includes('{id}'))

  test.each(withId)('%s: its objects look like none at all', async (operation, route) => {
    const { method, path } = route
    const inner = crypto.randomUUID()
    for (const { id, appId } of Object.values(foreign)) {
      const keys = [(each: string) => `/${each}`, ...(appId ? [(each: string) => `(appId='${each}')`] : [])]
      for (const key of keys) {
        const ask = (each: string) =>
          sigil.graph(
            method === 'ANY' ? 'GET' : method,
            path
              .replace('/{version}', '')
              .replace('/{id}', key(each))
              .replace(/\(appId='([^']*)'\)$/, '/appId=$1')
              .replace('{assignmentId}', assignment.id)
              .replace(/\{\w+\}/g, inner),
            bodyOf(operation, route, each),
          )
        await sameAsNobodys(key('') === '/' ? id : appId, ask, 404)
      }
    }
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, number, (foreign: Foreign) => string, (id: string) => [string, string, Body?]]>([
    ['the blueprint of a new agent',      400, ({ blueprint }) => blueprint.appId,   (id) => ['POST', agents, { ...agentBody(), agentIdentityBlueprintId: id }]],
    ['the application of a principal',    400, ({ application }) => application.appId, (id) => ['POST', '/servicePrincipals', { appId: id }]],
    ['the blueprint of a principal',      400, ({ blueprint }) => blueprint.appId,   (id) => ['POST', principals, { appId: id }]],
    ['the sponsor of an agent',           400, ({ user }) => user.id,                (id) => ['POST', agents, { ...agentBody(), 'sponsors@odata.bind': [`/users/${id}`] }]],
    ['the sponsor of a blueprint',        400, ({ user }) => user.id,                (id) => ['POST', blueprints, { displayName: 'x', 'sponsors@odata.bind': [`/users/${id}`] }]],
    ['the owner of an application',       400, ({ servicePrincipal }) => servicePrincipal.id, (id) => ['POST', '/applications', { displayName: 'x', 'owners@odata.bind': [`/servicePrincipals/${id}`] }]],
    ['the holder of a role',              404, ({ agent }) => agent.id,              (id) => ['POST', `/servicePrincipals/${actors.apiPrincipal.id}/appRoleAssignedTo`, { ...assignmentBody(id) }]],
    ['the resource of a role',            404, ({ servicePrincipal }) => servicePrincipal.id, (id) => ['POST', `/servicePrincipals/${actors.agent.id}/appRoleAssignments`, { ...assignmentBody(actors.agent.id), resourceId: id }]],
    ['a filter by appId',                 200, ({ application }) => application.appId, (id) => ['GET', `/applications?$filter=appId eq '${id}'`]],
    ['a filter of principals by appId',   200, ({ application }) => application.appId, (id) => ['GET', `/servicePrincipals?$filter=appId eq '${id}'`]],
    ['a filter by id',                    200, ({ agent }) => agent.id,              (id) => ['GET', `${agents}?$filter=id eq '${id}'`]],
    ['a reserved identifier URI',         400, ({ application }) => application.appId, (id) => ['PATCH', `/applications/${actors.api.id}`, { identifierUris: [`api://${id}`] }]],
  ])('%s from there is as good as nobody’s', async (_, status, id, request) => {
    await sameAsNobodys(id(foreign), (each) => sigil.graph(...request(each)), status)
  })

  test('is as it was, after all of that', async () => {
    expect(asTheyWere.length).toBeGreaterThan(60)
    expect(await theirRows()).toEqual(asTheyWere)
  })

  test('names that are unique in a tenant are free in another', async () => {
    expect((await sigil.graph('GET', "/applications(uniqueName='b-unique')")).status).toBe(404)
    expect((await sigil.make('POST', '/applications', { displayName: 'x', uniqueName: 'b-unique' })).id).not.toBe(
      foreign.application.id,
    )
    expect((await sigil.graph('GET', `/users/${foreign.user.userPrincipalName}`)).status).toBe(404)
  })

  test('its lists have its own objects alone', async () => {
    for (const path of ['/applications', '/servicePrincipals', '/users', agents, blueprints, principals]) {
      const mine = JSON.stringify((await sigil.graph('GET', path)).body)
      const theirs = JSON.stringify((await sigil.graph('GET', path, undefined, foreignToken)).body)
      for (const { id } of Object.values(foreign)) expect(mine).not.toContain(id)
      for (const { id } of [actors.api, actors.blueprint, actors.principal, actors.agent, actors.person]) {
        expect(theirs).not.toContain(id)
      }
    }
  })

  test('in one process, call by call, neither ever sees the other', async () => {
    const answers = await Promise.all(
      Array.from({ length: 16 }, async (_, turn) => {
        const theirs = turn % 2 === 1
        const { body } = await sigil.graph('GET', `${agents}?$select=id`, undefined, theirs ? foreignToken : undefined)
        return [theirs, (body.value as Body[]).some(({ id }) => id === foreign.agent.id)]
      }),
    )
    expect(answers.filter(([theirs, seen]) => theirs !== seen)).toEqual([])
  })
})
