import { beforeAll, describe, expect, test } from 'vitest'
import { permissions } from '../../shared/permissions.ts'
import { delegatedToken, grantScopes, holdRole } from '../support/delegated.ts'
import { type Answer, type Cast, cast, type Row, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>
type Made = Body & { id: string; appId: string }

const sigil = sigilForTests()
const managementApi = '00000003-0000-0000-c000-000000000000'

let actors: Cast
let api: { principal: Made; application: Made }

const scope = (value: string, isEnabled = true) => ({ id: crypto.randomUUID(), value, isEnabled })

async function newApi(...scopes: object[]) {
  const application = await sigil.make('POST', '/applications', {
    displayName: 'Scopes',
    api: { oauth2PermissionScopes: scopes },
  })
  return { application, principal: await sigil.make('POST', '/servicePrincipals', { appId: application.appId }) }
}

beforeAll(async () => {
  actors = await cast(sigil, 'grants')
  api = await newApi(scope('Files.List'), scope('Files.Open'), scope('Files.Burn', false))
})

const newAgent = () =>
  sigil.make('POST', '/servicePrincipals/microsoft.graph.agentIdentity', {
    displayName: 'Agent',
    agentIdentityBlueprintId: actors.blueprint.appId,
    ...actors.sponsors,
  })
const newPerson = () =>
  sigil.make('POST', '/users', {
    accountEnabled: true,
    displayName: 'Grace',
    mailNickname: 'grace',
    userPrincipalName: `grace-${crypto.randomUUID()}@${sigil.service.domain}`,
  })
async function newClient() {
  const application = await sigil.make('POST', '/applications', { displayName: 'Client' })
  return sigil.make('POST', '/servicePrincipals', { appId: application.appId })
}
const refusal = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}
const forAll = (client: Made, more: Body = {}): Body => ({
  clientId: client.id,
  consentType: 'AllPrincipals',
  resourceId: api.principal.id,
  scope: 'Files.List',
  ...more,
})
const forOne = (client: Made, user: Made, more: Body = {}): Body =>
  forAll(client, { consentType: 'Principal', principalId: user.id, ...more })
const post = (body: Body) => sigil.graph('POST', '/oauth2PermissionGrants', body)
const grant = (body: Body): Promise<Made> => sigil.make('POST', '/oauth2PermissionGrants', body)
const address = ({ id }: Body) => `/oauth2PermissionGrants/${id}`
const listed = async (path: string) => (await sigil.make('GET', path)).value as Body[]

/** What tokens read. */
const onClient = async ({ appId }: Made): Promise<unknown> =>
  (await sigil.rows(`CLIENT#${sigil.tenantId}#${appId}`))[0]?.[`grant:${api.principal.id}`]
const onUser = async ({ appId }: Made, { id }: Made): Promise<Row | undefined> =>
  (await sigil.rows(`USERGRANT#${sigil.tenantId}#${appId}#${id}`))[0]

describe('a grant for everybody', () => {
  test('is shown, is what tokens read from then on, is changed, and is gone once deleted', async () => {
    const agent = await newAgent()
    const { status, body } = await post(forAll(agent, { scope: ' Files.Open  Files.List Files.Open ' }))
    expect(status).toBe(201)
    expect(body).toEqual({
      '@odata.context': `${sigil.service.origin}/v1.0/$metadata#oauth2PermissionGrants/$entity`,
      id: expect.stringMatching(/^[\w-]{64}$/),
      clientId: agent.id,
      consentType: 'AllPrincipals',
      principalId: null,
      resourceId: api.principal.id,
      scope: 'Files.Open Files.List',
    })
    expect(await onClient(agent)).toEqual({ scopes: ['Files.Open', 'Files.List'] })
    expect(await sigil.make('GET', address(body))).toEqual(body)

    expect((await sigil.graph('PATCH', address(body), { scope: 'Files.List' })).status).toBe(204)
    expect(await sigil.make('GET', address(body))).toEqual({ ...body, scope: 'Files.List' })
    expect(await onClient(agent)).toEqual({ scopes: ['Files.List'] })

    expect((await sigil.graph('DELETE', address(body))).status).toBe(204)
    expect(await onClient(agent)).toBeUndefined()
    for (const method of ['GET', 'DELETE']) expect((await sigil.graph(method, address(body))).status).toBe(404)
    expect(await sigil.rows('GRANT').then((rows) => rows.filter(({ id }) => id === body.id))).toEqual([])
  })

  test('leaves what the client holds on other resources as it is', async () => {
    const agent = await newAgent()
    const other = await newApi(scope('Other.Read'))
    const made = await grant(forAll(agent))
    await grant(forAll(agent, { resourceId: other.principal.id, scope: 'Other.Read' }))
    await sigil.make('DELETE', address(made))
    const [client] = await sigil.rows(`CLIENT#${sigil.tenantId}#${agent.id}`)
    expect(client?.[`grant:${other.principal.id}`]).toEqual({ scopes: ['Other.Read'] })
    expect(client).not.toHaveProperty(`grant:${api.principal.id}`)
  })

  test.each([
    ['a blueprint principal', () => Promise.resolve(actors.principal as Made)],
    ['an ordinary application', newClient],
  ])('may be of %s', async (_, make) => {
    const client = await make()
    await grant(forAll(client))
    expect(await onClient(client)).toEqual({ scopes: ['Files.List'] })
  })
})

describe('a grant by one user', () => {
  test('is on the item of the client and the user, beside their others, and leaves it when deleted', async () => {
    const [agent, user] = [await newAgent(), await newPerson()]
    const other = await newApi(scope('Other.Read'))
    const made = await grant(forOne(agent, user))
    await grant(forOne(agent, user, { resourceId: other.principal.id, scope: 'Other.Read' }))
    expect(await onUser(agent, user)).toMatchObject({
      objectId: agent.id,
      [`grant:${api.principal.id}`]: { scopes: ['Files.List'] },
      [`grant:${other.principal.id}`]: { scopes: ['Other.Read'] },
    })
    expect(await onClient(agent)).toBeUndefined()
    await sigil.make('PATCH', address(made), { scope: 'Files.Open' })
    expect((await onUser(agent, user))?.[`grant:${api.principal.id}`]).toEqual({ scopes: ['Files.Open'] })
    await sigil.make('DELETE', address(made))
    expect(await onUser(agent, user)).not.toHaveProperty(`grant:${api.principal.id}`)
    expect(await onUser(agent, user)).toHaveProperty(`grant:${other.principal.id}`)
  })

  test('many first ones at the same time all hold', async () => {
    const [agent, user] = [await newAgent(), await newPerson()]
    const apis = await Promise.all(Array.from({ length: 5 }, () => newApi(scope('X'))))
    await Promise.all(apis.map(({ principal }) => grant(forOne(agent, user, { resourceId: principal.id, scope: 'X' }))))
    const row = await onUser(agent, user)
    expect(apis.map(({ principal }) => row?.[`grant:${principal.id}`])).toEqual(apis.map(() => ({ scopes: ['X'] })))
  })

  test('to a principal counts for no other principal of the same application, and does not come back by its deletion', async () => {
    const user = await newPerson()
    const first = await newClient()
    const made = await grant(forOne(first, user))
    await grant(forOne(first, user, { resourceId: managementApi, scope: 'User.Read' }))
    await sigil.make('DELETE', `/servicePrincipals/${first.id}`)
    const second = await sigil.make('POST', '/servicePrincipals', { appId: first.appId })
    expect(await listed(`/servicePrincipals/${second.id}/oauth2PermissionGrants`)).toEqual([])
    expect(await onUser(second, user)).toMatchObject({ objectId: first.id })
    await grant(forOne(second, user, { scope: 'Files.Open' }))
    const { pk: _pk, sk: _sk, ...row } = (await onUser(second, user)) ?? { pk: '', sk: '' }
    expect(row).toEqual({ objectId: second.id, [`grant:${api.principal.id}`]: { scopes: ['Files.Open'] } })
    expect((await sigil.graph('DELETE', address(made))).status).toBe(204)
    expect((await onUser(second, user))?.[`grant:${api.principal.id}`]).toEqual({ scopes: ['Files.Open'] })
  })
})

describe('a grant', () => {
  test('stands once, however many ask at once, and says how to change it', async () => {
    const agent = await newAgent()
    const answers = await Promise.all(Array.from({ length: 4 }, () => post(forAll(agent))))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409])
    for (const answer of answers.filter(({ status }) => status === 409)) {
      expect(refusal(answer)).toMatchObject({
        code: 'Request_MultipleObjectsWithSameKeyValue',
        message: expect.stringContaining('PATCH'),
      })
    }
  })

  test('given and taken by two at once ends in one order, which tokens follow', async () => {
    const agent = await newAgent()
    const made = await grant(forAll(agent))
    await Promise.all([
      sigil.graph('DELETE', address(made)),
      sigil.graph('PATCH', address(made), { scope: 'Files.Open' }),
      post(forAll(agent, { scope: 'Files.Open' })),
    ])
    const [left] = await listed(`/servicePrincipals/${agent.id}/oauth2PermissionGrants`)
    const scopes = left && { scopes: String(left.scope).split(' ') }
    expect(await onClient(agent)).toEqual(scopes)
  })

  test('of a client that is deleted stands, can be taken away, and then does not come back with it', async () => {
    const agent = await newAgent()
    const [one, other] = [await grant(forAll(agent)), await newApi(scope('Other.Read'))]
    await grant(forAll(agent, { resourceId: other.principal.id, scope: 'Other.Read' }))
    await sigil.make('DELETE', `/servicePrincipals/${agent.id}`)
    expect((await sigil.graph('PATCH', address(one), { scope: 'Files.Open' })).status).toBe(404)
    expect((await sigil.graph('DELETE', address(one))).status).toBe(204)
    expect((await post(forAll(agent))).status).toBe(404)
    await sigil.make('POST', `/directory/deletedItems/${agent.id}/restore`, {})
    expect(await onClient(agent)).toBeUndefined()
    const [client] = await sigil.rows(`CLIENT#${sigil.tenantId}#${agent.id}`)
    expect(client?.[`grant:${other.principal.id}`]).toEqual({ scopes: ['Other.Read'] })
  })

  // biome-ignore format: a table reads better aligned
  test.each<[number, string, Body]>([
    [400, 'no client',                             { clientId: undefined }],
    [400, 'a client that is no GUID',              { clientId: 'me' }],
    [404, 'a client that does not exist',          { clientId: crypto.randomUUID() }],
    [404, 'a resource that does not exist',        { resourceId: crypto.randomUUID() }],
    [400, 'no resource',                           { resourceId: undefined }],
    [400, 'another consent type',                  { consentType: 'Everybody' }],
    [400, 'no user where one grants',              { consentType: 'Principal' }],
    [400, 'a user where everybody is meant',       { principalId: crypto.randomUUID() }],
    [404, 'a user who does not exist',             { consentType: 'Principal', principalId: crypto.randomUUID() }],
    [400, 'no scope',                              { scope: undefined }],
    [400, 'an empty scope',                        { scope: ' \t ' }],
    [400, 'a scope that is not offered',           { scope: 'Files.List Files.Eat' }],
    [400, 'a scope that is disabled',              { scope: 'Files.Burn' }],
    [400, 'a scope of another resource',           { scope: 'User.Read' }],
    [400, 'a scope of 10 KB',                      { scope: 'Files.List '.repeat(1000) }],
    [400, 'a scope that is a list',                { scope: ['Files.List'] }],
    [400, 'an end that has passed',                { expiryTime: '2020-01-01T00:00:00Z' }],
    [400, 'an end beyond ten years',               { expiryTime: '2090-01-01T00:00:00Z' }],
    [400, 'an end in a leap second',               { expiryTime: '2030-06-30T23:59:60Z' }],
    [400, 'an end without a zone',                 { expiryTime: '2030-06-30T23:59:00' }],
    [400, 'a begin to come',                       { startTime: '2080-01-01T00:00:00Z' }],
    [400, 'an unknown property',                   { scopes: 'Files.List' }],
    [400, 'a client id of its own choice',         { appId: managementApi }],
  ])('is refused with %i for %s', async (status, _, change) => {
    const before = [await sigil.rows('GRANT'), await sigil.rows('USERGRANT')]
    const answer = refusal(await post(forAll(actors.agent as Made, change)))
    expect(answer).toMatchObject({ status, code: status === 404 ? 'Request_ResourceNotFound' : 'Request_BadRequest' })
    expect([await sigil.rows('GRANT'), await sigil.rows('USERGRANT')]).toEqual(before)
  })

  test('is not of an application, nor on an agent identity, nor by a service principal', async () => {
    const { agent, api: application, principal } = actors
    expect((await post(forAll(application as Made))).status).toBe(404)
    expect(refusal(await post(forAll(principal as Made, { resourceId: agent.id }))).status).toBe(400)
    expect((await post(forOne(agent as Made, principal as Made))).status).toBe(404)
  })

  test('has its scopes spelled as the resource spells them, each once', async () => {
    const { scope: kept } = await grant(forAll(await newAgent(), { scope: 'files.list\tFILES.OPEN\r\nFiles.List' }))
    expect(kept).toBe('Files.List Files.Open')
  })

  test('keeps its times in UTC, and takes the id of nobody', async () => {
    const agent = await newAgent()
    const made = await grant(
      forAll(agent, { id: 'mine', startTime: '2020-01-01T00:00:00Z', expiryTime: '2030-06-30T12:00:00+02:00' }),
    )
    expect(made).toMatchObject({ startTime: '2020-01-01T00:00:00.000Z', expiryTime: '2030-06-30T10:00:00.000Z' })
    expect(made.id).not.toBe('mine')
    expect(await onClient(agent)).toEqual({ scopes: ['Files.List'], expiryTime: '2030-06-30T10:00:00.000Z' })
  })

  test.each(['x', 'A'.repeat(64), `${'A'.repeat(63)}=`, 'constructor', crypto.randomUUID()])(
    'is not found as %s',
    async (id) => {
      for (const method of ['GET', 'DELETE']) {
        expect(refusal(await sigil.graph(method, address({ id })))).toMatchObject({ status: 404 })
      }
    },
  )

  test('of another tenant is not there', async () => {
    const made = await grant(forAll(await newAgent()))
    const { tenantId, admin } = await sigil.openTenant('grants-elsewhere.example')
    const { body } = await sigil.token(
      {
        grant_type: 'client_credentials',
        client_id: admin.clientId,
        client_secret: admin.clientSecret,
        scope: 'https://graph.microsoft.com/.default',
      },
      tenantId,
    )
    const token = String(body.access_token)
    const missing = refusal(await sigil.graph('GET', address({ id: 'A'.repeat(64) }), undefined, token))
    const foreign = refusal(await sigil.graph('GET', address(made), undefined, token))
    expect(foreign).toEqual({ ...missing, message: missing.message.replace('A'.repeat(64), made.id) })
    expect((await sigil.graph('DELETE', address(made), undefined, token)).status).toBe(404)
    expect((await sigil.graph('POST', '/oauth2PermissionGrants', forAll(actors.agent as Made), token)).status).toBe(404)
  })

  test('changes only its scope', async () => {
    const made = await grant(forAll(await newAgent()))
    for (const body of [{}, { scope: '' }, { scope: 'Files.Eat' }, { scope: 'Files.List', consentType: 'Principal' }]) {
      expect(refusal(await sigil.graph('PATCH', address(made), body))).toMatchObject({ status: 400 })
    }
    expect(await sigil.make('GET', address(made))).toMatchObject({ scope: 'Files.List' })
  })
})

describe('the scopes of the management API', () => {
  const blocked = permissions.flatMap(({ value, blocked: form, delegatedId }) =>
    delegatedId !== undefined && (form === 'delegated' || form === 'both') ? [value] : [],
  )
  const onApi = (client: Made, more: Body) => forAll(client, { resourceId: managementApi, ...more })

  test('hold some that agents may not have', () => {
    expect(blocked).toContain('Directory.AccessAsUser.All')
    expect(blocked).toContain('RoleManagement.ReadWrite.Directory')
  })

  test.each(blocked)(
    '%s is given to no agent and no blueprint, in whatever letters, and no change brings it',
    async (value) => {
      const agent = await newAgent()
      for (const client of [agent, actors.principal as Made]) {
        const answer = refusal(await post(onApi(client, { scope: `User.Read ${value.toUpperCase()}` })))
        expect(answer).toMatchObject({ status: 400, message: expect.stringContaining(`'${value}'`) })
      }
      const made = await grant(onApi(agent, { scope: 'User.Read' }))
      expect((await sigil.graph('PATCH', address(made), { scope: value })).status).toBe(400)
      const client = await newClient()
      expect((await post(onApi(client, { scope: value }))).status).toBe(201)
    },
  )

  test('are granted to no client on behalf of an agent user where agents may not have them', async () => {
    const agent = await newAgent()
    const user = await sigil.make('POST', '/users', {
      '@odata.type': '#microsoft.graph.agentUser',
      accountEnabled: true,
      displayName: 'Agent user',
      mailNickname: 'agent',
      userPrincipalName: `agent-${crypto.randomUUID()}@${sigil.service.domain}`,
      identityParentId: agent.id,
    })
    const client = await newClient()
    const one = (scopes: string) => forOne(client, user, { resourceId: managementApi, scope: scopes })
    expect(refusal(await post(one('User.ReadWrite.All')))).toMatchObject({ status: 400 })
    expect((await post(one('User.Read'))).status).toBe(201)
  })

  test('go together with those of OpenID Connect', async () => {
    const made = await grant(onApi(await newAgent(), { scope: 'openid profile offline_access email User.Read' }))
    expect(made.scope).toBe('openid profile offline_access email User.Read')
  })
})

describe('the listing of grants', () => {
  let agent: Made
  let user: Made
  let all: Made
  let one: Made

  beforeAll(async () => {
    ;[agent, user] = [await newAgent(), await newPerson()]
    all = await grant(forAll(agent))
    one = await grant(forOne(agent, user))
  })

  const ids = async (path: string) => (await listed(path)).map(({ id }) => id).sort()

  test.each([
    ['of a service principal', () => `/servicePrincipals/${agent.id}/oauth2PermissionGrants`, () => [all.id, one.id]],
    ['of a user', () => `/users/${user.id}/oauth2PermissionGrants`, () => [one.id]],
    ['of a user by name', () => `/users/${user.userPrincipalName}/oauth2PermissionGrants`, () => [one.id]],
    [
      'by client',
      () => `/oauth2PermissionGrants?$filter=clientId eq '${agent.id.toUpperCase()}'`,
      () => [all.id, one.id],
    ],
    [
      'by client and consent type',
      () => `/oauth2PermissionGrants?$filter=clientId eq '${agent.id}' and consentType eq 'AllPrincipals'`,
      () => [all.id],
    ],
    [
      'by client and resource',
      () => `/oauth2PermissionGrants?$filter=clientId eq '${agent.id}' and resourceId eq '${api.principal.id}'`,
      () => [all.id, one.id],
    ],
    ['by user', () => `/oauth2PermissionGrants?$filter=principalId eq '${user.id}'`, () => [one.id]],
    ['by client that is none', () => "/oauth2PermissionGrants?$filter=clientId eq 'nobody'", () => []],
    [
      'by two clients at once',
      () => `/oauth2PermissionGrants?$filter=clientId eq '${agent.id}' and clientId eq '${user.id}'`,
      () => [],
    ],
  ])('%s', async (_, path, expected) => {
    expect(await ids(path())).toEqual(expected().sort())
  })

  test('of all comes in pages, each grant once', async () => {
    const found: unknown[] = []
    let path: string | undefined = '/v1.0/oauth2PermissionGrants?$top=3'
    while (path) {
      const page: Body = await sigil.make('GET', path)
      expect((page.value as Body[]).length).toBeLessThanOrEqual(3)
      found.push(...(page.value as Body[]).map(({ id }) => id))
      path = (page['@odata.nextLink'] as string | undefined)?.slice(sigil.service.origin.length)
    }
    const rows = (await sigil.rows('GRANT')).filter(({ pk }) => pk.includes(sigil.tenantId))
    expect(found.sort()).toEqual(rows.map(({ id }) => id).sort())
  })

  test('refuses what it cannot filter by, and the skip token of another one', async () => {
    for (const filter of ["id eq 'x'", `startswith(clientId,'a')`, "clientId ne 'x'"]) {
      expect((await sigil.graph('GET', `/oauth2PermissionGrants?$filter=${filter}`)).status).toBe(400)
    }
    const page = await sigil.make('GET', '/oauth2PermissionGrants?$top=1')
    const token = new URL(String(page['@odata.nextLink'])).searchParams.get('$skiptoken')
    const other = `/servicePrincipals/${agent.id}/oauth2PermissionGrants?$skiptoken=${token}`
    expect((await sigil.graph('GET', other)).status).toBe(400)
  })

  test('of what is no principal or user is not found', async () => {
    for (const path of [`/servicePrincipals/${user.id}`, `/users/${agent.id}`]) {
      expect((await sigil.graph('GET', `${path}/oauth2PermissionGrants`)).status).toBe(404)
    }
  })
})

test('every change is on record with its client', async () => {
  const agent = await newAgent()
  const made = await grant(forAll(agent))
  await sigil.make('PATCH', address(made), { scope: 'Files.Open' })
  await sigil.make('DELETE', address(made))
  const records = (await sigil.rows('AUDIT')).filter(({ targetResources }) =>
    (targetResources as Body[]).some(({ id }) => id === agent.id),
  )
  expect(records.map(({ activityDisplayName }) => activityDisplayName).sort()).toEqual([
    'Add delegated permission grant',
    'Add service principal',
    'Remove delegated permission grant',
    'Update delegated permission grant',
  ])
})

describe('on behalf of a person', () => {
  // biome-ignore format: a table reads better aligned
  test.each<[string, number]>([
    ['Global Administrator',            201],
    ['Cloud Application Administrator', 201],
    ['Agent ID Administrator',          403],
    ['Global Reader',                   403],
  ])('as %s a grant is made with %i', async (role, expected) => {
    const scopes = ['DelegatedPermissionGrant.ReadWrite.All']
    const [client, user, agent] = [await newClient(), await newPerson(), await newAgent()]
    await grantScopes(sigil, { clientId: client.appId, scopes })
    await holdRole(sigil, { userId: user.id }, role)
    const token = await delegatedToken(sigil, { clientId: client.appId, userId: user.id, scopes, roles: [role] })
    const { status } = await sigil.graph('POST', '/oauth2PermissionGrants', forAll(agent), token)
    expect(status).toBe(expected)
  })

  test('a scope counts for the management API from the grant on, until it is deleted', async () => {
    const [client, user] = [await newClient(), await newPerson()]
    const token = await delegatedToken(sigil, {
      clientId: client.appId,
      userId: user.id,
      scopes: ['AgentIdentity.Read.All'],
    })
    const ask = async () =>
      (await sigil.graph('GET', '/servicePrincipals/microsoft.graph.agentIdentity', undefined, token)).status
    expect(await ask()).toBe(403)
    const made = await grant(forOne(client, user, { resourceId: managementApi, scope: 'AgentIdentity.Read.All' }))
    expect(await ask()).toBe(200)
    await sigil.make('DELETE', address(made))
    expect(await ask()).toBe(403)
  })
})
