import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import { beforeAll, describe, expect, test } from 'vitest'
import type { TenantId } from '../../shared/domain/tenant.ts'
import { keys } from '../../shared/store/table.ts'
import { delegatedToken, grantScopes, holdRole, relate } from '../support/delegated.ts'
import { type Answer, type Cast, cast, claimsIn, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>
type Role = { id: string; value: string }

const sigil = sigilForTests()
const management = 'https://graph.microsoft.com/.default'

let actors: Cast
let managementApi: { id: string; roles: Map<string, string> }

beforeAll(async () => {
  actors = await cast(sigil, 'assignments')
  const { id, appRoles } = await sigil.make('GET', "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')")
  managementApi = { id, roles: new Map((appRoles as Role[]).map((each) => [each.value, each.id])) }
})

const refusal = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}
const assign = (
  principalId: string,
  resourceId: string,
  appRoleId: unknown,
  side: 'principal' | 'resource' = 'principal',
) =>
  sigil.graph(
    'POST',
    side === 'principal'
      ? `/servicePrincipals/${principalId}/appRoleAssignments`
      : `/servicePrincipals/${resourceId}/appRoleAssignedTo`,
    { principalId, resourceId, appRoleId },
  )
const newAgent = () =>
  sigil.make('POST', '/servicePrincipals/microsoft.graph.agentIdentity', {
    displayName: 'Agent',
    agentIdentityBlueprintId: actors.blueprint.appId,
    ...actors.sponsors,
  })
const t1For = (agentId: string) =>
  sigil.tokenFor(actors.blueprint.appId, actors.secret, 'api://AzureADTokenExchange/.default', { fmi_path: agentId })
const rolesOf = async (agentId: string, scope = actors.scope) =>
  claimsIn(await sigil.agentToken(agentId, await t1For(agentId), scope)).roles ?? []
/** Runs something between the last read and the first commit of what is done. */
async function justBeforeCommit<Result>(between: () => Promise<void>, run: () => Promise<Result>): Promise<Result> {
  let waiting = true
  const name = 'justBeforeCommit'
  sigil.service.dynamodb.middlewareStack.add(
    (next, context) => async (args) => {
      if (waiting && context.commandName === 'TransactWriteItemsCommand') {
        waiting = false
        await between()
      }
      return next(args)
    },
    { step: 'initialize', name },
  )
  try {
    return await run()
  } finally {
    sigil.service.dynamodb.middlewareStack.remove(name)
  }
}
const listed = async (path: string) => (await sigil.make('GET', `/servicePrincipals/${path}`)).value as Body[]

describe.each(['principal', 'resource'] as const)('an app role, assigned from the side of the %s', (side) => {
  test('is shown on both sides, is in the next token, and is gone from it once taken away', async () => {
    const agent = await newAgent()
    const { status, body } = await assign(agent.id, actors.apiPrincipal.id, actors.role.id, side)
    expect(status).toBe(201)
    const { '@odata.context': context, ...assignment } = body
    expect(context).toBe(`${sigil.service.origin}/v1.0/$metadata#appRoleAssignments/$entity`)
    expect(assignment).toEqual({
      id: expect.stringMatching(/^[\w-]{43}$/),
      deletedDateTime: null,
      appRoleId: actors.role.id,
      createdDateTime: expect.any(String),
      principalDisplayName: 'Agent',
      principalId: agent.id,
      principalType: 'ServicePrincipal',
      resourceDisplayName: 'assignments API',
      resourceId: actors.apiPrincipal.id,
    })
    expect(await listed(`${agent.id}/appRoleAssignments`)).toEqual([assignment])
    expect(await listed(`${actors.apiPrincipal.id}/appRoleAssignedTo`)).toContainEqual(assignment)
    expect(await rolesOf(agent.id)).toEqual(['Tasks.Read'])

    const address =
      side === 'principal'
        ? `/servicePrincipals/${agent.id}/appRoleAssignments/${body.id}`
        : `/servicePrincipals/${actors.apiPrincipal.id}/appRoleAssignedTo/${body.id}`
    expect((await sigil.graph('DELETE', address)).status).toBe(204)
    expect((await sigil.graph('DELETE', address)).status).toBe(404)
    expect(await rolesOf(agent.id)).toEqual([])
    expect(await listed(`${agent.id}/appRoleAssignments`)).toEqual([])
    expect(await listed(`${actors.apiPrincipal.id}/appRoleAssignedTo`)).not.toContainEqual(assignment)
  })

  test('is assigned once, whichever side asks, and however many at once', async () => {
    const agent = await newAgent()
    const sides = ['principal', 'resource', side, side] as const
    const answers = await Promise.all(
      sides.map((each) => assign(agent.id, actors.apiPrincipal.id, actors.role.id, each)),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 400, 400, 400])
    for (const answer of answers.filter(({ status }) => status === 400)) {
      expect(refusal(answer)).toEqual({
        status: 400,
        code: 'Request_BadRequest',
        message: 'Permission being assigned already exists on the object.',
      })
    }
    expect(await listed(`${agent.id}/appRoleAssignments`)).toHaveLength(1)
  })

  test('names in its body the same object as its path', async () => {
    const body = { principalId: actors.agent.id, resourceId: actors.apiPrincipal.id, appRoleId: actors.role.id }
    const at =
      side === 'principal'
        ? `/servicePrincipals/${actors.principal.id}/appRoleAssignments`
        : `/servicePrincipals/${managementApi.id}/appRoleAssignedTo`
    const answer = refusal(await sigil.graph('POST', at, body))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain(`'${side}Id'`)
  })
})

describe('an app role assignment', () => {
  test('is addressed by appId, by either cast and in any letters', async () => {
    const { agent, blueprint, api, apiPrincipal, principal } = actors
    const body = { principalId: principal.id, resourceId: apiPrincipal.id, appRoleId: actors.role.id }
    const made = await sigil.make('POST', `/servicePrincipals(appId='${blueprint.appId}')/AppRoleAssignments`, body)
    for (const path of [
      `${principal.id}/microsoft.graph.agentIdentityBlueprintPrincipal/appRoleAssignments`,
      `microsoft.graph.agentIdentityBlueprintPrincipal/${principal.id}/approleassignments`,
    ]) {
      expect((await listed(path)).map(({ id }) => id)).toContain(made.id)
    }
    const assignedTo = await sigil.make('GET', `/servicePrincipals(appId='${api.appId}')/appRoleAssignedTo`)
    expect((assignedTo.value as Body[]).map(({ id }) => id)).toContain(made.id)
    expect(await listed(`${agent.id}/appRoleAssignedTo`)).toEqual([])
  })

  test('is found under its own principal and resource alone', async () => {
    const [one, other] = [await newAgent(), await newAgent()]
    const { body } = await assign(one.id, actors.apiPrincipal.id, actors.role.id)
    for (const address of [
      `/servicePrincipals/${other.id}/appRoleAssignments/${body.id}`,
      `/servicePrincipals/${managementApi.id}/appRoleAssignedTo/${body.id}`,
      `/servicePrincipals/${one.id}/appRoleAssignedTo/${body.id}`,
      `/servicePrincipals/${one.id}/appRoleAssignments/${'x'.repeat(43)}`,
      `/servicePrincipals/${one.id}/appRoleAssignments/x`,
    ]) {
      expect([address, (await sigil.graph('DELETE', address)).status]).toEqual([address, 404])
    }
    expect(await rolesOf(one.id)).toEqual(['Tasks.Read'])
  })

  // biome-ignore format: a table reads better aligned
  test.each<[number, string, (actors: Cast) => Body]>([
    [400, 'no principal',                        () => ({ principalId: undefined })],
    [400, 'no resource',                         () => ({ resourceId: undefined })],
    [400, 'no role',                             () => ({ appRoleId: undefined })],
    [400, 'a role that is no GUID',              () => ({ appRoleId: 'Tasks.Read' })],
    [400, 'a role that the resource lacks',      () => ({ appRoleId: crypto.randomUUID() })],
    [400, 'a role of the management API',        () => ({ appRoleId: managementApi.roles.get('User.Read.All') })],
    [400, 'an agent as the resource',            ({ agent }) => ({ resourceId: agent.id })],
    [404, 'a resource that does not exist',      () => ({ resourceId: crypto.randomUUID() })],
    [404, 'an application for its principal',    ({ api }) => ({ resourceId: api.id })],
    [404, 'a person as the resource',            ({ person }) => ({ resourceId: person.id })],
    [400, 'the server’s own properties',         () => ({ principalType: 'User' })],
    [400, 'an id',                               () => ({ id: 'x'.repeat(43) })],
    [400, 'a client of its own choice',          ({ blueprint }) => ({ clientId: blueprint.appId })],
  ])('is refused with %i for %s', async (status, _, change) => {
    const { agent, apiPrincipal, role } = actors
    const before = await sigil.rows('ASSIGN')
    const body = { principalId: agent.id, resourceId: apiPrincipal.id, appRoleId: role.id, ...change(actors) }
    const answer = refusal(await sigil.graph('POST', `/servicePrincipals/${agent.id}/appRoleAssignments`, body))
    expect(answer).toMatchObject({ status, code: status === 404 ? 'Request_ResourceNotFound' : 'Request_BadRequest' })
    expect(await sigil.rows('ASSIGN')).toEqual(before)
  })

  test('is of a role that is enabled and made for that kind of principal', async () => {
    const roles = [
      { value: 'Off', isEnabled: false, allowedMemberTypes: ['Application', 'User'] },
      { value: 'People', isEnabled: true, allowedMemberTypes: ['User'] },
      { value: 'Programs', isEnabled: true, allowedMemberTypes: ['Application'] },
      { value: 'Both', isEnabled: true, allowedMemberTypes: ['User', 'Application'] },
    ].map((each) => ({ id: crypto.randomUUID(), displayName: 'x', description: 'x', ...each }))
    const app = await sigil.make('POST', '/applications', { displayName: 'Roles', appRoles: roles })
    const resource = await sigil.make('POST', '/servicePrincipals', { appId: app.appId })
    const statuses = async (principalId: string) =>
      Promise.all(roles.map(async ({ id }) => (await assign(principalId, resource.id, id, 'resource')).status))
    expect(await statuses(actors.agent.id)).toEqual([400, 400, 201, 201])
    expect(await statuses(actors.person.id)).toEqual([400, 201, 400, 201])
    const people = (await listed(`${resource.id}/appRoleAssignedTo`)).filter(
      ({ principalId }) => principalId === actors.person.id,
    )
    expect(people.map(({ principalType, principalDisplayName }) => [principalType, principalDisplayName])).toEqual([
      ['User', 'Ada'],
      ['User', 'Ada'],
    ])
  })

  test('of default access has no value, and is enough where an assignment is required', async () => {
    const agent = await newAgent()
    await sigil.make('PATCH', `/servicePrincipals/${actors.apiPrincipal.id}`, { appRoleAssignmentRequired: true })
    try {
      await expect(rolesOf(agent.id)).rejects.toThrow('501051')
      const none = '00000000-0000-0000-0000-000000000000'
      expect((await assign(agent.id, actors.apiPrincipal.id, none)).status).toBe(201)
      expect(await rolesOf(agent.id)).toEqual([])
    } finally {
      await sigil.make('PATCH', `/servicePrincipals/${actors.apiPrincipal.id}`, { appRoleAssignmentRequired: false })
    }
  })

  test('many at once are all in the token, and all that are taken away at once are out of it', async () => {
    const values = Array.from({ length: 8 }, (_, each) => `Role.${each}`)
    const appRoles = values.map((value) => ({
      id: crypto.randomUUID(),
      value,
      displayName: value,
      description: value,
      allowedMemberTypes: ['Application'],
    }))
    const app = await sigil.make('POST', '/applications', { displayName: 'Many', appRoles })
    const resource = await sigil.make('POST', '/servicePrincipals', { appId: app.appId })
    const agent = await newAgent()
    const made = await Promise.all(appRoles.map(({ id }) => assign(agent.id, resource.id, id)))
    expect(made.map(({ status }) => status)).toEqual(appRoles.map(() => 201))
    expect(await rolesOf(agent.id, `${app.appId}/.default`)).toEqual(values)
    const taken = await Promise.all(
      made
        .slice(0, 7)
        .map(({ body }) => sigil.graph('DELETE', `/servicePrincipals/${agent.id}/appRoleAssignments/${body.id}`)),
    )
    expect(taken.map(({ status }) => status)).toEqual(taken.map(() => 204))
    expect(await rolesOf(agent.id, `${app.appId}/.default`)).toEqual(['Role.7'])
  })

  test('is never given to another principal that takes the place of the one it was for', async () => {
    const app = await sigil.make('POST', '/applications', { displayName: 'Replaced' })
    const first = await sigil.make('POST', '/servicePrincipals', { appId: app.appId })
    const answer = await justBeforeCommit(
      async () => {
        await sigil.make('DELETE', `/servicePrincipals/${first.id}`)
        await sigil.make('POST', '/servicePrincipals', { appId: app.appId })
      },
      () => assign(first.id, actors.apiPrincipal.id, actors.role.id),
    )
    expect(refusal(answer)).toMatchObject({ status: 404, code: 'Request_ResourceNotFound' })
    const [client] = await sigil.rows(`CLIENT#${sigil.tenantId}#${app.appId}`)
    expect(client).not.toHaveProperty(`roles:${actors.api.appId}`)
  })

  test('of a principal that is gone can still be taken away from the resource', async () => {
    const agent = await newAgent()
    const { body } = await assign(agent.id, actors.apiPrincipal.id, actors.role.id)
    await sigil.make('DELETE', `/servicePrincipals/${agent.id}`)
    expect((await assign(agent.id, actors.apiPrincipal.id, actors.role.id, 'resource')).status).toBe(404)
    const at = `/servicePrincipals/${actors.apiPrincipal.id}/appRoleAssignedTo/${body.id}`
    expect((await sigil.graph('DELETE', at)).status).toBe(204)
    expect((await sigil.rows('ASSIGN')).filter(({ sk }) => sk === body.id)).toEqual([])
  })
})

describe('an app role of a user or group', () => {
  const appRole = {
    id: crypto.randomUUID(),
    value: 'Desk.Open',
    displayName: 'x',
    description: 'x',
    allowedMemberTypes: ['User'],
  }
  let resource: { id: string }

  beforeAll(async () => {
    const app = await sigil.make('POST', '/applications', { displayName: 'Desk', appRoles: [appRole] })
    resource = await sigil.make('POST', '/servicePrincipals', { appId: app.appId })
  })

  const newGroup = () =>
    sigil.make('POST', '/groups', {
      displayName: 'Desk',
      mailEnabled: false,
      mailNickname: 'desk',
      securityEnabled: true,
    })
  const newPerson = () =>
    sigil.make('POST', '/users', {
      accountEnabled: true,
      displayName: 'Grace',
      mailNickname: 'grace',
      userPrincipalName: `grace-${crypto.randomUUID()}@${sigil.service.domain}`,
    })
  const newAgentUser = async () =>
    sigil.make('POST', '/users', {
      '@odata.type': '#microsoft.graph.agentUser',
      accountEnabled: true,
      displayName: 'Agent user',
      mailNickname: 'agent',
      userPrincipalName: `agent-${crypto.randomUUID()}@${sigil.service.domain}`,
      identityParentId: (await newAgent()).id,
    })

  test.each<[string, string, string, () => Promise<{ id: string }>]>([
    ['a person', 'users', 'User', newPerson],
    ['an agent user', 'users', 'User', newAgentUser],
    ['a group', 'groups', 'Group', newGroup],
  ])(
    'is given to %s and taken away, at their own address and at the resource',
    async (_, collection, principalType, make) => {
      const { id } = await make()
      const body = { principalId: id, resourceId: resource.id, appRoleId: appRole.id }
      const at = `/${collection}/${id}/appRoleAssignments`
      const made = await sigil.make('POST', at, body)
      expect(made).toMatchObject({ principalId: id, principalType, resourceDisplayName: 'Desk' })
      expect((await sigil.make('GET', at)).value).toMatchObject([{ id: made.id }])
      const filter = `$filter=principalId eq '${id}' and principalType eq '${principalType}'`
      expect(await listed(`${resource.id}/appRoleAssignedTo?${filter}`)).toMatchObject([{ id: made.id }])
      expect((await sigil.graph('DELETE', `${at}/${made.id}`)).status).toBe(204)
      expect((await sigil.make('GET', at)).value).toEqual([])
    },
  )

  test('is found at no address of another kind', async () => {
    const group = await newGroup()
    for (const path of [`/users/${group.id}`, `/groups/${actors.person.id}`, `/users/${actors.agent.id}`]) {
      expect([path, (await sigil.graph('GET', `${path}/appRoleAssignments`)).status]).toEqual([path, 404])
    }
    const body = { principalId: actors.person.id, resourceId: resource.id, appRoleId: appRole.id }
    expect((await sigil.graph('POST', `/groups/${group.id}/appRoleAssignments`, body)).status).toBe(400)
  })

  test('of a group enters no token of an application', async () => {
    const both = { ...appRole, id: crypto.randomUUID(), allowedMemberTypes: ['User', 'Application'] }
    const app = await sigil.make('POST', '/applications', { displayName: 'Both', appRoles: [both] })
    const principal = await sigil.make('POST', '/servicePrincipals', { appId: app.appId })
    const group = await newGroup()
    expect((await assign(group.id, principal.id, both.id, 'resource')).status).toBe(201)
    const agent = await newAgent()
    await relate(sigil, group.id, 'members', agent.id, 'agentIdentity')
    expect(await rolesOf(agent.id, `${app.appId}/.default`)).toEqual([])
  })
})

describe('an app role of a principal that is deleted and restored', () => {
  test('is there again, but for those that were taken away meanwhile', async () => {
    const agent = await newAgent()
    const taken = await assign(agent.id, actors.apiPrincipal.id, actors.role.id)
    const kept = managementApi.roles.get('User.Read.All')
    await assign(agent.id, managementApi.id, kept)
    await sigil.make('DELETE', `/servicePrincipals/${agent.id}`)
    await sigil.make('DELETE', `/servicePrincipals/${actors.apiPrincipal.id}/appRoleAssignedTo/${taken.body.id}`)
    await sigil.make('POST', `/directory/deletedItems/${agent.id}/restore`, {})
    expect(await rolesOf(agent.id)).toEqual([])
    expect(await rolesOf(agent.id, management)).toEqual(['User.Read.All'])
  })
})

/** Reference §5.5: (A) and (AD), and §10.2 (22): what no agent and no blueprint principal may be given as an app role. */
const blocked = [
  'AgentIdentity.Create, AgentIdentity.Create.All, AgentIdentity.CreateAsManager, AgentIdentityBlueprint.Create',
  'AgentIdentityBlueprint.CreateAsManager, AgentIdentityBlueprint.ReadWrite.All, AgentIdentityBlueprintPrincipal.Create',
  'Application.ReadWrite.All, Application.ReadWrite.OwnedBy, AppRoleAssignment.ReadWrite.All, BitlockerKey.Read.All',
  'Calendars.Read, ChannelMessage.Read.All, ChannelMessage.Read.Group, Chat.Read.All, Chat.ReadWrite.All',
  'ConsentRequest.ReadWrite.All, Device.ReadWrite.All, DeviceManagementConfiguration.Read.All, EduRoster.ReadWrite.All',
  'EntitlementManagement.ReadWrite.All, Files.Read.All, Files.ReadWrite.All, Group.Create, IdentityProvider.ReadWrite.All',
  'LifecycleManagement.ReadWrite.All, Organization.ReadWrite.All, Policy.ReadWrite.AuthenticationMethod',
  'Policy.ReadWrite.CrossTenantAccess, Policy.ReadWrite.PermissionGrant, Policy.ReadWrite.SecurityDefaults',
  'PrintJob.ReadWrite.All, PrivilegedAccess.ReadWrite.AzureAD, PrivilegedAccess.ReadWrite.AzureResources',
  'Sites.FullControl.All, Sites.Manage.All, Sites.Read.All, Sites.ReadWrite.All, Tasks.ReadWrite.All, User.Invite.All',
  'CustomSecAttributeAssignment.ReadWrite.All, CustomSecAttributeDefinition.ReadWrite.All',
  'DelegatedPermissionGrant.ReadWrite.All, Device.Write.Restricted, Directory.ReadWrite.All, Directory.Write.Restricted',
  'Domain.ReadWrite.All, Group.ReadWrite.All, GroupMember.ReadWrite.All, RoleManagement.ReadWrite.Directory',
  'User-PasswordProfile.ReadWrite.All, User.DeleteRestore.All, User.EnableDisableAccount.All, User.ReadWrite.All',
  'UserAuthenticationMethod.ReadWrite.All, UserAuthMethod-TAP.ReadWrite.All',
].flatMap((line) => line.split(', '))

describe('the permissions that agents may not have', () => {
  test.each(blocked)('%s', async (value) => {
    const appRoleId = managementApi.roles.get(value)
    expect([value, appRoleId]).toEqual([value, expect.stringMatching(/^[0-9a-f-]{36}$/)])
    for (const principalId of [actors.agent.id, actors.principal.id]) {
      // A blueprint principal has the one that it is born with already.
      if (value === 'AgentIdentity.CreateAsManager' && principalId === actors.principal.id) continue
      for (const side of ['principal', 'resource'] as const) {
        const answer = refusal(await assign(principalId, managementApi.id, appRoleId, side))
        expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
        expect(answer.message).toContain(`'${value}'`)
      }
    }
  })

  test('are the only ones: every other one may be given, and an ordinary application may have each', async () => {
    const app = await sigil.make('POST', '/applications', { displayName: 'Ordinary' })
    const ordinary = await sigil.make('POST', '/servicePrincipals', { appId: app.appId })
    const agent = await newAgent()
    const refused: string[] = []
    for (const [value, id] of managementApi.roles) {
      if ((await assign(agent.id, managementApi.id, id)).status !== 201) refused.push(value)
      expect([value, (await assign(ordinary.id, managementApi.id, id)).status]).toEqual([value, 201])
    }
    expect(refused.sort()).toEqual([...blocked].sort())
    const roles = (await rolesOf(agent.id, management)) as string[]
    expect(roles.filter((value) => blocked.includes(value))).toEqual([])
    expect(roles).toHaveLength(managementApi.roles.size - blocked.length)
  })

  test('a person has no role of the management API', async () => {
    const id = managementApi.roles.get('User.Read.All')
    expect((await assign(actors.person.id, managementApi.id, id, 'resource')).status).toBe(400)
  })

  test('a blueprint principal that holds others for its agents acts with none of them itself', async () => {
    for (const value of ['User.Read.All', 'Directory.Read.All', 'AgentIdentity.Read.All']) {
      expect((await assign(actors.principal.id, managementApi.id, managementApi.roles.get(value))).status).toBe(201)
    }
    const own = await sigil.tokenFor(actors.blueprint.appId, actors.secret, management)
    expect(claimsIn(own).roles).toEqual(['AgentIdentity.CreateAsManager', 'AgentIdentity.Read.All'])
    expect((await sigil.graph('GET', '/users', undefined, own)).status).toBe(403)
    const elsewhere = await assign(actors.principal.id, actors.apiPrincipal.id, actors.role.id)
    expect([201, 400]).toContain(elsewhere.status)
    expect(claimsIn(await sigil.tokenFor(actors.blueprint.appId, actors.secret, actors.scope)).roles).toBeUndefined()
  })
})
describe('a resource that is deleted and made again under the same appId', () => {
  test('is another resource: what was held on the old one is not held on it', async () => {
    const appRole = {
      id: crypto.randomUUID(),
      value: 'Vault.Open',
      displayName: 'x',
      description: 'x',
      allowedMemberTypes: ['Application'],
    }
    const app = await sigil.make('POST', '/applications', { displayName: 'Vault', appRoles: [appRole] })
    const first = await sigil.make('POST', '/servicePrincipals', { appId: app.appId })
    const agent = await newAgent()
    expect((await assign(agent.id, first.id, appRole.id)).status).toBe(201)
    await sigil.make('DELETE', `/servicePrincipals/${first.id}`)
    const second = await sigil.make('POST', '/servicePrincipals', { appId: app.appId })
    expect(await listed(`${second.id}/appRoleAssignedTo`)).toEqual([])
    expect(await rolesOf(agent.id, `${app.appId}/.default`)).toEqual([])
  })
})

/** Reference §10.1: 1500 app role assignments per service principal. */
test('a principal that holds 1500 roles is given no more', async () => {
  const agent = await newAgent()
  const { pk, sk } = keys.client(sigil.tenantId as TenantId, agent.id)
  await sigil.service.dynamodb.send(
    new UpdateItemCommand({
      TableName: sigil.service.tableName,
      Key: marshall({ pk, sk }),
      UpdateExpression: 'SET #roles = :roles',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeNames: { '#roles': 'roles:elsewhere' },
      ExpressionAttributeValues: marshall({
        ':roles': new Set(Array.from({ length: 1500 }, () => crypto.randomUUID())),
      }),
    }),
  )
  const answer = refusal(await assign(agent.id, actors.apiPrincipal.id, actors.role.id))
  expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
  expect(await listed(`${agent.id}/appRoleAssignments`)).toEqual([])
})

describe('on behalf of a person', () => {
  // biome-ignore format: a table reads better aligned
  test.each<[string, number, number]>([
    ['Global Administrator',            201, 201],
    ['Privileged Role Administrator',   201, 201],
    ['Cloud Application Administrator', 201, 403],
    ['Global Reader',                   403, 403],
  ])('as %s a role of an API is given with %i, one of the management API with %i', async (role, ofApi, ofManagement) => {
    const scopes = ['AppRoleAssignment.ReadWrite.All']
    const app = await sigil.make('POST', '/applications', { displayName: 'Console' })
    await sigil.make('POST', '/servicePrincipals', { appId: app.appId })
    await grantScopes(sigil, { clientId: app.appId, scopes })
    await holdRole(sigil, { userId: actors.person.id }, role)
    const token = await delegatedToken(sigil, {
      clientId: app.appId,
      userId: actors.person.id,
      scopes,
      roles: [role],
    })
    const agent = await newAgent()
    const give = (resourceId: string, appRoleId: unknown) =>
      sigil.graph(
        'POST',
        `/servicePrincipals/${agent.id}/appRoleAssignments`,
        { principalId: agent.id, resourceId, appRoleId },
        token,
      )
    const [one, other] = [
      await give(actors.apiPrincipal.id, actors.role.id),
      await give(managementApi.id, managementApi.roles.get('User.Read.All')),
    ]
    await holdRole(sigil, { userId: actors.person.id }, role, 'DELETE')
    expect([one.status, other.status]).toEqual([ofApi, ofManagement])
    const again = await give(actors.apiPrincipal.id, '00000000-0000-0000-0000-000000000000')
    expect(again.status).toBe(403)
  })
})
