import { beforeAll, describe, expect, test } from 'vitest'
import { directoryRoles } from '../../shared/directory-roles.ts'
import { type Cast, cast, claimsIn, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>
type Made = Body & { id: string; appId: string }
type Entry = Body & { value: string; resourceAppId: string; sources: { kind: string; from: string }[] }
type Effective = { appRoles: Entry[]; delegatedScopes: Entry[]; directoryRoles: Body[]; blocked: Body[] }

const sigil = sigilForTests()
const managementApi = '00000003-0000-0000-c000-000000000000'
const everything = { inheritableScopes: { kind: 'allAllowed' }, inheritableRoles: { kind: 'allAllowed' } }

let actors: Cast
let api: { application: Made; principal: Made; roles: Record<string, string> }
let managementRoles: Map<string, string>

beforeAll(async () => {
  actors = await cast(sigil, 'effective')
  const appRoles = ['Own', 'Parents', 'Both', 'Off'].map((value) => ({
    id: crypto.randomUUID(),
    value,
    displayName: value,
    description: value,
    allowedMemberTypes: ['Application'],
  }))
  const oauth2PermissionScopes = ['Own.Do', 'Parents.Do', 'Kept.Do'].map((value) => ({
    id: crypto.randomUUID(),
    value,
  }))
  const properties = { displayName: 'Vault', appRoles, api: { oauth2PermissionScopes } }
  const application = await sigil.make('POST', '/applications', properties)
  const principal = await sigil.make('POST', '/servicePrincipals', { appId: application.appId })
  api = { application, principal, roles: Object.fromEntries(appRoles.map(({ id, value }) => [value, id])) }
  const shown = await sigil.make('GET', `/servicePrincipals/${managementApi}`)
  managementRoles = new Map((shown.appRoles as { id: string; value: string }[]).map(({ id, value }) => [value, id]))
})

/** A blueprint of its own, with a secret, its principal and an agent. */
async function family() {
  const blueprint = await sigil.make('POST', '/applications/microsoft.graph.agentIdentityBlueprint', {
    displayName: 'Blueprint',
    ...actors.sponsors,
  })
  const principal = await sigil.make('POST', '/servicePrincipals', { appId: blueprint.appId })
  const { secretText } = await sigil.make('POST', `/applications/${blueprint.id}/addPassword`, {})
  const agent = await sigil.make('POST', '/servicePrincipals/microsoft.graph.agentIdentity', {
    displayName: 'Agent',
    agentIdentityBlueprintId: blueprint.appId,
    ...actors.sponsors,
  })
  const token = async (scope: string) => {
    const exchange = 'api://AzureADTokenExchange/.default'
    const t1 = await sigil.tokenFor(blueprint.appId, String(secretText), exchange, { fmi_path: agent.id })
    return claimsIn(await sigil.agentToken(agent.id, t1, scope))
  }
  return { blueprint, principal, agent, token }
}

const assign = ({ id }: Made, resourceId: string, appRoleId: string | undefined): Promise<Made> =>
  sigil.make('POST', `/servicePrincipals/${id}/appRoleAssignments`, { principalId: id, resourceId, appRoleId })
const grant = ({ id }: Made, resourceId: string, scope: string, more: Body = {}): Promise<Made> =>
  sigil.make('POST', '/oauth2PermissionGrants', {
    clientId: id,
    consentType: 'AllPrincipals',
    resourceId,
    scope,
    ...more,
  })
const inherit = ({ id }: Made, resourceAppId: string, what: Body = everything): Promise<Made> =>
  sigil.make('POST', `/applications/${id}/inheritablePermissions`, { resourceAppId, ...what })
const at = ({ id }: { id: string }, name: string): string => `/beta/servicePrincipals/${id}/${name}`
const effective = async (agent: Made): Promise<Effective> =>
  (await sigil.make('GET', at(agent, 'effectivePermissions'))) as unknown as Effective
const inheritedRoles = async (agent: Made) =>
  (await sigil.make('GET', at(agent, 'inheritedAppRoleAssignments'))).value as Body[]
const inheritedGrants = async (agent: Made) =>
  (await sigil.make('GET', at(agent, 'inheritedOauth2PermissionGrants'))).value as Body[]
const kindsOf = ({ sources }: Entry) => sources.map(({ kind }) => kind)

describe('the effective permissions of an agent identity', () => {
  test('are none at first', async () => {
    const { agent } = await family()
    expect(await effective(agent)).toEqual({
      '@odata.context': `${sigil.service.origin}/beta/$metadata#sigil.effectivePermissions`,
      appRoles: [],
      delegatedScopes: [],
      directoryRoles: [],
      blocked: [],
    })
  })

  test('are the app roles of its token, each with where it comes from', async () => {
    const { blueprint, principal, agent, token } = await family()
    const vault = `${api.application.appId}/.default`
    await assign(agent, api.principal.id, api.roles.Own)
    await assign(agent, api.principal.id, api.roles.Both)
    await assign(principal, api.principal.id, api.roles.Parents)
    await assign(principal, api.principal.id, api.roles.Both)
    const before = await effective(agent)
    expect(before.appRoles.map((each) => [each.value, kindsOf(each)])).toEqual(
      expect.arrayContaining([
        ['Own', ['direct']],
        ['Both', ['direct']],
      ]),
    )
    expect((await token(vault)).roles).toEqual(['Both', 'Own'])
    expect(before.appRoles.map(({ value }) => value).sort()).toEqual(['Both', 'Own'])

    await inherit(blueprint, api.application.appId)
    const { appRoles } = await effective(agent)
    expect((await token(vault)).roles).toEqual(['Both', 'Own', 'Parents'])
    expect(appRoles.map(({ value }) => value).sort()).toEqual(['Both', 'Own', 'Parents'])
    expect(appRoles.find(({ value }) => value === 'Both')).toEqual({
      resourceId: api.principal.id,
      resourceAppId: api.application.appId,
      resourceDisplayName: 'Vault',
      appRoleId: api.roles.Both,
      value: 'Both',
      sources: [
        { kind: 'direct', from: agent.id },
        { kind: 'inherited', from: principal.id },
      ],
    })
    expect(await inheritedRoles(agent)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          principalId: principal.id,
          appRoleId: api.roles.Parents,
          resourceId: api.principal.id,
        }),
        expect.objectContaining({ principalId: principal.id, appRoleId: api.roles.Both }),
      ]),
    )
    expect(await inheritedRoles(agent)).toHaveLength(2)
  })

  test('of the management API are those of its token too: what agents may not have is told apart', async () => {
    const { blueprint, principal, agent, token } = await family()
    await inherit(blueprint, managementApi)
    await assign(agent, managementApi, managementRoles.get('User.Read.All'))
    await assign(principal, managementApi, managementRoles.get('Group.Read.All'))
    const { appRoles, blocked } = await effective(agent)
    const { roles } = await token('https://graph.microsoft.com/.default')
    expect(roles).toEqual(['Group.Read.All', 'User.Read.All'])
    expect(appRoles.map(({ value }) => value).sort()).toEqual(roles)
    // The birthright of the principal, which no agent inherits.
    expect(blocked).toEqual([
      expect.objectContaining({
        value: 'AgentIdentity.CreateAsManager',
        sources: [{ kind: 'inherited', from: principal.id }],
        reason: 'tooPowerfulForAgents',
      }),
    ])
    expect((await inheritedRoles(agent)).map(({ appRoleId }) => appRoleId)).toEqual([
      managementRoles.get('Group.Read.All'),
    ])
  })

  test('leave out what the resource offers no more, and tell apart what a disabled one offers', async () => {
    const { agent, token } = await family()
    await assign(agent, api.principal.id, api.roles.Off)
    await assign(agent, api.principal.id, '00000000-0000-0000-0000-000000000000')
    const vault = `${api.application.appId}/.default`
    const patch = (isEnabled: boolean) =>
      sigil.make('PATCH', `/applications/${api.application.id}`, {
        appRoles: (api.application.appRoles as Body[]).map((each) =>
          each.value === 'Off' ? { ...each, isEnabled } : each,
        ),
      })
    await patch(false)
    try {
      expect((await token(vault)).roles).toBeUndefined()
      expect((await effective(agent)).appRoles).toEqual([])
    } finally {
      await patch(true)
    }
    await sigil.make('PATCH', `/servicePrincipals/${api.principal.id}`, { accountEnabled: false })
    try {
      await expect(token(vault)).rejects.toThrow('500014')
      const { appRoles, blocked } = await effective(agent)
      expect([appRoles, blocked]).toEqual([[], [expect.objectContaining({ value: 'Off', reason: 'resourceDisabled' })]])
    } finally {
      await sigil.make('PATCH', `/servicePrincipals/${api.principal.id}`, { accountEnabled: true })
    }
  })

  test('are its scopes, for everybody and by each user, as far as their time goes', async () => {
    const { blueprint, principal, agent } = await family()
    const { person } = actors
    const byUser = { consentType: 'Principal', principalId: person.id }
    const expiryTime = new Date(sigil.clock.now().getTime() + 3_600_000).toISOString()
    await grant(agent, api.principal.id, 'Own.Do')
    await grant(principal, api.principal.id, 'Own.Do Parents.Do Kept.Do')
    await grant(principal, api.principal.id, 'Parents.Do', { ...byUser, expiryTime })
    await inherit(blueprint, api.application.appId, {
      inheritableScopes: { kind: 'enumerated', scopes: ['Own.Do', 'Parents.Do'] },
    })
    const shape = ({ scope, consentType, principalId, expiryTime: end, sources }: Body) =>
      [scope, consentType, principalId, end, (sources as Body[]).map(({ kind }) => kind).join(' ')] as const
    expect((await effective(agent)).delegatedScopes.map(shape)).toEqual([
      ['Own.Do', 'AllPrincipals', null, undefined, 'direct inherited'],
      ['Parents.Do', 'AllPrincipals', null, undefined, 'inherited'],
      ['Parents.Do', 'Principal', person.id, expiryTime, 'inherited'],
    ])
    const shown = await inheritedGrants(agent)
    expect(shown.map(({ clientId, consentType, scope }) => [clientId, consentType, scope])).toEqual([
      [principal.id, 'AllPrincipals', 'Own.Do Parents.Do'],
      [principal.id, 'Principal', 'Parents.Do'],
    ])
    expect(Object.keys(shown[0] ?? {})).not.toEqual(expect.arrayContaining(['appId', 'version']))
  })

  test('are its directory roles', async () => {
    const { agent } = await family()
    const reader = directoryRoles.find(({ displayName }) => displayName === 'Global Reader')
    const body = { roleDefinitionId: reader?.templateId, principalId: agent.id, directoryScopeId: '/' }
    await sigil.make('POST', '/roleManagement/directory/roleAssignments', body)
    expect((await effective(agent)).directoryRoles).toEqual([
      { roleDefinitionId: reader?.templateId, displayName: 'Global Reader' },
    ])
  })

  test('are shown to the blueprint of the agent, and to no other one', async () => {
    const { agent } = await family()
    const own = await sigil.tokenFor(actors.blueprint.appId, actors.secret, 'https://graph.microsoft.com/.default')
    const ask = async ({ id }: Made) =>
      (await sigil.graph('GET', at({ id }, 'effectivePermissions'), undefined, own)).status
    expect(await ask(actors.agent)).toBe(200)
    expect(await ask(agent)).toBe(403)
  })
})

describe.each(['inheritedAppRoleAssignments', 'inheritedOauth2PermissionGrants'])('%s', (name) => {
  test.each(['POST', 'PATCH', 'PUT', 'DELETE'])('answers %s with 405 and what it allows', async (method) => {
    const { status, headers, body } = await sigil.graph(method, at(actors.agent, name))
    expect([status, headers.get('allow')]).toEqual([405, 'GET'])
    expect(body.error).toMatchObject({ code: 'Request_MethodNotAllowed' })
  })

  test('is of agent identities alone, in beta alone, and without query options', async () => {
    for (const { id } of [actors.principal, actors.apiPrincipal, actors.person, { id: crypto.randomUUID() }]) {
      expect((await sigil.graph('GET', at({ id }, name))).status).toBe(404)
    }
    expect((await sigil.graph('GET', `/v1.0/servicePrincipals/${actors.agent.id}/${name}`)).status).toBe(404)
    expect((await sigil.graph('GET', `${at(actors.agent, name)}?$top=1`)).status).toBe(400)
    expect((await sigil.graph('GET', `/beta/servicePrincipals(appId='${actors.agent.id}')/${name}`)).status).toBe(200)
  })

  test('is empty where nothing is inherited', async () => {
    expect((await sigil.make('GET', at(actors.agent, name))).value).toEqual([])
  })
})

test('what a grant gave is over at its time', async () => {
  const { blueprint, principal, agent } = await family()
  const expiryTime = new Date(sigil.clock.now().getTime() + 3_600_000).toISOString()
  await grant(agent, api.principal.id, 'Own.Do', { expiryTime })
  await grant(principal, api.principal.id, 'Parents.Do', { expiryTime })
  await inherit(blueprint, api.application.appId)
  expect((await effective(agent)).delegatedScopes).toHaveLength(2)
  sigil.clock.advance(3_600_000)
  expect((await effective(agent)).delegatedScopes).toEqual([])
  expect(await inheritedGrants(agent)).toEqual([])
})
