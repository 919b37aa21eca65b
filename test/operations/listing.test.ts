import { beforeAll, describe, expect, test } from 'vitest'
import { assign, managementRole } from '../scenarios/makers.ts'
import { type Answer, type Cast, cast, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>
type Item = Body & { id: string }

const sigil = sigilForTests()
const agents = '/servicePrincipals/microsoft.graph.agentIdentity'

let actors: Cast
let others: Cast
beforeAll(async () => {
  actors = await cast(sigil, 'listing')
  others = await cast(sigil, 'others')
})

const refusal = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}
const newAgent = async ({ blueprint, sponsors }: Cast = actors) =>
  (await sigil.make('POST', agents, { displayName: 'Agent', agentIdentityBlueprintId: blueprint.appId, ...sponsors }))
    .id
const remove = (id: string) => sigil.make('DELETE', `/servicePrincipals/${id}`)

/** A nextLink as the client follows it: whole, against the service's own origin. */
const pathOf = (link: unknown): string => {
  const url = new URL(String(link))
  expect(url.origin).toBe(sigil.service.origin)
  return url.pathname + url.search
}

/** Every item of a listing, page after page; `between` runs after each page. */
async function pages(
  path: string,
  { token, between }: { token?: string; between?: (page: Item[]) => Promise<unknown> } = {},
) {
  const seen: Item[][] = []
  for (let next: string | undefined = path; next !== undefined; ) {
    const body: Body = await sigil.make('GET', next, undefined, token)
    seen.push(body.value as Item[])
    await between?.(body.value as Item[])
    next = body['@odata.nextLink'] === undefined ? undefined : pathOf(body['@odata.nextLink'])
    expect(seen.length).toBeLessThan(500)
  }
  return seen
}
const idsOf = (listed: Item[][]) => listed.flat().map(({ id }) => id)

describe('a listing', () => {
  test('says what it is, and of each item which type', async () => {
    const { body } = await sigil.graph('GET', '/servicePrincipals')
    expect(body['@odata.context']).toBe(`${sigil.service.origin}/v1.0/$metadata#servicePrincipals`)
    const typeOf = (id: string) => (body.value as Item[]).find((each) => each.id === id)?.['@odata.type']
    expect(typeOf(actors.agent.id)).toBe('#microsoft.graph.agentIdentity')
    expect(typeOf(actors.principal.id)).toBe('#microsoft.graph.agentIdentityBlueprintPrincipal')
    expect(typeOf(actors.apiPrincipal.id)).toBeUndefined()
    const applications = (await sigil.make('GET', '/beta/applications')) as Body
    expect(applications['@odata.context']).toBe(`${sigil.service.origin}/beta/$metadata#applications`)
    const found = (applications.value as Item[]).filter(({ id }) => [actors.blueprint.id, actors.api.id].includes(id))
    expect(found.map((each) => each['@odata.type'] ?? 'application').sort()).toEqual([
      '#microsoft.graph.agentIdentityBlueprint',
      'application',
    ])
  })

  test.each([
    ['/applications/microsoft.graph.agentIdentityBlueprint', '#microsoft.graph.agentIdentityBlueprint'],
    [
      '/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal',
      '#microsoft.graph.agentIdentityBlueprintPrincipal',
    ],
    ['/serviceprincipals/Graph.AgentIdentity', '#microsoft.graph.agentIdentity'],
  ])('%s has that type alone', async (path, type) => {
    const listed = (await pages(path)).flat()
    expect(listed.length).toBeGreaterThan(1)
    expect(new Set(listed.map((each) => each['@odata.type']))).toEqual(new Set([type]))
  })

  test.each([
    ['/applications', 3],
    ['/servicePrincipals', 1],
    ['/servicePrincipals', 7],
    ['/users', 1],
    [agents, 1],
  ])('%s in pages of %i is the same as in one, each item once', async (path, top) => {
    const whole = await pages(path)
    const paged = await pages(`${path}?$top=${top}`)
    expect(idsOf(paged)).toEqual(idsOf(whole))
    expect(new Set(idsOf(paged)).size).toBe(idsOf(paged).length)
    expect(paged.slice(0, -1).every((page) => page.length === top)).toBe(true)
  })

  test('is in pages of 100 unless asked otherwise, and never in larger ones', async () => {
    const { blueprint, sponsors } = actors
    const body = { displayName: 'Many', agentIdentityBlueprintId: blueprint.appId, ...sponsors }
    for (let made = 0; made < 104; made += 13) {
      await Promise.all(Array.from({ length: 13 }, () => sigil.make('POST', agents, body)))
    }
    const [first = [], second = []] = await pages(agents)
    expect(first).toHaveLength(100)
    expect(second.length).toBeGreaterThan(4)
    expect((await pages(`${agents}?$top=999`))[0]).toHaveLength(100)
    expect((await pages(`${agents}?$top=99`))[0]).toHaveLength(99)
    const rows = await sigil.rows(`DIRECTORY#${sigil.tenantId}#agentIdentity#`)
    expect([...first, ...second].map(({ id }) => id).sort()).toEqual(rows.map(({ sk }) => sk).sort())
  })

  test('keeps its query options from page to page', async () => {
    const query = new URLSearchParams({ $top: '2', $select: 'id' })
    const { body } = await sigil.graph('GET', `${agents}?${query}`)
    const next = new URL(String(body['@odata.nextLink']))
    expect(next.pathname).toBe(`/v1.0${agents}`)
    expect([next.searchParams.get('$top'), next.searchParams.get('$select')]).toEqual(['2', 'id'])
    expect(next.searchParams.getAll('$skiptoken')).toHaveLength(1)
    const following = await sigil.make('GET', pathOf(next))
    expect(
      (following.value as Item[]).every((each) =>
        Object.keys(each).every((name) => ['id', '@odata.type'].includes(name)),
      ),
    ).toBe(true)
    expect(new URL(String(following['@odata.nextLink'])).searchParams.getAll('$skiptoken')).toHaveLength(1)
  })
})

describe('a listing while others write (I-21)', () => {
  test('has every object that is there throughout exactly once, and none that never was', async () => {
    const before = idsOf(await pages(agents))
    const doomed = new Set(before.filter((_, index) => index % 5 === 4))
    const born: string[] = []
    const left = [...doomed]
    const listed = await pages(`${agents}?$top=9`, {
      between: async () => {
        const victims = left.splice(0, 3)
        await Promise.all(victims.map(remove))
        born.push(...(await Promise.all([newAgent(), newAgent(others)])))
      },
    })
    const ids = idsOf(listed)
    const throughout = before.filter((id) => !doomed.has(id))
    expect(new Set(ids).size).toBe(ids.length)
    expect(throughout.filter((id) => !ids.includes(id))).toEqual([])
    expect(ids.filter((id) => !before.includes(id) && !born.includes(id))).toEqual([])
  })

  test('goes on after the very object that its position names is gone', async () => {
    const { body } = await sigil.graph('GET', `${agents}?$top=5`)
    await remove((body.value as Item[]).at(-1)?.id ?? '')
    const rest = await pages(pathOf(body['@odata.nextLink']))
    const rows = await sigil.rows(`DIRECTORY#${sigil.tenantId}#agentIdentity#`)
    expect([...(body.value as Item[]).slice(0, 4).map(({ id }) => id), ...idsOf(rest)].sort()).toEqual(
      rows.map(({ sk }) => sk).sort(),
    )
  })

  test('of what a blueprint may see leaves out others’ agents and loses none of its own', async () => {
    const own = await sigil.tokenFor(others.blueprint.appId, others.secret, 'https://graph.microsoft.com/.default')
    const rows = await sigil.rows(`DIRECTORY#${sigil.tenantId}#agentIdentity#`)
    const mine = rows.filter((row) => (row.properties as Body).agentIdentityBlueprintId === others.blueprint.appId)
    for (const path of [`${agents}?$top=4`, '/servicePrincipals?$top=4']) {
      const listed = await pages(path, { token: own })
      expect(idsOf(listed).sort()).toEqual(mine.map(({ sk }) => sk).sort())
    }
  })

  test('counts to a blueprint what it may see, among principals of other types too', async () => {
    const { api, id } = await managementRole(sigil, 'AgentIdentityBlueprintPrincipal.Read.All')
    const { principal, blueprint, secret, agent } = await cast(sigil, 'counting')
    await assign(sigil, principal, api, { id })
    const own = await sigil.tokenFor(blueprint.appId, secret, 'https://graph.microsoft.com/.default')
    const { status, body } = await sigil.graph('GET', '/servicePrincipals?$count=true', undefined, own)
    expect(status).toBe(200)
    const parents = await sigil.rows(`DIRECTORY#${sigil.tenantId}#agentIdentityBlueprintPrincipal#`)
    const visible = [...parents.map(({ sk }) => sk), agent.id]
    expect(idsOf(await pages('/servicePrincipals', { token: own })).sort()).toEqual(visible.sort())
    expect(body['@odata.count']).toBe(visible.length)
    expect((await sigil.graph('GET', '/servicePrincipals/$count', undefined, own)).body).toBe(visible.length)
  })

  test('of assignments, from either side', async () => {
    const holders = await Promise.all(Array.from({ length: 12 }, () => newAgent()))
    const assign = (principalId: string) =>
      sigil.make('POST', `/servicePrincipals/${principalId}/appRoleAssignments`, {
        principalId,
        resourceId: actors.apiPrincipal.id,
        appRoleId: actors.role.id,
      })
    const made = await Promise.all(holders.map(assign))
    const path = `/servicePrincipals(appId='${actors.api.appId}')/appRoleAssignedTo?$top=5`
    const listed = await pages(path, {
      between: async () => {
        await assign(await newAgent())
      },
    })
    const ids = idsOf(listed)
    expect(new Set(ids).size).toBe(ids.length)
    expect(made.filter(({ id }) => !ids.includes(id))).toEqual([])
  })
})

describe('a position', () => {
  const position = async (path: string, token?: string) => {
    const { body } = await sigil.graph('GET', `${path}?$top=1`, undefined, token)
    return new URL(String(body['@odata.nextLink'])).searchParams.get('$skiptoken') ?? ''
  }

  test('is of the listing that it came from, and of no other', async () => {
    const token = await position(agents)
    const b = await sigil.openTenant(`b${crypto.randomUUID()}.example`)
    const foreign = (
      await sigil.token(
        {
          client_id: b.admin.clientId,
          client_secret: b.admin.clientSecret,
          scope: 'https://graph.microsoft.com/.default',
          grant_type: 'client_credentials',
        },
        b.tenantId,
      )
    ).body.access_token as string
    const attempts = [
      ['/servicePrincipals', undefined],
      ['/applications', undefined],
      ['/users', undefined],
      [`/servicePrincipals/${actors.apiPrincipal.id}/appRoleAssignedTo`, undefined],
      [agents, foreign],
    ] as const
    for (const [path, caller] of attempts) {
      const answer = refusal(await sigil.graph('GET', `${path}?$skiptoken=${token}`, undefined, caller))
      expect([path, answer.status, answer.code]).toEqual([path, 400, 'Request_BadRequest'])
    }
    expect((await sigil.graph('GET', `/beta${agents}?$skiptoken=${token}`)).status).toBe(200)
  })

  test('that was tampered with is refused, or stays within the listing', async () => {
    const token = await position(agents)
    const [of] = JSON.parse(Buffer.from(token, 'base64url').toString()) as [string]
    const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const after = crypto.randomUUID()
    for (const bad of [
      '',
      'x',
      '\u0000',
      token.slice(0, -4),
      made(null),
      made({}),
      made([]),
      made(['another', 0, after]),
      made([of, -1, after]),
      made([of, 0.5, after]),
      made([of, '0', after]),
      made([of, 0, '']),
      made([of, 0, null]),
      made([of, 0, { S: 'x' }]),
      made([of, 0, '\ud800']),
    ]) {
      const answer = await sigil.graph('GET', `${agents}?$skiptoken=${encodeURIComponent(bad)}`)
      expect([bad, answer.status]).toEqual([bad, 400])
      expect(refusal(answer).message).toContain('$skiptoken')
    }
    for (const odd of [made([of, 0, 'x'.repeat(2000)]), made([of, 1_000_000, after])]) {
      expect([200, 400]).toContain((await sigil.graph('GET', `${agents}?$skiptoken=${odd}`)).status)
    }
  })
})

describe('query options', () => {
  beforeAll(async () => {
    // The one that the tests above may have deleted is replaced.
    actors = await cast(sigil, 'options')
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    ['$top=0'], ['$top=-1'], ['$top=1000'], ['$top=1e9'], ['$top=NaN'], ['$top=10abc'], ['$top='], ['$top=%201'],
    ['$top=1&$top=2'], ['$top=1&$TOP=2'], ['$skip=1'], ['$orderby=nothing'], ['$search="x"'], ['$expand=nothing'],
    ['$unknown=1'], ['$select='], ['$select=id,,x'], ['$select=id)'], ["$filter="], ["$filter=appId eq"],
    ["$filter=id eq 'a' or 1 eq 1"], ["$filter=contains(displayName,'x')"],
  ])('%s is refused and named', async (query) => {
    for (const path of ['/servicePrincipals', '/applications', '/users', agents]) {
      const answer = refusal(await sigil.graph('GET', `${path}?${query.replaceAll(' ', '%20')}`))
      expect([path, answer.status, answer.code]).toEqual([path, 400, 'Request_BadRequest'])
      expect(answer.message).toContain(query.split('=')[0]?.toLowerCase())
    }
  })

  test('are understood in any letter case, and what is none of them is ignored', async () => {
    const { value } = await sigil.make('GET', '/users?$TOP=1&%24Select=id&custom=1&custom=2')
    expect((value as Item[]).map((each) => Object.keys(each))).toEqual([['id']])
  })

  test('are refused where they would mean nothing', async () => {
    expect((await sigil.graph('GET', `${agents}/${actors.agent.id}?$top=1`)).status).toBe(400)
    expect((await sigil.graph('DELETE', `${agents}/${actors.agent.id}?$select=id`)).status).toBe(400)
    expect((await sigil.graph('GET', `${agents}/${actors.agent.id}`)).status).toBe(200)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, (actors: Cast) => string, (actors: Cast) => string]>([
    ['/applications',      ({ api }) => `appId eq '${api.appId}'`,                       ({ api }) => api.id],
    ['/applications',      ({ blueprint }) => `appId eq '${blueprint.appId}'`,           ({ blueprint }) => blueprint.id],
    ['/applications',      ({ api }) => `id eq '${api.id}'`,                             ({ api }) => api.id],
    ['/servicePrincipals', ({ api }) => `appId eq '${api.appId}'`,                       ({ apiPrincipal }) => apiPrincipal.id],
    ['/servicePrincipals', ({ api }) => `appid EQ '${api.appId.toUpperCase()}'`,         ({ apiPrincipal }) => apiPrincipal.id],
    ['/servicePrincipals', ({ agent }) => `appId eq '${agent.id}'`,                      ({ agent }) => agent.id],
    ['/servicePrincipals', ({ principal }) => ` id  eq  '${principal.id}' `,             ({ principal }) => principal.id],
    [agents,               ({ agent }) => `id eq '${agent.id}'`,                         ({ agent }) => agent.id],
    ['/users',             ({ person }) => `id eq '${person.id}'`,                       ({ person }) => person.id],
  ])('$filter on %s finds the one object that it names', async (path, filter, id) => {
    const query = new URLSearchParams({ $filter: filter(actors) })
    const { value, ...rest } = await sigil.make('GET', `${path}?${query}`)
    expect((value as Item[]).map((each) => each.id)).toEqual([id(actors)])
    expect(rest).not.toHaveProperty('@odata.nextLink')
  })

  test.each([
    [agents, "appId eq '{blueprint}'"],
    [agents, "id eq '{api}'"],
    ['/applications/microsoft.graph.agentIdentityBlueprint', "appId eq '{api}'"],
    ['/servicePrincipals', "id eq '{api}'"],
    ['/applications', "appId eq 'nothing'"],
    ['/applications', "appId eq ''"],
    ['/applications', "id eq 'appId={api}'"],
    ['/users', "id eq '{upn}'"],
    ['/applications', "appId eq 'a''b'"],
  ])('$filter on %s by %s finds nothing', async (path, filter) => {
    const $filter = filter
      .replace('{blueprint}', actors.blueprint.appId)
      .replace('{api}', actors.api.appId)
      .replace('{upn}', String(actors.person.userPrincipalName))
    const { value } = await sigil.make('GET', `${path}?${new URLSearchParams({ $filter })}`)
    expect(value).toEqual([])
  })
})
