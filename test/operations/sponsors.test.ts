import { beforeAll, describe, expect, test } from 'vitest'
import {
  agent,
  agentType,
  agentUser,
  application,
  bind,
  blueprint,
  blueprintType,
  blueprintWithPrincipal,
  company,
  type Made,
  person,
  principalOf,
  principalType,
  tokenWith,
} from '../scenarios/makers.ts'
import { group } from '../scenarios/relations.ts'
import { relate } from '../support/delegated.ts'
import { type Sigil, sigilForTests } from '../support/sigil.ts'
import { auditsOf, idsAt, refer, refusal, refuses } from './relations.ts'

const sigil = sigilForTests()

const unified = { groupTypes: ['Unified'], mailEnabled: true, securityEnabled: false }
const dynamic = { groupTypes: ['DynamicMembership'], membershipRule: 'user.department -eq "Clerks"' }

let someone: Made
let ledger: Made
beforeAll(async () => {
  someone = await person(sigil)
  ledger = await principalOf(sigil, await application(sigil))
})

type Holder = [what: string, collection: string, activity: string, make: (sigil: Sigil) => Promise<Made>]
const principal = async () => (await blueprintWithPrincipal(sigil)).principal
// biome-ignore format: a table reads better aligned
const holders: Holder[] = [
  ['a blueprint',           `applications/${blueprintType}`,      'application',       blueprint],
  ['a blueprint principal', `servicePrincipals/${principalType}`, 'service principal', principal],
  ['an agent identity',     `servicePrincipals/${agentType}`,     'service principal', agent],
  ['an agent user',         'users',                              'user',              agentUser],
  ['a person',              'users',                              'user',              person],
]

const sponsors = ({ id }: Pick<Made, 'id'>, collection = 'servicePrincipals'): string => `/${collection}/${id}/sponsors`
const add = (made: Pick<Made, 'id'>, sponsor: Pick<Made, 'id'>, collection?: string) =>
  sigil.graph('POST', `${sponsors(made, collection)}/$ref`, refer(sponsor))
const remove = (made: Made, sponsor: Made, collection?: string) =>
  sigil.graph('DELETE', `${sponsors(made, collection)}/${sponsor.id}/$ref`)

describe.each(holders)('%s', (_, collection, activity, make) => {
  test('has sponsors: people, Microsoft 365 groups and groups of a rule', async () => {
    const made = await make(sigil)
    const list = sponsors(made, collection)
    const born = await idsAt(sigil, list)
    const added = [someone, await group(sigil, unified), await group(sigil, dynamic)]
    for (const each of added) expect((await add(made, each, collection)).status).toBe(204)
    expect((await idsAt(sigil, list)).sort()).toEqual([...born, ...added.map(({ id }) => id)].sort())
    expect((await sigil.graph('GET', `${list}/microsoft.graph.group/$count`)).body).toBe(2)
    expect(await idsAt(sigil, `${list}/microsoft.graph.agentIdentity`)).toEqual([])
    const { sponsors: expanded } = await sigil.make('GET', `/${collection}/${made.id}?$expand=sponsors`)
    expect((expanded as Made[]).map(({ id }) => id)).toEqual(await idsAt(sigil, list))
    for (const each of added) expect((await remove(made, each, collection)).status).toBe(204)
    expect(await idsAt(sigil, list)).toEqual(born)
    const activities = (await auditsOf(sigil, made)).map(({ activityDisplayName }) => activityDisplayName)
    for (const each of [`Add sponsor to ${activity}`, `Remove sponsor from ${activity}`]) {
      expect(activities.filter((name) => name === each)).toHaveLength(3)
    }
  })
})

describe('nobody sponsors', () => {
  test('an ordinary application or principal, or a group: those look as if they were not there', async () => {
    const app = await application(sigil)
    for (const path of [`/applications/${app.id}`, `/servicePrincipals/${ledger.id}`]) {
      expect((await sigil.graph('GET', `${path}/sponsors`)).status).toBe(404)
      const answer = await refuses(sigil, () => sigil.graph('POST', `${path}/sponsors/$ref`, refer(someone)))
      expect(answer).toMatchObject({ status: 404, code: 'Request_ResourceNotFound' })
    }
    expect((await sigil.graph('GET', `/groups/${(await group(sigil)).id}/sponsors`)).status).toBe(404)
  })

  test('who is no person, nor a group that may', async () => {
    const made = await agent(sigil)
    const roleAssignable = await group(sigil, { isAssignableToRole: true })
    for (const each of [await group(sigil), roleAssignable, ledger, await agent(sigil), await agentUser(sigil)]) {
      const answer = await refuses(sigil, () => add(made, each))
      expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
      expect(answer.message).toContain(each.id)
    }
  })
})

describe('of sponsors an object has at most', () => {
  test('100, of however many who are added at once', async () => {
    const made = await agent(sigil)
    for (let count = 0; count < 97; count++) await relate(sigil, made.id, 'sponsors', crypto.randomUUID())
    const people = await Promise.all(Array.from({ length: 4 }, () => person(sigil)))
    const answers = await Promise.all(people.map((each) => add(made, each)))
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 204, 400, 400])
    expect(refusal(await add(made, someone)).message).toContain('at most 100 sponsors')
  })

  test('5 groups, of however many that are added at once, and people as before', async () => {
    const made = await agent(sigil)
    const groups: Made[] = []
    for (let count = 0; count < 7; count++) groups.push(await group(sigil, unified))
    const answers = await Promise.all(groups.map((each) => add(made, each)))
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 204, 204, 204, 204, 400, 400])
    expect(refusal(answers.find(({ status }) => status === 400) as never).message).toContain('At most 5 groups')
    expect((await add(made, someone)).status).toBe(204)
  })
})

describe('the last sponsor', () => {
  const last = { status: 400, code: 'Request_BadRequest', message: expect.stringContaining('last sponsor') }

  test('of an agent identity stays, until there is another', async () => {
    const { person: first } = await company(sigil)
    const made = await agent(sigil)
    expect(await refuses(sigil, () => remove(made, first as Made))).toEqual(last)
    await add(made, someone)
    expect((await remove(made, first as Made)).status).toBe(204)
    expect(await refuses(sigil, () => remove(made, someone))).toEqual(last)
  })

  test('of an agent identity stays, of however many who are removed at once', async () => {
    const people = await Promise.all(Array.from({ length: 4 }, () => person(sigil)))
    const made = await agent(sigil, { 'sponsors@odata.bind': bind(...people) })
    const answers = await Promise.all(people.map((each) => remove(made, each)))
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 204, 204, 400])
    expect(await idsAt(sigil, sponsors(made))).toHaveLength(1)
  })

  test('is not one that is deleted', async () => {
    const [gone, there] = [await person(sigil), await person(sigil)]
    const made = await agent(sigil, { 'sponsors@odata.bind': bind(gone, there) })
    await sigil.make('DELETE', `/users/${gone.id}`)
    expect(await refuses(sigil, () => remove(made, there))).toEqual(last)
    expect((await remove(made, gone)).status).toBe(204)
  })

  test('of a blueprint or its principal may go', async () => {
    const made = await blueprint(sigil, { 'sponsors@odata.bind': bind(someone) })
    expect((await remove(made, someone, 'applications')).status).toBe(204)
    expect(await idsAt(sigil, sponsors(made, 'applications'))).toEqual([])
  })
})

describe('who may', () => {
  test('update the sponsors of agent identities does that, and to nothing else', async () => {
    const token = await tokenWith(sigil, 'AgentIdentity.UpdateSponsors.All')
    const made = await agent(sigil)
    const post = (path: string) => sigil.graph('POST', path, refer(someone), token)
    expect((await post(`${sponsors(made)}/$ref`)).status).toBe(204)
    const { principal: parent, blueprint: above } = await blueprintWithPrincipal(sigil)
    for (const path of [
      `${sponsors(parent)}/$ref`,
      `${sponsors(above, 'applications')}/$ref`,
      `${sponsors(await agentUser(sigil), 'users')}/$ref`,
      `/servicePrincipals/${made.id}/owners/$ref`,
    ]) {
      const answer = await refuses(sigil, () => post(path))
      expect([path, answer.status, answer.code]).toEqual([path, 403, 'Authorization_RequestDenied'])
    }
  })
})
