import { beforeAll, describe, expect, test } from 'vitest'
import { rolesOn } from '../../shared/domain/client.ts'
import { roleId } from '../../shared/permissions.ts'
import { keys } from '../../shared/store/table.ts'
import {
  type Delegated,
  delegatedToken,
  edit,
  grantScopes,
  holdRole,
  put,
  relate,
  templateIdOf,
  tenantOf,
} from '../support/delegated.ts'
import { type Answer, type Cast, cast, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>
type Made = Body & { id: string; appId: string }

const sigil = sigilForTests()
const agents = '/servicePrincipals/microsoft.graph.agentIdentity'
const principals = '/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal'
const blueprints = '/applications/microsoft.graph.agentIdentityBlueprint'
const agentUsers = '/users/microsoft.graph.agentUser'
const management = 'https://graph.microsoft.com/.default'
const managementAppId = '00000003-0000-0000-c000-000000000000'

const everything = [
  'AgentIdentity.ReadWrite.All',
  'AgentIdentityBlueprint.ReadWrite.All',
  'AgentIdentityBlueprintPrincipal.ReadWrite.All',
  'Application.ReadWrite.All',
  'User.Read.All',
]

let actors: Cast
/** An ordinary application that people use the management API through, with every scope that is needed here. */
let portal: { appId: string; principal: Made }

beforeAll(async () => {
  actors = await cast(sigil, 'delegated')
  portal = await newPortal(everything)
})

async function newPortal(scopes: string[]) {
  const { appId } = await sigil.make('POST', '/applications', { displayName: 'Portal' })
  const principal = await sigil.make('POST', '/servicePrincipals', { appId })
  await grantScopes(sigil, { clientId: appId, scopes })
  return { appId, principal }
}

const newPerson = (more: Body = {}): Promise<Made> =>
  sigil.make('POST', '/users', {
    accountEnabled: true,
    displayName: 'Grace',
    mailNickname: 'grace',
    userPrincipalName: `grace-${crypto.randomUUID()}@${sigil.service.domain}`,
    ...more,
  })
const newAgent = (more: Body = {}): Promise<Made> =>
  sigil.make('POST', agents, {
    displayName: 'x',
    agentIdentityBlueprintId: actors.blueprint.appId,
    ...actors.sponsors,
    ...more,
  })
const agentBody = () => ({ displayName: 'x', agentIdentityBlueprintId: actors.blueprint.appId, ...actors.sponsors })

const tokenOf = (userId: string, given: Partial<Delegated> = {}): Promise<string> =>
  delegatedToken(sigil, { clientId: portal.appId, userId, scopes: everything, ...given })

const saidOf = ({ status, body }: Answer): string =>
  status < 300 ? 'done' : `${status} ${(body.error as { code: string }).code}`
const ask = async (token: string, method: string, path: string, body?: Body): Promise<string> =>
  saidOf(await sigil.graph(method, path, body, token))

const denied = '403 Authorization_RequestDenied'
const unauthenticated = '401 InvalidAuthenticationToken'

/** A person with a directory role, in the store and in the token. */
async function holderOf(role: string): Promise<string> {
  const { id } = await newPerson()
  await holdRole(sigil, { userId: id }, role)
  return tokenOf(id, { roles: [role] })
}

describe('a call on behalf of a person', () => {
  test('reads what the scope is for, and no more', async () => {
    const token = await tokenOf(actors.person.id, { scopes: ['AgentIdentity.ReadWrite.All'] })
    expect(await ask(token, 'GET', `${agents}/${actors.agent.id}`)).toBe('done')
    expect(await ask(token, 'GET', `/applications/${actors.api.id}`)).toBe(denied)
  })

  test('counts a scope that the token carries and the store has granted, both', async () => {
    const { appId } = await newPortal(['User.Read.All'])
    const { id } = await newPerson()
    const read = async (scopes: string[], path: string) =>
      ask(await tokenOf(id, { clientId: appId, scopes }), 'GET', path)
    expect(await read(['User.Read.All', 'Application.Read.All'], '/users')).toBe('done')
    expect(await read(['User.Read.All', 'Application.Read.All'], '/applications')).toBe(denied)
    expect(await read(['openid', 'profile'], '/users')).toBe(denied)
    await grantScopes(sigil, { clientId: appId, scopes: [] })
    expect(await read(['User.Read.All'], '/users')).toBe(denied)
  })

  test('counts what the person has granted for themselves, and what somebody else has not', async () => {
    const { appId } = await newPortal([])
    const [one, other] = [await newPerson(), await newPerson()]
    await grantScopes(sigil, { clientId: appId, userId: one.id, scopes: ['User.Read.All'] })
    const read = async (userId: string) =>
      ask(await tokenOf(userId, { clientId: appId, scopes: ['User.Read.All'] }), 'GET', '/users')
    expect(await read(one.id)).toBe('done')
    expect(await read(other.id)).toBe(denied)
  })

  test('counts a grant until its time is over', async () => {
    const { appId } = await newPortal([])
    const { id } = await newPerson()
    const token = await tokenOf(id, { clientId: appId, scopes: ['User.Read.All'] })
    const until = (ms: number) => new Date(sigil.clock.now().getTime() + ms).toISOString()
    await grantScopes(sigil, { clientId: appId, scopes: ['User.Read.All'], expiryTime: until(60_000) })
    expect(await ask(token, 'GET', '/users')).toBe('done')
    await grantScopes(sigil, { clientId: appId, scopes: ['User.Read.All'], expiryTime: until(-1) })
    expect(await ask(token, 'GET', '/users')).toBe(denied)
  })

  // Reference §10.2 (14): Entra lets this one scope disable all others.
  test('takes no notice of Directory.AccessAsUser.All', async () => {
    const token = await tokenOf(actors.person.id, {
      scopes: ['Directory.AccessAsUser.All', 'AgentIdentity.ReadWrite.All'],
    })
    expect(await ask(token, 'GET', `${agents}/${actors.agent.id}`)).toBe('done')
    expect(await ask(await tokenOf(actors.person.id, { scopes: ['Directory.AccessAsUser.All'] }), 'GET', agents)).toBe(
      denied,
    )
  })

  test('is as good as the person, the sessions, the client', async () => {
    const { appId, principal } = await newPortal(['User.Read.All'])
    const { id } = await newPerson()
    const token = await tokenOf(id, { clientId: appId })
    const read = () => ask(token, 'GET', '/users')
    const user = keys.user(tenantOf(sigil), id)
    expect(await read()).toBe('done')
    await edit(sigil, user, 'SET #name = :value', 'enabled', false)
    expect(await read()).toBe(unauthenticated)
    await edit(sigil, user, 'SET #name = :value', 'enabled', true)
    await sigil.make('PATCH', `/servicePrincipals/${principal.id}`, { accountEnabled: false })
    expect(await read()).toBe(unauthenticated)
    await sigil.make('PATCH', `/servicePrincipals/${principal.id}`, { accountEnabled: true })
    expect(await read()).toBe('done')
    const revoked = new Date(sigil.clock.now().getTime() + 2_000).toISOString()
    await edit(sigil, user, 'SET #name = :value', 'sessionsValidFrom', revoked)
    expect(await read()).toBe(unauthenticated)
    sigil.clock.advance(3_000)
    expect(await ask(await tokenOf(id, { clientId: appId }), 'GET', '/users')).toBe('done')
  })

  test.each([
    ['for somebody who is not there', { userId: crypto.randomUUID() }],
    ['for no user', { claims: { oid: 'ada' } }],
    ['of neither kind', { claims: { idtyp: 'device' } }],
    ['through no client', { clientId: crypto.randomUUID() }],
  ] as [string, Partial<Delegated>][])('%s is refused', async (_, given) => {
    expect(await ask(await tokenOf(actors.person.id, given), 'GET', '/users')).toBe(unauthenticated)
  })

  test('through a blueprint is refused: it acts as itself alone', async () => {
    await grantScopes(sigil, { clientId: actors.blueprint.appId, scopes: ['User.Read.All'] })
    const token = await tokenOf(actors.person.id, { clientId: actors.blueprint.appId })
    expect(await ask(token, 'GET', '/users')).toBe(unauthenticated)
  })

  test('who is a guest shows nothing of the others', async () => {
    const { id } = await newPerson({ userType: 'Guest' })
    const token = await tokenOf(id)
    expect(await ask(token, 'GET', `/users/${id}`)).toBe('done')
    expect(await ask(token, 'GET', `/users/${actors.person.id}`)).toBe(denied)
    expect((await sigil.graph('GET', agents, undefined, token)).body.value).toEqual([])
  })

  test('who is nobody in particular changes nothing, whatever the scopes', async () => {
    const token = await tokenOf((await newPerson()).id)
    const { id } = await newAgent()
    // biome-ignore format: a table reads better aligned
    const calls: [string, string, Body?][] = [
      ['POST',   '/applications', { displayName: 'x' }],
      ['PATCH',  `/applications/${actors.api.id}`, { displayName: 'x' }],
      ['POST',   `/applications/${actors.api.id}/addPassword`, {}],
      ['POST',   blueprints, { displayName: 'x', ...actors.sponsors }],
      ['PATCH',  `${blueprints}/${actors.blueprint.id}`, { displayName: 'x' }],
      ['POST',   `/applications/${actors.blueprint.id}/addPassword`, {}],
      ['DELETE', `${blueprints}/${actors.blueprint.id}`],
      ['PATCH',  `${principals}/${actors.principal.id}`, { accountEnabled: false }],
      ['POST',   agents, agentBody()],
      ['PATCH',  `${agents}/${id}`, { accountEnabled: false }],
      ['DELETE', `${agents}/${id}`],
    ]
    const answers = []
    for (const call of calls) answers.push([...call.slice(0, 2), await ask(token, ...call)])
    expect(answers).toEqual(calls.map(([method, path]) => [method, path, denied]))
  })
})

describe('a directory role of a person', () => {
  test('counts where the token carries it and the store holds it, both', async () => {
    const { id } = await newPerson()
    const agent = await newAgent()
    const rename = async (roles: string[]) =>
      ask(await tokenOf(id, { roles }), 'PATCH', `${agents}/${agent.id}`, { displayName: 'y' })
    expect(await rename(['Agent ID Administrator'])).toBe(denied)
    await holdRole(sigil, { userId: id }, 'Agent ID Administrator')
    expect(await rename([])).toBe(denied)
    expect(await rename(['Agent ID Administrator'])).toBe('done')
    await holdRole(sigil, { userId: id }, 'Agent ID Administrator', 'DELETE')
    expect(await rename(['Agent ID Administrator'])).toBe(denied)
  })

  // Silverfort's finding: an Agent ID Administrator could take over any service principal.
  test('an Agent ID Administrator manages agents, and no ordinary application, principal or person', async () => {
    const token = await holderOf('Agent ID Administrator')
    const blueprint = await sigil.make('POST', blueprints, { displayName: 'x', ...actors.sponsors }, token)
    expect(await ask(token, 'POST', principals, { appId: blueprint.appId })).toBe('done')
    expect(await ask(token, 'POST', `/applications/${blueprint.id}/addPassword`, {})).toBe('done')
    expect(await ask(token, 'POST', agents, { ...agentBody(), agentIdentityBlueprintId: blueprint.appId })).toBe('done')
    expect(await ask(token, 'DELETE', `${blueprints}/${blueprint.id}`)).toBe('done')
    expect(await ask(token, 'PATCH', `/applications/${actors.api.id}`, { displayName: 'x' })).toBe(denied)
    expect(await ask(token, 'POST', `/applications/${actors.api.id}/addPassword`, {})).toBe(denied)
    expect(await ask(token, 'PATCH', `/servicePrincipals/${actors.apiPrincipal.id}`, { tags: [] })).toBe(denied)
    expect(await ask(token, 'POST', '/users', {})).toBe(denied)
  })

  test('an Agent ID Developer makes a blueprint, its principal and its agents, and none of another’s', async () => {
    const token = await holderOf('Agent ID Developer')
    const body = { displayName: 'x', ...actors.sponsors }
    const blueprint = await sigil.make('POST', blueprints, body, token)
    expect(await ask(token, 'POST', principals, { appId: blueprint.appId })).toBe('done')
    expect(await ask(token, 'POST', agents, { ...agentBody(), agentIdentityBlueprintId: blueprint.appId })).toBe('done')
    expect(await ask(token, 'POST', `/applications/${blueprint.id}/addPassword`, {})).toBe('done')
    const other = await sigil.make('POST', blueprints, body)
    expect(await ask(token, 'POST', principals, { appId: other.appId })).toBe(denied)
    expect(await ask(token, 'POST', agents, agentBody())).toBe(denied)
    expect(await ask(token, 'POST', `/applications/${other.id}/addPassword`, {})).toBe(denied)
  })

  // Reference §2.14: Graph's own application permissions are a Privileged Role Administrator's to give.
  test('an Application Administrator gives app roles of an application, and none of the management API', async () => {
    const { id } = await newAgent()
    const scopes = ['AppRoleAssignment.ReadWrite.All']
    const { appId: clientId } = await newPortal(scopes)
    const give = async (name: string, resourceId: string, appRoleId: string) => {
      const person = await newPerson()
      await holdRole(sigil, { userId: person.id }, name)
      const token = await tokenOf(person.id, { clientId, scopes, roles: [name] })
      const path = `/servicePrincipals/${id}/appRoleAssignments`
      return ask(token, 'POST', path, { principalId: id, resourceId, appRoleId })
    }
    const api = await sigil.make('GET', `/servicePrincipals(appId='${managementAppId}')`)
    const readUsers = roleId('User.Read.All') ?? ''
    expect(await give('Application Administrator', actors.apiPrincipal.id, actors.role.id)).toBe('done')
    expect(await give('Application Administrator', api.id, readUsers)).toBe(denied)
    expect(await give('Agent ID Administrator', api.id, readUsers)).toBe(denied)
    expect(await give('Privileged Role Administrator', api.id, readUsers)).toBe('done')
  })

  test('an Application Administrator manages applications, stops agents, and makes no blueprint', async () => {
    const token = await holderOf('Application Administrator')
    const { id } = await newAgent()
    expect(await ask(token, 'POST', '/applications', { displayName: 'x' })).toBe('done')
    expect(await ask(token, 'PATCH', `${agents}/${id}`, { accountEnabled: false })).toBe('done')
    expect(await ask(token, 'POST', blueprints, { displayName: 'x', ...actors.sponsors })).toBe(denied)
    expect(await ask(token, 'DELETE', `${agents}/${id}`)).toBe(denied)
    expect(await ask(token, 'POST', `/applications/${actors.blueprint.id}/addPassword`, {})).toBe(denied)
  })
})

describe('owners and sponsors (reference §7.1)', () => {
  test('the owner of an agent changes it, and neither its blueprint nor another agent (AA-04)', async () => {
    const owner = await newPerson()
    const [own, other] = [await newAgent(), await newAgent()]
    await relate(sigil, own.id, 'owners', owner.id)
    const token = await tokenOf(owner.id)
    expect(await ask(token, 'PATCH', `${agents}/${own.id}`, { displayName: 'y' })).toBe('done')
    expect(await ask(token, 'PATCH', `/servicePrincipals/${own.id}`, { displayName: 'z' })).toBe('done')
    expect(await ask(token, 'PATCH', `${agents}/${other.id}`, { displayName: 'y' })).toBe(denied)
    expect(await ask(token, 'PATCH', `${blueprints}/${actors.blueprint.id}`, { displayName: 'y' })).toBe(denied)
    expect(await ask(token, 'POST', `/applications/${actors.blueprint.id}/addPassword`, {})).toBe(denied)
    expect(await ask(token, 'POST', agents, agentBody())).toBe(denied)
    expect(await ask(token, 'DELETE', `${agents}/${own.id}`)).toBe('done')
  })

  test('the owner of an agent changes it only through a client with the scope for it', async () => {
    const owner = await newPerson()
    const own = await newAgent()
    await relate(sigil, own.id, 'owners', owner.id)
    const { appId } = await newPortal(['AgentIdentity.EnableDisable.All'])
    const token = await tokenOf(owner.id, { clientId: appId, scopes: ['AgentIdentity.EnableDisable.All'] })
    expect(await ask(token, 'PATCH', `${agents}/${own.id}`, { displayName: 'y' })).toBe(denied)
    expect(await ask(token, 'PATCH', `${agents}/${own.id}`, { accountEnabled: false })).toBe('done')
    expect(await ask(token, 'DELETE', `${agents}/${own.id}`)).toBe(denied)
  })

  test('the owner of a blueprint manages its credentials and its agents, and the owner of another does not', async () => {
    const [owner, stranger] = [await newPerson(), await newPerson()]
    const other = await sigil.make('POST', blueprints, { displayName: 'x', ...actors.sponsors })
    await relate(sigil, actors.blueprint.id, 'owners', owner.id)
    await relate(sigil, other.id, 'owners', stranger.id)
    const { id } = await newAgent()
    const use = async (userId: string) => {
      const token = await tokenOf(userId)
      return [
        await ask(token, 'POST', `/applications/${actors.blueprint.id}/addPassword`, {}),
        await ask(token, 'PATCH', `${blueprints}/${actors.blueprint.id}`, { description: 'y' }),
        await ask(token, 'POST', agents, agentBody()),
        await ask(token, 'PATCH', `${agents}/${id}`, { displayName: 'y' }),
      ]
    }
    expect(await use(stranger.id)).toEqual([denied, denied, denied, denied])
    expect(await use(owner.id)).toEqual(['done', 'done', 'done', 'done'])
  })

  test('the owner of a blueprint principal makes agents under it, and does not touch the blueprint', async () => {
    const owner = await newPerson()
    await relate(sigil, actors.principal.id, 'owners', owner.id)
    const token = await tokenOf(owner.id)
    const made = await sigil.make('POST', agents, agentBody(), token)
    expect(await ask(token, 'PATCH', `${agents}/${made.id}`, { displayName: 'y' })).toBe('done')
    expect(await ask(token, 'PATCH', `${blueprints}/${actors.blueprint.id}`, { displayName: 'y' })).toBe(denied)
    expect(await ask(token, 'POST', `/applications/${actors.blueprint.id}/addPassword`, {})).toBe(denied)
  })

  test('a sponsor stops, starts and deletes an agent, and changes nothing else', async () => {
    const sponsor = await newPerson()
    const agent = await newAgent({ 'sponsors@odata.bind': [`/users/${sponsor.id}`] })
    const token = await tokenOf(sponsor.id)
    const patch = (body: Body) => ask(token, 'PATCH', `${agents}/${agent.id}`, body)
    expect(await patch({ accountEnabled: false })).toBe('done')
    expect(await patch({ accountEnabled: true })).toBe('done')
    expect(await patch({ displayName: 'y' })).toBe(denied)
    expect(await patch({ accountEnabled: true, displayName: 'y' })).toBe(denied)
    expect(await ask(token, 'DELETE', `${agents}/${actors.agent.id}`)).toBe(denied)
    expect(await ask(token, 'DELETE', `${agents}/${agent.id}`)).toBe('done')
  })

  test('the direct members of a group that sponsors are sponsors, while the group is there', async () => {
    const [member, stranger] = [await newPerson(), await newPerson()]
    const [group, gone] = [crypto.randomUUID(), crypto.randomUUID()]
    await put(sigil, keys.object(tenantOf(sigil), 'group', group), {
      type: 'group',
      id: group,
      version: 1,
      properties: { id: group, displayName: 'Sponsors' },
    })
    const [agent, orphan] = [await newAgent(), await newAgent()]
    await relate(sigil, agent.id, 'sponsors', group, 'group')
    await relate(sigil, orphan.id, 'sponsors', gone, 'group')
    await relate(sigil, group, 'members', member.id)
    await relate(sigil, gone, 'members', member.id)
    const stop = async (userId: string, id: string) =>
      ask(await tokenOf(userId), 'PATCH', `${agents}/${id}`, { accountEnabled: false })
    expect(await stop(stranger.id, agent.id)).toBe(denied)
    expect(await stop(member.id, orphan.id)).toBe(denied)
    expect(await stop(member.id, agent.id)).toBe('done')
  })

  // Reference §1.9: no agent user is a sponsor; an agent would decide over agents.
  test('an agent user in a group that sponsors is no sponsor', async () => {
    const [own, sponsored] = [await newAgent(), await newAgent()]
    const agentUser = await sigil.make('POST', agentUsers, {
      accountEnabled: true,
      displayName: 'Agent user',
      mailNickname: 'agent',
      userPrincipalName: `agent-${crypto.randomUUID()}@${sigil.service.domain}`,
      identityParentId: own.id,
    })
    const group = await sigil.make('POST', '/groups', {
      displayName: 'Sponsors',
      mailEnabled: true,
      mailNickname: 'sponsors',
      securityEnabled: false,
      groupTypes: ['Unified'],
    })
    const refer = ({ id }: Made) => ({ '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}` })
    await sigil.make('POST', `/groups/${group.id}/members/$ref`, refer(agentUser))
    await sigil.make('POST', `/servicePrincipals/${sponsored.id}/sponsors/$ref`, refer(group))
    const token = await tokenOf(agentUser.id)
    const at = `/servicePrincipals/${sponsored.id}`
    expect(await ask(token, 'PATCH', at, { accountEnabled: false })).toBe(denied)
    expect(await ask(token, 'POST', `${at}/sponsors/$ref`, refer(actors.person))).toBe(denied)
    expect(await ask(token, 'DELETE', at)).toBe(denied)
  })
})

describe('an agent identity on behalf of a person', () => {
  const asAgent = (agent: Made, userId: string, scopes: string[]) =>
    tokenOf(userId, { clientId: agent.id, parentAppId: actors.blueprint.appId, scopes })

  test('uses no scope that agents may not have, whatever is granted', async () => {
    const agent = await newAgent()
    const scopes = ['User.ReadWrite.All', 'AgentIdentity.Read.All']
    await grantScopes(sigil, { clientId: agent.id, scopes })
    const token = await asAgent(agent, actors.person.id, scopes)
    expect(await ask(token, 'GET', '/users')).toBe(denied)
    expect(await ask(token, 'GET', agents)).toBe('done')
  })

  test('uses the scopes that its blueprint holds and lets it inherit', async () => {
    const agent = await newAgent()
    const inherit = (scopes: unknown) =>
      edit(sigil, keys.app(actors.blueprint.appId), 'SET #name = :value', 'inheritable', {
        [managementAppId]: { roles: 'none', scopes },
      })
    await grantScopes(sigil, { clientId: actors.blueprint.appId, scopes: ['User.Read.All', 'AgentIdentity.Read.All'] })
    const token = await asAgent(agent, actors.person.id, ['User.Read.All', 'AgentIdentity.Read.All'])
    const read = async () => [await ask(token, 'GET', '/users'), await ask(token, 'GET', agents)]
    expect(await read()).toEqual([denied, denied])
    await inherit(['AgentIdentity.Read.All', 'Application.Read.All'])
    expect(await read()).toEqual([denied, 'done'])
    await inherit('allAllowed')
    expect(await read()).toEqual(['done', 'done'])
    await inherit('none')
    expect(await read()).toEqual([denied, denied])
    await grantScopes(sigil, { clientId: actors.blueprint.appId, userId: actors.person.id, scopes: ['User.Read.All'] })
    await grantScopes(sigil, { clientId: actors.blueprint.appId, scopes: [] })
    await inherit('allAllowed')
    expect(await read()).toEqual(['done', denied])
    await inherit('none')
  })

  test('is as good as the agent and its blueprint', async () => {
    const agent = await newAgent()
    await grantScopes(sigil, { clientId: agent.id, scopes: ['AgentIdentity.Read.All'] })
    const token = await asAgent(agent, actors.person.id, ['AgentIdentity.Read.All'])
    for (const id of [agent.id, actors.principal.id]) {
      expect(await ask(token, 'GET', agents)).toBe('done')
      await sigil.make('PATCH', `/servicePrincipals/${id}`, { accountEnabled: false })
      expect(await ask(token, 'GET', agents)).toBe(unauthenticated)
      await sigil.make('PATCH', `/servicePrincipals/${id}`, { accountEnabled: true })
    }
  })

  test('makes no agents for whom it acts, though they may', async () => {
    const agent = await newAgent()
    const scopes = ['AgentIdentity.ReadWrite.All']
    await grantScopes(sigil, { clientId: agent.id, scopes })
    const { id } = await newPerson()
    await holdRole(sigil, { userId: id }, 'Global Administrator')
    const token = await tokenOf(id, {
      clientId: agent.id,
      parentAppId: actors.blueprint.appId,
      scopes,
      roles: ['Global Administrator'],
    })
    expect(await ask(token, 'POST', agents, agentBody())).toBe(
      '403 Error_AgentIdentitiesCreatingAgentIdentitiesNotAllowed',
    )
    expect(await ask(token, 'PATCH', `${agents}/${actors.agent.id}`, { displayName: 'y' })).toBe('done')
  })
})

describe('an agent user', () => {
  /** With the rows that its creation leaves, as far as authentication reads them. */
  async function newAgentUser(agentId: string): Promise<string> {
    const id = crypto.randomUUID()
    const userPrincipalName = `agent-${id}@${sigil.service.domain}`
    await put(sigil, keys.object(tenantOf(sigil), 'agentUser', id), {
      type: 'agentUser',
      id,
      version: 1,
      properties: { id, displayName: 'Clerk', userPrincipalName, identityParentId: agentId, accountEnabled: true },
    })
    await put(sigil, keys.user(tenantOf(sigil), id), { enabled: true, userPrincipalName })
    return id
  }

  test.each(['its agent', 'another client'])(
    'through %s is as good as its agent and that one’s blueprint',
    async (through) => {
      const agent = await newAgent()
      const userId = await newAgentUser(agent.id)
      const own = { clientId: agent.id, parentAppId: actors.blueprint.appId, scopes: ['User.Read.All'] }
      await grantScopes(sigil, own)
      const token = await tokenOf(userId, through === 'its agent' ? own : {})
      const read = () => ask(token, 'GET', '/users')
      for (const id of [agent.id, actors.principal.id]) {
        expect(await read()).toBe('done')
        await sigil.make('PATCH', `/servicePrincipals/${id}`, { accountEnabled: false })
        expect(await read()).toBe(unauthenticated)
        await sigil.make('PATCH', `/servicePrincipals/${id}`, { accountEnabled: true })
      }
      await edit(sigil, keys.user(tenantOf(sigil), userId), 'SET #name = :value', 'enabled', false)
      expect(await read()).toBe(unauthenticated)
      await edit(sigil, keys.user(tenantOf(sigil), userId), 'SET #name = :value', 'enabled', true)
      await sigil.make('DELETE', `${agents}/${agent.id}`)
      expect(await read()).toBe(unauthenticated)
    },
  )

  test('acts with no directory role and no scope that agents may not have', async () => {
    const agent = await newAgent()
    const userId = await newAgentUser(agent.id)
    const { appId } = await newPortal(['User.ReadWrite.All', 'AgentIdentity.ReadWrite.All'])
    await holdRole(sigil, { userId }, 'Global Administrator')
    await holdRole(sigil, { userId }, 'AI Administrator')
    const use = async (role: string) => {
      const token = await tokenOf(userId, {
        clientId: appId,
        scopes: ['User.ReadWrite.All', 'AgentIdentity.ReadWrite.All'],
        roles: [role],
      })
      return [
        await ask(token, 'GET', '/users'),
        await ask(token, 'PATCH', `${agents}/${actors.agent.id}`, { displayName: 'y' }),
      ]
    }
    expect(await use('Global Administrator')).toEqual([denied, denied])
    expect(await use('AI Administrator')).toEqual([denied, 'done'])
  })
})

describe('an agent identity as itself', () => {
  const tokenFor = async (agent: Made, scope = management) => {
    const t1 = await sigil.tokenFor(actors.blueprint.appId, actors.secret, 'api://AzureADTokenExchange/.default', {
      fmi_path: agent.id,
    })
    return sigil.agentToken(agent.id, t1, scope)
  }

  test('acts with a directory role that agents may hold, while the token and the store have it', async () => {
    const agent = await newAgent()
    const without = await tokenFor(agent)
    await holdRole(sigil, { clientId: agent.id }, 'Directory Readers')
    const token = await tokenFor(agent)
    const paths = ['/users', '/applications', '/servicePrincipals', agents]
    const read = async (given: string) => Promise.all(paths.map((path) => ask(given, 'GET', path)))
    expect(await read(without)).toEqual(paths.map(() => denied))
    expect(await read(token)).toEqual(paths.map(() => 'done'))
    expect(await ask(token, 'PATCH', `${agents}/${actors.agent.id}`, { displayName: 'y' })).toBe(denied)
    await holdRole(sigil, { clientId: agent.id }, 'Directory Readers', 'DELETE')
    expect(await read(token)).toEqual(paths.map(() => denied))
  })

  test('does not act with one that agents may not hold, whatever is stored', async () => {
    const agent = await newAgent()
    await holdRole(sigil, { clientId: agent.id }, 'Global Administrator')
    expect(await ask(await tokenFor(agent), 'GET', '/users')).toBe(denied)
  })

  test('acts with the permissions that its blueprint holds and lets it inherit', async () => {
    const agent = await newAgent()
    const inherit = (roles: string) =>
      edit(sigil, keys.app(actors.blueprint.appId), 'SET #name = :value', 'inheritable', {
        [managementAppId]: { roles, scopes: 'none' },
      })
    const api = await sigil.make('GET', `/servicePrincipals(appId='${managementAppId}')`)
    const offered = api.appRoles as { id: string; value: string }[]
    await sigil.make('POST', `/servicePrincipals/${actors.principal.id}/appRoleAssignments`, {
      principalId: actors.principal.id,
      resourceId: api.id,
      appRoleId: offered.find(({ value }) => value === 'User.Read.All')?.id,
    })
    expect(await ask(await tokenFor(agent), 'GET', '/users')).toBe(denied)
    await inherit('allAllowed')
    const token = await tokenFor(agent)
    expect(await ask(token, 'GET', '/users')).toBe('done')
    expect(await ask(token, 'POST', agents, agentBody())).toBe(
      '403 Error_AgentIdentitiesCreatingAgentIdentitiesNotAllowed',
    )
    await inherit('none')
    expect(await ask(token, 'GET', '/users')).toBe(denied)
  })

  test('is nobody from the second on at which it ends', async () => {
    const agent = await newAgent()
    await holdRole(sigil, { clientId: agent.id }, 'Directory Readers')
    const token = await tokenFor(agent)
    const ends = (ms: number) =>
      edit(
        sigil,
        keys.client(tenantOf(sigil), agent.id),
        'SET #name = :value',
        'expiresAt',
        new Date(sigil.clock.now().getTime() + ms).toISOString(),
      )
    await ends(60_000)
    expect(await ask(token, 'GET', '/users')).toBe('done')
    await ends(-1)
    expect(await ask(token, 'GET', '/users')).toBe(unauthenticated)
  })
})

describe('a token that says more than its client may', () => {
  /** An app-only token by the service's own signer, past the token endpoint. */
  const appToken = (client: { clientId: string; objectId: string; parentAppId?: string }, claims: Body) =>
    delegatedToken(sigil, {
      ...client,
      userId: client.objectId,
      scopes: [],
      claims: { idtyp: 'app', scp: undefined, ...claims },
    })

  test('gives an agent no permission and no directory role that agents may not have', async () => {
    const { id } = await newAgent()
    const held = new Set(['Application.ReadWrite.All', 'AgentIdentity.Read.All'].map((value) => roleId(value) ?? ''))
    await edit(sigil, keys.client(tenantOf(sigil), id), 'ADD #name :value', rolesOn(managementAppId), held)
    await holdRole(sigil, { clientId: id }, 'Global Administrator')
    const token = await appToken(
      { clientId: id, objectId: id, parentAppId: actors.blueprint.appId },
      {
        roles: ['Application.ReadWrite.All', 'AgentIdentity.Read.All'],
        wids: [templateIdOf('Global Administrator')],
      },
    )
    expect(await ask(token, 'GET', agents)).toBe('done')
    expect(await ask(token, 'GET', '/applications')).toBe(denied)
    expect(await ask(token, 'PATCH', `/applications/${actors.api.id}`, { displayName: 'x' })).toBe(denied)
  })

  test('gives a blueprint no directory role', async () => {
    const { appId: clientId, id: objectId } = actors.principal
    await holdRole(sigil, { clientId }, 'Global Reader')
    const token = await appToken({ clientId, objectId }, { roles: [], wids: [templateIdOf('Global Reader')] })
    expect(await ask(token, 'GET', '/applications')).toBe(denied)
    await holdRole(sigil, { clientId }, 'Global Reader', 'DELETE')
  })
})

test('a blueprint manages the users of its own agents, and of no others', async () => {
  const other = await cast(sigil, 'other')
  const api = await sigil.make('GET', `/servicePrincipals(appId='${managementAppId}')`)
  const offered = api.appRoles as { id: string; value: string }[]
  for (const { principal } of [actors, other]) {
    await sigil.make('POST', `/servicePrincipals/${principal.id}/appRoleAssignments`, {
      principalId: principal.id,
      resourceId: api.id,
      appRoleId: offered.find(({ value }) => value === 'AgentIdUser.ReadWrite.IdentityParentedBy')?.id,
    })
  }
  const mine = await sigil.tokenFor(actors.blueprint.appId, actors.secret, management)
  const theirs = await sigil.tokenFor(other.blueprint.appId, other.secret, management)
  const { id } = await newAgent()
  const body = {
    accountEnabled: true,
    displayName: 'Clerk',
    mailNickname: 'clerk',
    userPrincipalName: `clerk-${crypto.randomUUID()}@${sigil.service.domain}`,
    identityParentId: id,
  }
  expect(await ask(theirs, 'POST', agentUsers, body)).toBe(denied)
  const made = await sigil.make('POST', agentUsers, body, mine)
  const use = async (token: string) => [
    await ask(token, 'GET', `${agentUsers}/${made.id}`),
    await ask(token, 'PATCH', `/users/${made.id}`, { displayName: 'y' }),
    await ask(token, 'POST', `/users/${made.id}/revokeSignInSessions`),
    await ask(token, 'DELETE', `/users/${made.id}`),
  ]
  expect(await use(theirs)).toEqual([denied, denied, denied, denied])
  expect(await use(mine)).toEqual(['done', 'done', 'done', 'done'])
  expect(await ask(mine, 'PATCH', `/users/${actors.person.id}`, { displayName: 'y' })).toBe(denied)
})

test('an application acts with a directory role that it holds', async () => {
  const { id, appId } = await sigil.make('POST', '/applications', { displayName: 'x' })
  await sigil.make('POST', '/servicePrincipals', { appId })
  const { secretText } = await sigil.make('POST', `/applications/${id}/addPassword`, {})
  await holdRole(sigil, { clientId: appId }, 'Agent ID Administrator')
  const token = await sigil.tokenFor(appId, secretText as string, management)
  expect(await ask(token, 'POST', agents, agentBody())).toBe('done')
  expect(await ask(token, 'POST', '/applications', { displayName: 'x' })).toBe(denied)
})
