import { describe, expect, test } from 'vitest'
import { type Answer, cast, claimsIn, type Row, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>

const sigil = sigilForTests()
const sameId = '6f0b8a1e-52b1-4a86-9a0c-9d1a4a1c7f10'

const refusal = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}
const role = (value: string, more: Body = {}) => ({
  id: crypto.randomUUID(),
  value,
  displayName: value,
  description: value,
  isEnabled: true,
  allowedMemberTypes: ['Application'],
  ...more,
})
const scope = (value: string, more: Body = {}) => ({ id: crypto.randomUUID(), value, isEnabled: true, ...more })

const create = (body: Body = {}) => sigil.make('POST', '/applications', { displayName: 'Tasks API', ...body })
const read = (id: string) => sigil.make('GET', `/applications/${id}`)
const resourceRows = async (appId: string): Promise<Row[]> =>
  (await sigil.rows(`RESOURCE#${sigil.tenantId}#`)).filter((row) => row.appId === appId)

/** A resource API that tokens can be had for, and a client whose token shows what it holds on it. */
async function resourceAndClient(roles: Body[]) {
  const api = await create({ appRoles: roles })
  const identifier = `api://${api.appId}`
  await sigil.make('PATCH', `/applications/${api.id}`, { identifierUris: [identifier] })
  const principal = await sigil.make('POST', '/servicePrincipals', { appId: api.appId })
  const client = await create({ displayName: 'Client' })
  const clientPrincipal = await sigil.make('POST', '/servicePrincipals', { appId: client.appId })
  const { secretText } = await sigil.make('POST', `/applications/${client.id}/addPassword`, {})
  const ask = (resource = identifier) =>
    sigil.token({
      client_id: client.appId,
      client_secret: secretText as string,
      scope: `${resource}/.default`,
      grant_type: 'client_credentials',
    })
  const hold = (appRoleId: unknown) =>
    sigil.make('POST', `/servicePrincipals/${clientPrincipal.id}/appRoleAssignments`, {
      principalId: clientPrincipal.id,
      resourceId: principal.id,
      appRoleId,
    })
  const rolesNow = async (resource?: string) => {
    const { status, body } = await ask(resource)
    return status === 200 ? (claimsIn(body.access_token as string).roles ?? []) : body.error_codes
  }
  return { api, principal, client, clientPrincipal, identifier, ask, hold, rolesNow }
}

describe('an application', () => {
  test('is created with what Graph shows of one that says its name alone', async () => {
    const { status, body } = await sigil.graph('POST', '/applications', { displayName: 'Tasks API' })
    expect(status).toBe(201)
    expect(body).toEqual({
      '@odata.context': `${sigil.service.origin}/v1.0/$metadata#applications/$entity`,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      appId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      displayName: 'Tasks API',
      description: null,
      createdByAppId: sigil.service.admin.clientId,
      createdDateTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      disabledByMicrosoftStatus: null,
      publisherDomain: sigil.service.domain,
      signInAudience: 'AzureADMyOrg',
      uniqueName: null,
      identifierUris: [],
      appRoles: [],
      tags: [],
      serviceManagementReference: null,
      groupMembershipClaims: null,
      verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null },
      certification: null,
      optionalClaims: null,
      requiredResourceAccess: [],
      tokenEncryptionKeyId: null,
      passwordCredentials: [],
      keyCredentials: [],
      info: {
        logoUrl: null,
        marketingUrl: null,
        privacyStatementUrl: null,
        supportUrl: null,
        termsOfServiceUrl: null,
      },
      web: {
        homePageUrl: null,
        logoutUrl: null,
        redirectUris: [],
        implicitGrantSettings: { enableAccessTokenIssuance: false, enableIdTokenIssuance: false },
        redirectUriSettings: [],
      },
      api: {
        acceptMappedClaims: null,
        knownClientApplications: [],
        requestedAccessTokenVersion: null,
        oauth2PermissionScopes: [],
        preAuthorizedApplications: [],
        tokenEncryptionSetting: null,
      },
    })
    expect(body.id).not.toBe(body.appId)
  })

  test('keeps what it is given, and shows it under every address that names it', async () => {
    const uniqueName = `tasks-${crypto.randomUUID()}`
    const given = {
      displayName: 'Tasks API',
      description: 'Keeps tasks',
      uniqueName,
      tags: ['internal'],
      serviceManagementReference: 'SM-1',
      groupMembershipClaims: 'SecurityGroup',
      signInAudience: 'AzureADMultipleOrgs',
      requiredResourceAccess: [
        { resourceAppId: crypto.randomUUID(), resourceAccess: [{ id: crypto.randomUUID(), type: 'Role' }] },
      ],
      appRoles: [role('Tasks.Read')],
    }
    const made = await create(given)
    const { '@odata.context': _, ...shown } = made
    expect(shown).toMatchObject(given)
    for (const address of [
      `/applications/${made.id}`,
      `/applications/${made.id.toUpperCase()}`,
      `/Applications('${made.id}')`,
      `/applications(appId='${made.appId}')`,
      `/APPLICATIONS(AppId='${made.appId}')`,
      `/applications(uniqueName='${uniqueName}')`,
      `/beta/applications/${made.id}`,
    ]) {
      const { status, body } = await sigil.graph('GET', address)
      expect([address, status]).toEqual([address, 200])
      expect({ ...body, '@odata.context': undefined }).toEqual({ ...shown, '@odata.context': undefined })
    }
    expect(await sigil.graph('GET', `/applications/${made.id}/microsoft.graph.agentIdentityBlueprint`)).toMatchObject({
      status: 404,
    })
  })

  test('shows of itself what $select names', async () => {
    const made = await create()
    expect(await sigil.make('GET', `/applications/${made.id}?$select=id,displayName,nothing`)).toEqual({
      '@odata.context': `${sigil.service.origin}/v1.0/$metadata#applications(id,displayName,nothing)/$entity`,
      id: made.id,
      displayName: 'Tasks API',
    })
  })

  test('changes what a PATCH names and nothing else, member by member where a property has members', async () => {
    const made = await create({
      description: 'before',
      api: { requestedAccessTokenVersion: 2, knownClientApplications: [] },
      info: { supportUrl: 'https://contoso.example/help' },
    })
    const { status, body } = await sigil.graph('PATCH', `/applications/${made.id}`, {
      description: null,
      info: { marketingUrl: 'https://contoso.example' },
      api: { oauth2PermissionScopes: [scope('access')] },
    })
    expect([status, body]).toEqual([204, {}])
    const after = await read(made.id)
    expect(after).toMatchObject({
      displayName: 'Tasks API',
      description: null,
      info: { marketingUrl: 'https://contoso.example', supportUrl: 'https://contoso.example/help' },
      api: { requestedAccessTokenVersion: 2, oauth2PermissionScopes: [{ value: 'access' }] },
    })
  })

  test('is written in one commit: object, credentials, resource and audit', async () => {
    const made = await create()
    const rows = (await sigil.rows()).filter((row) => JSON.stringify(row).includes(made.appId))
    expect(rows.map(({ pk }) => pk.replace(/#[\d-]+#\d+$|#\d+$/, '').replaceAll(sigil.tenantId, 't')).sort()).toEqual([
      `APP#${made.appId}`,
      'DIRECTORY#t#application',
      `RESOURCE#t#${made.appId}`,
    ])
    expect(rows.find(({ pk }) => pk.startsWith('DIRECTORY'))).toMatchObject({ version: 1, type: 'application' })
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, Body]>([
    ['displayName',             {}],
    ['displayName',             { displayName: '' }],
    ['displayName',             { displayName: '  ' }],
    ['displayName',             { displayName: 'x'.repeat(257) }],
    ['displayName',             { displayName: 'line\nbreak' }],
    ['displayName',             { displayName: 7 }],
    ['description',             { displayName: 'x', description: 'x'.repeat(1025) }],
    ['signInAudience',          { displayName: 'x', signInAudience: 'Everyone' }],
    ['id',                      { displayName: 'x', id: crypto.randomUUID() }],
    ['appId',                   { displayName: 'x', appId: crypto.randomUUID() }],
    ['createdByAppId',          { displayName: 'x', createdByAppId: crypto.randomUUID() }],
    ['publisherDomain',         { displayName: 'x', publisherDomain: 'example.com' }],
    ['passwordCredentials',     { displayName: 'x', passwordCredentials: [] }],
    ['passwordCredentials',     { displayName: 'x', passwordCredentials: [{ secretText: 'mine' }] }],
    ['version',                 { displayName: 'x', version: 99 }],
    ['tenantId',                { displayName: 'x', tenantId: crypto.randomUUID() }],
    ['homeTenantId',            { displayName: 'x', homeTenantId: crypto.randomUUID() }],
    ['roles',                   { displayName: 'x', roles: ['Directory.ReadWrite.All'] }],
    ['tags',                    { displayName: 'x', tags: 'internal' }],
    ['tags.0',                  { displayName: 'x', tags: [{}] }],
    ['api.requestedAccessTokenVersion', { displayName: 'x', api: { requestedAccessTokenVersion: 3 } }],
    ['api.requestedAccessTokenVersion', { displayName: 'x', api: { requestedAccessTokenVersion: '2' } }],
    ['api.secret',              { displayName: 'x', api: { secret: 1 } }],
    ['appRoles.0.id',           { displayName: 'x', appRoles: [role('Read', { id: 'not-a-guid' })] }],
    ['appRoles.0.value',        { displayName: 'x', appRoles: [role('two words')] }],
    ['appRoles.0.isEnabled',    { displayName: 'x', appRoles: [role('Read', { isEnabled: 'false' })] }],
    ['appRoles.0.allowedMemberTypes', { displayName: 'x', appRoles: [role('Read', { allowedMemberTypes: [] })] }],
    ['appRoles.0.allowedMemberTypes.0', { displayName: 'x', appRoles: [role('Read', { allowedMemberTypes: ['Group'] })] }],
    ['appRoles',                { displayName: 'x', appRoles: [role('Read'), role('Read')] }],
    ['appRoles',                { displayName: 'x', appRoles: [role('A', { id: sameId }), role('B', { id: sameId.toUpperCase() })] }],
    ['requiredResourceAccess',  { displayName: 'x', requiredResourceAccess: Array.from({ length: 51 }, () => ({ resourceAppId: crypto.randomUUID(), resourceAccess: [] })) }],
    ['requiredResourceAccess',  { displayName: 'x', requiredResourceAccess: [{ resourceAppId: sameId, resourceAccess: Array.from({ length: 401 }, () => ({ id: sameId, type: 'Role' })) }] }],
    ['web.redirectUris.0',      { displayName: 'x', web: { redirectUris: ['not an address'] } }],
    ['info.supportUrl',         { displayName: 'x', info: { supportUrl: 'javascript:alert(1)' } }],
  ])('is refused for its %s: %j', async (property, body) => {
    const answer = refusal(await sigil.graph('POST', '/applications', body))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain(`'${property}'`)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, Body]>([
    ['id',                  { id: crypto.randomUUID() }],
    ['appId',               { appId: crypto.randomUUID() }],
    ['createdDateTime',     { createdDateTime: '2020-01-01T00:00:00Z' }],
    ['passwordCredentials', { passwordCredentials: [] }],
    ['publisherDomain',     { publisherDomain: 'example.com' }],
    ['verifiedPublisher',   { verifiedPublisher: { displayName: 'Microsoft' } }],
    ['displayName',         { displayName: null }],
    ['tags',                { tags: null }],
    ['api',                 { api: null }],
    ['appRoles',            { appRoles: null }],
    ['identifierUris',      { identifierUris: null }],
  ])('cannot have its %s changed: %j', async (property, body) => {
    const made = await create()
    const before = await sigil.rows('DIRECTORY#')
    const answer = refusal(await sigil.graph('PATCH', `/applications/${made.id}`, body))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain(`'${property}'`)
    expect(await sigil.rows('DIRECTORY#')).toEqual(before)
  })

  test('bears a uniqueName that no other does, until it is deleted', async () => {
    const uniqueName = `unique-${crypto.randomUUID()}`
    const asked = await Promise.all(
      [1, 2, 3, 4].map(() => sigil.graph('POST', '/applications', { displayName: 'x', uniqueName })),
    )
    expect(asked.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409])
    expect(refusal(asked.find(({ status }) => status === 409) as Answer).code).toBe(
      'Request_MultipleObjectsWithSameKeyValue',
    )
    await sigil.make('DELETE', `/applications(uniqueName='${uniqueName}')`)
    expect((await create({ uniqueName })).uniqueName).toBe(uniqueName)
  })

  test('is deleted into the deleted items, with its principal, and is then nowhere else', async () => {
    const { api, principal, client, clientPrincipal, ask } = await resourceAndClient([])
    expect((await ask()).status).toBe(200)
    await sigil.make('DELETE', `/applications/${client.id}`)
    expect((await ask()).body.error_codes).toEqual([700016])
    for (const address of [`/applications/${client.id}`, `/servicePrincipals/${clientPrincipal.id}`]) {
      for (const method of ['GET', 'DELETE']) {
        expect([address, (await sigil.graph(method, address)).status]).toEqual([address, 404])
      }
    }
    const deleted = (await sigil.rows('DELETED#')).filter(({ sk }) => [client.id, clientPrincipal.id].includes(sk))
    expect(deleted.map(({ type }) => type).sort()).toEqual(['application', 'servicePrincipal'])
    const due = (await sigil.rows('DUE#')).filter(({ id }) => [client.id, clientPrincipal.id].includes(String(id)))
    expect(due).toHaveLength(2)
    for (const { what, at } of due) {
      const days = (Date.parse(String(at)) - Date.parse(String(deleted[0]?.deletedDateTime))) / 86_400_000
      expect([what, Math.round(days)]).toEqual(['purge', 30])
    }
    for (const prefix of [
      `APP#${client.appId}`,
      `CLIENT#${sigil.tenantId}#${client.appId}`,
      'RESOURCE#',
      'DIRECTORY#',
    ]) {
      const left = (await sigil.rows(prefix)).filter((row) => JSON.stringify(row).includes(client.appId))
      expect([prefix, left]).toEqual([prefix, []])
    }
    expect([api.id, principal.id]).not.toContain(client.id)
  })
})

describe('identifier URIs', () => {
  test('are one application’s alone in the tenant, without letter case and last slash', async () => {
    const uri = `https://${crypto.randomUUID()}.example/api`
    const first = await create({ identifierUris: [uri] })
    for (const taken of [uri, uri.toUpperCase().replace('HTTPS', 'https'), `${uri}/`]) {
      const answer = refusal(await sigil.graph('POST', '/applications', { displayName: 'x', identifierUris: [taken] }))
      expect([taken, answer.status, answer.code]).toEqual([taken, 409, 'Request_MultipleObjectsWithSameKeyValue'])
    }
    const second = await create()
    const patch = () => sigil.graph('PATCH', `/applications/${second.id}`, { identifierUris: [uri] })
    expect((await patch()).status).toBe(409)
    expect((await resourceRows(second.appId)).map(({ identifier }) => identifier)).toEqual([second.appId])
    await sigil.make('PATCH', `/applications/${first.id}`, { identifierUris: [] })
    expect((await patch()).status).toBe(204)
  })

  test('are free again once their application is deleted', async () => {
    const uri = `https://${crypto.randomUUID()}.example/api`
    const first = await create({ identifierUris: [uri] })
    await sigil.make('DELETE', `/applications/${first.id}`)
    expect((await create({ identifierUris: [uri] })).identifierUris).toEqual([uri])
  })

  test('go to one of several who ask for the same at once', async () => {
    const uri = `https://${crypto.randomUUID()}.example/api`
    const asked = await Promise.all(
      [1, 2, 3, 4].map(() => sigil.graph('POST', '/applications', { displayName: 'x', identifierUris: [uri] })),
    )
    expect(asked.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409])
  })

  test.each([
    ['api://{another appId}', () => `api://${crypto.randomUUID()}`, 400],
    ['a path below another appId', () => `api://${crypto.randomUUID()}/access`, 400],
    ['another appId in capitals', () => `API://${crypto.randomUUID().toUpperCase()}`, 400],
    ['the management API', () => 'https://graph.microsoft.com', 400],
    ['the management API with a slash', () => 'https://graph.microsoft.com/', 400],
    ['the management API in capitals', () => 'HTTPS://GRAPH.MICROSOFT.COM', 400],
    ['below the management API', () => 'https://graph.microsoft.com/beta', 400],
    ['the management API’s appId', () => 'api://00000003-0000-0000-c000-000000000000', 400],
    ['the token exchange', () => 'api://AzureADTokenExchange', 400],
    ['the token exchange in other letters', () => 'api://azureadtokenexchange', 400],
    ['the token exchange of another cloud', () => 'api://AzureADTokenExchangeUSGov', 400],
    ['the token exchange with a Kelvin sign', () => 'api://AzureADTo\u212aenExchange', 400],
    ['the service itself', () => sigil.service.origin, 400],
    ['the service itself with a slash', () => `${sigil.service.origin}/`, 400],
    ['anything below the service itself', () => `${sigil.service.origin}//x`, 400],
    ['what no scope can name', () => 'api://té', 400],
    ['the service itself in capitals', () => sigil.service.origin.replace('localhost', 'LOCALHOST'), 400],
    ['no URI', () => 'tasks', 400],
    ['a wildcard', () => 'api://*', 400],
    ['a fragment', () => 'api://tasks#x', 400],
    ['a query', () => 'api://tasks?x', 400],
    ['a space', () => 'api://tasks api', 400],
    ['what scopes end with', () => 'api://tasks/.default', 400],
    ['no more than 255 characters', () => `api://${'x'.repeat(250)}`, 400],
  ])('may not be %s', async (_, uri, status) => {
    const made = await create()
    const answer = refusal(await sigil.graph('PATCH', `/applications/${made.id}`, { identifierUris: [uri()] }))
    expect(answer.status).toBe(status)
    expect(await resourceRows(made.appId)).toHaveLength(1)
  })

  test('may be the application’s own appId, with or without a path, once each', async () => {
    const made = await create()
    const uris = [`api://${made.appId}`, `api://${made.appId}/tasks`, 'urn:tasks:1']
    await sigil.make('PATCH', `/applications/${made.id}`, { identifierUris: uris })
    expect((await resourceRows(made.appId)).map(({ identifier }) => identifier).sort()).toEqual(
      [made.appId, ...uris].sort(),
    )
    const twice = { identifierUris: ['urn:x:1', 'URN:X:1'] }
    expect(refusal(await sigil.graph('PATCH', `/applications/${made.id}`, twice))).toMatchObject({ status: 400 })
    const slash = { identifierUris: ['urn:x:1', 'urn:x:1/'] }
    expect(refusal(await sigil.graph('PATCH', `/applications/${made.id}`, slash))).toMatchObject({ status: 400 })
  })
})

describe('app roles and scopes', () => {
  // biome-ignore format: a table reads better aligned
  test.each<[string, Body, (offer: Body) => Body]>([
    ['app role', role('Tasks.Read'),  (offer) => ({ appRoles: [offer] })],
    ['scope',    scope('Tasks.Read'), (offer) => ({ api: { oauth2PermissionScopes: [offer] } })],
  ])('an enabled %s is disabled first and removed in a second change', async (_, offer, offering) => {
    const none = Object.fromEntries(
      Object.entries(offering(offer)).map(([name, value]) => [name, Array.isArray(value) ? [] : { oauth2PermissionScopes: [] }]),
    )
    const made = await create(offering(offer))
    const at = `/applications/${made.id}`
    const early = refusal(await sigil.graph('PATCH', at, none))
    expect(early).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(early.message).toContain(offer.id)
    expect((await sigil.graph('PATCH', at, offering({ ...offer, isEnabled: false }))).status).toBe(204)
    expect((await sigil.graph('PATCH', at, none)).status).toBe(204)
  })

  test('are in the next token as they are in the directory, however they are changed', async () => {
    const [reading, writing] = [role('Tasks.Read'), role('Tasks.Write')]
    const { api, hold, rolesNow } = await resourceAndClient([reading, writing])
    await hold(reading.id)
    await hold(writing.id)
    const at = `/applications/${api.id}`
    expect(await rolesNow()).toEqual(['Tasks.Read', 'Tasks.Write'])
    await sigil.make('PATCH', at, { appRoles: [{ ...reading, value: 'Tasks.List' }, writing] })
    expect(await rolesNow()).toEqual(['Tasks.List', 'Tasks.Write'])
    await sigil.make('PATCH', at, { appRoles: [{ ...reading, isEnabled: false }, writing] })
    expect(await rolesNow()).toEqual(['Tasks.Write'])
    await sigil.make('PATCH', at, { appRoles: [{ ...writing, allowedMemberTypes: ['User'] }] })
    expect(await rolesNow()).toEqual([])
  })
})

describe('what tokens are issued for follows the application and its principal at once', () => {
  test('a new identifier URI is known, an old one is not', async () => {
    const { api, ask, identifier } = await resourceAndClient([])
    const renamed = `https://${crypto.randomUUID()}.example`
    await sigil.make('PATCH', `/applications/${api.id}`, { identifierUris: [renamed] })
    expect((await ask(identifier)).body.error_codes).toEqual([500011])
    expect((await ask(renamed)).status).toBe(200)
    expect((await ask(api.appId)).status).toBe(200)
  })

  test('its token version is that of the next token', async () => {
    const { api, ask, identifier } = await resourceAndClient([])
    const versionNow = async () => {
      const { ver, aud } = claimsIn((await ask()).body.access_token as string)
      return [ver, aud]
    }
    expect(await versionNow()).toEqual(['1.0', identifier])
    await sigil.make('PATCH', `/applications/${api.id}`, { api: { requestedAccessTokenVersion: 2 } })
    expect(await versionNow()).toEqual(['2.0', api.appId])
    await sigil.make('PATCH', `/applications/${api.id}`, { api: { requestedAccessTokenVersion: null } })
    expect(await versionNow()).toEqual(['1.0', identifier])
  })

  test('its principal disabled, enabled, asking for an assignment, deleted, made again', async () => {
    const wanted = role('Tasks.Read')
    const { api, principal, hold, rolesNow } = await resourceAndClient([wanted])
    const at = `/servicePrincipals/${principal.id}`
    expect(await rolesNow()).toEqual([])
    await sigil.make('PATCH', at, { accountEnabled: false })
    expect(await rolesNow()).toEqual([500014])
    await sigil.make('PATCH', at, { accountEnabled: true, appRoleAssignmentRequired: true })
    expect(await rolesNow()).toEqual([501051])
    await hold(wanted.id)
    expect(await rolesNow()).toEqual(['Tasks.Read'])
    await sigil.make('DELETE', at)
    expect(await rolesNow()).toEqual([500011])
    expect((await resourceRows(api.appId)).every((row) => row.objectId === undefined && row.enabled === false)).toBe(
      true,
    )
    await sigil.make('POST', '/servicePrincipals', { appId: api.appId, accountEnabled: false })
    expect(await rolesNow()).toEqual([500014])
  })

  test('its principal shows what the application says', async () => {
    const { api, principal } = await resourceAndClient([])
    const appRoles = [{ ...role('Tasks.Read'), origin: 'Application' }]
    await sigil.make('PATCH', `/applications/${api.id}`, { displayName: 'Renamed', description: 'New', appRoles })
    expect(await sigil.make('GET', `/servicePrincipals/${principal.id}`)).toMatchObject({
      displayName: 'Renamed',
      appDisplayName: 'Renamed',
      appDescription: 'New',
      appRoles,
      servicePrincipalNames: [`api://${api.appId}`, api.appId],
    })
  })

  test('a principal’s tags are the application’s and its own', async () => {
    const app = await create({ tags: ['a', 'b'] })
    const principal = await sigil.make('POST', '/servicePrincipals', { appId: app.appId, tags: ['own'] })
    const tagsNow = async () => (await sigil.make('GET', `/servicePrincipals/${principal.id}`)).tags
    expect(await tagsNow()).toEqual(['a', 'b', 'own'])
    await sigil.make('PATCH', `/applications/${app.id}`, { tags: ['b', 'c'] })
    expect(await tagsNow()).toEqual(['b', 'c', 'own'])
    await sigil.make('PATCH', `/servicePrincipals/${principal.id}`, { tags: ['mine'] })
    expect(await tagsNow()).toEqual(['b', 'c', 'mine'])
  })

  test('changes of the two at once leave both whole', async () => {
    const { api, principal } = await resourceAndClient([])
    const answers = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((each) =>
        each % 2
          ? sigil.graph('PATCH', `/applications/${api.id}`, { displayName: `Name ${each}` })
          : sigil.graph('PATCH', `/servicePrincipals/${principal.id}`, { appRoleAssignmentRequired: each === 4 }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204, 204, 204])
    const [app, shown] = [await read(api.id), await sigil.make('GET', `/servicePrincipals/${principal.id}`)]
    expect(shown.displayName).toBe(app.displayName)
    for (const row of await resourceRows(api.appId)) {
      expect(row).toMatchObject({ displayName: app.displayName, assignmentRequired: shown.appRoleAssignmentRequired })
    }
  })
})

describe('every property of an application, changed by itself,', () => {
  const named = 'https://contoso.example'
  /** With a value that it may have, and whether null is one too: it then stands there, and else is refused. */
  // biome-ignore format: a table reads better aligned
  const settable: [property: string, value: unknown, mayBeNull: boolean][] = [
    ['displayName',                          'Ledger',                                      false],
    ['description',                          'Keeps accounts',                              true],
    ['signInAudience',                       'AzureADMultipleOrgs',                         false],
    ['identifierUris',                       [`urn:uuid:${sameId}`],                        false],
    ['tags',                                 ['internal'],                                  false],
    ['serviceManagementReference',           'SM-7',                                        true],
    ['groupMembershipClaims',                'All',                                         true],
    ['optionalClaims',                       { idToken: [] },                               true],
    ['requiredResourceAccess',               [{ resourceAppId: sameId, resourceAccess: [] }], false],
    ['appRoles',                             [role('Ledger.Read')],                         false],
    ['info.logoUrl',                         named,                                         true],
    ['info.marketingUrl',                    named,                                         true],
    ['info.privacyStatementUrl',             named,                                         true],
    ['info.supportUrl',                      named,                                         true],
    ['info.termsOfServiceUrl',               named,                                         true],
    ['web.homePageUrl',                      named,                                         true],
    ['web.logoutUrl',                        named,                                         true],
    ['web.redirectUris',                     [named],                                       false],
    ['web.redirectUriSettings',              [{ uri: named, index: 1 }],                    false],
    ['web.implicitGrantSettings',            { enableIdTokenIssuance: true },               false],
    ['api.acceptMappedClaims',               true,                                          true],
    ['api.knownClientApplications',          [sameId],                                      false],
    ['api.requestedAccessTokenVersion',      2,                                             true],
    ['api.oauth2PermissionScopes',           [],                                            false],
    ['api.preAuthorizedApplications',        [{ appId: sameId }],                           false],
    ['api.tokenEncryptionSetting',           null,                                          true],
    ['info',                                 {},                                            false],
    ['web',                                  {},                                            false],
    ['api',                                  {},                                            false],
    ['keyCredentials',                       [],                                            false],
    ['tokenEncryptionKeyId',                 null,                                          true],
  ]
  const bodyOf = (property: string, value: unknown): Body => {
    const [outer = '', inner] = property.split('.')
    return { [outer]: inner === undefined ? value : { [inner]: value } }
  }
  const valueIn = (body: Body, property: string): unknown =>
    property.split('.').reduce<unknown>((value, name) => (value as Body)[name], body)

  test.each(settable)(
    '%s: is what it is set to, stays where it is absent, and is null where it may be',
    async (property, value, mayBeNull) => {
      const { id } = await create()
      const at = `/applications/${id}`
      expect((await sigil.graph('PATCH', at, bodyOf(property, value))).status).toBe(204)
      const set = valueIn(await read(id), property)
      expect({ set }).toMatchObject({ set: value })
      for (const absent of [{}, { description: null }].slice(0, property === 'description' ? 1 : 2)) {
        expect((await sigil.graph('PATCH', at, absent)).status).toBe(204)
        expect(valueIn(await read(id), property)).toEqual(set)
      }
      const answer = await sigil.graph('PATCH', at, bodyOf(property, null))
      expect(answer.status).toBe(mayBeNull ? 204 : 400)
      if (!mayBeNull) expect(refusal(answer).message).toContain(`'${property}'`)
      expect(valueIn(await read(id), property)).toEqual(mayBeNull ? null : set)
    },
  )

  test.each(settable)('%s: is never made of a value of another type', async (property, value) => {
    const { id } = await create()
    const before = await read(id)
    const others = ['false', '', 0, 1.5, true, {}, { a: 1 }, [], [0], [null], [{}], [[]]]
    const wrong = others.filter((each) => typeOf(each) !== typeOf(value))
    for (const each of wrong) {
      const answer = await sigil.graph('PATCH', `/applications/${id}`, bodyOf(property, each))
      expect([each, answer.status]).toEqual([each, 400])
    }
    expect(await read(id)).toEqual(before)
  })

  const typeOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value)

  // biome-ignore format: a table reads better aligned
  test.each([
    'id', 'appId', 'createdByAppId', 'createdDateTime', 'deletedDateTime', 'disabledByMicrosoftStatus', 'publisherDomain',
    'certification', 'verifiedPublisher', 'passwordCredentials', 'federatedIdentityCredentials', 'owners', 'sponsors',
  ])('%s: cannot be changed, not even to what it is, and says so', async (property) => {
    const made = await create()
    for (const value of [made[property] ?? null, 'another']) {
      for (const answer of [
        await sigil.graph('PATCH', `/applications/${made.id}`, { [property]: value }),
        await sigil.graph('POST', '/applications', { displayName: 'x', [property]: value }),
      ]) {
        expect(refusal(answer)).toMatchObject({ status: 400, code: 'Request_BadRequest' })
        expect(refusal(answer).message).toContain(`'${property}': cannot be changed here; `)
      }
    }
    expect(await read(made.id)).toEqual({ ...made, '@odata.context': expect.anything() })
  })

  test('appRoleAssignmentRequired: is said to be its principal’s', async () => {
    const { id } = await create()
    for (const answer of [
      await sigil.graph('PATCH', `/applications/${id}`, { appRoleAssignmentRequired: true }),
      await sigil.graph('POST', '/applications', { displayName: 'x', appRoleAssignmentRequired: true }),
    ]) {
      expect(refusal(answer).message).toContain('/servicePrincipals')
    }
  })
})

describe('the verified publisher', () => {
  test('is the tenant, on the application and its principal at once, until it is unset', async () => {
    const { api, principal } = await resourceAndClient([])
    const shown = async () => [
      (await read(api.id)).verifiedPublisher,
      (await sigil.make('GET', `/servicePrincipals/${principal.id}`)).verifiedPublisher,
    ]
    const set = await sigil.graph('POST', `/applications/${api.id}/setVerifiedPublisher`, {
      verifiedPublisherId: '1234567',
    })
    expect([set.status, set.body]).toEqual([204, {}])
    const publisher = {
      displayName: expect.stringMatching(/./),
      verifiedPublisherId: '1234567',
      addedDateTime: expect.stringMatching(/Z$/),
    }
    expect(await shown()).toEqual([publisher, publisher])
    for (const _ of [1, 2]) {
      expect((await sigil.graph('POST', `/applications/${api.id}/unsetVerifiedPublisher`)).status).toBe(204)
      const none = { displayName: null, verifiedPublisherId: null, addedDateTime: null }
      expect(await shown()).toEqual([none, none])
    }
  })

  test.each([undefined, null, '', 7, 'two words', 'x'.repeat(51)])('has an id of a partner, and not %j', async (id) => {
    const made = await create()
    const answer = await sigil.graph('POST', `/applications/${made.id}/setVerifiedPublisher`, {
      verifiedPublisherId: id,
    })
    expect(refusal(answer).message).toContain("'verifiedPublisherId'")
    expect(await read(made.id)).toMatchObject({ verifiedPublisher: { verifiedPublisherId: null } })
  })
})

describe('what is too much for one item', () => {
  test('is refused when the last of many small things would be it, and changes nothing', async () => {
    const appRoles = Array.from({ length: 360 }, (_, each) => role(`Role.${each}`, { description: 'x'.repeat(500) }))
    const { id, appId } = await create({ appRoles })
    const add = (each: number) =>
      sigil.graph('POST', `/applications/${id}/federatedIdentityCredentials`, {
        name: `n-${each}`,
        issuer: 'https://issuer.example',
        subject: `${each}-${'é'.repeat(590)}`,
        audiences: ['é'.repeat(600)],
        description: 'é'.repeat(600),
      })
    const statuses: number[] = []
    for (let each = 0; each < 20 && !statuses.includes(400); each++) statuses.push((await add(each)).status)
    expect(statuses).toEqual([...Array(statuses.length - 1).fill(201), 400])
    expect(statuses.length).toBeLessThan(20)
    const [row] = await sigil.rows(`FIC#${appId}`)
    expect(Object.keys(row?.credentials as object)).toHaveLength(statuses.length - 1)
  })
})

describe('what is too much for one commit is refused in words', () => {
  test('as many sponsors, owners and identifier URIs as are allowed each', async () => {
    const { person } = await cast(sigil, 'crowd')
    const owners = await Promise.all(Array.from({ length: 100 }, () => create()))
    const principals = await Promise.all(owners.map(({ appId }) => sigil.make('POST', '/servicePrincipals', { appId })))
    const body = (count: number) => ({
      displayName: 'crowded',
      identifierUris: Array.from({ length: 30 }, () => `urn:uuid:${crypto.randomUUID()}`),
      'owners@odata.bind': principals
        .slice(0, count)
        .map(({ id }) => `https://graph.microsoft.com/v1.0/servicePrincipals/${id}`),
      'sponsors@odata.bind': [`https://graph.microsoft.com/v1.0/users/${person.id}`],
    })
    const answers = await Promise.all(
      [100, 40, 29, 28].map(async (count) => sigil.graph('POST', '/applications', body(count))),
    )
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 201])
    for (const answer of answers.slice(0, 3)) expect(refusal(answer).message).toContain('sponsors and owners')
  })

  test('as many app roles, with as much text, as are allowed each', async () => {
    const roles = (count: number) =>
      Array.from({ length: count }, (_, each) => role(`Role.${each}`, { description: 'x'.repeat(600) }))
    const answer = await sigil.graph('POST', '/applications', { displayName: 'x', appRoles: roles(1200) })
    expect(refusal(answer)).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect((await create({ appRoles: roles(100) })).appRoles).toHaveLength(100)
  })

  test('many app roles under many names', async () => {
    const appRoles = Array.from({ length: 1200 }, (_, each) =>
      role(`${each}.${'r'.repeat(200)}`, { displayName: 'r', description: 'r' }),
    )
    const identifierUris = Array.from({ length: 30 }, () => `urn:uuid:${crypto.randomUUID()}`)
    const answer = await sigil.graph('POST', '/applications', { displayName: 'x', appRoles, identifierUris })
    expect(refusal(answer)).toMatchObject({ status: 400, code: 'Request_BadRequest' })
  })
})
