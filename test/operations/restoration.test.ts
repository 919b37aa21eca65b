import { afterEach, describe, expect, test } from 'vitest'
import { directoryRoles, isAllowedForAgents } from '../../shared/directory-roles.ts'
import { type Family, newAgent, newAgents, newAgentUser, newFamily } from '../scenarios/families.ts'
import {
  application,
  assign,
  type Made,
  managementRole,
  newPerson,
  password,
  principalOf,
  resource,
  role,
} from '../scenarios/makers.ts'
import { claimsIn, sigilForTests } from '../support/sigil.ts'
import {
  askForT1,
  beforeNextCommit,
  deletedItem,
  expectExactCounters,
  graphScope,
  operationAt,
  prefer,
  statesOf,
  t1,
  works,
} from './lifecycle.ts'

const sigil = sigilForTests()
afterEach(() => sigil.clock.reset())

const remove = (path: string) => sigil.graph('DELETE', path)
const restore = ({ id }: Made) => sigil.graph('POST', `${deletedItem(id)}/restore`)
const restoreAll = ({ id }: Made) => prefer(sigil, 'include-dependents', 'POST', `${deletedItem(id)}/restore`)

/** What a change leaves untouched. */
async function unchangedBy(change: () => Promise<unknown>): Promise<void> {
  const before = await sigil.rows()
  await change()
  expect(await sigil.rows()).toEqual(before)
}

/** The roles in an agent's token of a resource. */
async function rolesOf(family: Family, agent: Made, scope: string): Promise<unknown> {
  const { body } = await sigil.token({
    client_id: agent.id,
    scope,
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await t1(sigil, family, agent),
  })
  return claimsIn(String(body.access_token)).roles
}

describe('a restoration of one object', () => {
  test('of a person gives back the name, the listings and the count', async () => {
    const person = await sigil.make('POST', '/users', newPerson(sigil.service.domain))
    await remove(`/users/${person.id}`)
    const { status, body } = await restore(person)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      '@odata.type': '#microsoft.graph.user',
      id: person.id,
      displayName: person.displayName,
    })
    expect(body.deletedDateTime ?? null).toBe(null)
    expect(await sigil.graph('GET', `/users/${person.userPrincipalName}`)).toMatchObject({ status: 200 })
    expect(await restore(person)).toMatchObject({ status: 404 })
    expect((await sigil.rows('DUE#')).filter(({ id }) => id === person.id)).toEqual([])
    await expectExactCounters(sigil)
  })

  test('of a group, an application and its principal, one after the other', async () => {
    const { app, principal, role: offered } = await resource(sigil)
    const group = await sigil.make('POST', '/groups', {
      displayName: 'Clerks',
      mailEnabled: false,
      mailNickname: 'clerks',
      securityEnabled: true,
    })
    await remove(`/groups/${group.id}`)
    await remove(`/applications/${app.id}`)
    expect(await statesOf(sigil, [group, app, principal])).toEqual(['deleted', 'deleted', 'deleted'])
    expect(await restore(principal)).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining(app.appId) } },
    })
    expect(await restore(group)).toMatchObject({ status: 200 })
    expect(await restore(app)).toMatchObject({ status: 200 })
    expect(await statesOf(sigil, [group, app, principal])).toEqual(['living', 'living', 'deleted'])
    expect(await restore(principal)).toMatchObject({ status: 200 })
    // As a resource it is what it was.
    const client = await application(sigil)
    const holder = await principalOf(sigil, client)
    await assign(sigil, holder, principal, offered)
    const { secretText } = await password(sigil, client)
    const token = await sigil.tokenFor(
      client.appId,
      String(secretText),
      `${(app.identifierUris as string[])[0]}/.default`,
    )
    expect(claimsIn(token).roles).toEqual([offered.value])
    await expectExactCounters(sigil)
  })

  test('of a blueprint leaves what is below it where it is', async () => {
    const family = await newFamily(sigil)
    const agent = await newAgent(sigil, family)
    await remove(`/applications/${family.blueprint.id}`)
    expect(await restore(family.blueprint)).toMatchObject({ status: 200 })
    await sigil.work()
    expect(await statesOf(sigil, [family.blueprint, family.principal, agent])).toEqual(['living', 'deleted', 'deleted'])
    expect(await restore(family.principal)).toMatchObject({ status: 200 })
    expect(await works(sigil, family, agent)).toBe(false)
    expect(await restore(agent)).toMatchObject({ status: 200 })
    expect(await works(sigil, family, agent)).toBe(true)
    await expectExactCounters(sigil)
  })

  test('of an agent identity under a deleted principal is of no use until that is back', async () => {
    const family = await newFamily(sigil)
    const agent = await newAgent(sigil, family)
    const exchanged = await t1(sigil, family, agent)
    await remove(`/servicePrincipals/${family.principal.id}`)
    await sigil.work()
    expect(await restore(agent)).toMatchObject({ status: 200 })
    expect(await statesOf(sigil, [agent])).toEqual(['living'])
    expect(await works(sigil, family, agent)).toBe(false)
    const direct = await sigil.token({
      client_id: agent.id,
      scope: graphScope,
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: exchanged,
    })
    expect(direct.body).not.toHaveProperty('access_token')
    expect(await restore(family.principal)).toMatchObject({ status: 200 })
    expect(await works(sigil, family, agent)).toBe(true)
  })

  test('of what is disabled leaves it disabled', async () => {
    const family = await newFamily(sigil)
    const agent = await newAgent(sigil, family)
    await sigil.make('PATCH', `/servicePrincipals/${agent.id}`, { accountEnabled: false })
    await remove(`/servicePrincipals/${agent.id}`)
    expect((await restore(agent)).body).toMatchObject({ accountEnabled: false })
    expect(await works(sigil, family, agent)).toBe(false)
  })

  test('shows the application as it is now', async () => {
    const { app, principal, role: offered } = await resource(sigil)
    const other = role('Tasks.Write')
    await remove(`/servicePrincipals/${principal.id}`)
    await sigil.make('PATCH', `/applications/${app.id}`, { displayName: 'Ledger 2', appRoles: [offered, other] })
    const { body } = await restore(principal)
    expect(body).toMatchObject({
      displayName: 'Ledger 2',
      appRoles: [{ value: 'Tasks.Read' }, { value: 'Tasks.Write' }],
    })
    const found = await sigil.graph('GET', `/servicePrincipals?$filter=displayName eq 'Ledger 2'`)
    expect((found.body.value as Made[]).map(({ id }) => id)).toContain(principal.id)
  })
})

describe('a restoration with dependents', () => {
  test('brings back the principal, agents and users that were deleted with it, and no others', async () => {
    const family = await newFamily(sigil)
    const { agents, users } = await newAgents(sigil, family, 4)
    const earlier = await newAgent(sigil, family)
    await remove(`/servicePrincipals/${earlier.id}`)
    const alone = users[1] as Made
    await remove(`/users/${alone.id}`)
    await remove(`/applications/${family.blueprint.id}`)
    await sigil.work()

    const answer = await restoreAll(family.blueprint)
    expect(answer.status).toBe(200)
    const back = [family.blueprint, family.principal, ...agents, users[0] as Made]
    // All of it fits into the one commit.
    expect(new Set(await statesOf(sigil, back))).toEqual(new Set(['living']))
    expect(answer.headers.get('operation-location')).toBe(null)
    await sigil.work()
    expect(await statesOf(sigil, [earlier, alone])).toEqual(['deleted', 'deleted'])
    for (const agent of agents) expect(await works(sigil, family, agent)).toBe(true)
    await expectExactCounters(sigil)
  })

  test('of many goes on by itself, commit by commit', async () => {
    const family = await newFamily(sigil)
    const { agents, users } = await newAgents(sigil, family, 60)
    await remove(`/servicePrincipals/${family.principal.id}`)
    await sigil.work()
    expect(new Set(await statesOf(sigil, [...agents, ...users]))).toEqual(new Set(['deleted']))
    const answer = await restoreAll(family.principal)
    expect(await operationAt(sigil, answer)).toMatchObject({ kind: 'restore', status: 'running', done: 0 })
    await Promise.all([sigil.work(), sigil.work()])
    expect(await operationAt(sigil, answer)).toMatchObject({ status: 'succeeded', done: 80, failed: 0 })
    expect(new Set(await statesOf(sigil, [...agents, ...users]))).toEqual(new Set(['living']))
    await expectExactCounters(sigil)
  }, 60_000)

  test('ends where the principal is deleted again, and nothing is left living below it', async () => {
    const family = await newFamily(sigil)
    const { agents } = await newAgents(sigil, family, 40)
    await remove(`/servicePrincipals/${family.principal.id}`)
    await sigil.work()
    await restoreAll(family.principal)
    await remove(`/servicePrincipals/${family.principal.id}`)
    await sigil.work()
    expect(new Set(await statesOf(sigil, agents))).toEqual(new Set(['deleted']))
    expect(await sigil.rows('JOB#')).toEqual([])
    await expectExactCounters(sigil)
  }, 60_000)

  test('before all were deleted leaves none of them behind', async () => {
    const family = await newFamily(sigil)
    const { agents, users } = await newAgents(sigil, family, 40)
    await remove(`/applications/${family.blueprint.id}`)
    await restoreAll(family.blueprint)
    await sigil.work()
    expect(new Set(await statesOf(sigil, [family.principal, ...agents, ...users]))).toEqual(new Set(['living']))
    await expectExactCounters(sigil)
  }, 60_000)

  test('says which users did not come back, since their name is another’s by now', async () => {
    const family = await newFamily(sigil)
    const agent = await newAgent(sigil, family)
    const name = crypto.randomUUID()
    const user = await newAgentUser(sigil, agent, name)
    await remove(`/servicePrincipals/${family.principal.id}`)
    await sigil.make('POST', '/users', newPerson(sigil.service.domain, name))
    const answer = await restoreAll(family.principal)
    expect(answer.status).toBe(200)
    await sigil.work()
    expect(await operationAt(sigil, answer)).toMatchObject({
      status: 'succeeded',
      done: 1,
      failed: 1,
      failures: [{ id: user.id, type: 'agentUser', message: expect.stringContaining(name) }],
    })
    expect(await statesOf(sigil, [agent, user])).toEqual(['living', 'deleted'])
    await expectExactCounters(sigil)
  })

  test('of an agent identity brings its user', async () => {
    const family = await newFamily(sigil)
    const agent = await newAgent(sigil, family)
    const user = await newAgentUser(sigil, agent)
    await remove(`/servicePrincipals/${agent.id}`)
    expect(await statesOf(sigil, [agent, user])).toEqual(['deleted', 'deleted'])
    expect(await restore(agent)).toMatchObject({ status: 200 })
    expect(await statesOf(sigil, [agent, user])).toEqual(['living', 'deleted'])
    await remove(`/servicePrincipals/${agent.id}`)
    expect(await restoreAll(agent)).toMatchObject({ status: 200 })
    // It was not deleted with the agent this time.
    expect(await statesOf(sigil, [agent, user])).toEqual(['living', 'deleted'])
    expect(await restore(user)).toMatchObject({ status: 200 })
    await remove(`/servicePrincipals/${agent.id}`)
    expect(await restoreAll(agent)).toMatchObject({ status: 200 })
    expect(await statesOf(sigil, [agent, user])).toEqual(['living', 'living'])
    await expectExactCounters(sigil)
  })
})

describe('a restoration over what another has taken since is refused, and changes nothing:', () => {
  const refused = { status: 409, body: { error: { code: 'Request_MultipleObjectsWithSameKeyValue' } } }

  test('a userPrincipalName', async () => {
    const name = crypto.randomUUID()
    const person = await sigil.make('POST', '/users', newPerson(sigil.service.domain, name))
    await remove(`/users/${person.id}`)
    await sigil.make('POST', '/users', newPerson(sigil.service.domain, name))
    await unchangedBy(async () => expect(await restore(person)).toMatchObject(refused))
  })

  test('that of an agent user which is to come back with its agent identity', async () => {
    const name = crypto.randomUUID()
    const agent = await newAgent(sigil, await newFamily(sigil))
    await newAgentUser(sigil, agent, name)
    await remove(`/servicePrincipals/${agent.id}`)
    await sigil.make('POST', '/users', newPerson(sigil.service.domain, name))
    await unchangedBy(async () => expect(await restoreAll(agent)).toMatchObject(refused))
    expect(await restore(agent)).toMatchObject({ status: 200 })
  })

  test('the place of an agent identity’s user', async () => {
    const agent = await newAgent(sigil, await newFamily(sigil))
    const user = await newAgentUser(sigil, agent)
    await remove(`/users/${user.id}`)
    await newAgentUser(sigil, agent)
    await unchangedBy(async () => expect(await restore(user)).toMatchObject(refused))
  })

  test('a uniqueName', async () => {
    const uniqueName = crypto.randomUUID()
    const app = await application(sigil, { uniqueName })
    await remove(`/applications/${app.id}`)
    await application(sigil, { uniqueName })
    await unchangedBy(async () => expect(await restore(app)).toMatchObject(refused))
  })

  test('an identifier URI', async () => {
    const identifierUris = [`https://${crypto.randomUUID()}.example`]
    const app = await application(sigil, { identifierUris })
    await remove(`/applications/${app.id}`)
    await application(sigil, { identifierUris })
    await unchangedBy(async () => expect(await restore(app)).toMatchObject(refused))
  })

  test('the place of an application’s principal', async () => {
    const app = await application(sigil)
    const principal = await principalOf(sigil, app)
    await remove(`/servicePrincipals/${principal.id}`)
    await principalOf(sigil, app)
    await unchangedBy(async () => expect(await restore(principal)).toMatchObject(refused))
  })

  test('and so is that of one that has just been purged, or restored', async () => {
    const person = await sigil.make('POST', '/users', newPerson(sigil.service.domain))
    await remove(`/users/${person.id}`)
    beforeNextCommit(sigil, async () => void (await restore(person)))
    expect(await restore(person)).toMatchObject({ status: 404 })
    expect(await statesOf(sigil, [person])).toEqual(['living'])
    await expectExactCounters(sigil)
  })
})

describe('what is restored may do what it holds now:', () => {
  test('a role that was taken away meanwhile stays away, others are back', async () => {
    const family = await newFamily(sigil)
    const agent = await newAgent(sigil, family)
    const [first, second] = [await resource(sigil), await resource(sigil)]
    const kept = await assign(sigil, agent, first.principal, first.role)
    const taken = await assign(sigil, agent, second.principal, second.role)
    const scopes = [first, second].map(({ app }) => `${(app.identifierUris as string[])[0]}/.default`)
    await remove(`/servicePrincipals/${agent.id}`)
    await sigil.make('DELETE', `/servicePrincipals/${second.principal.id}/appRoleAssignedTo/${taken.id}`)
    await restore(agent)
    expect(await rolesOf(family, agent, scopes[0] ?? '')).toEqual([first.role.value])
    expect(await rolesOf(family, agent, scopes[1] ?? '')).toBe(undefined)
    const { body } = await sigil.graph('GET', `/servicePrincipals/${agent.id}/appRoleAssignments`)
    expect((body.value as Made[]).map(({ id }) => id)).toEqual([kept.id])
  })

  test('also where it is taken away between the look and the commit', async () => {
    const family = await newFamily(sigil)
    const agent = await newAgent(sigil, family)
    const { app, principal, role: offered } = await resource(sigil)
    const held = await assign(sigil, agent, principal, offered)
    await remove(`/servicePrincipals/${agent.id}`)
    beforeNextCommit(sigil, async () => {
      await sigil.make('DELETE', `/servicePrincipals/${principal.id}/appRoleAssignedTo/${held.id}`)
    })
    expect(await restore(agent)).toMatchObject({ status: 200 })
    expect(await rolesOf(family, agent, `${(app.identifierUris as string[])[0]}/.default`)).toBe(undefined)
    expect(JSON.stringify((await sigil.rows(`CLIENT#${sigil.tenantId}#${agent.id}`)).map(Object.keys))).not.toContain(
      'roles:',
    )
  })

  test('likewise a grant for everybody, and a directory role, of clients and of users', async () => {
    const family = await newFamily(sigil)
    const agent = await newAgent(sigil, family)
    const user = await newAgentUser(sigil, agent)
    const { api } = await managementRole(sigil, 'User.Read.All')
    const grants = await Promise.all(
      [agent, family.principal].map((client) =>
        sigil.make('POST', '/oauth2PermissionGrants', {
          clientId: client.id,
          consentType: 'AllPrincipals',
          resourceId: api.id,
          scope: 'User.Read',
        }),
      ),
    )
    const allowed = directoryRoles.filter(({ templateId }) => isAllowedForAgents(templateId)).slice(0, 2)
    const give = (holder: Made, index: number) =>
      sigil.make('POST', '/roleManagement/directory/roleAssignments', {
        principalId: holder.id,
        roleDefinitionId: allowed[index]?.templateId,
      })
    const [taken] = [await give(agent, 0), await give(agent, 1), await give(user, 0)]
    const ofUser = await give(user, 1)

    await remove(`/applications/${family.blueprint.id}`)
    await sigil.work()
    for (const { id } of [taken, ofUser]) await sigil.make('DELETE', `/roleManagement/directory/roleAssignments/${id}`)
    await sigil.make('DELETE', `/oauth2PermissionGrants/${grants[0]?.id}`)
    await restoreAll(family.blueprint)
    await sigil.work()

    const row = async (kind: string, id: string) => (await sigil.rows(`${kind}#${sigil.tenantId}#${id}`))[0]
    const agentRow = await row('CLIENT', agent.id)
    const principalRow = await row('CLIENT', family.blueprint.appId)
    const userRow = await row('USER', user.id)
    expect(agentRow).toMatchObject({ directoryRoles: new Set([allowed[1]?.templateId]) })
    expect(agentRow).not.toHaveProperty(`grant:${api.id}`)
    expect(principalRow).toMatchObject({ [`grant:${api.id}`]: { scopes: ['User.Read'] } })
    expect(userRow).toMatchObject({ directoryRoles: new Set([allowed[0]?.templateId]) })
  })

  test('secrets that have ended meanwhile are dead, others are not', async () => {
    const app = await application(sigil)
    await principalOf(sigil, app)
    const ends = new Date(sigil.clock.now().getTime() + 3_600_000).toISOString()
    const short = await sigil.make('POST', `/applications/${app.id}/addPassword`, {
      passwordCredential: { endDateTime: ends },
    })
    const long = await password(sigil, app)
    const ask = (secret: unknown) =>
      sigil.token({
        client_id: app.appId,
        client_secret: String(secret),
        scope: graphScope,
        grant_type: 'client_credentials',
      })
    expect(await ask(short.secretText)).toMatchObject({ status: 200 })
    await remove(`/applications/${app.id}`)
    expect(await ask(long.secretText)).toMatchObject({ status: 400 })
    sigil.clock.advance(2 * 3_600_000)
    await restoreAll(app)
    expect(await ask(long.secretText)).toMatchObject({ status: 200 })
    expect(await ask(short.secretText)).toMatchObject({ status: 401, body: { error_codes: [7000222] } })
  })

  test('an agent identity whose time is over does not come back', async () => {
    const family = await newFamily(sigil)
    const expiresAt = new Date(sigil.clock.now().getTime() + 3_600_000).toISOString()
    const agent = await newAgent(sigil, family, { expiresAt })
    const stays = await newAgent(sigil, family)
    await remove(`/servicePrincipals/${family.principal.id}`)
    sigil.clock.advance(2 * 3_600_000)
    expect(await restore(agent)).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining(expiresAt) } },
    })
    await restoreAll(family.principal)
    await sigil.work()
    expect(await statesOf(sigil, [agent, stays])).toEqual(['deleted', 'living'])
    expect(await askForT1(sigil, family, agent)).not.toMatchObject({ status: 200 })
  })
})
