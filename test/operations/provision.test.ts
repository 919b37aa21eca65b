import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  bind,
  blueprint,
  blueprintToken,
  company,
  fresh,
  list,
  newPerson,
  person,
  principalOf,
  tokenWith,
} from '../scenarios/makers.ts'
import { delegatedToken, grantScopes, holdRole } from '../support/delegated.ts'
import { type Answer, assertion, claimsIn, sigilForTests } from '../support/sigil.ts'

const sigil = sigilForTests()
const path = '/beta/sigil/agents'

type Agent = Record<string, unknown> & {
  id: string
  agentUser?: { id: string; userPrincipalName: string }
  oauth2PermissionGrants?: { id: string; principalId: string | null; scope: string }[]
}
const agentsIn = ({ body }: Answer): Agent[] => body.agents as Agent[]
const errorIn = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}

async function request(agents: unknown[], more: object = {}) {
  const { blueprint: parent, sponsors } = await company(sigil)
  return { agentIdentityBlueprintId: parent.appId, ...sponsors, agents, ...more }
}

const provision = (body: object, { token, headers = {} }: { token?: string; headers?: Record<string, string> } = {}) =>
  sigil.adminToken().then((admin) =>
    sigil.send(path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token ?? admin}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }),
  )

const user = (name = fresh('clerk')) => ({ ...newPerson(sigil.service.domain, name), displayName: 'Clerk' })
const few = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, n) => ({ displayName: `Clerk ${n}`, ...more }))
const rowCount = async (): Promise<number> => (await sigil.rows()).filter(({ pk }) => !pk.startsWith('SIGNIN')).length
const graph = 'https://graph.microsoft.com/.default'

describe('agents with all that they need', () => {
  test('each is there with its user, sponsors, owners and rights when the call has answered', async () => {
    const { apiPrincipal, role, person: sponsor, principal } = await company(sigil)
    const owner = await person(sigil)
    const answer = await provision(
      await request(
        [
          { displayName: 'One', tags: ['a'], agentUser: { ...user(), 'sponsors@odata.bind': bind(sponsor) } },
          { displayName: 'Two', 'owners@odata.bind': bind(owner) },
        ],
        { appRoleAssignments: [{ resourceId: apiPrincipal.id, appRoleId: role.id }] },
      ),
    )
    expect(answer.status).toBe(201)
    const [one, two] = agentsIn(answer)
    const read = await sigil.make('GET', `/users/${one?.agentUser?.id}`)
    expect(read).toMatchObject({ ...one?.agentUser, identityParentId: one?.id })
    for (const agent of [one, two]) {
      expect(await list(sigil, `/servicePrincipals/${agent?.id}/appRoleAssignments`)).toMatchObject([
        { principalId: agent?.id, resourceId: apiPrincipal.id, appRoleId: role.id },
      ])
      expect(await sigil.rows(`RELATION#${sigil.tenantId}#${agent?.id}`)).toEqual(
        expect.arrayContaining([expect.objectContaining({ sk: `sponsors#${sponsor.id}` })]),
      )
    }
    expect(await sigil.rows(`RELATION#${sigil.tenantId}#${two?.id}`)).toEqual(
      expect.arrayContaining([expect.objectContaining({ sk: `owners#${owner.id}` })]),
    )
    const [row] = (await sigil.rows(`DIRECTORY#${sigil.tenantId}#agentIdentity`)).filter(({ sk }) => sk === one?.id)
    expect(row).toMatchObject({ parentId: principal.id, properties: { tags: ['a'] } })
  })

  test('an agent gets a token with its role, and one for its user with its scope, the moment the call has answered', async () => {
    const { api, apiPrincipal, role, secret, blueprint: parent, scope } = await company(sigil)
    const offered = { id: randomUUID(), value: 'Tasks.Do', type: 'User', isEnabled: true }
    const texts = { adminConsentDisplayName: 'Do', adminConsentDescription: 'Do' }
    await sigil.make('PATCH', `/applications/${api.id}`, {
      api: { oauth2PermissionScopes: [{ ...offered, ...texts }] },
    })
    const answer = await provision(
      await request([
        {
          displayName: 'One',
          agentUser: user(),
          appRoleAssignments: [{ resourceId: apiPrincipal.id, appRoleId: role.id }],
          oauth2PermissionGrants: [
            { resourceId: apiPrincipal.id, scope: 'Tasks.Do' },
            { resourceId: apiPrincipal.id, scope: 'Tasks.Do', consentType: 'Principal' },
          ],
        },
      ]),
    )
    const [one] = agentsIn(answer)
    if (!one) throw new Error(JSON.stringify(answer.body))
    const t1 = await sigil.tokenFor(parent.appId, secret, 'api://AzureADTokenExchange/.default', { fmi_path: one.id })
    expect(claimsIn(await sigil.agentToken(one.id, t1, scope))).toMatchObject({ roles: ['Tasks.Read'], oid: one.id })
    const [client] = await sigil.rows(`CLIENT#${sigil.tenantId}#${one.id}`)
    expect(client?.[`grant:${apiPrincipal.id}`]).toEqual({ scopes: ['Tasks.Do'] })
    const [granted] = await sigil.rows(`USERGRANT#${sigil.tenantId}#${one.id}#${one.agentUser?.id}`)
    expect(granted).toMatchObject({ objectId: one.id, [`grant:${apiPrincipal.id}`]: { scopes: ['Tasks.Do'] } })
    const grants = await list(sigil, `/oauth2PermissionGrants?$filter=clientId eq '${one.id}'`)
    expect(grants.map(({ id }) => id).sort()).toEqual(one.oauth2PermissionGrants?.map(({ id }) => id).sort())
    // What was given so is taken away like any other.
    for (const { id } of grants) await sigil.make('DELETE', `/oauth2PermissionGrants/${id}`)
    const [after] = await sigil.rows(`CLIENT#${sigil.tenantId}#${one.id}`)
    expect(after?.[`grant:${apiPrincipal.id}`]).toBeUndefined()
  })

  test('the blueprint is named by its appId, or by an address with its id, appId or unique name', async () => {
    const uniqueName = fresh('named')
    const made = await blueprint(sigil, { uniqueName })
    await principalOf(sigil, made)
    const { agentIdentityBlueprintId: _, ...rest } = await request(few(1))
    const addresses = [
      `https://graph.microsoft.com/v1.0/applications/${made.id}`,
      `https://anywhere.example/beta/applications/${made.id}/microsoft.graph.agentIdentityBlueprint`,
      `/applications(appId='${made.appId}')`,
      `applications(uniqueName='${uniqueName}')`,
    ]
    for (const address of addresses) {
      const answer = await provision({ ...rest, 'blueprint@odata.bind': address })
      expect(agentsIn(answer)).toMatchObject([{ agentIdentityBlueprintId: made.appId }])
    }
    for (const wrong of [{}, { agentIdentityBlueprintId: made.appId, 'blueprint@odata.bind': addresses[0] }]) {
      expect(errorIn(await provision({ ...rest, ...wrong }))).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    }
    const foreign = await provision({ ...rest, 'blueprint@odata.bind': `/applications/${randomUUID()}` })
    expect(errorIn(foreign)).toMatchObject({ status: 400, code: 'AgentIdentity_IncompatibleParentType' })
  })

  test('is one commit: one audit row that names them all, and counters that count them', async () => {
    const before = await sigil.make('GET', '/beta/sigil/limits')
    const answer = await provision(await request([{ displayName: 'One', agentUser: user() }, ...few(3)]))
    const ids = agentsIn(answer).flatMap(({ id, agentUser }) => (agentUser ? [id, agentUser.id] : [id]))
    const audits = (await sigil.rows('AUDIT')).filter(({ targetResources }) =>
      (targetResources as { id: string }[]).some(({ id }) => ids.includes(id)),
    )
    expect(audits).toHaveLength(1)
    expect((audits[0]?.targetResources as { id: string }[] | undefined)?.map(({ id }) => id)).toEqual(ids)
    const after = await sigil.make('GET', '/beta/sigil/limits')
    const more = (name: string) => countIn(after, name) - countIn(before, name)
    expect([more('agentIdentity'), more('agentUser')]).toEqual([4, 1])
  })

  test('a blueprint makes agents with users of its own, where it may make users', async () => {
    const { api, id } = await managementRoleOf('AgentIdUser.ReadWrite.IdentityParentedBy')
    const { principal, blueprint: own, secret } = await company(sigil)
    const body = await request([{ displayName: 'One', agentUser: user() }])
    expect(errorIn(await provision(body, { token: await blueprintToken(sigil) }))).toMatchObject({ status: 403 })
    await sigil.make('POST', `/servicePrincipals/${principal.id}/appRoleAssignments`, {
      principalId: principal.id,
      resourceId: api,
      appRoleId: id,
    })
    const token = await sigil.tokenFor(own.appId, secret, graph)
    expect((await provision(body, { token })).status).toBe(201)
    const other = await blueprint(sigil)
    await principalOf(sigil, other)
    const foreign = await provision({ ...body, agentIdentityBlueprintId: other.appId }, { token })
    expect(errorIn(foreign)).toMatchObject({ code: 'Error_AgentBlueprintCannotCreateAssociatedIdentity' })
  })
})

const countIn = ({ value }: Record<string, unknown>, name: string): number =>
  (value as { name: string; all: number }[]).find((each) => each.name === name)?.all ?? Number.NaN

async function managementRoleOf(value: string): Promise<{ api: string; id: string }> {
  const [api] = await list(sigil, "/servicePrincipals?$filter=appId eq '00000003-0000-0000-c000-000000000000'")
  const found = (api?.appRoles as { id: string; value: string }[] | undefined)?.find((each) => each.value === value)
  return { api: api?.id ?? '', id: found?.id ?? '' }
}

describe('what is refused changes nothing', () => {
  test('more than one commit holds: the answer says how many actions that needs, and how many agents fit', async () => {
    const before = await rowCount()
    const { status, message } = errorIn(await provision(await request(few(14))))
    expect(status).toBe(400)
    const [, needed, fit] =
      /14 agents .* need (\d+) actions in one commit, which holds 100; (\d+) like/.exec(message) ?? []
    expect(Number(needed)).toBeGreaterThan(100)
    expect(await rowCount()).toBe(before)
    expect((await provision(await request(few(Number(fit))))).status).toBe(201)
    expect((await provision(await request(few(Number(fit) + 1)))).status).toBe(400)
  })

  test.each<[string, () => Promise<unknown[]>, number, string, RegExp]>([
    ['no agents', async () => [], 400, 'Request_BadRequest', /'agents': must have at least one/],
    [
      'a bad name',
      async () => [...few(1), { displayName: ' ' }],
      400,
      'Request_BadRequest',
      /'agents\.1\.displayName'/,
    ],
    ['no object', async () => ['Clerk'], 400, 'Request_BadRequest', /'agents\.0.*must be an object/],
    ['a list', async () => [[]], 400, 'Request_BadRequest', /'agents\.0/],
    [
      'a credential',
      async () => [{ displayName: 'C', keyCredentials: [] }],
      400,
      'AgentIdentity_CredentialsNotSupported',
      /'agents\.0/,
    ],
    ['an id', async () => [{ displayName: 'C', id: randomUUID() }], 400, 'Request_BadRequest', /'agents\.0\.id'/],
    [
      'a sponsor who is not there',
      async () => [{ displayName: 'C', 'sponsors@odata.bind': [`/users/${randomUUID()}`] }],
      400,
      'Request_BadRequest',
      /'agents\.0\.sponsors@odata.bind'/,
    ],
    [
      "a user of another's domain",
      async () => [{ displayName: 'C', agentUser: newPerson('elsewhere.example') }],
      400,
      'Request_BadRequest',
      /'agents\.0\.userPrincipalName'/,
    ],
    [
      'a user with a password',
      async () => [{ displayName: 'C', agentUser: { ...user(), passwordProfile: {} } }],
      400,
      'Request_BadRequest',
      /passwordProfile/,
    ],
    [
      'one name for two users',
      async () => few(2, { agentUser: user('twin') }),
      400,
      'Request_BadRequest',
      /name of two agent users/,
    ],
    [
      'a role that nobody offers',
      async () => [
        {
          displayName: 'C',
          appRoleAssignments: [{ resourceId: (await company(sigil)).apiPrincipal.id, appRoleId: randomUUID() }],
        },
      ],
      400,
      'Request_BadRequest',
      /'agents\.0\.appRoleId'/,
    ],
    [
      'a resource that is not there',
      async () => [{ displayName: 'C', appRoleAssignments: [{ resourceId: randomUUID(), appRoleId: randomUUID() }] }],
      404,
      'Request_ResourceNotFound',
      /'agents\.0/,
    ],
    [
      'a blocked permission',
      async () => [{ displayName: 'C', appRoleAssignments: [await blocked()] }],
      400,
      'Request_BadRequest',
      /too powerful for agents/,
    ],
    [
      'a blocked scope',
      async () => [
        {
          displayName: 'C',
          oauth2PermissionGrants: [
            { resourceId: (await blocked()).resourceId, scope: 'User.Read Directory.ReadWrite.All' },
          ],
        },
      ],
      400,
      'Request_BadRequest',
      /'Directory.ReadWrite.All' is too powerful/,
    ],
    [
      'a scope on behalf of nobody',
      async () => [
        {
          displayName: 'C',
          oauth2PermissionGrants: [
            { resourceId: (await blocked()).resourceId, scope: 'User.Read', consentType: 'Principal' },
          ],
        },
      ],
      400,
      'Request_BadRequest',
      /principalId/,
    ],
    [
      'a resource twice',
      async () => [
        {
          displayName: 'C',
          oauth2PermissionGrants: Array(2).fill({ resourceId: (await blocked()).resourceId, scope: 'User.Read' }),
        },
      ],
      400,
      'Request_BadRequest',
      /stands there twice/,
    ],
    [
      'an end that has passed',
      async () => [{ displayName: 'C', expiresAt: '2020-01-01T00:00:00Z' }],
      400,
      'Request_BadRequest',
      /'agents\.0\.expiresAt'/,
    ],
  ])('%s', async (_, agents, status, code, message) => {
    const body = await request(await agents())
    const before = await rowCount()
    expect(errorIn(await provision(body))).toEqual({ status, code, message: expect.stringMatching(message) })
    expect(await rowCount()).toBe(before)
  })

  const blocked = async () => {
    const { api, id } = await managementRoleOf('Application.ReadWrite.All')
    return { resourceId: api, appRoleId: id }
  }

  test('a user name that another has', async () => {
    const { userPrincipalName } = await person(sigil)
    const name = String(userPrincipalName).split('@')[0]
    const answer = await provision(await request([...few(2), { displayName: 'C', agentUser: user(name) }]))
    expect(errorIn(answer)).toMatchObject({ status: 409, code: 'Request_MultipleObjectsWithSameKeyValue' })
  })

  test.each<[string, string[], object]>([
    ['agents', ['AgentIdUser.ReadWrite.All'], {}],
    ['users', ['AgentIdentity.Create.All'], { user: true }],
    ['roles', ['AgentIdentity.Create.All', 'Application.Read.All'], { role: true }],
    ['grants', ['AgentIdentity.Create.All', 'Application.Read.All'], { grant: true }],
  ])(
    'to make %s without the permission for it',
    async (_, permissions, what: { user?: true; role?: true; grant?: true }) => {
      const { apiPrincipal, role } = await company(sigil)
      const { api } = await managementRoleOf('User.Read.All')
      const body = await request([
        {
          displayName: 'C',
          ...(what.user && { agentUser: user() }),
          ...(what.role && { appRoleAssignments: [{ resourceId: apiPrincipal.id, appRoleId: role.id }] }),
          ...(what.grant && { oauth2PermissionGrants: [{ resourceId: api, scope: 'User.Read' }] }),
        },
      ])
      const token = await tokenWith(sigil, ...permissions)
      expect(errorIn(await provision(body, { token }))).toMatchObject({
        status: 403,
        code: 'Authorization_RequestDenied',
      })
      const enough = [
        'AgentIdentity.Create.All',
        'AgentIdUser.ReadWrite.All',
        'AppRoleAssignment.ReadWrite.All',
        'DelegatedPermissionGrant.ReadWrite.All',
      ]
      expect((await provision(body, { token: await tokenWith(sigil, ...enough) })).status).toBe(201)
    },
  )

  test('an agent identity makes none', async () => {
    const { agent, t1 } = await company(sigil)
    const { body } = await sigil.token({
      client_id: agent.id,
      scope: graph,
      grant_type: 'client_credentials',
      ...assertion(await t1()),
    })
    const answer = await provision(await request(few(1)), { token: String(body.access_token) })
    expect(errorIn(answer).code).toBe('Error_AgentIdentitiesCreatingAgentIdentitiesNotAllowed')
  })
})

describe('with an Idempotency-Key', () => {
  const key = () => ({ 'idempotency-key': randomUUID() })

  test('the same request is done once, and answered the same', async () => {
    const body = await request([{ displayName: 'One', agentUser: user() }])
    const headers = key()
    const first = await provision(body, { headers })
    const rows = await rowCount()
    const second = await provision(body, { headers: { 'idempotency-key': `"${headers['idempotency-key']}"` } })
    expect([first.status, second.status]).toEqual([201, 201])
    expect(JSON.stringify(second.body)).toBe(JSON.stringify(first.body))
    expect([first.headers.get('idempotency-replayed'), second.headers.get('idempotency-replayed')]).toEqual([
      null,
      'true',
    ])
    expect(await rowCount()).toBe(rows)
  })

  test('of many at once one is done, and all are answered the same', async () => {
    const body = await request([{ displayName: 'One', agentUser: user() }])
    const headers = key()
    const answers = await Promise.all(Array.from({ length: 8 }, () => provision(body, { headers })))
    expect(new Set(answers.map(({ body: each }) => JSON.stringify(each))).size).toBe(1)
    expect(answers.filter(({ headers: each }) => each.get('idempotency-replayed') === null)).toHaveLength(1)
    expect(answers[0]?.status).toBe(201)
  })

  test('another request is refused, and so is a key that is none', async () => {
    const headers = key()
    expect((await provision(await request(few(1)), { headers })).status).toBe(201)
    const answer = await provision(await request(few(2)), { headers })
    expect(errorIn(answer)).toMatchObject({ status: 422, code: 'Request_IdempotencyMismatch' })
    for (const wrong of ['', 'two words', 'x'.repeat(256)]) {
      const refused = await provision(await request(few(1)), { headers: { 'idempotency-key': wrong } })
      expect(refused.status).toBe(400)
    }
  })

  test('what was refused is not kept: mended, it is done', async () => {
    const { tenantId, admin, domain } = await sigil.openTenant(`${fresh('key')}.example`)
    const form = {
      grant_type: 'client_credentials',
      scope: graph,
      client_id: admin.clientId,
      client_secret: admin.clientSecret,
    }
    const token = String((await sigil.token(form, tenantId)).body.access_token)
    const sponsor = await sigil.make('POST', '/users', newPerson(domain), token)
    const parent = await sigil.make(
      'POST',
      '/applications/microsoft.graph.agentIdentityBlueprint',
      { displayName: 'B', 'sponsors@odata.bind': bind(sponsor) },
      token,
    )
    const body = { agentIdentityBlueprintId: parent.appId, 'sponsors@odata.bind': bind(sponsor), agents: few(1) }
    const headers = key()
    expect((await provision(body, { headers, token })).status).toBe(400)
    await sigil.make('POST', '/servicePrincipals', { appId: parent.appId }, token)
    expect((await provision(body, { headers, token })).status).toBe(201)
  })

  test("another client's key, and another user's of the same client, is another key", async () => {
    const body = await request(few(1))
    const headers = key()
    const token = await tokenWith(sigil, 'AgentIdentity.Create.All')
    const clientId = String(claimsIn(token).appid)
    await grantScopes(sigil, { clientId, scopes: ['AgentIdentity.Create.All'] })
    const people = [await person(sigil), await person(sigil)]
    for (const { id } of people) await holdRole(sigil, { userId: id }, 'Agent ID Administrator')
    const tokens = await Promise.all(
      people.map(({ id: userId }) =>
        delegatedToken(sigil, {
          clientId,
          userId,
          scopes: ['AgentIdentity.Create.All'],
          roles: ['Agent ID Administrator'],
        }),
      ),
    )
    const answers = []
    for (const each of [undefined, token, ...tokens]) {
      answers.push(await provision(body, { headers, ...(each !== undefined && { token: each }) }))
    }
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201])
    expect(new Set(answers.map((each) => agentsIn(each)[0]?.id)).size).toBe(4)
  })

  test('after a day it is forgotten, whether or not its row is gone', async () => {
    const body = await request(few(1))
    const headers = key()
    const first = await provision(body, { headers })
    sigil.clock.advance(23 * 3_600_000)
    expect(agentsIn(await provision(body, { headers }))).toEqual(agentsIn(first))
    sigil.clock.advance(2 * 3_600_000)
    expect(agentsIn(await provision(body, { headers }))[0]?.id).not.toBe(agentsIn(first)[0]?.id)
    expect((await sigil.rows('IDEMPOTENCY')).every(({ ttl }) => typeof ttl === 'number')).toBe(true)
    sigil.clock.reset()
  })
})
