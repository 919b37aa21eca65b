import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type Cast, cast, sigilForTests } from '../support/sigil.ts'

const sigil = sigilForTests()
const agents = '/servicePrincipals/microsoft.graph.agentIdentity'

type Made = Record<string, unknown> & { id: string; appId: string }
let c: Cast
let foreign: { token: string; person: Made }

beforeAll(async () => {
  c = await cast(sigil, 'relations')
  const { tenantId, domain, admin } = await sigil.openTenant('relations.example')
  const { body } = await sigil.token(
    {
      grant_type: 'client_credentials',
      client_id: admin.clientId,
      client_secret: admin.clientSecret,
      scope: 'https://graph.microsoft.com/.default',
    },
    tenantId,
  )
  const token = String(body.access_token)
  foreign = { token, person: await sigil.make('POST', '/users', newPerson(domain), token) }
})

const newPerson = (domain = sigil.service.domain) => ({
  accountEnabled: true,
  displayName: 'Grace',
  mailNickname: 'grace',
  userPrincipalName: `grace-${crypto.randomUUID()}@${domain}`,
})
const person = (): Promise<Made> => sigil.make('POST', '/users', newPerson())
const group = (properties: object = {}): Promise<Made> =>
  sigil.make('POST', '/groups', {
    displayName: 'Clerks',
    mailNickname: 'clerks',
    mailEnabled: true,
    securityEnabled: false,
    groupTypes: ['Unified'],
    ...properties,
  })
const agent = (): Promise<Made> =>
  sigil.make('POST', agents, { displayName: 'Agent', agentIdentityBlueprintId: c.blueprint.appId, ...c.sponsors })
const ref = (id: string, at = 'https://graph.microsoft.com/v1.0/directoryObjects') => ({ '@odata.id': `${at}/${id}` })
const codeOf = ({ status, body }: Answer) => [status, (body.error as { code: string } | undefined)?.code]
const idsAt = async (path: string) => ((await sigil.make('GET', path)).value as Made[]).map(({ id }) => id).sort()
const rowsNaming = async (id: string) => (await sigil.rows()).filter(({ pk, sk }) => `${pk} ${sk}`.includes(id))

describe('a reference', () => {
  test.each([
    ['any host and version', 'https://graph.example.org/beta/users'],
    ['the service itself', '/users'],
    ['directoryObjects', 'https://graph.microsoft.us/v1.0/directoryObjects'],
  ])('names an object at %s, and is never followed', async (_, at) => {
    const [one, owner] = [await agent(), await person()]
    expect((await sigil.graph('POST', `/servicePrincipals/${one.id}/owners/$ref`, ref(owner.id, at))).status).toBe(204)
    expect(await idsAt(`/servicePrincipals/${one.id}/owners`)).toEqual([owner.id])
  })

  test.each([
    ['of another scheme', (id: string) => ({ '@odata.id': `file:///v1.0/users/${id}` })],
    ['with credentials in it', (id: string) => ({ '@odata.id': `https://a:b@graph.microsoft.com/v1.0/users/${id}/x` })],
    ['of another collection', (id: string) => ref(id, 'https://graph.microsoft.com/v1.0/groups')],
    ['of 10 KB', (id: string) => ref(`${'x'.repeat(10_000)}${id}`)],
    ['that is no address', () => ({ '@odata.id': 'somebody' })],
    ['that is missing', () => ({})],
    ['to nobody', () => ref(crypto.randomUUID())],
  ])('%s is refused, and changes nothing', async (_, body) => {
    const [one, owner] = [await agent(), await person()]
    const before = await rowsNaming(one.id)
    expect(codeOf(await sigil.graph('POST', `/servicePrincipals/${one.id}/owners/$ref`, body(owner.id)))).toEqual([
      400,
      'Request_BadRequest',
    ])
    expect(await rowsNaming(one.id)).toEqual(before)
  })

  test('to an object of another tenant looks like one to nobody', async () => {
    const { id } = await agent()
    const nobody = crypto.randomUUID()
    const [theirs, none] = await Promise.all(
      [foreign.person.id, nobody].map((target) =>
        sigil.graph('POST', `/servicePrincipals/${id}/sponsors/$ref`, ref(target)),
      ),
    )
    const said = (answer: Answer | undefined, target: string) =>
      JSON.stringify([answer?.status, (answer?.body.error as { message: string }).message]).replaceAll(target, 'ID')
    expect(said(theirs, foreign.person.id)).toBe(said(none, nobody))
  })
})

describe('owners and sponsors', () => {
  test.each(['owners', 'sponsors'])('%s are added, listed from both ends, and removed', async (relation) => {
    const [one, other] = [await agent(), await person()]
    const path = `/servicePrincipals/${one.id}/${relation}`
    const before = await idsAt(path)
    await sigil.make('POST', `${path}/$ref`, ref(other.id))
    expect(await idsAt(path)).toEqual([...before, other.id].sort())
    const filter = new URLSearchParams({ $filter: `${relation}/any(r:r/id eq '${other.id}')` })
    expect(await idsAt(`/servicePrincipals?${filter}`)).toEqual([one.id])
    expect(codeOf(await sigil.graph('POST', `${path}/$ref`, ref(other.id)))).toEqual([400, 'Request_BadRequest'])
    await sigil.make('DELETE', `${path}/${other.id}/$ref`)
    expect(await idsAt(path)).toEqual(before)
    expect(await idsAt(`/servicePrincipals?${filter}`)).toEqual([])
    expect((await sigil.graph('DELETE', `${path}/${other.id}/$ref`)).status).toBe(404)
    expect(await rowsNaming(`${relation}#${other.id}`)).toEqual([])
  })

  test('the last sponsor of an agent identity stays', async () => {
    const one = await agent()
    const path = `/servicePrincipals/${one.id}/sponsors`
    const [only = ''] = await idsAt(path)
    expect(codeOf(await sigil.graph('DELETE', `${path}/${only}/$ref`))).toEqual([400, 'Request_BadRequest'])
    const second = await person()
    await sigil.make('POST', `${path}/$ref`, ref(second.id))
    const removals = await Promise.all([only, second.id].map((id) => sigil.graph('DELETE', `${path}/${id}/$ref`)))
    expect(removals.map(({ status }) => status).sort()).toEqual([204, 400])
    expect(await idsAt(path)).toHaveLength(1)
  })

  test('a blueprint’s last sponsor may go', async () => {
    const path = `/applications/${c.blueprint.id}/sponsors`
    await sigil.make('DELETE', `${path}/${c.person.id}/$ref`)
    expect(await idsAt(path)).toEqual([])
    await sigil.make('POST', `${path}/$ref`, ref(c.person.id))
  })

  // Reference §1.9.
  test.each<[string, string, () => Promise<Made>]>([
    ['sponsors', 'a service principal', async () => c.principal as Made],
    ['sponsors', 'an agent identity', agent],
    ['sponsors', 'a plain security group', () => group({ groupTypes: [], mailEnabled: false, securityEnabled: true })],
    ['owners', 'a group', group],
  ])('%s may not be %s', async (relation, _, make) => {
    const target = await make()
    const answer = await sigil.graph(
      'POST',
      `/servicePrincipals/${(await agent()).id}/${relation}/$ref`,
      ref(target.id),
    )
    expect(codeOf(answer)).toEqual([400, 'Request_BadRequest'])
  })

  test('at most five groups sponsor an object, also when they come at once', async () => {
    const path = `/servicePrincipals/${(await agent()).id}/sponsors`
    const groups = await Promise.all(Array.from({ length: 7 }, () => group()))
    const answers = await Promise.all(groups.map(({ id }) => sigil.graph('POST', `${path}/$ref`, ref(id))))
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(5)
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(2)
    expect(await idsAt(path)).toHaveLength(6)
  })

  test('at most a hundred owners own an object', async () => {
    const path = `/servicePrincipals/${(await agent()).id}/owners`
    const people = await Promise.all(Array.from({ length: 101 }, person))
    for (const { id } of people.slice(0, 98)) await sigil.make('POST', `${path}/$ref`, ref(id))
    const last = await Promise.all(people.slice(98).map(({ id }) => sigil.graph('POST', `${path}/$ref`, ref(id))))
    expect(last.map(({ status }) => status).sort()).toEqual([204, 204, 400])
  })

  test('ordinary applications and principals have no sponsors', async () => {
    for (const path of [`/applications/${c.api.id}`, `/servicePrincipals/${c.apiPrincipal.id}`]) {
      expect((await sigil.graph('GET', `${path}/sponsors`)).status).toBe(404)
      expect((await sigil.graph('POST', `${path}/sponsors/$ref`, ref(c.person.id))).status).toBe(404)
    }
  })

  test('are listed by type, counted, selected, filtered, and by their addresses alone', async () => {
    const one = await agent()
    const path = `/servicePrincipals/${one.id}/owners`
    const [ada, boss] = [await person(), await agent()]
    await sigil.make('POST', `${path}/$ref`, ref(ada.id))
    await sigil.make('POST', `${path}/$ref`, ref(boss.id))
    expect(await idsAt(`${path}/microsoft.graph.agentIdentity`)).toEqual([boss.id])
    expect(await idsAt(`${path}/microsoft.graph.servicePrincipal`)).toEqual([boss.id])
    expect(await idsAt(`${path}/graph.user`)).toEqual([ada.id])
    expect((await sigil.graph('GET', `${path}/microsoft.graph.nothing`)).status).toBe(404)
    expect(await idsAt(`${path}?$filter=isof('microsoft.graph.user')`)).toEqual([ada.id])
    const count = await fetch(`${sigil.service.http}/v1.0${path}/$count`, {
      headers: { authorization: `Bearer ${await sigil.adminToken()}` },
    })
    expect([count.headers.get('content-type'), await count.text()]).toEqual(['text/plain; charset=utf-8', '2'])
    const { value } = await sigil.make('GET', `${path}?$select=displayName`)
    expect((value as object[]).map((each) => Object.keys(each).sort())).toEqual([
      ['@odata.type', 'displayName'],
      ['@odata.type', 'displayName'],
    ])
    const addresses = await sigil.make('GET', `${path}/$ref`)
    expect((addresses.value as object[]).map((each) => Object.keys(each))).toEqual([['@odata.id'], ['@odata.id']])
  })

  test('what someone owns is listed by agents’ own types', async () => {
    const owner = await person()
    const one = await agent()
    await sigil.make('POST', `/servicePrincipals/${one.id}/owners/$ref`, ref(owner.id))
    await sigil.make('POST', `/applications/${c.api.id}/owners/$ref`, ref(owner.id))
    expect(await idsAt(`/users/${owner.id}/ownedObjects`)).toEqual([one.id, c.api.id].sort())
    expect(await idsAt(`/users/${owner.id}/ownedObjects/microsoft.graph.agentIdentity`)).toEqual([one.id])
  })
})

describe('members', () => {
  test('of groups within groups are found from either end', async () => {
    const [outer, inner, ada] = [await group(), await group(), await person()]
    const one = await agent()
    await sigil.make('POST', `/groups/${outer.id}/members/$ref`, ref(inner.id))
    await sigil.make('POST', `/groups/${inner.id}/members/$ref`, ref(ada.id))
    await sigil.make('POST', `/groups/${inner.id}/members/$ref`, ref(one.id))
    await sigil.make('POST', `/groups/${inner.id}/members/$ref`, ref(outer.id))
    expect(await idsAt(`/groups/${outer.id}/members`)).toEqual([inner.id])
    expect(await idsAt(`/groups/${outer.id}/transitiveMembers`)).toEqual([ada.id, inner.id, one.id].sort())
    expect(await idsAt(`/groups/${outer.id}/transitiveMembers/microsoft.graph.user`)).toEqual([ada.id])
    expect(await idsAt(`/servicePrincipals/${one.id}/memberOf`)).toEqual([inner.id])
    expect(await idsAt(`/servicePrincipals/${one.id}/transitiveMemberOf`)).toEqual([inner.id, outer.id].sort())
    await sigil.make('DELETE', `/groups/${inner.id}/members/${one.id}/$ref`)
    expect(await idsAt(`/servicePrincipals/${one.id}/transitiveMemberOf`)).toEqual([])
  })

  test('of a deleted group are members no more', async () => {
    const [one, ada] = [await group(), await person()]
    await sigil.make('POST', `/groups/${one.id}/members/$ref`, ref(ada.id))
    await sigil.make('DELETE', `/groups/${one.id}`)
    expect(await idsAt(`/users/${ada.id}/memberOf`)).toEqual([])
    expect((await sigil.graph('POST', `/groups/${one.id}/members/$ref`, ref(ada.id))).status).toBe(404)
  })
})

describe('objects of any type', () => {
  test('are read by their id, and many at once', async () => {
    const one = await agent()
    expect(await sigil.make('GET', `/directoryObjects/${one.id}`)).toMatchObject({
      '@odata.type': '#microsoft.graph.agentIdentity',
      id: one.id,
    })
    const ids = [one.id, c.person.id, c.blueprint.id, c.apiPrincipal.id, foreign.person.id, crypto.randomUUID()]
    const { value } = await sigil.make('POST', '/directoryObjects/getByIds', { ids })
    expect((value as Made[]).map((each) => each['@odata.type']).sort()).toEqual([
      '#microsoft.graph.agentIdentity',
      '#microsoft.graph.agentIdentityBlueprint',
      '#microsoft.graph.servicePrincipal',
      '#microsoft.graph.user',
    ])
    const only = await sigil.make('POST', '/directoryObjects/getByIds', { ids, types: ['servicePrincipal'] })
    expect((only.value as Made[]).map(({ id }) => id).sort()).toEqual([one.id, c.apiPrincipal.id].sort())
  })

  test('that a principal has made', async () => {
    const { appId } = await sigil.make('GET', `/servicePrincipals(appId='${sigil.service.admin.clientId}')`)
    const principal = await sigil.make('GET', `/servicePrincipals(appId='${appId}')`)
    const made = await idsAt(`/servicePrincipals/${principal.id}/createdObjects/microsoft.graph.agentIdentityBlueprint`)
    expect(made).toContain(c.blueprint.id)
  })
})
