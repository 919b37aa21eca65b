import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, assertion, type Cast, cast, claimsIn, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>

const sigil = sigilForTests()
const typed = '/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal'
const type = '#microsoft.graph.agentIdentityBlueprintPrincipal'
const managementApi = '00000003-0000-0000-c000-000000000000'
const createAsManager = '4c390976-b2b7-42e0-9187-c6be3bead001'

let actors: Cast
beforeAll(async () => {
  actors = await cast(sigil, 'principals')
})

const refusal = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}
const createBlueprint = (more: Body = {}) =>
  sigil.make('POST', '/applications/microsoft.graph.agentIdentityBlueprint', {
    displayName: 'Writer',
    ...actors.sponsors,
    ...more,
  })

describe('a blueprint principal', () => {
  test('is created by its appId alone, and shows what the blueprint says', async () => {
    const blueprint = await createBlueprint({ description: 'Writes', tags: ['agents'] })
    const { status, body } = await sigil.graph('POST', typed, { appId: blueprint.appId })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      '@odata.context': `${sigil.service.origin}/v1.0/$metadata#servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal/$entity`,
      '@odata.type': type,
      appId: blueprint.appId,
      accountEnabled: true,
      appRoleAssignmentRequired: false,
      displayName: 'Writer',
      appDisplayName: 'Writer',
      appDescription: 'Writes',
      appOwnerOrganizationId: sigil.tenantId,
      createdByAppId: sigil.service.admin.clientId,
      disabledByMicrosoftStatus: null,
      servicePrincipalType: 'Application',
      servicePrincipalNames: [blueprint.appId],
      signInAudience: 'AzureADMyOrg',
      appRoles: [],
      oauth2PermissionScopes: [],
      tags: ['agents'],
    })
    expect(body.id).not.toBe(blueprint.id)
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    ['cast in the path',              typed,                                       undefined],
    ['cast and type',                 typed,                                       type],
    ['the appId of a blueprint',      '/servicePrincipals',                        undefined],
    ['type in the body',              '/servicePrincipals',                        type],
    ['the base type in the body',     '/servicePrincipals',                        '#microsoft.graph.servicePrincipal'],
    ['type without its #, of beta',   '/beta/serviceprincipals',                   'Microsoft.Graph.agentIdentityBlueprintPrincipal'],
  ])('is created by %s', async (_, path, odataType) => {
    const { appId } = await createBlueprint()
    expect(await sigil.make('POST', path, { appId, ...(odataType && { '@odata.type': odataType }) })).toMatchObject({
      '@odata.type': type,
      appId,
    })
  })

  test.each([typed, '/servicePrincipals'])('is of a blueprint, and of nothing else: %s', async (path) => {
    const body = path === typed ? {} : { '@odata.type': type }
    for (const appId of [actors.api.appId, actors.agent.id, crypto.randomUUID(), managementApi]) {
      const answer = refusal(await sigil.graph('POST', path, { ...body, appId }))
      expect(answer).toMatchObject({ status: 400, code: 'AgentBlueprintPrincipal_RequireAgentBlueprint' })
      expect(answer.message).toContain(appId)
    }
  })

  test('of an appId that names no application is refused, typed or not', async () => {
    for (const appId of [crypto.randomUUID(), actors.agent.id, managementApi, actors.principal.id]) {
      const answer = refusal(await sigil.graph('POST', '/servicePrincipals', { appId }))
      expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    }
  })

  test('is one per tenant, however many ask for it at once', async () => {
    const { appId } = await createBlueprint()
    const answers = await Promise.all(
      [typed, '/servicePrincipals', typed].map((path) => sigil.graph('POST', path, { appId })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409])
    const [conflict] = answers.filter(({ status }) => status === 409)
    expect(refusal(conflict as Answer).code).toBe('Request_MultipleObjectsWithSameKeyValue')
    expect(await sigil.rows(`CLIENT#${sigil.tenantId}#${appId}`)).toHaveLength(1)
  })

  test('is the same under every address that names it', async () => {
    const { principal, blueprint } = actors
    const shown = { ...(await sigil.make('GET', `${typed}/${principal.id}`)), '@odata.context': undefined }
    expect(shown).toMatchObject({ '@odata.type': type, id: principal.id })
    for (const address of [
      `/servicePrincipals/${principal.id}`,
      `/serviceprincipals/${principal.id}/microsoft.graph.agentIdentityBlueprintPrincipal`,
      `/servicePrincipals(appId='${blueprint.appId}')`,
      `/servicePrincipals(appId='${blueprint.appId}')/microsoft.graph.agentIdentityBlueprintPrincipal`,
      `/beta/servicePrincipals('${principal.id}')/graph.agentIdentityBlueprintPrincipal`,
    ]) {
      const { status, body } = await sigil.graph('GET', address)
      expect([address, status]).toEqual([address, 200])
      expect({ ...body, '@odata.context': undefined }).toEqual(shown)
    }
    for (const stranger of [actors.apiPrincipal.id, actors.agent.id]) {
      expect((await sigil.graph('GET', `${typed}/${stranger}`)).status).toBe(404)
    }
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, unknown]>([
    ['id',                        crypto.randomUUID()],
    ['appId',                     crypto.randomUUID()],
    ['displayName',               'Another'],
    ['servicePrincipalNames',     ['api://x']],
    ['servicePrincipalType',      'Legacy'],
    ['appRoles',                  []],
    ['appOwnerOrganizationId',    crypto.randomUUID()],
    ['createdByAppId',            crypto.randomUUID()],
    ['agentIdentityBlueprintId',  crypto.randomUUID()],
    ['accountEnabled',            'false'],
    ['accountEnabled',            0],
    ['accountEnabled',            null],
    ['appRoleAssignmentRequired', 'true'],
    ['tags',                      null],
  ])('cannot have its %s changed to %j', async (property, value) => {
    for (const at of [`${typed}/${actors.principal.id}`, `/servicePrincipals/${actors.principal.id}`]) {
      const answer = refusal(await sigil.graph('PATCH', at, { [property]: value }))
      expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
      expect(answer.message).toContain(`'${property}'`)
    }
    expect((await sigil.make('GET', `${typed}/${actors.principal.id}`)).accountEnabled).toBe(true)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, unknown, unknown]>([
    ['accountEnabled',            false,   true],
    ['appRoleAssignmentRequired', true,    false],
    ['tags',                      ['own'], []],
  ])('%s: is what it is set to, stays where it is absent, and is never null or of another type', async (property, value, first) => {
    const { appId } = await createBlueprint()
    const { id } = await sigil.make('POST', typed, { appId })
    const now = async () => (await sigil.make('GET', `${typed}/${id}`))[property]
    expect(await now()).toEqual(first)
    const set = (to: unknown) => sigil.graph('PATCH', `${typed}/${id}`, { [property]: to })
    expect((await set(value)).status).toBe(204)
    const absent = property === 'tags' ? { accountEnabled: true } : { tags: ['x'] }
    for (const body of [{}, absent]) expect((await sigil.graph('PATCH', `${typed}/${id}`, body)).status).toBe(204)
    expect(await now()).toEqual(value)
    for (const wrong of [null, 'false', 'true', '', 0, 1, {}, [0], [null], [[]]]) {
      for (const answer of [await set(wrong), await sigil.graph('POST', typed, { appId, [property]: wrong })]) {
        expect([wrong, answer.status]).toEqual([wrong, 400])
        expect(refusal(answer).message).toContain(`'${property}`)
      }
    }
    expect(await now()).toEqual(value)
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    'id', 'createdByAppId', 'createdDateTime', 'deletedDateTime', 'disabledByMicrosoftStatus', 'displayName', 'appDisplayName',
    'appDescription', 'info', 'verifiedPublisher', 'publisherName', 'appRoles', 'oauth2PermissionScopes', 'publishedPermissionScopes',
    'appOwnerOrganizationId', 'servicePrincipalNames', 'servicePrincipalType', 'signInAudience', 'owners', 'sponsors',
  ])('%s: cannot be set or changed, not even to what it is, and says so', async (property) => {
    const { appId } = await createBlueprint()
    const shown = await sigil.make('GET', `${typed}/${actors.principal.id}`)
    for (const value of [shown[property] ?? null, 'another']) {
      for (const answer of [
        await sigil.graph('PATCH', `${typed}/${actors.principal.id}`, { [property]: value }),
        await sigil.graph('PATCH', `/servicePrincipals/${actors.apiPrincipal.id}`, { [property]: value }),
        await sigil.graph('POST', typed, { appId, [property]: value }),
      ]) {
        expect(refusal(answer)).toMatchObject({ status: 400, code: 'Request_BadRequest' })
        expect(refusal(answer).message).toContain(`'${property}': cannot be changed here; `)
      }
    }
  })

  test('appId: is what it was made of, for good', async () => {
    const { blueprint, principal } = actors
    for (const appId of [blueprint.appId, crypto.randomUUID(), null]) {
      const answer = refusal(await sigil.graph('PATCH', `${typed}/${principal.id}`, { appId }))
      expect(answer.message).toContain("'appId': cannot be changed here; ")
    }
  })

  test('has nothing that signs people in', async () => {
    for (const property of ['replyUrls', 'loginUrl', 'preferredSingleSignOnMode', 'tokenEncryptionKeyId']) {
      const answer = refusal(await sigil.graph('PATCH', `${typed}/${actors.principal.id}`, { [property]: null }))
      expect(answer).toMatchObject({ status: 400, code: 'AgentBlueprintPrincipal_IncompatibleProperty' })
      expect(answer.message).toContain(`'${property}'`)
    }
  })

  test('has no credentials: they live on the blueprint', async () => {
    const { appId } = await createBlueprint()
    for (const property of ['keyCredentials', 'passwordCredentials', 'federatedIdentityCredentials']) {
      for (const answer of [
        await sigil.graph('PATCH', `${typed}/${actors.principal.id}`, { [property]: [] }),
        await sigil.graph('PATCH', `/servicePrincipals/${actors.principal.id}`, { [property]: [] }),
        await sigil.graph('POST', typed, { appId, [property]: [] }),
      ]) {
        const { status, code, message } = refusal(answer)
        expect([status, code]).toEqual([400, 'AgentBlueprintPrincipal_IncompatibleProperty'])
        expect(message).toContain(property)
      }
    }
  })

  test('an ordinary one is told the same in the ordinary words', async () => {
    const answer = refusal(
      await sigil.graph('PATCH', `/servicePrincipals/${actors.apiPrincipal.id}`, { passwordCredentials: [] }),
    )
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain("'passwordCredentials'")
  })
})

describe('the permission that a blueprint principal is born with', () => {
  test('stands in its assignments and in its token from the first moment', async () => {
    const { principal, blueprint, secret } = actors
    const { value } = await sigil.make('GET', `/servicePrincipals/${principal.id}/appRoleAssignments`)
    expect(value).toMatchObject([
      { appRoleId: createAsManager, principalId: principal.id, resourceDisplayName: 'Microsoft Graph' },
    ])
    const token = await sigil.tokenFor(blueprint.appId, secret, 'https://graph.microsoft.com/.default')
    expect(claimsIn(token).roles).toEqual(['AgentIdentity.CreateAsManager'])
  })

  test('is never taken away, from either side', async () => {
    const { principal } = actors
    const { value } = await sigil.make('GET', `/servicePrincipals/${principal.id}/appRoleAssignments`)
    const [assignment] = value as { id: string; resourceId: string }[]
    for (const address of [
      `/servicePrincipals/${principal.id}/appRoleAssignments/${assignment?.id}`,
      `/servicePrincipals/${assignment?.resourceId}/appRoleAssignedTo/${assignment?.id}`,
    ]) {
      const answer = refusal(await sigil.graph('DELETE', address))
      expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
      expect(answer.message).toContain('AgentIdentity.CreateAsManager')
    }
    expect(await sigil.make('GET', `/servicePrincipals/${principal.id}/appRoleAssignments`)).toMatchObject({ value })
  })

  test('a role of another resource that bears the same id is taken away like every other', async () => {
    const api = await sigil.make('POST', '/applications', {
      displayName: 'Impostor',
      appRoles: [
        {
          id: createAsManager,
          value: 'Impostor',
          displayName: 'x',
          description: 'x',
          allowedMemberTypes: ['Application'],
        },
      ],
    })
    const resource = await sigil.make('POST', '/servicePrincipals', { appId: api.appId })
    const at = `/servicePrincipals/${actors.principal.id}/appRoleAssignments`
    const body = { principalId: actors.principal.id, resourceId: resource.id, appRoleId: createAsManager }
    const { id } = await sigil.make('POST', at, body)
    expect((await sigil.graph('DELETE', `${at}/${id}`)).status).toBe(204)
  })
})

describe('a principal that is disabled', () => {
  const disable = (id: string, accountEnabled: boolean, path = typed) =>
    sigil.make('PATCH', `${path}/${id}`, { accountEnabled })

  test.each([typed, '/servicePrincipals'])(
    'stops itself and every agent of its blueprint, until enabled: %s',
    async (path) => {
      const { principal, blueprint, agent, secret, t1, scope } = await cast(sigil, 'stopped')
      const before = await t1()
      const codes = async () => {
        const own = await sigil.token({
          client_id: blueprint.appId,
          client_secret: secret,
          scope: 'https://graph.microsoft.com/.default',
          grant_type: 'client_credentials',
        })
        const exchange = await sigil.token({
          client_id: blueprint.appId,
          client_secret: secret,
          scope: 'api://AzureADTokenExchange/.default',
          grant_type: 'client_credentials',
          fmi_path: agent.id,
        })
        const acting = await sigil.token({
          client_id: agent.id,
          scope,
          grant_type: 'client_credentials',
          ...assertion(before),
        })
        return [own, exchange, acting].map(({ status, body }) =>
          status === 200 ? 200 : (body.error_codes as number[])[0],
        )
      }
      expect(await codes()).toEqual([200, 200, 200])
      await disable(principal.id, false, path)
      expect(await codes()).toEqual([7000112, 7000112, 7000112])
      await disable(principal.id, true, path)
      expect(await codes()).toEqual([200, 200, 200])
    },
  )

  test('is named so in the audit log', async () => {
    const { principal } = await cast(sigil, 'named')
    await disable(principal.id, false)
    await disable(principal.id, true)
    await sigil.make('PATCH', `${typed}/${principal.id}`, { tags: ['x'] })
    const activities = (await sigil.rows(`AUDIT#${sigil.tenantId}`))
      .filter((row) => (row.targetResources as Body[]).some(({ id }) => id === principal.id))
      .sort((one, other) => String(one.activityDateTime).localeCompare(String(other.activityDateTime)))
      .map(({ activityDisplayName }) => activityDisplayName)
    expect(activities).toEqual([
      'Add service principal',
      'Disable service principal',
      'Enable service principal',
      'Update service principal',
    ])
  })
})

describe('a principal that is deleted', () => {
  test('stops itself and its agents; the blueprint stays, and may have another one', async () => {
    const { principal, blueprint, agent, secret, t1, scope } = await cast(sigil, 'gone')
    const before = await t1()
    expect((await sigil.graph('DELETE', `${typed}/${principal.id}`)).status).toBe(204)
    expect((await sigil.graph('DELETE', `${typed}/${principal.id}`)).status).toBe(404)
    await expect(t1()).rejects.toThrow('700016')
    await expect(sigil.agentToken(agent.id, before, scope)).rejects.toThrow('700016')
    expect(await sigil.make('GET', `/applications/${blueprint.id}`)).toMatchObject({ id: blueprint.id })
    expect((await sigil.rows('DELETED#')).find(({ sk }) => sk === principal.id)).toMatchObject({
      type: 'agentIdentityBlueprintPrincipal',
      deletedDateTime: expect.any(String),
    })
    const creation = await sigil.graph('POST', '/servicePrincipals/microsoft.graph.agentIdentity', {
      displayName: 'orphan',
      agentIdentityBlueprintId: blueprint.appId,
      ...actors.sponsors,
    })
    expect(refusal(creation).code).toBe('AgentIdentity_AgentBlueprintPrincipalDoesNotExist')
    const again = await sigil.make('POST', typed, { appId: blueprint.appId })
    expect(again.id).not.toBe(principal.id)
    const own = await sigil.tokenFor(blueprint.appId, secret, 'https://graph.microsoft.com/.default')
    expect(claimsIn(own)).toMatchObject({ oid: again.id, roles: ['AgentIdentity.CreateAsManager'] })
  })
})

describe('the management API’s own principal', () => {
  const find = async () => {
    const query = new URLSearchParams({ $filter: `appId eq '${managementApi}'` })
    const { value } = await sigil.make('GET', `/servicePrincipals?${query}`)
    return value as (Body & { id: string; appRoles: Body[]; oauth2PermissionScopes: Body[] })[]
  }

  test('is found by its appId, as a filter and as a key', async () => {
    const [found, ...others] = await find()
    expect(others).toEqual([])
    expect(found).toMatchObject({
      appId: managementApi,
      displayName: 'Microsoft Graph',
      servicePrincipalNames: [managementApi, 'https://graph.microsoft.com', sigil.service.origin],
    })
    const { '@odata.context': _, ...keyed } = await sigil.make('GET', `/servicePrincipals(appId='${managementApi}')`)
    expect(keyed).toEqual(found)
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    ['AgentIdentity.Read.All',                  'b2b8f011-2898-4234-9092-5059f6c1ebfa', '5e850691-d86a-4b24-bfa6-8a52fb37a0c1'],
    ['AgentIdentity.ReadWrite.All',             'dcf7150a-88d4-4fe6-9be1-c2744c455397', '4a4facd5-0ee1-49b7-a5b2-fdcc2491685e'],
    ['AgentIdentity.Create.All',                'ad25cc1d-84d8-47df-a08e-b34c2e800819', 'e75eeac6-d759-4ba3-ae5c-773a27efafba'],
    ['AgentIdentity.CreateAsManager',           createAsManager,                        'ccf6a395-80ad-41b3-ba11-27d4930eb7d0'],
    ['AgentIdentityBlueprint.Create',           'ea4b2453-ad2d-4d94-9155-10d5d9493ce9', '8fc15edd-ba24-494e-9bf6-d38e1b7ba8fd'],
    ['AgentIdentityBlueprintPrincipal.Create',  '8959696d-d07e-4916-9b1e-3ba9ce459161', '00dcd896-6b23-42ce-b5de-c58493c05e22'],
    ['AgentIdUser.ReadWrite.IdentityParentedBy','4aa6e624-eee0-40ab-bdd8-f9639038a614', '52a417d9-0b3c-4466-9a3b-66960de73d74'],
    ['AgentCollection.Read.Global',             undefined,                              'b14924c8-87f1-438a-81f2-dc370ba2f45d'],
    ['AgentInstance.ReadWrite.ManagedBy',       '782ab1bf-24f1-4c27-8bbc-2006d42792a6', undefined],
  ])('offers %s, found by its value', async (value, roleId, scopeId) => {
    const [found] = await find()
    expect(found?.appRoles.find((role) => role.value === value)?.id).toBe(roleId)
    expect(found?.oauth2PermissionScopes.find((scope) => scope.value === value)?.id).toBe(scopeId)
  })

  test('offers each permission once, under an id of its own', async () => {
    const [found] = await find()
    for (const offers of [found?.appRoles ?? [], found?.oauth2PermissionScopes ?? []]) {
      expect(offers.length).toBeGreaterThan(80)
      expect(new Set(offers.map(({ id }) => id)).size).toBe(offers.length)
      expect(new Set(offers.map(({ value }) => value)).size).toBe(offers.length)
      expect(offers.every(({ isEnabled }) => isEnabled === true)).toBe(true)
    }
  })

  test('cannot be changed, deleted or made again', async () => {
    const [found] = await find()
    const at = `/servicePrincipals/${found?.id}`
    expect((await sigil.graph('PATCH', at, { accountEnabled: false })).status).toBe(400)
    expect((await sigil.graph('DELETE', at)).status).toBe(400)
    expect((await sigil.graph('POST', '/servicePrincipals', { appId: managementApi })).status).toBe(400)
    expect(await find()).toEqual([found])
  })
})
