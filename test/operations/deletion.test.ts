import { afterEach, describe, expect, test } from 'vitest'
import { runJobs } from '../../shared/directory/jobs.ts'
import type { Table } from '../../shared/store/store.ts'
import type { World } from '../../shared/world.ts'
import { newAgent, newAgents, newAgentUser, newFamily } from '../scenarios/families.ts'
import {
  agentType,
  application,
  blueprintType,
  type Made,
  newPerson,
  person,
  principalOf,
  principalType,
} from '../scenarios/makers.ts'
import { sigilForTests } from '../support/sigil.ts'
import {
  agentToken,
  allPages,
  askAsAgent,
  askForT1,
  beforeNextCommit,
  expectExactCounters,
  operationAt,
  prefer,
  statesOf,
  t1,
  works,
} from './lifecycle.ts'

const sigil = sigilForTests()
afterEach(() => sigil.clock.reset())

const later = (): Date => new Date(sigil.clock.now().getTime() + 600_000)
const remove = (path: string) => sigil.graph('DELETE', path)

/** The service's world with a table that does something else at its commits. */
function withCommits(commit: (real: Table, ...given: Parameters<Table['commit']>) => Promise<void>): World {
  const { world } = sigil.service
  const real = world.table
  const table: Table = {
    until: (deadline) => real.until(deadline),
    snapshot: ((wanted) => real.snapshot(wanted)) as Table['snapshot'],
    query: (...given) => real.query(...given),
    ordered: (...given) => real.ordered(...given),
    record: (...given) => real.record(...given),
    commit: (...given) => commit(real, ...given),
  }
  return { ...world, table }
}

describe('a deletion', () => {
  const kinds: [string, () => Promise<{ path: string; object: Made }>][] = [
    ['an application', async () => of('/applications', await application(sigil))],
    ['a blueprint, by its type', async () => of('/applications', (await newFamily(sigil)).blueprint, blueprintType)],
    ['a principal', async () => of('/servicePrincipals', await principalOf(sigil, await application(sigil)))],
    [
      'a blueprint principal, by its type',
      async () => of('/servicePrincipals', (await newFamily(sigil)).principal, principalType),
    ],
    [
      'an agent identity, by its type',
      async () => of('/servicePrincipals', await newAgent(sigil, await newFamily(sigil)), agentType),
    ],
    [
      'an agent user',
      async () => of('/users', await newAgentUser(sigil, await newAgent(sigil, await newFamily(sigil)))),
    ],
    ['a person', async () => of('/users', await person(sigil))],
    [
      'a group',
      async () =>
        of(
          '/groups',
          await sigil.make('POST', '/groups', {
            displayName: 'Clerks',
            mailEnabled: false,
            mailNickname: 'clerks',
            securityEnabled: true,
          }),
        ),
    ],
  ]
  const of = (collection: string, object: Made, cast?: string) => ({
    path: `${collection}/${object.id}${cast ? `/${cast}` : ''}`,
    object,
  })

  test.each(kinds)('of %s moves it to the deleted items at once, and is one commit', async (_, make) => {
    const { path, object } = await make()
    const audits = (await sigil.rows('AUDIT#')).length
    expect(await remove(path)).toMatchObject({ status: 204, body: {} })
    expect(await statesOf(sigil, [object])).toEqual(['deleted'])
    expect((await sigil.rows('AUDIT#')).length).toBe(audits + 1)
    expect(await sigil.graph('GET', path)).toMatchObject({ status: 404 })
    const { status, body } = await sigil.graph('GET', `/directory/deletedItems/${object.id}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ id: object.id, displayName: object.displayName, deletedDateTime: expect.any(String) })
    expect(await remove(path)).toMatchObject({ status: 404 })
    await expectExactCounters(sigil)
  })

  test('of another tenant’s object is as little possible as of one that is not there', async () => {
    const { blueprint } = await newFamily(sigil)
    const { admin, tenantId } = await sigil.openTenant('elsewhere.example')
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
    for (const [method, path] of [
      ['DELETE', `/applications/${blueprint.id}`],
      ['GET', `/beta/directoryObjects/${blueprint.id}/dependents`],
      ['GET', `/directory/deletedItems/${blueprint.id}`],
      ['POST', `/directory/deletedItems/${blueprint.id}/restore`],
      ['DELETE', `/directory/deletedItems/${blueprint.id}`],
    ] as const) {
      expect(await sigil.graph(method, path, undefined, token), path).toMatchObject({
        status: 404,
        body: { error: { code: 'Request_ResourceNotFound' } },
      })
    }
    await remove(`/applications/${blueprint.id}`)
    expect(
      await sigil.graph('POST', `/directory/deletedItems/${blueprint.id}/restore`, undefined, token),
    ).toMatchObject({ status: 404 })
    expect(await statesOf(sigil, [blueprint])).toEqual(['deleted'])
  })

  test('of a version that is not the current one is none', async () => {
    const app = await application(sigil)
    const { status } = await sigil.send(`/v1.0/applications/${app.id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${await sigil.adminToken()}`, 'if-match': 'W/"7"' },
    })
    expect(status).toBe(412)
    expect(await statesOf(sigil, [app])).toEqual(['living'])
  })
})

describe('what is below a deleted object', () => {
  test.each(['blueprint', 'principal'] as const)(
    'of a %s gets no token and makes no call from the first second on',
    async (root) => {
      const family = await newFamily(sigil)
      // More than fit into the commit, so that some are still there.
      const { agents } = await newAgents(sigil, family, 24)
      const [first, last] = [agents[0] as Made, agents.at(-1) as Made]
      const exchanged = await Promise.all([first, last].map((agent) => t1(sigil, family, agent)))
      const tokens = await Promise.all([first, last].map((agent) => agentToken(sigil, family, agent)))
      for (const token of tokens)
        expect(await sigil.graph('GET', '/me', undefined, token)).not.toMatchObject({ status: 401 })

      await remove(
        root === 'blueprint' ? `/applications/${family.blueprint.id}` : `/servicePrincipals/${family.principal.id}`,
      )

      expect(await statesOf(sigil, agents)).toContain('living')
      for (const [index, agent] of [first, last].entries()) {
        expect(await askForT1(sigil, family, agent)).toMatchObject({
          status: expect.any(Number),
          body: { error: expect.any(String) },
        })
        expect((await askForT1(sigil, family, agent)).body).not.toHaveProperty('access_token')
        expect((await askAsAgent(sigil, agent, exchanged[index] ?? '')).body).not.toHaveProperty('access_token')
        expect(await sigil.graph('GET', '/me', undefined, tokens[index])).toMatchObject({ status: 401 })
      }
      await sigil.work()
      expect(new Set(await statesOf(sigil, agents))).toEqual(new Set(['deleted']))
      await expectExactCounters(sigil)
    },
  )

  test('goes with it in the same commit where it fits', async () => {
    const family = await newFamily(sigil)
    const { agents, users } = await newAgents(sigil, family, 4)
    const answer = await remove(`/applications/${family.blueprint.id}`)
    expect(answer.status).toBe(204)
    expect(answer.headers.get('operation-location')).toBe(null)
    const all = [family.blueprint, family.principal, ...agents, ...users]
    expect(new Set(await statesOf(sigil, all))).toEqual(new Set(['deleted']))
    const [record] = (await sigil.rows('AUDIT#')).filter(
      (row) =>
        JSON.stringify(row.targetResources).includes(family.blueprint.id) &&
        row.activityDisplayName === 'Delete application',
    )
    const named = record?.targetResources as { id: string }[] | undefined
    expect(named?.map(({ id }) => id).sort()).toEqual(all.map(({ id }) => id).sort())
    await expectExactCounters(sigil)
  })

  test('goes commit by commit where it does not, and says how far it is', async () => {
    const family = await newFamily(sigil)
    const { agents, users } = await newAgents(sigil, family, 120)
    const answer = await remove(`/servicePrincipals/${family.principal.id}`)
    expect(answer.status).toBe(204)
    expect(await operationAt(sigil, answer)).toMatchObject({ kind: 'delete', status: 'running', done: 0 })
    expect(new Set(await statesOf(sigil, [...agents, ...users]))).toEqual(new Set(['living']))

    let commits = 0
    const two = withCommits(async (real, ...given) => {
      if (commits === 2) throw new Error('the process has died')
      await real.commit(...given)
      commits++
    })
    await expect(runJobs(two, later())).rejects.toThrow('the process has died')
    const half = await operationAt(sigil, answer)
    expect(half).toMatchObject({ status: 'running' })
    const done = (await statesOf(sigil, [...agents, ...users])).filter((state) => state === 'deleted').length
    expect(half.done).toBe(done)
    expect(done).toBeGreaterThan(10)
    await expectExactCounters(sigil)

    await sigil.work()
    expect(await operationAt(sigil, answer)).toMatchObject({ status: 'succeeded', done: 160, failed: 0 })
    expect(new Set(await statesOf(sigil, [...agents, ...users]))).toEqual(new Set(['deleted']))
    expect(await sigil.rows('JOB#')).toEqual([])
    await expectExactCounters(sigil)
  }, 60_000)

  test('is dealt with once, whoever works on it at the same time', async () => {
    const family = await newFamily(sigil)
    const { agents, users } = await newAgents(sigil, family, 60)
    const answer = await remove(`/applications/${family.blueprint.id}`)
    await Promise.all([1, 2, 3].map(() => runJobs(sigil.service.world, later())))
    await sigil.work()
    expect(await operationAt(sigil, answer)).toMatchObject({ status: 'succeeded', done: agents.length + users.length })
    const records = (await sigil.rows('AUDIT#')).flatMap(({ targetResources }) => targetResources as { id: string }[])
    for (const { id } of agents) {
      // Once when it was made, once when it was deleted; and a third time where it was made anything of.
      expect(records.filter((each) => each.id === id)).toHaveLength(2)
    }
    await expectExactCounters(sigil)
  }, 60_000)

  test('is not left behind where it is made between the look and the commit', async () => {
    const family = await newFamily(sigil)
    await newAgent(sigil, family)
    const late: Made[] = []
    beforeNextCommit(sigil, async () => void late.push(await newAgent(sigil, family)))
    expect((await remove(`/applications/${family.blueprint.id}`)).status).toBe(204)
    expect(late).toHaveLength(1)
    expect(await statesOf(sigil, late)).toEqual(['living'])
    await sigil.work()
    expect(await statesOf(sigil, late)).toEqual(['deleted'])
    await expectExactCounters(sigil)
  })

  test('is deleted as it is then, where it is changed between the look of a worker and its commit', async () => {
    const family = await newFamily(sigil)
    const { agents } = await newAgents(sigil, family, 24)
    await remove(`/servicePrincipals/${family.principal.id}`)
    beforeNextCommit(sigil, async () => {
      for (const { id } of agents) await sigil.make('PATCH', `/servicePrincipals/${id}`, { displayName: 'Changed' })
    })
    await sigil.work()
    expect(new Set(await statesOf(sigil, agents))).toEqual(new Set(['deleted']))
    const { body } = await sigil.graph('GET', `/directory/deletedItems/${agents[0]?.id}`)
    expect(body.displayName).toBe('Changed')
    await expectExactCounters(sigil)
  })

  test('that has come back with its principal meanwhile is not deleted after it', async () => {
    const family = await newFamily(sigil)
    const { agents } = await newAgents(sigil, family, 24)
    await remove(`/servicePrincipals/${family.principal.id}`)
    expect((await sigil.graph('POST', `/directory/deletedItems/${family.principal.id}/restore`)).status).toBe(200)
    await sigil.work()
    expect(new Set(await statesOf(sigil, agents))).toEqual(new Set(['living']))
    expect(await works(sigil, family, agents[3] as Made)).toBe(true)
  })
})

describe('before a deletion', () => {
  test('its dependents are listed, all of them, and nothing is changed', async () => {
    const family = await newFamily(sigil)
    const { agents, users } = await newAgents(sigil, family, 55)
    const before = await sigil.rows()
    const pages: number[] = []
    const found = await allPages(sigil, `/beta/directoryObjects/${family.blueprint.id}/dependents`, pages)
    expect(pages).toHaveLength(2)
    expect(found.map(({ id }) => id).sort()).toEqual([family.principal, ...agents, ...users].map(({ id }) => id).sort())
    expect(await sigil.rows()).toEqual(before)
    const own = await sigil.graph('GET', `/beta/directoryObjects/${agents[0]?.id}/dependents?$select=id`)
    expect(own.body.value).toEqual([{ '@odata.type': '#microsoft.graph.agentUser', id: users[0]?.id }])
  }, 60_000)

  test('a client may refuse to take dependents along', async () => {
    const family = await newFamily(sigil)
    const agent = await newAgent(sigil, family)
    const user = await newAgentUser(sigil, agent)
    const before = await sigil.rows('DIRECTORY#')
    const refused = await prefer(sigil, 'refuse-dependents', 'DELETE', `/applications/${family.blueprint.id}`)
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'Request_Conflict' } } })
    expect((refused.body.error as { message: string }).message).toContain('3 dependents')
    expect(await prefer(sigil, 'refuse-dependents', 'DELETE', `/servicePrincipals/${agent.id}`)).toMatchObject({
      status: 409,
    })
    expect(await sigil.rows('DIRECTORY#')).toEqual(before)
    expect(await prefer(sigil, 'refuse-dependents', 'DELETE', `/users/${user.id}`)).toMatchObject({ status: 204 })
    expect(await prefer(sigil, 'refuse-dependents', 'DELETE', `/servicePrincipals/${agent.id}`)).toMatchObject({
      status: 204,
    })
    expect(
      await prefer(sigil, 'refuse-dependents', 'DELETE', `/servicePrincipals/${family.principal.id}`),
    ).toMatchObject({ status: 204 })
    expect(await prefer(sigil, 'refuse-dependents', 'DELETE', `/applications/${family.blueprint.id}`)).toMatchObject({
      status: 204,
    })
  })
})

describe('the deleted items', () => {
  test('are listed by type, the agents’ own too, and filtered, counted and selected as others are', async () => {
    const family = await newFamily(sigil, { displayName: 'Deleted by type' })
    const agents = await Promise.all(['One', 'Two'].map((displayName) => newAgent(sigil, family, { displayName })))
    const user = await newAgentUser(sigil, agents[0] as Made)
    await remove(`/applications/${family.blueprint.id}`)
    const idsIn = async (cast: string, query = '') => {
      const all = await allPages(sigil, `/v1.0/directory/deletedItems/microsoft.graph.${cast}${query}`)
      return all.map(({ id }) => id)
    }
    expect(await idsIn('agentIdentity')).toEqual(expect.arrayContaining(agents.map(({ id }) => id)))
    expect(await idsIn('agentIdentity', "?$filter=displayName eq 'Two'")).toContain(agents[1]?.id)
    expect(await idsIn('agentIdentity', "?$filter=displayName eq 'Two'")).not.toContain(agents[0]?.id)
    expect(await idsIn('agentIdentityBlueprint')).toContain(family.blueprint.id)
    expect(await idsIn('agentIdentityBlueprint')).not.toContain(agents[0]?.id)
    expect(await idsIn('application')).toContain(family.blueprint.id)
    expect(await idsIn('agentIdentityBlueprintPrincipal')).toContain(family.principal.id)
    expect(await idsIn('servicePrincipal')).toEqual(expect.arrayContaining([family.principal.id, agents[0]?.id]))
    expect(await idsIn('servicePrincipal', `?$filter=isof('microsoft.graph.agentIdentity')`)).not.toContain(
      family.principal.id,
    )
    expect(await idsIn('agentUser')).toContain(user.id)
    expect(await idsIn('user')).toContain(user.id)
    const selected = '/v1.0/directory/deletedItems/microsoft.graph.agentIdentity?$select=id,deletedDateTime&$count=true'
    const { body } = await sigil.graph('GET', `${selected}&$filter=displayName eq 'One'`)
    const mine = (body.value as Made[]).find(({ id }) => id === agents[0]?.id)
    expect(Object.keys(mine ?? {}).sort()).toEqual(['@odata.type', 'deletedDateTime', 'id'])
    expect(body['@odata.count']).toBe((body.value as Made[]).length)
    const counted = await fetch(`${sigil.service.http}/v1.0/directory/deletedItems/microsoft.graph.agentUser/$count`, {
      headers: { authorization: `Bearer ${await sigil.adminToken()}`, consistencylevel: 'eventual' },
    })
    expect(Number(await counted.text())).toBe((await idsIn('agentUser')).length)
  })

  test('are not found by a type that is none, nor by an id that is not deleted', async () => {
    const living = await person(sigil)
    expect(await sigil.graph('GET', `/directory/deletedItems/${living.id}`)).toMatchObject({ status: 404 })
    expect(await sigil.graph('GET', '/directory/deletedItems/microsoft.graph.nothing')).toMatchObject({ status: 404 })
    expect(await sigil.graph('GET', '/sigil/operations/nothing')).toMatchObject({ status: 404 })
    expect(await sigil.graph('POST', '/users', newPerson(sigil.service.domain))).toMatchObject({ status: 201 })
  })
})
