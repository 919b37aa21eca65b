import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type Cast, cast, sigilForTests } from '../support/sigil.ts'

const sigil = sigilForTests()
const agents = '/servicePrincipals/microsoft.graph.agentIdentity'
const eventual = { ConsistencyLevel: 'eventual' }

type Item = Record<string, unknown> & { id: string; displayName: string }
let c: Cast
let others: Cast
let named: Item[]

beforeAll(async () => {
  c = await cast(sigil, 'queries')
  others = await cast(sigil, 'others')
  const names = ['alpha', 'Bravo', 'charlie', 'Delta', 'ångström', 'Ähre', 'echo', 'alphabet', 'Alpha two', '#hash']
  named = await Promise.all(names.map((displayName, index) => newAgent(displayName, { tags: [`t${index % 3}`] })))
  for (const { id } of named.slice(0, 2)) await sigil.make('PATCH', `${agents}/${id}`, { accountEnabled: false })
})

const newAgent = (displayName: string, more: object = {}, { blueprint, sponsors } = c): Promise<Item> =>
  sigil.make('POST', agents, { displayName, agentIdentityBlueprintId: blueprint.appId, ...sponsors, ...more }) as never

async function get(
  path: string,
  query: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const authorization = `Bearer ${await sigil.adminToken()}`
  return sigil.send(`/v1.0${path}?${new URLSearchParams(query)}`, { headers: { authorization, ...headers } })
}

/** All pages of a query. */
async function all(path: string, query: Record<string, string> = {}, headers = eventual): Promise<Item[]> {
  const found: Item[] = []
  let answer = await get(path, query, headers)
  for (let pages = 0; pages < 100; pages++) {
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
    found.push(...(answer.body.value as Item[]))
    const next = answer.body['@odata.nextLink']
    if (next === undefined) return found
    const { pathname, search } = new URL(String(next))
    const authorization = `Bearer ${await sigil.adminToken()}`
    answer = await sigil.send(pathname + search, { headers: { authorization, ...headers } })
  }
  throw new Error('there is no end of pages')
}
const namesOf = (items: readonly Item[]) => items.map(({ displayName }) => displayName)
const byBlueprint = () => `agentIdentityBlueprintId eq '${c.blueprint.appId}'`
const counted = { $count: 'true' }

describe('$filter', () => {
  test.each<[string, () => string, () => string[]]>([
    ['by blueprint', byBlueprint, () => [c.agent.displayName as string, ...namesOf(named)]],
    [
      'by its older name',
      () => `agentAppId eq '${c.blueprint.appId}'`,
      () => [c.agent.displayName as string, ...namesOf(named)],
    ],
    [
      'by creator',
      () => `createdByAppId eq '${sigil.service.admin.clientId}' and startswith(displayName,'alpha')`,
      () => ['alpha', 'Alpha two', 'alphabet'],
    ],
    ['by state', () => 'accountEnabled eq false', () => ['alpha', 'Bravo']],
    ['by a whole name in another letter case', () => "displayName eq 'ALPHA'", () => ['alpha']],
    ['by the beginning of a name', () => "startswith(displayName,'al')", () => ['alpha', 'Alpha two', 'alphabet']],
    ['by a name with what parts keys', () => "displayName eq '#hash'", () => ['#hash']],
    ['by names of a list', () => "displayName in ('echo','delta')", () => ['Delta', 'echo']],
    [
      'by tag and blueprint',
      () => `tags/any(t:t eq 't0') and ${byBlueprint()}`,
      () => ['alpha', 'Delta', 'echo', '#hash'],
    ],
    ['by sponsor', () => `sponsors/any(s:s/id eq '${others.person.id}')`, () => [others.agent.displayName as string]],
    ['by sponsor and more', () => `sponsors/any(s:s/id eq '${c.person.id}') and displayName eq 'echo'`, () => ['echo']],
    ['by either of two', () => "displayName eq 'echo' or displayName eq 'charlie'", () => ['charlie', 'echo']],
    [
      'by what it is not',
      () => `${byBlueprint()} and displayName ne 'echo' and endswith(displayName,'o')`,
      () => ['Alpha two', 'Bravo'],
    ],
  ])('%s', async (_, filter, expected) => {
    const found = await all(agents, { $filter: filter(), ...counted })
    expect(namesOf(found).sort()).toEqual([...expected()].sort())
  })

  test('sees an object in the very request after the one that made, changed or deleted it', async () => {
    const one = await newAgent('November')
    const ask = () => all(agents, { $filter: "displayName eq 'november'" }, {} as typeof eventual)
    expect(await ask()).toMatchObject([{ id: one.id }])
    await sigil.make('PATCH', `${agents}/${one.id}`, { displayName: 'December' })
    expect(await ask()).toEqual([])
    expect(namesOf(await all(agents, { $filter: "displayName eq 'december'" }))).toEqual(['December'])
    await sigil.make('DELETE', `${agents}/${one.id}`)
    expect(await all(agents, { $filter: "displayName eq 'december'" })).toEqual([])
  })

  test('by the type of the objects in a mixed listing', async () => {
    const found = await all('/servicePrincipals', {
      $filter: "isof('microsoft.graph.agentIdentityBlueprintPrincipal')",
    })
    expect(found.map((each) => each['@odata.type'])).toEqual(
      found.map(() => '#microsoft.graph.agentIdentityBlueprintPrincipal'),
    )
    expect(found.map(({ id }) => id).sort()).toEqual([c.principal.id, others.principal.id].sort())
    expect(
      namesOf(
        await all('/servicePrincipals', { $filter: `servicePrincipalType eq 'ServiceIdentity' and ${byBlueprint()}` }),
      ),
    ).toHaveLength(11)
  })

  test.each([
    ["sponsors/any(s:s/id eq '{id}') or displayName eq 'x'"],
    ["not sponsors/any(s:s/id eq '{id}')"],
    ["sponsors/any(s:s/id eq '{id}') and owners/any(o:o/id eq '{id}')"],
    ['sponsors/any()'],
  ])('what the rows of relations do not tell is refused, not guessed: %s', async (filter) => {
    const $filter = filter.replaceAll('{id}', c.person.id)
    const { status, body } = await get(agents, { $filter, ...counted }, eventual)
    expect([status, (body.error as { message: string }).message]).toEqual([400, expect.stringContaining('sponsors')])
  })

  test.each(["displayName ne 'x'", "not (displayName eq 'x')", "endswith(displayName,'x')"])(
    '%s needs ConsistencyLevel: eventual and $count=true',
    async ($filter) => {
      for (const [query, headers] of [
        [{}, {}],
        [counted, {}],
        [{}, eventual],
      ] as const) {
        const { status, body } = await get(agents, { $filter, ...query }, headers)
        expect([status, (body.error as { message: string }).message]).toEqual([
          400,
          expect.stringContaining('ConsistencyLevel'),
        ])
      }
      expect((await get(agents, { $filter, ...counted }, eventual)).status).toBe(200)
    },
  )
})

describe('$orderby', () => {
  const sorted = (names: string[]) =>
    [...names].sort((a, b) => (a.toLowerCase().normalize('NFC') < b.toLowerCase().normalize('NFC') ? -1 : 1))

  test.each([
    ['in pages of 3', { $top: '3' }],
    ['at once', {}],
  ])('displayName %s, either way', async (_, page) => {
    const names = namesOf(await all(agents, { $orderby: 'displayName', ...page }))
    expect(names).toEqual(sorted(names))
    expect(names).toHaveLength(12)
    const back = namesOf(await all(agents, { $orderby: 'displayName desc', ...page }))
    expect(back).toEqual(names.toReversed())
  })

  test('of one blueprint’s agents, in pages, while others come and go', async () => {
    const ask = { $filter: byBlueprint(), $orderby: 'displayName', $top: '4', ...counted }
    const first = await get(agents, ask, eventual)
    const early = await newAgent('aardvark')
    const late = await newAgent('zulu')
    const { pathname, search } = new URL(String(first.body['@odata.nextLink']))
    const authorization = `Bearer ${await sigil.adminToken()}`
    const rest: Item[] = []
    let answer = await sigil.send(pathname + search, { headers: { authorization, ...eventual } })
    for (;;) {
      rest.push(...(answer.body.value as Item[]))
      const next = answer.body['@odata.nextLink']
      if (next === undefined) break
      const at = new URL(String(next))
      answer = await sigil.send(at.pathname + at.search, { headers: { authorization, ...eventual } })
    }
    const names = [...namesOf(first.body.value as Item[]), ...namesOf(rest)]
    expect(names).toEqual(sorted(names))
    expect(names).toContain('zulu')
    expect(names).not.toContain('aardvark')
    expect(new Set(names).size).toBe(12)
    for (const { id } of [early, late]) await sigil.make('DELETE', `${agents}/${id}`)
  })

  test('createdDateTime, of as many as can be sorted', async () => {
    const found = await all(agents, { $filter: byBlueprint(), $orderby: 'createdDateTime desc', $top: '5', ...counted })
    const times = found.map(({ createdDateTime }) => String(createdDateTime))
    expect(times).toEqual([...times].sort().toReversed())
    expect(found).toHaveLength(11)
  })

  test('across the types of a mixed listing', async () => {
    const names = namesOf(await all('/servicePrincipals', { $orderby: 'displayName', $top: '4' }))
    expect(names).toEqual(sorted(names))
    expect(names.length).toBeGreaterThan(14)
  })
})

describe('$count and $search', () => {
  test('all of a type are counted without being read, those of a filter by looking', async () => {
    const whole = await get(agents, { ...counted, $top: '1' }, eventual)
    expect(whole.body['@odata.count']).toBe((await all(agents)).length)
    const some = await get(agents, { ...counted, $top: '1', $filter: byBlueprint() }, eventual)
    expect(some.body['@odata.count']).toBe(11)
    const token = await sigil.adminToken()
    const text = await fetch(
      `${sigil.service.http}/v1.0${agents}/$count?$filter=${encodeURIComponent(byBlueprint())}`,
      {
        headers: { authorization: `Bearer ${token}`, ...eventual },
      },
    )
    expect([text.headers.get('content-type'), await text.text()]).toEqual(['text/plain; charset=utf-8', '11'])
  })

  test('names are searched by the beginnings of their words', async () => {
    const found = await all(agents, { $search: '"displayName:tw"', ...counted })
    expect(namesOf(found)).toEqual(['Alpha two'])
    const { status } = await get(agents, { $search: '"displayName:tw"' })
    expect(status).toBe(400)
  })
})

describe('$expand', () => {
  test('brings owners and sponsors along, in listings and alone', async () => {
    const alone = await get(`${agents}/${named[0]?.id}`, { $expand: 'sponsors($select=id),owners' })
    expect(alone.body).toMatchObject({ sponsors: [{ id: c.person.id }], owners: [] })
    const found = await all(agents, { $filter: byBlueprint(), $expand: 'sponsors', $select: 'id' })
    expect(found.every(({ sponsors }) => (sponsors as Item[])[0]?.id === c.person.id)).toBe(true)
    expect((await get(agents, { $expand: 'members' })).status).toBe(400)
  })
})
