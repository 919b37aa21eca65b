import { beforeAll, describe, expect, test, vi } from 'vitest'
import { type Answer, type Cast, cast, claimsIn, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>

// The log is on here, and goes where it can be read back. It is opened with the first function, after this.
Object.assign(process.env, { POWERTOOLS_LOG_LEVEL: 'DEBUG', POWERTOOLS_DEV: 'true' })
const log: string[] = []
for (const channel of ['log', 'info', 'warn', 'error', 'debug'] as const) {
  vi.spyOn(console, channel).mockImplementation((...line) => void log.push(line.map(String).join(' ')))
}

const sigil = sigilForTests()
const typed = '/applications/microsoft.graph.agentIdentityBlueprint'
const type = '#microsoft.graph.agentIdentityBlueprint'

let actors: Cast
beforeAll(async () => {
  actors = await cast(sigil, 'blueprints')
})

const refusal = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}
const create = (more: Body = {}) => sigil.make('POST', typed, { displayName: 'Writer', ...actors.sponsors, ...more })
const addPassword = (id: string, passwordCredential: Body = {}) =>
  sigil.make('POST', `/applications/${id}/addPassword`, { passwordCredential })

describe('a blueprint', () => {
  test('is created with a sponsor, and its id is its appId', async () => {
    const { status, body } = await sigil.graph('POST', typed, { displayName: 'Writer', ...actors.sponsors })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      '@odata.context': `${sigil.service.origin}/v1.0/$metadata#applications/microsoft.graph.agentIdentityBlueprint/$entity`,
      '@odata.type': type,
      id: body.appId,
      displayName: 'Writer',
      identifierUris: [],
      publisherDomain: sigil.service.domain,
      requiredResourceAccess: [],
      signInAudience: 'AzureADMyOrg',
      createdByAppId: sigil.service.admin.clientId,
    })
    expect(await sigil.rows(`RELATION#${sigil.tenantId}#${body.id}`)).toMatchObject([
      { sk: `sponsors#${actors.person.id}`, targetId: actors.person.id },
    ])
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    ['cast in the path',                    typed,                                                    undefined],
    ['cast in other letters',               '/Applications/Microsoft.Graph.AgentIdentityBlueprint',   undefined],
    ['cast by its alias',                   '/applications/graph.agentIdentityBlueprint',             undefined],
    ['cast and type',                       typed,                                                    type],
    ['type in the body',                    '/applications',                                          type],
    ['type without its #',                  '/applications',                                          type.slice(1)],
    ['type in other letters',               '/applications',                                          '#Microsoft.Graph.AGENTIDENTITYBLUEPRINT'],
    ['type by its alias',                   '/applications',                                          'graph.agentIdentityBlueprint'],
    ['type in the body, of beta',           '/beta/applications',                                     type],
  ])('is created by %s', async (_, path, odataType) => {
    const body = { displayName: 'Writer', ...actors.sponsors, ...(odataType && { '@odata.type': odataType }) }
    expect(await sigil.make('POST', path, body)).toMatchObject({ '@odata.type': type })
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    [typed,           '#microsoft.graph.application'],
    [typed,           '#microsoft.graph.agentIdentity'],
    ['/applications', '#microsoft.graph.user'],
    ['/applications', '#microsoft.graph.servicePrincipal'],
    ['/applications', 'agentIdentityBlueprint'],
    ['/applications', '#microsoft.graph.'],
    ['/applications', '#microsoft.graph.constructor'],
    ['/applications', ''],
    ['/applications', null],
    ['/applications', 7],
    ['/applications', [type]],
  ])('is not created at %s by the type %j', async (path, odataType) => {
    const body = { displayName: 'x', ...actors.sponsors, '@odata.type': odataType }
    const answer = refusal(await sigil.graph('POST', path, body))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain('@odata.type')
  })

  test('is the same under every address that names it', async () => {
    const made = await create()
    const shown = { ...made, '@odata.context': undefined }
    for (const address of [
      `/applications/${made.id}`,
      `/applications/${made.id}/microsoft.graph.agentIdentityBlueprint`,
      `${typed}/${made.id}`,
      `/applications(appId='${made.appId}')`,
      `/applications(appId='${made.appId}')/microsoft.graph.agentIdentityBlueprint`,
      `/applications('${made.id}')/graph.agentIdentityBlueprint`,
      `/beta${typed}/${made.id}`,
    ]) {
      const { status, body } = await sigil.graph('GET', address)
      expect([address, status]).toEqual([address, 200])
      expect({ ...body, '@odata.context': undefined }).toEqual(shown)
    }
  })

  test.each([
    ['typed, cast behind the set', (id: string) => `${typed}/${id}`],
    ['typed, cast behind the key', (id: string) => `/applications/${id}/microsoft.graph.agentIdentityBlueprint`],
    ['untyped', (id: string) => `/applications/${id}`],
    ['by its appId', (id: string) => `/applications(appId='${id}')/microsoft.graph.agentIdentityBlueprint`],
  ])('is changed and deleted %s', async (_, address) => {
    const made = await create()
    expect((await sigil.graph('PATCH', address(made.id), { displayName: 'Renamed', tags: ['a'] })).status).toBe(204)
    expect(await sigil.make('GET', address(made.id))).toMatchObject({ displayName: 'Renamed', tags: ['a'] })
    expect((await sigil.graph('DELETE', address(made.id))).status).toBe(204)
    expect((await sigil.graph('DELETE', address(made.id))).status).toBe(404)
    expect((await sigil.graph('GET', address(made.id))).status).toBe(404)
  })

  test('is not found where an application is asked for by the blueprints’ cast, nor by another set’s', async () => {
    for (const address of [
      `${typed}/${actors.api.id}`,
      `/servicePrincipals/${actors.blueprint.id}`,
      `/servicePrincipals/microsoft.graph.agentIdentity/${actors.blueprint.id}`,
      `/users/${actors.blueprint.id}`,
    ]) {
      for (const method of ['GET', 'DELETE']) {
        if (method === 'DELETE' && address.startsWith('/users')) continue
        expect([address, (await sigil.graph(method, address)).status]).toEqual([address, 404])
      }
    }
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, unknown]>([
    ['publicClient',              { redirectUris: ['https://localhost'] }],
    ['spa',                       { redirectUris: [] }],
    ['isFallbackPublicClient',    true],
    ['addIns',                    []],
    ['parentalControlSettings',   null],
    ['samlMetadataUrl',           'https://contoso.example'],
    ['isDeviceOnlyAuthSupported', false],
    ['defaultRedirectUri',        'https://localhost'],
    ['communicationConfiguration', {}],
  ])('has no %s, at creation or later', async (property, value) => {
    const made = [
      await sigil.graph('POST', typed, { displayName: 'x', ...actors.sponsors, [property]: value }),
      await sigil.graph('POST', '/applications', { '@odata.type': type, displayName: 'x', ...actors.sponsors, [property]: value }),
      await sigil.graph('PATCH', `${typed}/${actors.blueprint.id}`, { [property]: value }),
      await sigil.graph('PATCH', `/applications/${actors.blueprint.id}`, { [property]: value }),
    ].map(refusal)
    for (const { status, code, message } of made) {
      expect([status, code]).toEqual([400, 'AgentBlueprint_IncompatibleProperty'])
      expect(message).toContain(`'${property}'`)
    }
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, Body]>([
    ['id',                                   { id: crypto.randomUUID() }],
    ['appId',                                { appId: crypto.randomUUID() }],
    ['passwordCredentials',                  { passwordCredentials: [{ displayName: 'x' }] }],
    ['createdByAppId',                       { createdByAppId: crypto.randomUUID() }],
    ['agentIdentityBlueprintId',             { agentIdentityBlueprintId: crypto.randomUUID() }],
    ['accountEnabled',                       { accountEnabled: false }],
    ['sponsors',                             { sponsors: [] }],
  ])('cannot have its %s set, at creation or later', async (property, more) => {
    for (const answer of [
      await sigil.graph('POST', typed, { displayName: 'x', ...actors.sponsors, ...more }),
      await sigil.graph('PATCH', `${typed}/${actors.blueprint.id}`, more),
    ]) {
      const { status, message } = refusal(answer)
      expect(status).toBe(400)
      expect(message).toContain(`'${property}'`)
    }
  })

  test('keeps its type, whatever a PATCH says it is', async () => {
    const at = `/applications/${actors.blueprint.id}`
    for (const odataType of ['#microsoft.graph.agentIdentity', '#microsoft.graph.user', 'x', 7]) {
      expect(refusal(await sigil.graph('PATCH', at, { '@odata.type': odataType })).status).toBe(400)
    }
    for (const odataType of [type, '#microsoft.graph.application']) {
      expect((await sigil.graph('PATCH', at, { '@odata.type': odataType, tags: [] })).status).toBe(204)
    }
    expect(await sigil.make('GET', at)).toMatchObject({ '@odata.type': type })
  })
})

describe('what is a blueprint’s alone', () => {
  const apps = [crypto.randomUUID(), crypto.randomUUID()]

  test('its manager applications, in beta, for whoever asks for them, and shown by its agents', async () => {
    const { blueprint, agent } = await cast(sigil, 'managed')
    const set = (version: string, managerApplications: unknown) =>
      sigil.graph('PATCH', `${version}${typed}/${blueprint.id}`, { managerApplications })
    expect(refusal(await set('/v1.0', apps)).message).toContain('beta')
    expect((await set('/beta', apps)).status).toBe(204)
    const wrongs = [null, 'x', ['x'], [apps[0], apps[0]], Array.from({ length: 11 }, () => crypto.randomUUID())]
    for (const wrong of wrongs) {
      expect(refusal(await set('/beta', wrong)).message).toContain("'managerApplications")
    }
    for (const at of [`${typed}/${blueprint.id}`, `/servicePrincipals/${agent.id}`]) {
      expect(await sigil.make('GET', `/beta${at}`)).not.toHaveProperty('managerApplications')
      expect(await sigil.make('GET', `/beta${at}?$select=id,managerApplications`)).toMatchObject({
        managerApplications: apps,
      })
    }
    const onAgent = await sigil.graph('PATCH', `/beta/servicePrincipals/${agent.id}`, { managerApplications: apps })
    expect(refusal(onAgent).message).toContain("'managerApplications': cannot be changed here")
    const onApplication = await sigil.graph('PATCH', `/beta/applications/${actors.api.id}`, {
      managerApplications: apps,
    })
    expect(refusal(onApplication).message).toContain("'managerApplications'")
  })

  test('a flag of older tools, which is accepted and ignored', async () => {
    for (const name of ['inheritDelegatedPermissions', 'InheritDelegatedPermissions']) {
      const made = await create({ [name]: true })
      expect(made).not.toHaveProperty(name)
      expect((await sigil.graph('PATCH', `${typed}/${made.id}`, { [name]: false })).status).toBe(204)
      expect(await sigil.make('GET', `${typed}/${made.id}`)).not.toHaveProperty(name)
      expect(refusal(await sigil.graph('PATCH', `${typed}/${made.id}`, { [name]: 'true' })).message).toContain(name)
      expect(refusal(await sigil.graph('PATCH', `/applications/${actors.api.id}`, { [name]: true })).status).toBe(400)
    }
  })

  test('that its tokens need an assignment, which is its principal’s, and is given on to it', async () => {
    const made = await create()
    const set = (appRoleAssignmentRequired: unknown) =>
      sigil.graph('PATCH', `${typed}/${made.id}`, { appRoleAssignmentRequired })
    const answer = refusal(await set(true))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain('/servicePrincipals')
    expect(
      refusal(
        await sigil.graph('POST', typed, { displayName: 'x', ...actors.sponsors, appRoleAssignmentRequired: true }),
      ).status,
    ).toBe(400)
    const principal = await sigil.make('POST', '/servicePrincipals', { appId: made.appId })
    expect((await set(true)).status).toBe(204)
    expect(await sigil.make('GET', `/servicePrincipals/${principal.id}`)).toMatchObject({
      appRoleAssignmentRequired: true,
    })
    expect(await sigil.make('GET', `${typed}/${made.id}`)).not.toHaveProperty('appRoleAssignmentRequired')
    const rows = (await sigil.rows(`RESOURCE#${sigil.tenantId}#`)).filter(({ appId }) => appId === made.appId)
    expect(rows).toMatchObject([{ assignmentRequired: true }])
    for (const wrong of ['true', 1, null]) expect((await set(wrong)).status).toBe(400)
  })
})

describe('sponsors and owners named at creation', () => {
  const bind = (name: string, value: unknown) =>
    sigil.graph('POST', typed, { displayName: 'x', ...actors.sponsors, [`${name}@odata.bind`]: value })

  test.each([
    ['absent', undefined],
    ['none', []],
    ['null', null],
    ['no list', 'https://graph.microsoft.com/v1.0/users/x'],
  ])('a blueprint needs a sponsor: %s', async (_, sponsors) => {
    for (const path of [typed, '/applications']) {
      const answer = await sigil.graph('POST', path, {
        '@odata.type': type,
        displayName: 'x',
        ...(sponsors !== undefined && { 'sponsors@odata.bind': sponsors }),
      })
      expect(refusal(answer)).toMatchObject({ status: 400, code: 'Request_BadRequest' })
      expect(refusal(answer).message).toContain('sponsors@odata.bind')
    }
  })

  test.each([
    ['of Graph', (id: string) => `https://graph.microsoft.com/v1.0/users/${id}`],
    ['of Graph’s beta', (id: string) => `https://graph.microsoft.com/beta/users/${id}`],
    ['of a national cloud', (id: string) => `https://graph.microsoft.us/v1.0/users/${id}`],
    ['of a host that does not exist', (id: string) => `https://nowhere.invalid/v1.0/users/${id}`],
    ['of the service', (id: string) => `${sigil.service.origin}/v1.0/users/${id}`],
    ['by key in parentheses', (id: string) => `https://graph.microsoft.com/v1.0/users('${id}')`],
    ['in other letters', (id: string) => `https://graph.microsoft.com/v1.0/Users/${id.toUpperCase()}`],
    ['as a directory object', (id: string) => `https://graph.microsoft.com/v1.0/directoryObjects/${id}`],
    ['without a host', (id: string) => `/users/${id}`],
  ])('a sponsor is named by an address %s, which is never fetched', async (_, address) => {
    const { status, body } = await bind('sponsors', [address(actors.person.id)])
    expect(status).toBe(201)
    const rows = await sigil.rows(`RELATION#${sigil.tenantId}#${body.id}`)
    expect(rows.map(({ sk }) => sk)).toEqual([`sponsors#${actors.person.id}`])
  })

  test('the same sponsor twice is one', async () => {
    const { id } = actors.person
    const { status, body } = await bind('sponsors', [`/users/${id}`, `/directoryObjects/${id.toUpperCase()}`])
    expect(status).toBe(201)
    expect(await sigil.rows(`RELATION#${sigil.tenantId}#${body.id}`)).toHaveLength(1)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, (actors: Cast) => unknown]>([
    ['a person that does not exist',        () => [`/users/${crypto.randomUUID()}`]],
    ['one that is among others that do',    ({ person }) => [`/users/${person.id}`, `/users/${crypto.randomUUID()}`]],
    ['a service principal',                 ({ principal }) => [`/servicePrincipals/${principal.id}`]],
    ['a service principal, as a user',      ({ principal }) => [`/users/${principal.id}`]],
    ['an agent, as a directory object',     ({ agent }) => [`/directoryObjects/${agent.id}`]],
    ['a person, as a service principal',    ({ person }) => [`/servicePrincipals/${person.id}`]],
    ['a person, as a group',                ({ person }) => [`/groups/${person.id}`]],
    ['a file',                              () => ['file:///etc/passwd']],
    ['plain http',                          ({ person }) => [`http://graph.microsoft.com/v1.0/users/${person.id}`]],
    ['another version',                     ({ person }) => [`https://graph.microsoft.com/v2.0/users/${person.id}`]],
    ['a query',                             ({ person }) => [`/users/${person.id}?$select=id`]],
    ['a path behind it',                    ({ person }) => [`/users/${person.id}/manager`]],
    ['a user principal name',               ({ person }) => [`/users/${person.userPrincipalName}`]],
    ['10 KB',                               () => [`/users/${'x'.repeat(10_240)}`]],
    ['an object',                           ({ person }) => [{ id: person.id }]],
    ['101 of them',                         () => Array.from({ length: 101 }, () => `/users/${crypto.randomUUID()}`)],
  ])('refused as a sponsor: %s', async (_, sponsors) => {
    const before = await sigil.rows('RELATION#')
    const answer = refusal(await bind('sponsors', sponsors(actors)))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain('sponsors@odata.bind')
    expect(await sigil.rows('RELATION#')).toEqual(before)
  })

  test('people and principals may own a blueprint', async () => {
    const { status, body } = await bind('owners', [
      `/users/${actors.person.id}`,
      `/servicePrincipals/${actors.apiPrincipal.id}`,
      `/directoryObjects/${actors.agent.id}`,
    ])
    expect(status).toBe(201)
    const owners = (await sigil.rows(`RELATION#${sigil.tenantId}#${body.id}`)).filter(({ sk }) =>
      sk.startsWith('owners'),
    )
    expect(owners).toHaveLength(3)
    expect((await bind('owners', [`/directoryObjects/${actors.blueprint.id}`])).status).toBe(400)
  })
})

describe('secrets', () => {
  test('a secret is shown once, is good at once, and is nowhere afterwards', async () => {
    const made = await create()
    await sigil.make('POST', '/servicePrincipals', { appId: made.appId })
    const before = Date.now()
    const { status, body } = await sigil.graph('POST', `/applications/${made.id}/addPassword`, {
      passwordCredential: { displayName: 'deploy' },
    })
    expect(status).toBe(200)
    expect(body).toEqual({
      '@odata.context': `${sigil.service.origin}/v1.0/$metadata#microsoft.graph.passwordCredential`,
      customKeyIdentifier: null,
      displayName: 'deploy',
      keyId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      hint: (body.secretText as string).slice(0, 3),
      secretText: expect.stringMatching(/^[\w-]{43}$/),
      startDateTime: expect.any(String),
      endDateTime: expect.any(String),
    })
    const [start, end] = [new Date(body.startDateTime as string), new Date(body.endDateTime as string)]
    expect(Math.abs(start.getTime() - before)).toBeLessThan(10_000)
    expect(end.getUTCFullYear() - start.getUTCFullYear()).toBe(2)

    const secret = body.secretText as string
    const claims = claimsIn(await sigil.tokenFor(made.appId, secret, 'https://graph.microsoft.com/.default'))
    expect(claims).toMatchObject({ appid: made.appId, roles: ['AgentIdentity.CreateAsManager'] })
    const shown = await Promise.all(
      [
        `/applications/${made.id}`,
        `/applications/${made.id}?$select=passwordCredentials`,
        `${typed}/${made.id}`,
        '/applications',
        typed,
        '/servicePrincipals',
      ].map((path) => sigil.graph('GET', path)),
    )
    const table = await sigil.rows()
    for (const text of [...shown.map((answer) => JSON.stringify(answer)), JSON.stringify(table)]) {
      expect(text.includes(secret)).toBe(false)
    }
    expect((await sigil.make('GET', `/applications/${made.id}`)).passwordCredentials).toEqual([
      {
        keyId: body.keyId,
        displayName: 'deploy',
        hint: body.hint,
        startDateTime: body.startDateTime,
        endDateTime: body.endDateTime,
      },
    ])
  })

  test('never comes near the log, made, used, mistaken or removed', async () => {
    const made = await create()
    await sigil.make('POST', '/servicePrincipals', { appId: made.appId })
    log.length = 0
    const { secretText, keyId } = await addPassword(made.id, { displayName: 'deploy' })
    const secret = secretText as string
    const token = await sigil.tokenFor(made.appId, secret, 'https://graph.microsoft.com/.default')
    const at = `/applications/${made.id}`
    await sigil.graph('POST', `${at}/addPassword`, { passwordCredential: { secretText: secret } })
    await sigil.graph('POST', `${at}/removePassword`, { keyId: secret })
    await sigil.graph('PATCH', at, { description: secret, displayName: 7 })
    await sigil.graph('PATCH', at, { appRoles: [{ id: secret }] })
    await sigil.graph('GET', '/users', undefined, secret)
    await sigil.graph('GET', `/users?$filter=id eq '${secret}'`)
    await sigil.send('/v1.0/users', { headers: { authorization: `Basic ${secret}`, 'client-request-id': secret } })
    await sigil.graph('GET', '/users', undefined, token)
    await sigil.make('POST', `${at}/removePassword`, { keyId })
    const text = log.join('\n')
    expect(log.length).toBeGreaterThanOrEqual(11)
    expect(text).toContain('applications/add-password')
    expect(text).toContain('Authorization_RequestDenied')
    for (const never of [secret, token, token.split('.')[2] ?? '', 'eyJ']) expect(text.includes(never)).toBe(false)
  })

  test.each([
    ['an empty object', {}],
    ['null', { passwordCredential: null }],
    ['no wishes', { passwordCredential: {} }],
    ['wishes of null', { passwordCredential: { displayName: null, startDateTime: null, endDateTime: null } }],
  ])('is made for %s', async (_, body) => {
    expect(await sigil.graph('POST', `/applications/${actors.api.id}/addPassword`, body)).toMatchObject({ status: 200 })
    const { keyId } = (
      (await sigil.make('GET', `/applications/${actors.api.id}`)).passwordCredentials as Body[]
    )[0] as Body
    await sigil.make('POST', `/applications/${actors.api.id}/removePassword`, { keyId })
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, Body]>([
    ['secretText',    { secretText: 'chosen by the caller' }],
    ['keyId',         { keyId: crypto.randomUUID() }],
    ['hint',          { hint: 'abc' }],
    ['endDateTime',   { endDateTime: '2020-01-01T00:00:00Z' }],
    ['endDateTime',   { startDateTime: '2040-01-02T00:00:00Z', endDateTime: '2040-01-01T00:00:00Z' }],
    ['endDateTime',   { endDateTime: 'tomorrow' }],
    ['endDateTime',   { endDateTime: '2040-13-45T00:00:00Z' }],
    ['endDateTime',   { endDateTime: 2_208_988_800 }],
    ['startDateTime', { startDateTime: '2040-01-01' }],
    ['displayName',   { displayName: 'x'.repeat(257) }],
  ])('is refused for its %s: %j', async (property, passwordCredential) => {
    const answer = refusal(await sigil.graph('POST', `/applications/${actors.api.id}/addPassword`, { passwordCredential }))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain(`'passwordCredential.${property}'`)
    expect(answer.message).not.toContain('chosen by the caller')
  })

  test('lives for as long as it was asked to', async () => {
    const made = await create()
    await sigil.make('POST', '/servicePrincipals', { appId: made.appId })
    const later = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
    const { secretText } = await addPassword(made.id, { startDateTime: later(1), endDateTime: later(2) })
    const codeAfter = async (hours: number) => {
      sigil.clock.reset()
      sigil.clock.advance(hours * 3_600_000)
      const { status, body } = await sigil.token({
        client_id: made.appId,
        client_secret: secretText as string,
        scope: 'https://graph.microsoft.com/.default',
        grant_type: 'client_credentials',
      })
      return status === 200 ? 'a token' : (body.error_codes as number[])[0]
    }
    try {
      expect([await codeAfter(0), await codeAfter(1.5), await codeAfter(2.5)]).toEqual([7000215, 'a token', 7000222])
    } finally {
      sigil.clock.reset()
    }
  })

  test('is removed by its keyId, and is dead at once; the others stay', async () => {
    const made = await create()
    await sigil.make('POST', '/servicePrincipals', { appId: made.appId })
    const [first, second] = [await addPassword(made.id), await addPassword(made.id)]
    const ask = async ({ secretText }: Body) =>
      (
        await sigil.token({
          client_id: made.appId,
          client_secret: secretText as string,
          scope: 'https://graph.microsoft.com/.default',
          grant_type: 'client_credentials',
        })
      ).status
    expect([await ask(first), await ask(second)]).toEqual([200, 200])
    const remove = (keyId: unknown) => sigil.graph('POST', `/applications/${made.id}/removePassword`, { keyId })
    expect((await remove(first.keyId)).status).toBe(204)
    expect([await ask(first), await ask(second)]).toEqual([401, 200])
    const again = refusal(await remove(first.keyId))
    expect(again).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(again.message).toContain(first.keyId)
    expect((await remove('not a guid')).status).toBe(400)
    expect((await sigil.make('GET', `/applications/${made.id}`)).passwordCredentials).toMatchObject([
      { keyId: second.keyId },
    ])
  })

  test('are as many as were acknowledged when several are made at once, and never more than 16', async () => {
    const made = await create()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => sigil.graph('POST', `/applications/${made.id}/addPassword`, {})),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(16)
    expect(statuses.filter((status) => status === 400)).toHaveLength(4)
    const kept = (await sigil.make('GET', `/applications/${made.id}`)).passwordCredentials as Body[]
    const [app] = await sigil.rows(`APP#${made.appId}`)
    const acknowledged = answers.filter(({ status }) => status === 200).map(({ body }) => body.keyId)
    expect(kept.map(({ keyId }) => keyId).sort()).toEqual(acknowledged.sort())
    expect(Object.keys(app?.secrets as Body).sort()).toEqual(acknowledged)
  })

  test('are added to a blueprint under each of its addresses', async () => {
    const made = await create()
    for (const address of [
      `/applications/${made.id}`,
      `/applications(appId='${made.appId}')`,
      `${typed}/${made.id}`,
      `/applications/${made.id}/microsoft.graph.agentIdentityBlueprint`,
    ]) {
      const { keyId, secretText } = await sigil.make('POST', `${address}/addPassword`, {})
      expect(secretText).toMatch(/^[\w-]{43}$/)
      await sigil.make('POST', `${address}/microsoft.graph.removePassword`, { keyId })
    }
  })
})

describe('a blueprint that is deleted', () => {
  test('takes its principal and agents along, and stops all of their tokens', async () => {
    const { blueprint, principal, agent, secret, t1, scope } = await cast(sigil, 'doomed')
    const assertion = await t1()
    const own = await sigil.tokenFor(blueprint.appId, secret, 'https://graph.microsoft.com/.default')
    expect((await sigil.graph('GET', `/servicePrincipals/${agent.id}`, undefined, own)).status).toBe(200)
    await sigil.make('DELETE', `${typed}/${blueprint.id}`)
    expect((await sigil.graph('GET', `/servicePrincipals/${principal.id}`)).status).toBe(404)
    await expect(t1()).rejects.toThrow('700016')
    await expect(sigil.agentToken(agent.id, assertion, scope)).rejects.toThrow('700016')
    expect((await sigil.graph('GET', `/servicePrincipals/${agent.id}`, undefined, own)).status).toBe(401)
    const all = [blueprint.id, principal.id, agent.id]
    const deleted = (await sigil.rows('DELETED#')).filter(({ sk }) => all.includes(sk))
    expect(deleted.map((row) => row.type).sort()).toEqual([
      'agentIdentity',
      'agentIdentityBlueprint',
      'agentIdentityBlueprintPrincipal',
    ])
    expect((await sigil.graph('GET', `/servicePrincipals/${agent.id}`)).status).toBe(404)
  })
})
