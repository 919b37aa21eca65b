import { beforeAll, describe, expect, test } from 'vitest'
import { assign, managementRole } from '../scenarios/makers.ts'
import { type Answer, type Cast, cast, type Row, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>
type Made = Body & { id: string }

const sigil = sigilForTests()
const typed = '/users/microsoft.graph.agentUser'
const type = '#microsoft.graph.agentUser'
const agents = '/servicePrincipals/microsoft.graph.agentIdentity'

let actors: Cast

beforeAll(async () => {
  actors = await cast(sigil, 'agent-users')
})

const refusal = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}
const nameOf = (start: string) => `${start}-${crypto.randomUUID()}@${sigil.service.domain}`
const newAgent = ({ blueprint, sponsors }: Cast = actors): Promise<Made> =>
  sigil.make('POST', agents, { displayName: 'Seller', agentIdentityBlueprintId: blueprint.appId, ...sponsors })
const bodyFor = (identityParentId: unknown, more: Body = {}): Body => ({
  accountEnabled: true,
  displayName: 'Sales agent',
  mailNickname: 'sales',
  userPrincipalName: nameOf('Sales'),
  identityParentId,
  ...more,
})
const newUser = async (more: Body = {}): Promise<Made> =>
  sigil.make('POST', typed, bodyFor((await newAgent()).id, more))

const agentUserRow = (agentId: unknown) => sigil.rows(`AGENTUSER#${sigil.tenantId}#${agentId}`)
const userRow = (id: unknown) => sigil.rows(`USER#${sigil.tenantId}#${id}`)
const lockOf = (name: unknown) => sigil.rows(`UNIQUE#${sigil.tenantId}#userPrincipalName#${String(name).toLowerCase()}`)
const stored = async (id: unknown): Promise<Row | undefined> =>
  (await sigil.rows(`DIRECTORY#${sigil.tenantId}#agentUser#`)).find(({ sk }) => sk === id)

/** A blueprint that may have users for its own agents (reference §1.5), and its token. */
async function blueprintWithUsers() {
  const own = await cast(sigil, 'own')
  const { api, id } = await managementRole(sigil, 'AgentIdUser.ReadWrite.IdentityParentedBy')
  await assign(sigil, own.principal, api, { id })
  return { own, token: await sigil.tokenFor(own.blueprint.appId, own.secret, 'https://graph.microsoft.com/.default') }
}

describe('an agent user', () => {
  test('is made for an agent identity, and tokens know of it at once', async () => {
    const agent = await newAgent()
    const body = bodyFor(agent.id, { jobTitle: 'Seller', usageLocation: 'GB' })
    const answer = await sigil.graph('POST', typed, body)
    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({
      '@odata.context': `${sigil.service.origin}/v1.0/$metadata#users/microsoft.graph.agentUser/$entity`,
      '@odata.type': type,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      createdDateTime: expect.any(String),
      businessPhones: [],
      givenName: null,
      mail: null,
      mobilePhone: null,
      officeLocation: null,
      preferredLanguage: null,
      surname: null,
      userType: 'Member',
      ...body,
    })
    const userPrincipalName = String(body.userPrincipalName).toLowerCase()
    expect(await userRow(answer.body.id)).toMatchObject([{ enabled: true, userPrincipalName }])
    expect(await agentUserRow(agent.id)).toMatchObject([{ id: answer.body.id, enabled: true, userPrincipalName }])
    expect(await lockOf(userPrincipalName)).toMatchObject([{ id: answer.body.id }])
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    ['cast in the path',      typed,                              undefined],
    ['cast in other letters', '/Users/Microsoft.Graph.AgentUser', undefined],
    ['cast and type',         typed,                              type],
    ['type in the body',      '/users',                           type],
    ['type by its alias',     '/beta/users',                      'graph.agentUser'],
    ['type without #',        '/users',                           'Microsoft.Graph.agentuser'],
  ])('is made by %s', async (_, path, odataType) => {
    const { id } = await newAgent()
    const body = bodyFor(id, odataType === undefined ? {} : { '@odata.type': odataType })
    expect(await sigil.make('POST', path, body)).toMatchObject({ '@odata.type': type, identityParentId: id })
  })

  test('is the same under every address that names it', async () => {
    const made = await newUser()
    const shown = { ...made, '@odata.context': undefined }
    for (const address of [
      `/users/${made.id}`,
      `/users/${made.userPrincipalName}`,
      `${typed}/${made.id}`,
      `/users/${made.id}/microsoft.graph.agentUser`,
      `${typed}/${String(made.userPrincipalName).toUpperCase()}`,
      `/beta/Users('${made.id.toUpperCase()}')/Graph.agentUser`,
    ]) {
      const { status, body } = await sigil.graph('GET', address)
      expect([address, status]).toEqual([address, 200])
      expect({ ...body, '@odata.context': undefined }).toEqual(shown)
    }
    const { person } = actors
    for (const stranger of [person.id, person.userPrincipalName, actors.agent.id, actors.principal.id]) {
      expect((await sigil.graph('GET', `${typed}/${stranger}`)).status).toBe(404)
    }
  })

  test('is listed among users with its type, and alone by its type', async () => {
    const made = await newUser()
    const all = (await sigil.make('GET', '/users?$select=id')).value as Body[]
    expect(all).toContainEqual({ '@odata.type': type, id: made.id })
    expect(all).toContainEqual({ id: actors.person.id })
    const own = (await sigil.make('GET', `${typed}?$select=id`)).value as Body[]
    expect(own).toContainEqual({ '@odata.type': type, id: made.id })
    expect(own).not.toContainEqual(expect.objectContaining({ id: actors.person.id }))
    const found = await sigil.make('GET', `${typed}?$filter=identityParentId eq '${made.identityParentId}'&$select=id`)
    expect(found.value).toEqual([{ '@odata.type': type, id: made.id }])
    const headers = { authorization: `Bearer ${await sigil.adminToken()}` }
    const count = await fetch(`${sigil.service.http}/v1.0${typed}/$count`, { headers })
    expect(Number(await count.text())).toBe(own.length)
  })

  test('has sponsors from the first, where they are named', async () => {
    const { person, sponsors } = actors
    const { id } = await newUser(sponsors)
    expect(await sigil.rows(`RELATION#${sigil.tenantId}#${id}`)).toMatchObject([
      { sk: `sponsors#${person.id}`, targetId: person.id, targetType: 'user' },
    ])
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, Body]>([
    ['accountEnabled',      { accountEnabled: undefined }],
    ['accountEnabled',      { accountEnabled: 'false' }],
    ['accountEnabled',      { accountEnabled: null }],
    ['displayName',         { displayName: undefined }],
    ['mailNickname',        { mailNickname: undefined }],
    ['userPrincipalName',   { userPrincipalName: undefined }],
    ['userPrincipalName',   { userPrincipalName: 'sales@elsewhere.example' }],
    ['identityParentId',    { identityParentId: undefined }],
    ['identityParentId',    { identityParentId: null }],
    ['identityParentId',    { identityParentId: 'agent' }],
    ['identityParentId',    { identityParentId: crypto.randomUUID() }],
    ['passwordProfile',     { passwordProfile: { password: 'hunter2' } }],
    ['passwordProfile',     { passwordProfile: null }],
    ['userType',            { userType: 'Agent' }],
    ['id',                  { id: crypto.randomUUID() }],
    ['createdByAppId',      { createdByAppId: crypto.randomUUID() }],
    ['sponsors@odata.bind', { 'sponsors@odata.bind': [`/servicePrincipals/${crypto.randomUUID()}`] }],
    ['@odata.type',         { '@odata.type': '#microsoft.graph.agentIdentity' }],
    ['@odata.type',         { '@odata.type': '#microsoft.graph.user' }],
  ])('is not made for its %s: %j', async (property, more) => {
    const { id } = await newAgent()
    const before = await sigil.rows()
    for (const [path, extra] of [[typed, {}], ['/users', { '@odata.type': type }]] as const) {
      if (path === '/users' && more['@odata.type'] !== undefined) continue
      const answer = refusal(await sigil.graph('POST', path, bodyFor(id, { ...extra, ...more })))
      expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
      expect(answer.message).toContain(`'${property}'`)
      expect(answer.message).not.toContain('hunter2')
    }
    expect(await sigil.rows()).toEqual(before)
  })

  test('has a name that no person and no other agent user has', async () => {
    const { userPrincipalName } = actors.person
    const answer = refusal(await sigil.graph('POST', typed, bodyFor((await newAgent()).id, { userPrincipalName })))
    expect(answer).toMatchObject({ status: 409, code: 'Request_MultipleObjectsWithSameKeyValue' })
  })

  test('cannot be made by an agent, of whatever agent', async () => {
    const token = await sigil.agentToken(actors.agent.id, await actors.t1(), 'https://graph.microsoft.com/.default')
    for (const each of [actors.agent, await newAgent()]) {
      expect(refusal(await sigil.graph('POST', typed, bodyFor(each.id), token)).status).toBe(403)
    }
  })
})

describe('the agent identity of an agent user', () => {
  test.each([
    ['the blueprint', ({ blueprint }: Cast) => blueprint.id],
    ['its principal', ({ principal }: Cast) => principal.id],
    ['an ordinary principal', ({ apiPrincipal }: Cast) => apiPrincipal.id],
    ['a person', ({ person }: Cast) => person.id],
  ])('is an agent identity, and not %s', async (_, parent) => {
    const answer = refusal(await sigil.graph('POST', typed, bodyFor(parent(actors))))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain(parent(actors))
  })

  test('lives', async () => {
    const { id } = await newAgent()
    await sigil.make('DELETE', `${agents}/${id}`)
    const answer = refusal(await sigil.graph('POST', typed, bodyFor(id)))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(await agentUserRow(id)).toEqual([])
  })

  test('has one user, of however many that are made for it at once', async () => {
    const { id } = await newAgent()
    const answers = await Promise.all(Array.from({ length: 8 }, () => sigil.graph('POST', typed, bodyFor(id))))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(400)])
    const made = answers.find(({ status }) => status === 201)
    for (const each of answers.filter(({ status }) => status === 400).map(refusal)) {
      expect(each.code).toBe('Request_BadRequest')
      expect(each.message).toContain(`'identityParentId'`)
      expect(each.message).toContain(id)
    }
    expect(await agentUserRow(id)).toMatchObject([{ id: made?.body.id }])
    const users = (await sigil.make('GET', `${typed}?$filter=identityParentId eq '${id}'`)).value as Body[]
    expect(users.map((user) => user.id)).toEqual([made?.body.id])
  })

  test('may have another user once the first is deleted', async () => {
    const first = await newUser()
    await sigil.make('DELETE', `/users/${first.id}`)
    const second = await sigil.make('POST', typed, bodyFor(first.identityParentId))
    expect(await agentUserRow(first.identityParentId)).toMatchObject([{ id: second.id }])
  })

  test('is of the same tenant', async () => {
    const { tenantId, domain, admin } = await sigil.openTenant(`other-${crypto.randomUUID()}.example`)
    const { body } = await sigil.token(
      {
        grant_type: 'client_credentials',
        client_id: admin.clientId,
        client_secret: admin.clientSecret,
        scope: 'https://graph.microsoft.com/.default',
      },
      tenantId,
    )
    const theirs = String(body.access_token)
    const { id } = await newAgent()
    const made = await newUser()
    const userPrincipalName = `sales@${domain}`
    const answers = [id, crypto.randomUUID()].map((parent) =>
      sigil.graph('POST', typed, bodyFor(parent, { userPrincipalName }), theirs),
    )
    const [found, missing] = (await Promise.all(answers)).map(refusal)
    expect(found).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(found?.message.replace(id, '')).toBe(missing?.message.replace(/'[0-9a-f-]{36}'/, "''"))
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const sent = method === 'PATCH' ? { city: 'x' } : undefined
      expect((await sigil.graph(method, `${typed}/${made.id}`, sent, theirs)).status).toBe(404)
    }
    expect(await stored(made.id)).toMatchObject({ version: 1 })
  })
})

describe('an agent user is changed', () => {
  test.each([
    ['typed, cast behind the set', (id: string) => `${typed}/${id}`],
    ['typed, cast behind the key', (id: string) => `/users/${id}/microsoft.graph.agentUser`],
    ['untyped', (id: string) => `/users/${id}`],
  ])('renamed, disabled and deleted %s', async (_, address) => {
    const made = await newUser()
    const { id, identityParentId } = made
    const patch = async (body: Body) => (await sigil.graph('PATCH', address(id), body)).status
    expect(await patch({ '@odata.type': type, jobTitle: 'Seller', accountEnabled: false })).toBe(204)
    expect(await userRow(id)).toMatchObject([{ enabled: false }])
    expect(await agentUserRow(identityParentId)).toMatchObject([{ id, enabled: false }])
    const renamed = nameOf('Renamed')
    expect(await patch({ accountEnabled: true, userPrincipalName: renamed })).toBe(204)
    const state = { enabled: true, userPrincipalName: renamed.toLowerCase() }
    expect(await userRow(id)).toMatchObject([state])
    expect(await agentUserRow(identityParentId)).toMatchObject([{ id, ...state }])
    expect(await lockOf(made.userPrincipalName)).toEqual([])
    expect(await lockOf(renamed)).toMatchObject([{ id }])
    expect(await sigil.make('GET', address(id))).toMatchObject({ jobTitle: 'Seller', userPrincipalName: renamed })
    expect((await sigil.graph('DELETE', address(id))).status).toBe(204)
    expect(await userRow(id)).toEqual([])
    expect(await agentUserRow(identityParentId)).toEqual([])
    expect(await lockOf(renamed)).toEqual([])
    expect((await sigil.rows('DELETED#')).find(({ sk }) => sk === id)).toMatchObject({
      type: 'agentUser',
      properties: { identityParentId, userPrincipalName: renamed },
    })
    expect((await sigil.graph('GET', address(id))).status).toBe(404)
    expect((await sigil.graph('DELETE', address(id))).status).toBe(404)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, unknown]>([
    ['identityParentId',  null],
    ['identityParentId',  crypto.randomUUID()],
    ['passwordProfile',   { password: 'hunter2' }],
    ['passwordProfile',   null],
    ['accountEnabled',    'true'],
    ['accountEnabled',    null],
    ['displayName',       null],
    ['mailNickname',      null],
    ['userPrincipalName', null],
    ['userPrincipalName', 'sales@elsewhere.example'],
    ['mail',              null],
    ['id',                crypto.randomUUID()],
    ['sponsors',          []],
    ['@odata.type',       '#microsoft.graph.servicePrincipal'],
  ])('but never has its %s changed to %j', async (property, value) => {
    const { id } = await newUser()
    const before = await sigil.rows()
    for (const at of [`${typed}/${id}`, `/users/${id}`]) {
      const answer = refusal(await sigil.graph('PATCH', at, { [property]: value }))
      expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
      expect(answer.message).toContain(`'${property}'`)
      expect(answer.message).not.toContain('hunter2')
    }
    expect(await sigil.rows()).toEqual(before)
  })

  test('not under the type of a person, nor a person under its own', async () => {
    const { person } = actors
    expect((await sigil.graph('PATCH', `${typed}/${person.id}`, { city: 'x' })).status).toBe(404)
    expect((await sigil.graph('DELETE', `${typed}/${person.id}`)).status).toBe(404)
  })
})

describe('an agent user is restored', () => {
  const restore = (id: string) => sigil.graph('POST', `/directory/deletedItems/${id}/restore`, {})

  test('as it was, but for its sessions', async () => {
    const made = await newUser({ accountEnabled: false })
    await sigil.make('DELETE', `/users/${made.id}`)
    expect((await restore(made.id)).status).toBe(200)
    const userPrincipalName = String(made.userPrincipalName).toLowerCase()
    expect(await userRow(made.id)).toMatchObject([
      { enabled: false, userPrincipalName, sessionsValidFrom: expect.stringMatching(/Z$/) },
    ])
    expect(await agentUserRow(made.identityParentId)).toMatchObject([
      { id: made.id, enabled: false, userPrincipalName },
    ])
    expect(await lockOf(userPrincipalName)).toMatchObject([{ id: made.id }])
    const { '@odata.context': _, ...before } = made
    expect(await sigil.make('GET', `/users/${made.id}`)).toMatchObject(before)
  })

  test('but not over another of its name, or of its agent identity', async () => {
    const [first, second] = [await newUser(), await newUser()]
    for (const { id } of [first, second]) await sigil.make('DELETE', `/users/${id}`)
    await newUser({ userPrincipalName: first.userPrincipalName })
    await sigil.make('POST', typed, bodyFor(second.identityParentId))
    const before = await sigil.rows()
    for (const { id } of [first, second]) {
      expect(refusal(await restore(id))).toMatchObject({
        status: 409,
        code: 'Request_MultipleObjectsWithSameKeyValue',
      })
    }
    expect(await sigil.rows()).toEqual(before)
  })
})

describe('a blueprint with AgentIdUser.ReadWrite.IdentityParentedBy', () => {
  test('makes, changes and deletes the users of its own agents', async () => {
    const { own, token } = await blueprintWithUsers()
    const { id } = await sigil.make('POST', typed, bodyFor(own.agent.id), token)
    expect(await sigil.make('GET', `/users/${id}`, undefined, token)).toMatchObject({ identityParentId: own.agent.id })
    await sigil.make('PATCH', `/users/${id}`, { accountEnabled: false }, token)
    expect(await agentUserRow(own.agent.id)).toMatchObject([{ enabled: false }])
    expect((await sigil.graph('POST', `/users/${id}/revokeSignInSessions`, undefined, token)).status).toBe(200)
    expect((await sigil.graph('DELETE', `/users/${id}`, undefined, token)).status).toBe(204)
  })

  test('makes and touches none of another’s, and no people', async () => {
    const { token } = await blueprintWithUsers()
    const { person, agent } = actors
    const made = await newUser()
    const before = await sigil.rows()
    for (const [method, path, body] of [
      ['POST', typed, bodyFor(agent.id)],
      ['POST', '/users', bodyFor(agent.id, { '@odata.type': type })],
      ['POST', '/users', bodyFor(undefined)],
      ['GET', `/users/${made.id}`],
      ['PATCH', `/users/${made.id}`, { accountEnabled: false }],
      ['DELETE', `/users/${made.id}`],
      ['POST', `/users/${made.id}/revokeSignInSessions`],
      ['PATCH', `/users/${person.id}`, { accountEnabled: false }],
      ['DELETE', `/users/${person.id}`],
      ['POST', `/users/${person.id}/revokeSignInSessions`],
    ] as const) {
      const answer = refusal(await sigil.graph(method, path, body, token))
      expect([method, path, answer.status]).toEqual([method, path, 403])
    }
    expect(await sigil.rows()).toEqual(before)
  })
})
