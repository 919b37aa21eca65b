import { beforeAll, describe, expect, test } from 'vitest'
import {
  agent,
  agentType,
  bind,
  blueprintType,
  blueprintWithPrincipal,
  company,
  type Made,
  missing,
  person,
} from '../scenarios/makers.ts'
import { type Cast, sigilForTests } from '../support/sigil.ts'
import { idsAt, pagesOf, refusal } from './relations.ts'

const sigil = sigilForTests()
const agents = `/servicePrincipals/${agentType}`
const eventual = { consistencylevel: 'eventual' }

let actors: Cast
let parent: { blueprint: Made; principal: Made }
let sponsor: Made
let owner: Made
/** Agents of a blueprint of their own, by name. */
let clerks: Record<'Amber' | 'Ámber' | 'Blue' | 'amberley', Made>
beforeAll(async () => {
  actors = await company(sigil)
  parent = await blueprintWithPrincipal(sigil)
  sponsor = await person(sigil)
  owner = await person(sigil)
  const make = (displayName: string, more: object = {}) =>
    agent(sigil, { displayName, agentIdentityBlueprintId: parent.blueprint.appId, ...more })
  clerks = {
    Blue: await make('Blue', { accountEnabled: false }),
    amberley: await make('amberley', { 'owners@odata.bind': bind(owner) }),
    Ámber: await make('Ámber', { 'sponsors@odata.bind': bind(sponsor) }),
    Amber: await make('Amber', { 'sponsors@odata.bind': bind(sponsor), tags: ['till'] }),
  }
})

const of = (...names: (keyof typeof clerks)[]) => names.map((name) => clerks[name].id).sort()
const found = async (filter: string, { path = agents, headers = {} } = {}) => {
  const pages = await pagesOf(sigil, `${path}?$filter=${encodeURIComponent(filter)}&$count=true`, undefined, headers)
  return pages
    .flat()
    .map(({ id }) => id)
    .sort()
}
const ask = (query: string, headers: Record<string, string> = {}, path = agents) =>
  sigil
    .adminToken()
    .then((token) => sigil.send(`/v1.0${path}?${query}`, { headers: { authorization: `Bearer ${token}`, ...headers } }))

describe('agent identities are filtered', () => {
  test('by their blueprint, under its older name too', async () => {
    for (const property of ['agentIdentityBlueprintId', 'AgentIdentityBlueprintID', 'agentAppId']) {
      expect(await found(`${property} eq '${parent.blueprint.appId}'`)).toEqual(
        of('Amber', 'Ámber', 'Blue', 'amberley'),
      )
    }
    const everywhere = { path: '/servicePrincipals' }
    expect(await found(`agentIdentityBlueprintId eq '${parent.blueprint.appId}'`, everywhere)).toHaveLength(4)
    expect(await found(`agentIdentityBlueprintId eq '${missing.id}'`)).toEqual([])
  })

  test('by who sponsors or owns them', async () => {
    expect(await found(`sponsors/any(s:s/id eq '${sponsor.id}')`)).toEqual(of('Amber', 'Ámber'))
    expect(await found(`owners/any(o:o/id eq '${owner.id.toUpperCase()}')`)).toEqual(of('amberley'))
    expect(await found(`sponsors/any(s:s/id eq '${owner.id}')`)).toEqual([])
    const both = `sponsors/any(s:s/id eq '${sponsor.id}') and displayName eq 'Amber'`
    expect(await found(both)).toEqual(of('Amber'))
    expect(await found(`startswith(displayName,'Á') and ${both.slice(0, both.indexOf(' and '))}`)).toEqual(of('Ámber'))
    const everywhere = { path: '/servicePrincipals' }
    expect(await found(`owners/any(o:o/id eq '${owner.id}')`, everywhere)).toEqual(of('amberley'))
    expect(await found(`owners/any(o:o/id eq '${owner.id}')`, { path: '/applications' })).toEqual([])
  })

  test('by a sponsor of theirs from the moment on that they have them', async () => {
    const another = await person(sigil)
    const filter = `sponsors/any(s:s/id eq '${another.id}')`
    const ref = `/servicePrincipals/${clerks.Blue.id}/sponsors`
    await sigil.make('POST', `${ref}/$ref`, { '@odata.id': bind(another)[0] })
    expect(await found(filter)).toEqual(of('Blue'))
    await sigil.make('DELETE', `${ref}/${another.id}/$ref`)
    expect(await found(filter)).toEqual([])
  })

  test('by who created them, by their state, name, id and tags', async () => {
    const ofParent = `agentIdentityBlueprintId eq '${parent.blueprint.appId}'`
    const creator = sigil.service.admin.clientId
    expect(await found(`createdByAppId eq '${creator}'`)).toEqual(expect.arrayContaining(of('Amber', 'Blue')))
    expect(await found(`createdByAppId eq '${missing.id}'`)).toEqual([])
    expect(await found('accountEnabled eq false')).toEqual(of('Blue'))
    expect(await found(`accountEnabled eq true and ${ofParent}`)).toEqual(of('Amber', 'Ámber', 'amberley'))
    expect(await found("displayName eq 'AMBER'")).toEqual(of('Amber'))
    expect(await found("startswith(displayName,'amber')")).toEqual(of('Amber', 'amberley'))
    expect(await found(`id eq '${clerks.Blue.id}'`)).toEqual(of('Blue'))
    expect(await found(`id in ('${clerks.Blue.id}','${clerks.Amber.id}','${missing.id}')`)).toEqual(of('Blue', 'Amber'))
    expect(await found(`tags/any(t:t eq 'till') and ${ofParent}`)).toEqual(of('Amber'))
    expect(await found(`displayName eq 'Amber' or displayName eq 'Blue'`)).toEqual(of('Amber', 'Blue'))
    expect(await found(`appId eq '${clerks.Blue.id}'`)).toEqual(of('Blue'))
    expect(await found(`not(displayName eq 'Blue') and ${ofParent}`, { headers: eventual })).toEqual(
      of('Amber', 'Ámber', 'amberley'),
    )
    expect(await found(`endswith(displayName,'ley') and ${ofParent}`, { headers: eventual })).toEqual(of('amberley'))
  })

  test('by their type among all principals', async () => {
    const path = '/servicePrincipals'
    const both = `isof('microsoft.graph.agentIdentity') and displayName eq 'Amber'`
    expect(await found(both, { path })).toEqual(of('Amber'))
    const isParent = `isof('microsoft.graph.agentIdentityBlueprintPrincipal')`
    const principals = await found(isParent, { path })
    expect(principals).toContain(parent.principal.id)
    expect(principals).not.toContain(clerks.Amber.id)
  })

  test('and what is deleted is not found, nor what is renamed by its old name', async () => {
    const made = await agent(sigil, { displayName: 'Umber', agentIdentityBlueprintId: parent.blueprint.appId })
    expect(await found("displayName eq 'Umber'")).toEqual([made.id])
    await sigil.make('PATCH', `/servicePrincipals/${made.id}`, { displayName: 'Ochre', accountEnabled: false })
    expect(await found("displayName eq 'Umber'")).toEqual([])
    expect(await found("startswith(displayName,'Och') and accountEnabled eq false")).toEqual([made.id])
    await sigil.make('DELETE', `/servicePrincipals/${made.id}`)
    expect(await found("displayName eq 'Ochre'")).toEqual([])
    expect(await found(`id eq '${made.id}'`)).toEqual([])
    expect(await found('accountEnabled eq false')).toEqual(of('Blue'))
  })

  test.each([
    ["manager/any(m:m/id eq 'x')", 'manager'],
    ["displayname gt 'x' and nothing eq 1", 'nothing'],
    ["displayName eq 'x' or", '$filter'],
    ['accountEnabled eq 1', 'accountEnabled'],
    [`owners/any(o:o/displayName eq 'x')`, 'displayName'],
    [`owners/any(o:o/id eq '${missing.id}') or displayName eq 'x'`, 'owners'],
  ])('but not by %s, of which they are told', async (filter, told) => {
    const answer = refusal(await ask(`$filter=${encodeURIComponent(filter)}`))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message.toLowerCase()).toContain(told.toLowerCase())
  })
})

describe('blueprints are filtered', () => {
  test('by their sponsors, and by name', async () => {
    const path = `/applications/${blueprintType}`
    expect(await found(`sponsors/any(s:s/id eq '${actors.person.id}')`, { path })).toEqual(
      expect.arrayContaining([actors.blueprint.id, parent.blueprint.id].sort()),
    )
    expect(await found(`displayName eq '${actors.blueprint.displayName}'`, { path })).toEqual([actors.blueprint.id])
  })
})

describe('a listing in pages, in whatever order', () => {
  test.each(['$orderby=displayName&$top=3', '$orderby=displayName desc&$top=3', '$top=3'])(
    'has all that are there throughout exactly once, while others come and go: %s',
    async (query) => {
      const there = await idsAt(sigil, agents)
      const passing: string[] = []
      const pages = await pagesOf(sigil, `${agents}?${query}`, async () => {
        const gone = passing.shift()
        if (gone !== undefined) await sigil.make('DELETE', `/servicePrincipals/${gone}`)
        for (const displayName of ['Aaa', 'Bob', 'Zed']) {
          passing.push((await agent(sigil, { displayName: `${displayName} ${crypto.randomUUID()}` })).id)
        }
        const next = passing.at(-1)
        if (next !== undefined && passing.length > 3)
          await sigil.make('PATCH', `/servicePrincipals/${next}`, { displayName: 'Moved' })
        // Enough of them to be in the way, and not for ever.
        if (passing.length > 8)
          for (const id of passing.splice(0, 6)) await sigil.make('DELETE', `/servicePrincipals/${id}`)
      })
      const seen = pages.flat().map(({ id }) => id)
      expect(seen.filter((id) => there.includes(id)).sort()).toEqual([...there].sort())
      for (const id of passing) await sigil.make('DELETE', `/servicePrincipals/${id}`)
    },
    30_000,
  )
})
