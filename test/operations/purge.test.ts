import { afterEach, describe, expect, test } from 'vitest'
import {
  directoryRole,
  entangled,
  grant,
  newAgent,
  newAgents,
  newAgentUser,
  newFamily,
  someone,
} from '../scenarios/families.ts'
import {
  application,
  assign,
  type Made,
  managementRole,
  newPerson,
  person,
  principalOf,
  resource,
} from '../scenarios/makers.ts'
import { sigilForTests } from '../support/sigil.ts'
import {
  beforeNextCommit,
  deletedItem,
  expectExactCounters,
  operationAt,
  rowsNaming,
  statesOf,
  works,
} from './lifecycle.ts'

const sigil = sigilForTests()
afterEach(() => sigil.clock.reset())

const dayMs = 86_400_000
const remove = (path: string) => sigil.graph('DELETE', path)
const restore = ({ id }: Made) => sigil.graph('POST', `${deletedItem(id)}/restore`)
const purge = ({ id }: Made) => sigil.graph('DELETE', deletedItem(id))
const ref = ({ id }: Made, collection = 'users') => ({
  '@odata.id': `https://graph.microsoft.com/v1.0/${collection}/${id}`,
})

/** Nothing is left of an object. */
async function expectGone(...objects: Made[]): Promise<void> {
  expect(await rowsNaming(sigil, ...objects.map(({ id }) => id))).toEqual([])
}

describe('a purge', () => {
  test('of an agent identity takes its user along, and every row that names either', async () => {
    const family = await newFamily(sigil)
    const { agent, user } = await entangled(sigil, family)
    expect(await purge(agent)).toMatchObject({ status: 404 })
    await remove(`/servicePrincipals/${agent.id}`)
    const answer = await purge(agent)
    expect(answer.status).toBe(204)
    expect(await statesOf(sigil, [agent, user])).toEqual(['gone', 'gone'])
    expect(await purge(agent)).toMatchObject({ status: 404 })
    expect(await restore(agent)).toMatchObject({ status: 404 })
    await sigil.work()
    expect(await operationAt(sigil, answer)).toMatchObject({ kind: 'purge', status: 'succeeded' })
    await expectGone(agent, user)
    await expectExactCounters(sigil)
  })

  test('of a blueprint takes along its principal, agents, users, and what they were counted on', async () => {
    const family = await newFamily(sigil)
    const { agents, users } = await newAgents(sigil, family, 30)
    const more = await entangled(sigil, family)
    const earlier = await newAgent(sigil, family)
    await remove(`/servicePrincipals/${earlier.id}`)
    await remove(`/applications/${family.blueprint.id}`)
    await sigil.work()
    expect(await purge(family.blueprint)).toMatchObject({ status: 204 })
    await sigil.work()
    await expectGone(family.blueprint, family.principal, ...agents, ...users, more.agent, more.user, earlier)
    expect(await sigil.rows('JOB#')).toEqual([])
    await expectExactCounters(sigil)
  }, 60_000)

  test('of a principal leaves its blueprint, and takes along what has not even been deleted yet', async () => {
    const family = await newFamily(sigil)
    const { agents, users } = await newAgents(sigil, family, 24)
    await remove(`/servicePrincipals/${family.principal.id}`)
    expect(await purge(family.principal)).toMatchObject({ status: 204 })
    expect(new Set(await statesOf(sigil, agents))).toEqual(new Set(['living']))
    await Promise.all([sigil.work(), sigil.work()])
    await expectGone(family.principal, ...agents, ...users)
    expect(await statesOf(sigil, [family.blueprint])).toEqual(['living'])
    await principalOf(sigil, family.blueprint)
    expect(await works(sigil, family, await newAgent(sigil, family))).toBe(true)
    await expectExactCounters(sigil)
  }, 60_000)

  test('takes along what came back alone, which nothing can be done with any more', async () => {
    const family = await newFamily(sigil)
    const [first, second] = [await newAgent(sigil, family), await newAgent(sigil, family)]
    const user = await newAgentUser(sigil, second)
    await remove(`/servicePrincipals/${family.principal.id}`)
    await sigil.work()
    await restore(first)
    await restore(user)
    expect(await statesOf(sigil, [first, second, user])).toEqual(['living', 'deleted', 'living'])
    await purge(family.principal)
    await sigil.work()
    await expectGone(family.principal, first, second, user)
    await expectExactCounters(sigil)
  })

  test('of an agent identity takes along its user that came back alone; and none comes back after it', async () => {
    const agent = await newAgent(sigil, await newFamily(sigil))
    const first = await newAgentUser(sigil, agent)
    await remove(`/users/${first.id}`)
    const current = await newAgentUser(sigil, agent)
    await remove(`/servicePrincipals/${agent.id}`)
    await restore(current)
    await purge(agent)
    await sigil.work()
    await expectGone(current)
    expect(await restore(first)).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining(agent.id) } },
    })
    await purge(first)
    await sigil.work()
    await expectGone(agent, first)
    await expectExactCounters(sigil)
  })

  test('of a resource takes away what others hold on it', async () => {
    const { app, principal, role } = await resource(sigil)
    const scope = {
      id: crypto.randomUUID(),
      value: 'Ledger.Read',
      type: 'User',
      isEnabled: true,
      adminConsentDisplayName: 'Read',
      adminConsentDescription: 'Read',
    }
    await sigil.make('PATCH', `/applications/${app.id}`, { api: { oauth2PermissionScopes: [scope] } })
    const family = await newFamily(sigil)
    const holders = [await newAgent(sigil, family), await principalOf(sigil, await application(sigil))]
    for (const holder of holders) {
      await assign(sigil, holder, principal, role)
      await grant(sigil, holder, principal, 'Ledger.Read')
      await grant(sigil, holder, principal, 'Ledger.Read', await someone(sigil))
    }
    await assign(sigil, await someone(sigil), principal, role)
    // One that is deleted holds it as well.
    const deleted = await newAgent(sigil, family)
    await assign(sigil, deleted, principal, role)
    await remove(`/servicePrincipals/${deleted.id}`)
    await remove(`/applications/${app.id}`)
    await purge(app)
    await sigil.work()
    await expectGone(app, principal)
    expect(await restore(deleted)).toMatchObject({ status: 200 })
    await expectGone(app, principal)
    await expectExactCounters(sigil)
  })

  test('of a person takes away relations from both ends, as many as there are, roles and grants', async () => {
    const leaving = await person(sigil)
    const boss = await person(sigil)
    await sigil.make('PUT', `/users/${leaving.id}/manager/$ref`, ref(boss))
    await sigil.make('PUT', `/users/${boss.id}/manager/$ref`, ref(leaving))
    const groups = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        sigil.make('POST', '/groups', {
          displayName: `Clerks ${index}`,
          mailEnabled: false,
          mailNickname: 'clerks',
          securityEnabled: true,
          'members@odata.bind': [ref(leaving)['@odata.id']],
          'owners@odata.bind': [ref(leaving)['@odata.id'], ref(boss)['@odata.id']],
        }),
      ),
    )
    const { api } = await managementRole(sigil, 'User.Read.All')
    const family = await newFamily(sigil)
    await grant(sigil, family.principal, api, 'User.Read', leaving)
    await directoryRole(sigil, leaving)
    const { principal, role } = await resource(sigil)
    await assign(sigil, leaving, principal, role)
    await remove(`/users/${leaving.id}`)
    await purge(leaving)
    await sigil.work()
    await expectGone(leaving)
    expect(new Set(await statesOf(sigil, groups))).toEqual(new Set(['living']))
    expect((await rowsNaming(sigil, boss.id)).filter((name) => name.startsWith('INVERSE#'))).toHaveLength(60)
    await expectExactCounters(sigil)
  }, 60_000)

  test('of a group and of an application, which nothing else hangs on', async () => {
    const app = await application(sigil, { uniqueName: crypto.randomUUID() })
    const group = await sigil.make('POST', '/groups', {
      displayName: 'Clerks',
      mailEnabled: false,
      mailNickname: 'c',
      securityEnabled: true,
    })
    await remove(`/applications/${app.id}`)
    await remove(`/groups/${group.id}`)
    for (const each of [app, group]) expect(await purge(each)).toMatchObject({ status: 204 })
    await sigil.work()
    await expectGone(app, group)
    await expectExactCounters(sigil)
  })

  test('makes room where the tenant held as much as it may', async () => {
    const { tenantId, domain, admin } = await sigil.openTenant('full.example')
    const { body } = await sigil.token(
      {
        client_id: admin.clientId,
        client_secret: admin.clientSecret,
        scope: 'https://graph.microsoft.com/.default',
        grant_type: 'client_credentials',
      },
      tenantId,
    )
    const token = String(body.access_token)
    await limitUsersTo(tenantId, 2)
    const create = () => sigil.graph('POST', '/users', newPerson(domain), token)
    const made = await create()
    expect(made.status).toBe(201)
    expect(await create()).toMatchObject({ status: 201 })
    expect((await create()).status).not.toBe(201)
    await sigil.graph('DELETE', `/users/${made.body.id}`, undefined, token)
    // A deleted one counts in full.
    expect((await create()).status).not.toBe(201)
    expect(await sigil.graph('DELETE', deletedItem(String(made.body.id)), undefined, token)).toMatchObject({
      status: 204,
    })
    expect(await create()).toMatchObject({ status: 201 })
    expect((await create()).status).not.toBe(201)
    await sigil.work()
    await expectExactCounters(sigil)
  })

  test('and a restoration that comes in between: one of them is done', async () => {
    const leaving = await person(sigil)
    await remove(`/users/${leaving.id}`)
    beforeNextCommit(sigil, async () => void (await restore(leaving)))
    expect(await purge(leaving)).toMatchObject({ status: 404 })
    await sigil.work()
    expect(await statesOf(sigil, [leaving])).toEqual(['living'])
    await expectExactCounters(sigil)
  })
})

describe('30 days after a deletion', () => {
  test('an object is purged by itself with all below it, and not a day before', async () => {
    const family = await newFamily(sigil)
    const { agents, users } = await newAgents(sigil, family, 24)
    const alone = await person(sigil)
    const back = await person(sigil)
    for (const { id } of [alone, back]) await remove(`/users/${id}`)
    await remove(`/applications/${family.blueprint.id}`)
    await sigil.work()
    await restore(back)
    const all = [family.blueprint, family.principal, ...agents, ...users, alone]
    sigil.clock.advance(29 * dayMs)
    await sigil.work()
    expect(new Set(await statesOf(sigil, all))).toEqual(new Set(['deleted']))
    sigil.clock.advance(dayMs + 60_000)
    await sigil.work()
    await expectGone(...all)
    expect(await statesOf(sigil, [back])).toEqual(['living'])
    expect(await sigil.rows('JOB#')).toEqual([])
    expect(await sigil.rows('DUE#')).toEqual([])
    const records = (await sigil.rows('AUDIT#')).filter(
      ({ activityDisplayName }) => activityDisplayName === 'Hard Delete user',
    )
    expect(records.map(({ initiatedBy }) => initiatedBy)).toContainEqual(
      expect.objectContaining({ app: expect.objectContaining({ displayName: 'Sigil' }) }),
    )
    await expectExactCounters(sigil)
  }, 60_000)

  test('an agent identity that was deleted by itself is purged by itself', async () => {
    const family = await newFamily(sigil)
    const [agent, stays] = [await newAgent(sigil, family), await newAgent(sigil, family)]
    const user = await newAgentUser(sigil, agent)
    await remove(`/servicePrincipals/${agent.id}`)
    sigil.clock.advance(10 * dayMs)
    await remove(`/servicePrincipals/${stays.id}`)
    sigil.clock.advance(20 * dayMs + 60_000)
    await sigil.work()
    await expectGone(agent, user)
    expect(await statesOf(sigil, [stays])).toEqual(['deleted'])
  })

  test('what was deleted with a principal that came back alone has its own time', async () => {
    const family = await newFamily(sigil)
    const agent = await newAgent(sigil, family)
    await remove(`/servicePrincipals/${family.principal.id}`)
    await restore(family.principal)
    sigil.clock.advance(30 * dayMs + 60_000)
    await sigil.work()
    await expectGone(agent)
    expect(await statesOf(sigil, [family.principal])).toEqual(['living'])
  })
})

async function limitUsersTo(tenantId: string, most: number): Promise<void> {
  const { UpdateItemCommand } = await import('@aws-sdk/client-dynamodb')
  await sigil.service.dynamodb.send(
    new UpdateItemCommand({
      TableName: sigil.service.tableName,
      Key: { pk: { S: `TENANT#${tenantId}` }, sk: { S: 'STATE' } },
      UpdateExpression: 'SET #limits = :limits',
      ExpressionAttributeNames: { '#limits': 'limits' },
      ExpressionAttributeValues: { ':limits': { M: { user: { N: String(most) } } } },
    }),
  )
}
