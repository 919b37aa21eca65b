import { beforeAll, describe, expect, test } from 'vitest'
import { tokenWith } from '../scenarios/makers.ts'
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
/** Tokens of applications that may assign custom security attributes: with what else an administrator may, and without. */
let assigner: string
let attributesOnly: string

beforeAll(async () => {
  actors = await cast(sigil, 'agents')
  others = await cast(sigil, 'others')
  own = await sigil.tokenFor(actors.blueprint.appId, actors.secret, management)
  agentsToken = await sigil.agentToken(actors.agent.id, await actors.t1(), management)
  const attributes = 'CustomSecAttributeAssignment.ReadWrite.All'
  attributesOnly = await tokenWith(sigil, attributes)
  const all = [
    'AgentIdentity.ReadWrite.All',
    'AgentIdentityBlueprintPrincipal.ReadWrite.All',
    'Application.ReadWrite.All',
  ]
  assigner = await tokenWith(sigil, attributes, ...all)
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
      appRoleAssignmentRequired: false,
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
      deletedDateTime: expect.any(String),
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

describe('every property of an agent identity, changed by itself,', () => {
  // biome-ignore format: a table reads better aligned
  const settable: [property: string, value: unknown][] = [
    ['displayName',               'Renamed'],
    ['accountEnabled',            false],
    ['tags',                      ['x']],
    ['appRoleAssignmentRequired', true],
    ['customSecurityAttributes',  { Set: { Name: 'x' } }],
  ]
  const shown = (id: string) =>
    sigil.make('GET', `/beta/servicePrincipals/${id}?$select=*,customSecurityAttributes`, undefined, assigner)

  test.each(settable)(
    '%s: is what it is set to, stays where it is absent, and is never null',
    async (property, value) => {
      const { id } = await create()
      const at = `/beta${typed}/${id}`
      expect((await sigil.graph('PATCH', at, { [property]: value }, assigner)).status).toBe(204)
      expect(await shown(id)).toMatchObject({ [property]: value })
      const set = (await shown(id))[property]
      const other = property === 'tags' ? { displayName: 'Other' } : { tags: [] }
      for (const absent of [{}, other]) {
        expect((await sigil.graph('PATCH', at, absent)).status).toBe(204)
        expect((await shown(id))[property]).toEqual(set)
      }
      expect(refusal(await sigil.graph('PATCH', at, { [property]: null }, assigner)).message).toContain(`'${property}'`)
      expect((await shown(id))[property]).toEqual(set)
    },
  )

  test.each(settable)('%s: is never made of a value of another type', async (property, value) => {
    const { id } = await create()
    const before = await shown(id)
    const typeOf = (each: unknown) => (Array.isArray(each) ? 'list' : typeof each)
    const wrong = ['false', 'true', '', 0, 1, true, {}, [], [0], [null]].filter(
      (each) => typeOf(each) !== typeOf(value),
    )
    for (const each of wrong) {
      for (const answer of [
        await sigil.graph('PATCH', `/beta${typed}/${id}`, { [property]: each }, assigner),
        await sigil.graph('POST', `/beta${typed}`, bodyFor(actors, { [property]: each })),
      ]) {
        expect([each, answer.status]).toEqual([each, 400])
        expect(refusal(answer).message).toContain(`'${property}`)
      }
    }
    expect(await shown(id)).toEqual(before)
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    'id', 'appId', 'createdByAppId', 'createdDateTime', 'deletedDateTime', 'disabledByMicrosoftStatus', 'servicePrincipalType',
    'managerApplications', 'lifecycle', 'owners', 'sponsors',
  ])('%s: cannot be set or changed, not even to what it is, and says so', async (property) => {
    const made = await create()
    for (const value of [made[property] ?? null, 'another']) {
      for (const answer of [
        await sigil.graph('PATCH', `/servicePrincipals/${made.id}`, { [property]: value }),
        await sigil.graph('POST', typed, bodyFor(actors, { [property]: value })),
      ]) {
        expect(refusal(answer)).toMatchObject({ status: 400, code: 'Request_BadRequest' })
        expect(refusal(answer).message).toContain(`'${property}': cannot be changed here; `)
      }
    }
  })

  test('its blueprint and its end: cannot be changed, by whatever name', async () => {
    const { id } = await create()
    const later = new Date(Date.now() + 3600_000).toISOString()
    for (const [property, value] of [
      ['agentIdentityBlueprintId', others.blueprint.appId],
      ['agentIdentityBlueprintId', actors.blueprint.appId],
      ['expiresAt', later],
      ['expiresAt', null],
    ] as const) {
      const answer = refusal(await sigil.graph('PATCH', `/servicePrincipals/${id}`, { [property]: value }))
      expect(answer.message).toContain(`'${property}': cannot be changed here; `)
    }
    for (const alias of ['agentAppId', 'agentIdentityBlueprintAppId']) {
      const answer = await sigil.graph('PATCH', `/servicePrincipals/${id}`, { [alias]: others.blueprint.appId })
      expect(refusal(answer).message).toContain("'agentIdentityBlueprintId': cannot be changed here; ")
    }
  })

  test('appRoleAssignmentRequired: is a property of beta', async () => {
    const { id } = await create()
    for (const answer of [
      await sigil.graph('PATCH', `/servicePrincipals/${id}`, { appRoleAssignmentRequired: true }),
      await sigil.graph('POST', typed, bodyFor(actors, { appRoleAssignmentRequired: true })),
    ]) {
      expect(refusal(answer)).toMatchObject({ status: 400, code: 'Request_BadRequest' })
      expect(refusal(answer).message).toContain("'appRoleAssignmentRequired': is a property of beta")
    }
    const made = await sigil.make('POST', `/beta${typed}`, bodyFor(actors, { appRoleAssignmentRequired: true }))
    expect(made).toMatchObject({ appRoleAssignmentRequired: true })
  })
})

describe('the blueprint of a new agent identity', () => {
  test('may be named as older clients do, once', async () => {
    const { agentIdentityBlueprintId, ...body } = bodyFor(actors)
    for (const alias of ['agentAppId', 'agentIdentityBlueprintAppId']) {
      expect(await sigil.make('POST', typed, { ...body, [alias]: agentIdentityBlueprintId })).toMatchObject({
        agentIdentityBlueprintId,
      })
      const both = { ...body, [alias]: agentIdentityBlueprintId, agentIdentityBlueprintId }
      expect((await sigil.graph('POST', typed, both)).status).toBe(201)
      const two = await sigil.graph('POST', typed, { ...both, [alias]: others.blueprint.appId })
      expect(refusal(two)).toMatchObject({ status: 400, code: 'Request_BadRequest' })
      expect(refusal(two).message).toContain(`'${alias}'`)
    }
  })
})

describe('an ephemeral agent identity', () => {
  const inSeconds = (seconds: number) => new Date(sigil.clock.now().getTime() + seconds * 1000).toISOString()

  test('has an end, which the directory and the token path know, and whoever has to remove it', async () => {
    const expiresAt = inSeconds(3600)
    const made = await create({ expiresAt })
    expect(made).toMatchObject({ expiresAt })
    expect(await sigil.rows(`CLIENT#${sigil.tenantId}#${made.id}`)).toMatchObject([{ expiresAt }])
    const [row] = (await sigil.rows('DIRECTORY#')).filter(({ sk }) => sk === made.id)
    expect(row).toMatchObject({ expiresAt, properties: { expiresAt } })
    expect((await sigil.rows('DUE#')).filter(({ id }) => id === made.id)).toMatchObject([
      { what: 'expire', at: expiresAt, tenantId: sigil.tenantId, type: 'agentIdentity' },
    ])
    expect(await create()).not.toHaveProperty('expiresAt')
  })

  test('may be made by its blueprint, and gives its end in any time zone', async () => {
    const end = new Date(sigil.clock.now().getTime() + 7200_000)
    const local = `${new Date(end.getTime() + 3600_000).toISOString().replace('Z', '')}+01:00`
    expect(await create({ expiresAt: local }, own)).toMatchObject({ expiresAt: end.toISOString() })
  })

  test('ends in the future, within ten years', async () => {
    const years = (count: number) => inSeconds(count * 365.25 * 86_400)
    for (const wrong of [inSeconds(-1), inSeconds(0), years(10.1), '2030-02-31', 'tomorrow', '', 7, null, {}]) {
      const answer = refusal(await sigil.graph('POST', typed, bodyFor(actors, { expiresAt: wrong })))
      expect([wrong, answer.status, answer.message]).toEqual([wrong, 400, expect.stringContaining("'expiresAt'")])
    }
    expect((await create({ expiresAt: years(9.9) })).expiresAt).toBeTruthy()
  })
})

describe('the custom security attributes of an agent identity', () => {
  const setType = '#Microsoft.DirectoryServices.CustomSecurityAttributeValue'
  const attributesOf = async (id: string) =>
    (await sigil.make('GET', `/servicePrincipals/${id}?$select=customSecurityAttributes`, undefined, assigner))
      .customSecurityAttributes
  const assign = (id: string, customSecurityAttributes: unknown, token: string | undefined = assigner) =>
    sigil.graph('PATCH', `${typed}/${id}`, { customSecurityAttributes }, token)

  test('are set one by one, and removed by null or by no values', async () => {
    const { id } = await create()
    const first = {
      Engineering: {
        '@odata.type': setType,
        'Project@odata.type': '#Collection(String)',
        Project: ['Baker', 'Cascade'],
        Level: 3,
        Certified: true,
      },
    }
    expect((await assign(id, first)).status).toBe(204)
    const engineering = {
      '@odata.type': '#microsoft.graph.customSecurityAttributeValue',
      'Project@odata.type': '#Collection(String)',
      Project: ['Baker', 'Cascade'],
      'Level@odata.type': '#Int32',
      Level: 3,
      Certified: true,
    }
    expect(await attributesOf(id)).toEqual({ Engineering: engineering })
    expect((await assign(id, { Marketing: { Region: 'EU' }, Engineering: { Level: null } })).status).toBe(204)
    const { Level: _level, 'Level@odata.type': _type, ...rest } = engineering
    expect(await attributesOf(id)).toMatchObject({ Marketing: { Region: 'EU' }, Engineering: rest })
    expect(JSON.stringify(await attributesOf(id))).not.toContain('Level')
    expect((await assign(id, { Engineering: { Project: [], Certified: null } })).status).toBe(204)
    expect(Object.keys((await attributesOf(id)) as object)).toEqual(['Marketing'])
  })

  test('are shown when they are asked for by name, by those who assign them, and to nobody else', async () => {
    const { id } = await create()
    await assign(id, { Secret: { Clearance: 'cosmic' } })
    for (const path of [`${typed}/${id}`, `${typed}/${id}?$select=*`, typed, '/servicePrincipals?$select=id']) {
      expect(JSON.stringify(await sigil.make('GET', path, undefined, assigner))).not.toContain('cosmic')
    }
    const selected = '?$select=id,customSecurityAttributes'
    const filtered = "?$count=true&$filter=customSecurityAttributes/Secret/Clearance eq 'cosmic'"
    const search = async (query: string, token: string) =>
      sigil.send(`/v1.0${typed}${query}`, {
        headers: { authorization: `Bearer ${token}`, consistencylevel: 'eventual' },
      })
    for (const path of [`${typed}/${id}`, typed, '/servicePrincipals']) {
      expect(refusal(await sigil.graph('GET', `${path}${selected}`, undefined, own)).status).toBe(403)
    }
    expect(refusal(await search(filtered, own)).status).toBe(403)
    const found = await search(`${filtered}&$select=id,customSecurityAttributes`, assigner)
    expect(found.body.value).toMatchObject([{ id, customSecurityAttributes: { Secret: { Clearance: 'cosmic' } } }])
    for (const path of ['sponsors', 'owners']) {
      const relation = `${path}($select=id,customSecurityAttributes)`
      const { value } = await sigil.make('GET', `/servicePrincipals?$expand=${relation}`, undefined, own)
      expect(JSON.stringify(value)).not.toContain('cosmic')
    }
    expect(JSON.stringify(await sigil.rows('AUDIT#'))).not.toContain('cosmic')
  })

  test('need their own permission, and no other', async () => {
    const { id } = await create()
    expect(refusal(await assign(id, { Set: { Name: 'x' } }, own)).status).toBe(403)
    const both = { customSecurityAttributes: { Set: { Name: 'x' } }, displayName: 'x' }
    expect(refusal(await sigil.graph('PATCH', `${typed}/${id}`, both, attributesOnly)).status).toBe(403)
    expect(refusal(await sigil.graph('PATCH', `${typed}/${id}`, {}, attributesOnly)).status).toBe(403)
    expect((await assign(id, { Set: { Name: 'x' } }, attributesOnly)).status).toBe(204)
  })

  test('are those of principals too', async () => {
    for (const { id } of [actors.principal, actors.apiPrincipal]) {
      const change = { customSecurityAttributes: { Set: { Name: 'x' } } }
      expect((await sigil.graph('PATCH', `/servicePrincipals/${id}`, change, assigner)).status).toBe(204)
      expect(await attributesOf(id)).toMatchObject({ Set: { Name: 'x' } })
    }
  })

  // biome-ignore format: a table reads better aligned
  test.each<[unknown]>([
    [null], [[]], ['x'], [7], [{ Set: null }], [{ Set: [] }], [{ Set: 'x' }], [{ 'two words': { A: 'x' } }], [{ Set: { 'a b': 'x' } }],
    [{ ['S'.repeat(33)]: { A: 'x' } }], [{ Set: { ['A'.repeat(33)]: 'x' } }], [{ Set: { A: '' } }], [{ Set: { A: 'x'.repeat(65) } }],
    [{ Set: { A: 'line\nbreak' } }], [{ Set: { A: 1.5 } }], [{ Set: { A: 2 ** 31 } }], [{ Set: { A: {} } }], [{ Set: { A: [[]] } }],
    [{ Set: { A: ['x', 1] } }], [{ Set: { A: ['x', 'x'] } }], [{ Set: { A: [null] } }], [{ Set: { A: Array.from({ length: 51 }, (_, i) => i) } }],
    [{ Set: { '@odata.type': '#microsoft.graph.user', A: 'x' } }], [{ Set: { 'A@odata.type': '#Int32', A: 'x' } }],
    [{ Set: { 'A@odata.type': '#String' } }], [{ Set: { 'A@odata.type': 7, A: 'x' } }],
    [Object.fromEntries([...Array(501).keys()].map((each) => [`S${each}`, { A: 'x' }]))],
    [Object.fromEntries([...Array(499).keys()].map((each) => [`S${each}`, { A: Array.from({ length: 19 }, (_, i) => `${i}`.repeat(30)) }]))],
  ])('are refused for what they are: %j', async (attributes) => {
    const { id } = await create()
    const answer = refusal(await assign(id, attributes))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(await attributesOf(id)).toBeUndefined()
  })
})

describe('credentials sent to a principal', () => {
  test.each(['addPassword', 'removePassword', 'addKey', 'removeKey', 'federatedIdentityCredentials'])(
    '%s is refused, with where they live',
    async (action) => {
      for (const [id, code] of [
        [actors.agent.id, 'AgentIdentity_CredentialsNotSupported'],
        [actors.principal.id, 'AgentBlueprintPrincipal_IncompatibleProperty'],
        [actors.apiPrincipal.id, 'Request_BadRequest'],
      ] as const) {
        for (const body of [undefined, {}, { passwordCredential: {} }]) {
          const answer = refusal(await sigil.graph('POST', `/servicePrincipals/${id}/${action}`, body))
          expect(answer).toMatchObject({ status: 400, code })
          expect(answer.message).toContain('/applications/{id}')
        }
      }
      const none = await sigil.graph('POST', `/servicePrincipals/${crypto.randomUUID()}/${action}`, {})
      expect(refusal(none).status).toBe(404)
      const strangers = await sigil.graph('POST', `/servicePrincipals/${others.agent.id}/${action}`, {}, own)
      expect(refusal(strangers).status).toBe(403)
    },
  )
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
