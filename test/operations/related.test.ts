import { beforeAll, describe, expect, test } from 'vitest'
import {
  agent,
  agentUser,
  application,
  blueprint,
  blueprintToken,
  company,
  type Made,
  missing,
  person,
  principalOf,
  smallTenant,
  tokenWith,
} from '../scenarios/makers.ts'
import { group } from '../scenarios/relations.ts'
import { type Cast, sigilForTests } from '../support/sigil.ts'
import { idsAt, pagesOf, refer, refusal } from './relations.ts'

const sigil = sigilForTests()

let actors: Cast
beforeAll(async () => {
  actors = await company(sigil)
})

const ids = (...made: Pick<Made, 'id'>[]): string[] => made.map(({ id }) => id).sort()
const join = (to: Made, member: Made) => sigil.make('POST', `/groups/${to.id}/members/$ref`, refer(member))
const own = (collection: string, what: Made, owner: Made) =>
  sigil.make('POST', `/${collection}/${what.id}/owners/$ref`, refer(owner))

describe('what an object is a member of', () => {
  test('is listed for people, agent users, principals of every kind, and groups', async () => {
    const clerks = await group(sigil)
    const users = [await person(sigil), await agentUser(sigil)]
    const principals = [actors.apiPrincipal, actors.principal, await agent(sigil)]
    for (const each of [...users, ...principals]) await join(clerks, each)
    for (const { id } of users) expect(await idsAt(sigil, `/users/${id}/memberOf`)).toEqual([clerks.id])
    for (const { id } of principals) {
      expect(await idsAt(sigil, `/servicePrincipals/${id}/memberOf`)).toContain(clerks.id)
    }
    const [clerk] = users as [Made]
    expect(await idsAt(sigil, `/users/${clerk.userPrincipalName}/memberOf/microsoft.graph.group`)).toEqual([clerks.id])
    expect((await sigil.graph('GET', `/users/${clerk.id}/memberOf/$count`)).body).toBe(1)
    expect(await idsAt(sigil, `/servicePrincipals(appId='${actors.blueprint.appId}')/memberOf`)).toEqual([clerks.id])
    const [listed] = (await sigil.make('GET', `/users/${clerk.id}/memberOf`)).value as Made[]
    expect(listed).toMatchObject({ '@odata.type': '#microsoft.graph.group', id: clerks.id, displayName: 'Clerks' })
  })

  test('says of groups that the caller may not read that they are there', async () => {
    const [clerks, clerk] = [await group(sigil), await agent(sigil)]
    await join(clerks, clerk)
    const token = await tokenWith(sigil, 'AgentIdentity.Read.All')
    expect((await sigil.make('GET', `/servicePrincipals/${clerk.id}/memberOf`, undefined, token)).value).toEqual([
      { '@odata.type': '#microsoft.graph.group', id: clerks.id },
    ])
  })

  test('is in pages that miss nothing, whatever comes and goes between them', async () => {
    const clerk = await person(sigil)
    const groups: Made[] = []
    for (let count = 0; count < 9; count++) groups.push(await group(sigil))
    for (const each of groups) await join(each, clerk)
    const fleeting: Made[] = []
    const pages = await pagesOf(sigil, `/users/${clerk.id}/memberOf?$top=2`, async (page) => {
      const another = await group(sigil)
      await join(another, clerk)
      fleeting.push(another)
      // The very one that the position names.
      const last = page.at(-1)
      if (last && fleeting.length === 1) await sigil.make('DELETE', `/groups/${last.id}/members/${clerk.id}/$ref`)
    })
    const seen = pages.flat().map(({ id }) => id)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toEqual(expect.arrayContaining(ids(...groups)))
    expect(Math.max(...pages.map(({ length }) => length))).toBeLessThanOrEqual(2)
  })
})

describe('what somebody owns', () => {
  test('is listed by type, agents’ types included, as Entra does not', async () => {
    const owner = await person(sigil)
    const app = await application(sigil)
    const owned = {
      application: app,
      agentIdentityBlueprint: await blueprint(sigil),
      servicePrincipal: await principalOf(sigil, app),
      agentIdentity: await agent(sigil),
      group: await group(sigil),
    }
    await own('applications', owned.application, owner)
    await own('applications', owned.agentIdentityBlueprint, owner)
    await own('servicePrincipals', owned.servicePrincipal, owner)
    await own('servicePrincipals', owned.agentIdentity, owner)
    await own('groups', owned.group, owner)
    const path = `/users/${owner.id}/ownedObjects`
    expect((await idsAt(sigil, path)).sort()).toEqual(ids(...Object.values(owned)))
    for (const type of ['agentIdentityBlueprint', 'agentIdentity', 'group'] as const) {
      expect(await idsAt(sigil, `${path}/microsoft.graph.${type}`)).toEqual([owned[type].id])
      expect((await sigil.graph('GET', `${path}/Microsoft.Graph.${type}/$count`)).body).toBe(1)
      expect(await idsAt(sigil, `${path}?$filter=isof('microsoft.graph.${type}')`)).toEqual([owned[type].id])
    }
    expect((await idsAt(sigil, `${path}/microsoft.graph.application`)).sort()).toEqual(
      ids(owned.application, owned.agentIdentityBlueprint),
    )
    expect((await idsAt(sigil, `${path}/microsoft.graph.servicePrincipal`)).sort()).toEqual(
      ids(owned.servicePrincipal, owned.agentIdentity),
    )
    expect((await sigil.graph('GET', `${path}/microsoft.graph.nothing`)).status).toBe(404)
    expect((await sigil.graph('GET', `${path}/${owned.group.id}`)).status).toBe(404)
    await sigil.make('DELETE', `/servicePrincipals/${owned.agentIdentity.id}`)
    expect(await idsAt(sigil, `${path}/microsoft.graph.agentIdentity`)).toEqual([])
  })

  test('by a principal is listed too, in an order and counted', async () => {
    const owner = await agent(sigil)
    const names = ['Cyan', 'Amber', 'Blue']
    for (const displayName of names) await own('servicePrincipals', await agent(sigil, { displayName }), owner)
    const body = await sigil.make(
      'GET',
      `/servicePrincipals/${owner.id}/ownedObjects?$orderby=displayName desc&$count=true&$select=displayName&$top=2`,
    )
    expect(body['@odata.count']).toBe(3)
    expect((body.value as Made[]).map(({ displayName }) => displayName)).toEqual(['Cyan', 'Blue'])
  })
})

describe('what a principal has created', () => {
  test('is listed by type, and nobody else’s is', async () => {
    const token = await blueprintToken(sigil)
    const made = await sigil.make(
      'POST',
      '/servicePrincipals/microsoft.graph.agentIdentity',
      { displayName: 'Own', agentIdentityBlueprintId: actors.blueprint.appId, ...actors.sponsors },
      token,
    )
    const path = `/servicePrincipals/${actors.principal.id}/createdObjects`
    expect(await idsAt(sigil, path)).toEqual([made.id])
    expect(await idsAt(sigil, `${path}/microsoft.graph.agentIdentity`)).toEqual([made.id])
    expect(await idsAt(sigil, `${path}/microsoft.graph.application`)).toEqual([])
    const [administrator] = await idsAt(sigil, `/servicePrincipals?$filter=appId eq '${sigil.service.admin.clientId}'`)
    const all = `/servicePrincipals/${administrator}/createdObjects`
    const created = (await pagesOf(sigil, all)).flat()
    expect(created.map(({ id }) => id)).toEqual(
      expect.arrayContaining([actors.blueprint.id, actors.principal.id, actors.agent.id, actors.api.id]),
    )
    expect(created.map(({ id }) => id)).not.toContain(made.id)
    expect(await idsAt(sigil, `${all}/microsoft.graph.agentIdentityBlueprint`)).toEqual(
      created.filter((each) => each['@odata.type'] === '#microsoft.graph.agentIdentityBlueprint').map(({ id }) => id),
    )
  })
})

test('relations are not filtered by relations of their own, which is said', async () => {
  const answer = await sigil.graph(
    'GET',
    `/users/${actors.person.id}/ownedObjects?$filter=owners/any(o:o/id eq '${missing.id}')`,
  )
  expect(refusal(answer)).toMatchObject({ status: 400, code: 'Request_BadRequest' })
  expect(refusal(answer).message).toContain('over an entity set')
})

describe('an object of another tenant', () => {
  test('has no relations to be seen or changed, in the very words of one that is not there', async () => {
    const { token } = await smallTenant(sigil)
    const clerks = await group(sigil)
    const clerk = await agentUser(sigil)
    const targets: [collection: string, object: Made, navigations: string[]][] = [
      ['applications', actors.blueprint, ['owners', 'sponsors']],
      [
        'servicePrincipals',
        actors.agent,
        ['owners', 'sponsors', 'memberOf', 'transitiveMemberOf', 'ownedObjects', 'createdObjects'],
      ],
      ['users', clerk, ['sponsors', 'memberOf', 'transitiveMemberOf', 'ownedObjects']],
      ['groups', clerks, ['owners', 'members', 'transitiveMembers', 'memberOf', 'transitiveMemberOf']],
    ]
    const [foreign] = (await sigil.make('GET', '/users', undefined, token)).value as [Made]
    const words = async (method: string, path: string, body?: object) => {
      const { status, code, message } = refusal(await sigil.graph(method, path, body, token))
      return { status, code, message: message.replaceAll(/[0-9a-f-]{36}/g, 'ID') }
    }
    for (const [collection, { id }, navigations] of targets) {
      for (const navigation of navigations) {
        const of = (each: string) => `/${collection}/${each}/${navigation}`
        const calls: [method: string, rest: string, body?: object][] = [
          ['GET', ''],
          ['GET', '/$count'],
        ]
        if (['owners', 'sponsors', 'members'].includes(navigation)) {
          calls.push(['GET', '/$ref'], ['POST', '/$ref', refer(foreign)], ['DELETE', `/${actors.person.id}/$ref`])
        }
        for (const [method, rest, body] of calls) {
          const there = await words(method, of(id) + rest, body)
          expect([method, of(id), there.status]).toEqual([method, of(id), 404])
          expect(there).toEqual(await words(method, of(missing.id) + rest, body))
        }
      }
    }
    expect(await idsAt(sigil, `/servicePrincipals/${actors.agent.id}/sponsors`)).toEqual([actors.person.id])
  })
})
