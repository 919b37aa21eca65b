import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, assertion, type Cast, cast, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>

const sigil = sigilForTests()
const typed = '/servicePrincipals/microsoft.graph.agentIdentity'
const type = '#microsoft.graph.agentIdentity'
const management = 'https://graph.microsoft.com/.default'

let actors: Cast
let others: Cast
/** The blueprint's own token. */
let own: string
/** A token of the blueprint's agent for the management API. */
let agentsToken: string

beforeAll(async () => {
  actors = await cast(sigil, 'agents')
  others = await cast(sigil, 'others')
  own = await sigil.tokenFor(actors.blueprint.appId, actors.secret, management)
  agentsToken = await sigil.agentToken(actors.agent.id, await actors.t1(), management)
})

const refusal = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}
const bodyFor = ({ blueprint, sponsors }: Cast, more: Body = {}) => ({
  displayName: 'Agent',
  agentIdentityBlueprintId: blueprint.appId,
  ...sponsors,
  ...more,
})
const create = (more: Body = {}, token?: string) => sigil.make('POST', typed, bodyFor(actors, more), token)
const roleIdOf = async (value: string) => {
  const { appRoles } = await sigil.make('GET', "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')")
  return (appRoles as { id: string; value: string }[]).find((role) => role.value === value)?.id
}

describe('an agent identity', () => {
  test('is created under its blueprint with a sponsor, and its id is its client id', async () => {
    const { status, body } = await sigil.graph('POST', typed, bodyFor(actors, { tags: ['a'] }))
    expect(status).toBe(201)
    expect(body).toEqual({
      '@odata.context': expect.stringContaining('/v1.0/$metadata#servicePrincipals'),
      '@odata.type': type,
      id: body.appId,
      appId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      displayName: 'Agent',
      accountEnabled: true,
      agentIdentityBlueprintId: actors.blueprint.appId,
      createdByAppId: sigil.service.admin.clientId,
      createdDateTime: expect.any(String),
      disabledByMicrosoftStatus: null,
      servicePrincipalType: 'ServiceIdentity',
      tags: ['a'],
    })
    expect(await sigil.rows(`RELATION#${sigil.tenantId}#${body.id}`)).toMatchObject([{ targetId: actors.person.id }])
    expect(await sigil.rows(`CLIENT#${sigil.tenantId}#${body.id}`)).toMatchObject([
      { type: 'agentIdentity', parentAppId: actors.blueprint.appId, enabled: true },
    ])
    expect(await sigil.rows(`APP#${body.id}`)).toEqual([])
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    ['cast in the path',               typed,                                               undefined],
    ['cast in other letters',          '/serviceprincipals/Microsoft.Graph.AgentIdentity',  undefined],
    ['cast and type',                  typed,                                               type],
    ['type in the body',               '/servicePrincipals',                                type],
    ['type by its alias, of beta',     '/beta/servicePrincipals',                           'graph.agentIdentity'],
    ['type in other letters',          '/servicePrincipals',                                'Microsoft.Graph.AgentIdentity'],
  ])('is created by %s', async (_, path, odataType) => {
    const body = bodyFor(actors, odataType === undefined ? {} : { '@odata.type': odataType })
    expect(await sigil.make('POST', path, body)).toMatchObject({ '@odata.type': type })
  })

  test('is good for a token the moment that it is there, disabled or not as it says', async () => {
    const { blueprint, secret } = actors
    const t1 = (fmi_path: string) =>
      sigil.tokenFor(blueprint.appId, secret, 'api://AzureADTokenExchange/.default', { fmi_path })
    const { id } = await create()
    expect(await sigil.agentToken(id, await t1(id), management)).toMatch(/^ey/)
    const disabled = await create({ accountEnabled: false })
    await expect(t1(disabled.id)).rejects.toThrow('7000112')
  })

  test('is the same under every address that names it', async () => {
    const { agent } = actors
    const shown = { ...agent, '@odata.context': undefined }
    for (const address of [
      `/servicePrincipals/${agent.id}`,
      `${typed}/${agent.id}`,
      `/servicePrincipals/${agent.id}/microsoft.graph.agentIdentity`,
      `/servicePrincipals(appId='${agent.id}')/microsoft.graph.agentIdentity`,
      `/beta/serviceprincipals('${agent.id.toUpperCase()}')`,
    ]) {
      const { status, body } = await sigil.graph('GET', address)
      expect([address, status]).toEqual([address, 200])
      expect({ ...body, '@odata.context': undefined }).toEqual(shown)
    }
    for (const stranger of [actors.principal.id, actors.apiPrincipal.id, actors.person.id, actors.blueprint.id]) {
      expect((await sigil.graph('GET', `${typed}/${stranger}`)).status).toBe(404)
    }
  })

  test.each([
    ['typed, cast behind the set', (id: string) => `${typed}/${id}`],
    ['typed, cast behind the key', (id: string) => `/servicePrincipals/${id}/microsoft.graph.agentIdentity`],
    ['untyped', (id: string) => `/servicePrincipals/${id}`],
  ])('is changed, disabled and deleted %s', async (_, address) => {
    const { id } = await create()
    const t1 = () =>
      sigil.tokenFor(actors.blueprint.appId, actors.secret, 'api://AzureADTokenExchange/.default', { fmi_path: id })
    const before = await t1()
    const code = async () => {
      const { status, body } = await sigil.token({
        client_id: id,
        scope: management,
        grant_type: 'client_credentials',
        ...assertion(before),
      })
      return status === 200 ? 200 : (body.error_codes as number[])[0]
    }
    const patch = async (body: Body) => (await sigil.graph('PATCH', address(id), body)).status
    expect(await patch({ displayName: 'Renamed', tags: ['x'] })).toBe(204)
    expect(await sigil.make('GET', address(id))).toMatchObject({
      displayName: 'Renamed',
      tags: ['x'],
      accountEnabled: true,
    })
    expect(await code()).toBe(200)
    expect(await patch({ accountEnabled: false })).toBe(204)
    expect(await code()).toBe(7000112)
    await expect(t1()).rejects.toThrow('7000112')
    expect(await patch({ accountEnabled: true })).toBe(204)
    expect(await code()).toBe(200)
    expect((await sigil.graph('DELETE', address(id))).status).toBe(204)
    expect(await code()).toBe(700016)
    await expect(t1()).rejects.toThrow('700016')
    expect((await sigil.graph('GET', address(id))).status).toBe(404)
    expect((await sigil.graph('DELETE', address(id))).status).toBe(404)
    expect((await sigil.rows('DELETED#')).find(({ sk }) => sk === id)).toMatchObject({
      type: 'agentIdentity',
      client: { clientId: id },
    })
    expect(await sigil.rows(`CLIENT#${sigil.tenantId}#${id}`)).toEqual([])
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, Body]>([
    ['displayName',              { displayName: undefined }],
    ['displayName',              { displayName: '' }],
    ['agentIdentityBlueprintId', { agentIdentityBlueprintId: undefined }],
    ['agentIdentityBlueprintId', { agentIdentityBlueprintId: null }],
    ['agentIdentityBlueprintId', { agentIdentityBlueprintId: 'blueprint' }],
    ['sponsors@odata.bind',      { 'sponsors@odata.bind': undefined }],
    ['sponsors@odata.bind',      { 'sponsors@odata.bind': [] }],
    ['sponsors@odata.bind',      { 'sponsors@odata.bind': [`/users/${crypto.randomUUID()}`] }],
    ['accountEnabled',           { accountEnabled: 'false' }],
    ['accountEnabled',           { accountEnabled: null }],
    ['accountEnabled',           { accountEnabled: 0 }],
    ['id',                       { id: crypto.randomUUID() }],
    ['servicePrincipalType',     { servicePrincipalType: 'Application' }],
    ['createdByAppId',           { createdByAppId: crypto.randomUUID() }],
    ['parentAppId',              { parentAppId: crypto.randomUUID() }],
    ['roles',                    { roles: [] }],
    ['@odata.type',              { '@odata.type': '#microsoft.graph.agentUser' }],
  ])('is not created for its %s: %j', async (property, more) => {
    const answer = refusal(await sigil.graph('POST', typed, bodyFor(actors, more)))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain(`'${property}'`)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, unknown]>([
    ['id',                       crypto.randomUUID()],
    ['appId',                    crypto.randomUUID()],
    ['agentIdentityBlueprintId', crypto.randomUUID()],
    ['servicePrincipalType',     'Application'],
    ['createdByAppId',           crypto.randomUUID()],
    ['createdDateTime',          '2020-01-01T00:00:00Z'],
    ['disabledByMicrosoftStatus','NotDisabled'],
    ['accountEnabled',           'true'],
    ['accountEnabled',           1],
    ['accountEnabled',           null],
    ['displayName',              null],
    ['displayName',              ''],
    ['tags',                     null],
    ['tags',                     'x'],
    ['sponsors@odata.bind',      []],
    ['@odata.type',              '#microsoft.graph.agentIdentityBlueprintPrincipal'],
  ])('cannot have its %s changed to %j', async (property, value) => {
    for (const at of [`${typed}/${actors.agent.id}`, `/servicePrincipals/${actors.agent.id}`]) {
      const answer = refusal(await sigil.graph('PATCH', at, { [property]: value }))
      expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
      expect(answer.message).toContain(`'${property}'`)
    }
    expect(await sigil.make('GET', `${typed}/${actors.agent.id}`)).toMatchObject({ accountEnabled: true })
  })

  test('has no credentials of any kind', async () => {
    for (const property of ['passwordCredentials', 'keyCredentials', 'federatedIdentityCredentials']) {
      for (const answer of [
        await sigil.graph('POST', typed, bodyFor(actors, { [property]: [{}] })),
        await sigil.graph('POST', '/servicePrincipals', bodyFor(actors, { '@odata.type': type, [property]: [] })),
        await sigil.graph('PATCH', `${typed}/${actors.agent.id}`, { [property]: [] }),
        await sigil.graph('PATCH', `/servicePrincipals/${actors.agent.id}`, { [property]: null }),
      ]) {
        const { status, code, message } = refusal(answer)
        expect([status, code]).toEqual([400, 'AgentIdentity_CredentialsNotSupported'])
        expect(message).toContain(property)
      }
    }
    for (const action of ['addPassword', 'removePassword']) {
      expect(
        (await sigil.graph('POST', `/applications/${actors.agent.id}/${action}`, { keyId: actors.keyId })).status,
      ).toBeGreaterThanOrEqual(400)
    }
  })

  test('has nothing that only an application behind it could give it', async () => {
    for (const property of ['appRoles', 'replyUrls', 'servicePrincipalNames', 'tokenEncryptionKeyId']) {
      const answer = refusal(await sigil.graph('PATCH', `${typed}/${actors.agent.id}`, { [property]: [] }))
      expect(answer).toMatchObject({ status: 400, code: 'AgentBlueprintPrincipal_AgentIdentity_IncompatibleProperty' })
      expect(answer.message).toContain(`'${property}'`)
    }
  })
})

describe('the parent of an agent identity', () => {
  test.each([
    ['an ordinary application', ({ api }: Cast) => api.appId],
    ['an ordinary application’s object id', ({ api }: Cast) => api.id],
    ['the principal of the blueprint', ({ principal }: Cast) => principal.id],
    ['an agent identity', ({ agent }: Cast) => agent.id],
    ['a person', ({ person }: Cast) => person.id],
    ['nobody', () => crypto.randomUUID()],
  ])('is a blueprint, and not %s', async (_, parent) => {
    const body = bodyFor(actors, { agentIdentityBlueprintId: parent(actors) })
    const answer = refusal(await sigil.graph('POST', typed, body))
    expect(answer).toMatchObject({ status: 400, code: 'AgentIdentity_IncompatibleParentType' })
    expect(answer.message).toContain("'agentIdentityBlueprintId'")
  })

  test('has a principal in the tenant', async () => {
    const blueprint = await sigil.make('POST', '/applications/microsoft.graph.agentIdentityBlueprint', {
      displayName: 'No principal',
      ...actors.sponsors,
    })
    const body = bodyFor(actors, { agentIdentityBlueprintId: blueprint.appId })
    const answer = refusal(await sigil.graph('POST', typed, body))
    expect(answer).toMatchObject({ status: 400, code: 'AgentIdentity_AgentBlueprintPrincipalDoesNotExist' })
    await sigil.make('POST', '/servicePrincipals', { appId: blueprint.appId })
    expect((await sigil.graph('POST', typed, body)).status).toBe(201)
  })

  test('is there until the last moment: of a creation and a deletion at once, the one after sees the other', async () => {
    const doomed = await cast(sigil, 'race')
    const [deletion, ...creations] = await Promise.all([
      sigil.graph('DELETE', `/servicePrincipals/${doomed.principal.id}`),
      ...[1, 2, 3].map(() => sigil.graph('POST', typed, bodyFor(doomed))),
    ])
    expect(deletion.status).toBe(204)
    for (const creation of creations) {
      expect([201, 400]).toContain(creation.status)
      if (creation.status === 400)
        expect(refusal(creation).code).toBe('AgentIdentity_AgentBlueprintPrincipalDoesNotExist')
    }
  })
})

describe('who creates and manages agent identities', () => {
  test('a blueprint, with its own token: all that an agent’s life has, of its own agents', async () => {
    const made = await create({ displayName: 'Own' }, own)
    expect(made.createdByAppId).toBe(actors.blueprint.appId)
    for (const address of [`${typed}/${made.id}`, `/servicePrincipals/${made.id}`]) {
      expect(await sigil.make('GET', address, undefined, own)).toMatchObject({ displayName: 'Own' })
      expect((await sigil.graph('PATCH', address, { accountEnabled: false, tags: ['t'] }, own)).status).toBe(204)
      expect((await sigil.graph('PATCH', address, { displayName: 'Own' }, own)).status).toBe(204)
    }
    expect((await sigil.graph('DELETE', `${typed}/${made.id}`, undefined, own)).status).toBe(204)
    const untyped = await sigil.make('POST', '/servicePrincipals', bodyFor(actors, { '@odata.type': type }), own)
    expect((await sigil.graph('DELETE', `/servicePrincipals/${untyped.id}`, undefined, own)).status).toBe(204)
  })

  // Whoever has stolen the secret of a blueprint must not undo what an administrator did about it.
  test('a blueprint may stop its agent, and not start it again', async () => {
    const made = await create({ displayName: 'Stopped' }, own)
    const at = `${typed}/${made.id}`
    await sigil.make('PATCH', at, { accountEnabled: false })
    const again = await sigil.graph('PATCH', at, { accountEnabled: true }, own)
    expect(refusal(again)).toMatchObject({ status: 403, code: 'Authorization_RequestDenied' })
    expect(await sigil.make('GET', at)).toMatchObject({ accountEnabled: false })
    await sigil.make('PATCH', at, { accountEnabled: true })
    expect((await sigil.graph('PATCH', at, { accountEnabled: true, tags: ['x'] }, own)).status).toBe(204)
  })

  test('a blueprint sees its own agents and no others’ in every list', async () => {
    for (const path of [typed, '/servicePrincipals', '/beta/servicePrincipals/microsoft.graph.agentIdentity']) {
      const { value } = await sigil.make('GET', path, undefined, own)
      const parents = (value as Body[]).map(({ agentIdentityBlueprintId }) => agentIdentityBlueprintId)
      expect(parents).toContain(actors.blueprint.appId)
      expect(new Set(parents)).toEqual(new Set([actors.blueprint.appId]))
      const filtered = await sigil.make('GET', `${path}?$filter=id eq '${others.agent.id}'`, undefined, own)
      expect(filtered.value).toEqual([])
    }
  })

  test.each(['GET', 'PATCH', 'DELETE'])(
    'a blueprint may not %s another’s agent, nor any other object',
    async (method) => {
      const body = method === 'PATCH' ? { accountEnabled: false } : undefined
      for (const address of [
        `${typed}/${others.agent.id}`,
        `/servicePrincipals/${others.agent.id}`,
        `/servicePrincipals/${actors.principal.id}`,
        `/servicePrincipals/${actors.apiPrincipal.id}`,
        `/applications/${actors.blueprint.id}`,
      ]) {
        const answer = refusal(await sigil.graph(method, address, body, own))
        expect([address, answer.status, answer.code]).toEqual([address, 403, 'Authorization_RequestDenied'])
      }
      expect(await sigil.make('GET', `${typed}/${others.agent.id}`)).toMatchObject({ accountEnabled: true })
    },
  )

  test('a blueprint may not create under another, whatever it has been given', async () => {
    expect(refusal(await sigil.graph('POST', typed, bodyFor(others), own))).toMatchObject({
      status: 403,
      code: 'Error_AgentBlueprintCannotCreateAssociatedIdentity',
    })
    await sigil.make('POST', `/servicePrincipals/${others.principal.id}/appRoleAssignments`, {
      principalId: others.principal.id,
      resourceId: (await sigil.make('GET', "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')")).id,
      appRoleId: await roleIdOf('AgentIdentity.ReadWrite.All'),
    })
    const broad = await sigil.tokenFor(others.blueprint.appId, others.secret, management)
    for (const [method, path, body] of [
      ['POST', typed, bodyFor(actors)],
      ['GET', `${typed}/${actors.agent.id}`, undefined],
      ['PATCH', `${typed}/${actors.agent.id}`, { accountEnabled: false }],
      ['DELETE', `${typed}/${actors.agent.id}`, undefined],
    ] as const) {
      expect([method, (await sigil.graph(method, path, body, broad)).status]).toEqual([method, 403])
    }
  })

  test('an agent never creates agents, typed or not, under whomever', async () => {
    for (const path of [typed, '/servicePrincipals']) {
      const body = bodyFor(actors, { '@odata.type': type })
      for (const each of [body, { ...body, agentIdentityBlueprintId: actors.agent.id }, {}]) {
        expect(refusal(await sigil.graph('POST', path, each, agentsToken))).toMatchObject({
          status: 403,
          code: 'Error_AgentIdentitiesCreatingAgentIdentitiesNotAllowed',
        })
      }
    }
  })

  test('a refused creation leaves nothing behind', async () => {
    const before = await sigil.rows()
    await sigil.graph('POST', typed, bodyFor(others), own)
    await sigil.graph('POST', typed, bodyFor(actors), agentsToken)
    await sigil.graph('POST', typed, bodyFor(actors, { 'sponsors@odata.bind': [] }))
    await sigil.graph('POST', typed, bodyFor(actors, { agentIdentityBlueprintId: crypto.randomUUID() }))
    expect(await sigil.rows()).toEqual(before)
  })
})
