import { describe, expect, test } from 'vitest'
import { managementApi } from '../../shared/permissions.ts'
import { collect, exitOf, runScript } from '../local/support/child.ts'
import { agentType, bind, blueprintType, fresh, graph, type Made, newPerson } from '../scenarios/makers.ts'
import { sigilForTests } from '../support/sigil.ts'

const sigil = sigilForTests()

/** A tenant with a blueprint and one person, and what it may hold. */
async function limited(limits: Record<string, number | null>) {
  const { tenantId, domain, admin } = await sigil.openTenant(`${fresh('limited')}.example`)
  const form = {
    grant_type: 'client_credentials',
    scope: graph,
    client_id: admin.clientId,
    client_secret: admin.clientSecret,
  }
  const token = String((await sigil.token(form, tenantId)).body.access_token)
  const make = (method: string, path: string, body?: object): Promise<Made> => sigil.make(method, path, body, token)
  const send = (method: string, path: string, body?: object) => sigil.graph(method, path, body, token)
  const sponsor = await make('POST', '/users', newPerson(domain))
  const sponsors = { 'sponsors@odata.bind': bind(sponsor) }
  const blueprint = await make('POST', `/applications/${blueprintType}`, { displayName: 'Clerk', ...sponsors })
  await make('POST', '/servicePrincipals', { appId: blueprint.appId })
  const agent = { displayName: 'Clerk', agentIdentityBlueprintId: blueprint.appId, ...sponsors }
  const set = (body: object) => sigil.operator('tenants/set-limits', { tenantId }, body)
  expect((await set(limits)).status).toBe(200)
  return {
    tenantId,
    domain,
    token,
    sponsor,
    blueprint,
    make,
    send,
    set,
    create: () => send('POST', `/servicePrincipals/${agentType}`, agent),
    bulk: async (count: number) => {
      const { displayName: _, ...common } = agent
      const { body } = await send('POST', '/beta/sigil/agents/bulkCreate', {
        ...common,
        agents: Array.from({ length: count }, (_each, n) => ({ displayName: `Clerk ${n}` })),
      })
      return body.results as { status: number; id?: string; error?: { code: string } }[]
    },
    purge: async (id: string) => {
      await make('DELETE', `/servicePrincipals/${id}`)
      await make('DELETE', `/directory/deletedItems/${id}`)
    },
    held: async (name: string) => {
      const { value } = await make('GET', '/beta/sigil/limits')
      return (value as unknown as { name: string }[]).find((each) => each.name === name)
    },
  }
}
type Limited = Awaited<ReturnType<typeof limited>>

const statuses = (answers: readonly { status: number }[]): number[] => answers.map(({ status }) => status).sort()
const atOnce = <Result>(count: number, run: () => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, run))

/** What there is, by the rows themselves, but for what comes with every tenant; and what the counters say. */
async function countsOf({ tenantId }: Limited, type: string) {
  const rows = await sigil.rows()
  const within = (family: string): number =>
    rows.filter(({ pk, sk }) => pk.startsWith(`${family}#${tenantId}#${type}#`) && sk !== managementApi.objectId).length
  const counters = rows.filter(({ pk }) => pk.startsWith(`COUNTER#${tenantId}#${type}#`)) as unknown as Record<
    string,
    number
  >[]
  const sum = (which: string): number => counters.reduce((total, each) => total + (each[which] ?? 0), 0)
  const live = within('DIRECTORY')
  return { rows: { live, all: live + within('DELETED') }, counters: { live: sum('live'), all: sum('all') } }
}

async function expectAgreement(tenant: Limited): Promise<void> {
  for (const type of [
    'application',
    'agentIdentityBlueprint',
    'servicePrincipal',
    'agentIdentity',
    'user',
    'agentUser',
  ]) {
    const { rows, counters } = await countsOf(tenant, type)
    expect(counters, type).toEqual(rows)
  }
}

describe('limits are data of a tenant', () => {
  test('an operator sets them, and null resets one; the tenant reads them with what it holds', async () => {
    const tenant = await limited({ agentIdentity: 3, user: 50 })
    await tenant.create()
    expect(await tenant.held('agentIdentity')).toEqual({ name: 'agentIdentity', limit: 3, live: 1, all: 1 })
    expect(await tenant.held('user')).toMatchObject({ limit: 50, live: 1 })
    const answer = await tenant.set({ agentIdentity: null })
    expect(answer.body).toMatchObject({ limits: { agentIdentity: 10_000_000, user: 50 } })
    expect(await tenant.held('agentIdentity')).toMatchObject({ limit: 10_000_000 })
    const [audit] = (await sigil.rows(`AUDIT#${tenant.tenantId}`)).filter(
      ({ activityDisplayName }) => activityDisplayName === 'Update tenant limits',
    )
    expect(audit).toMatchObject({ initiatedBy: { operator: { userArn: expect.any(String) } } })
  })

  test.each([[{}], [{ agentIdentity: -1 }], [{ agentIdentity: 1.5 }], [{ agentIdentity: '5' }], [{ robots: 5 }]])(
    '%j sets none',
    async (body) => {
      const { tenantId } = await sigil.openTenant(`${fresh('limited')}.example`)
      expect((await sigil.operator('tenants/set-limits', { tenantId }, body)).status).toBe(400)
    },
  )

  test('of many operators who set one each at once, none is lost', async () => {
    const tenant = await limited({ user: 100 })
    const names = [
      'application',
      'group',
      'agentUser',
      'agentIdentity',
      'servicePrincipal',
      'agentIdentitiesPerBlueprint',
    ]
    const answers = await Promise.all(names.map((name) => tenant.set({ [name]: 77 })))
    expect(statuses(answers)).toEqual(names.map(() => 200))
    for (const name of names) expect(await tenant.held(name)).toMatchObject({ limit: 77 })
  })

  test('a limit cannot be less than what there is; one that is just that lets nothing in, wherever it is counted', async () => {
    const tenant = await limited({ agentIdentity: 20 })
    const ids = (await tenant.bulk(6)).flatMap(({ id }) => id ?? [])
    const { status, body } = await tenant.set({ agentIdentity: 5 })
    expect({ status, body }).toMatchObject({
      status: 409,
      body: { error: { message: expect.stringContaining('holds 6') } },
    })
    expect(await tenant.held('agentIdentity')).toMatchObject({ limit: 20 })
    expect((await tenant.set({ agentIdentity: 6 })).status).toBe(200)
    expect(statuses(await atOnce(16, tenant.create))).toEqual(Array(16).fill(403))
    for (const id of ids.slice(0, 3)) await tenant.purge(id)
    expect(statuses(await atOnce(16, tenant.create))).toEqual([...Array(3).fill(201), ...Array(13).fill(403)])
    await expectAgreement(tenant)
  })
})

describe('a limit is met exactly (AA-25)', () => {
  test.each(['agentIdentity', 'agentIdentitiesPerBlueprint'])(
    '%s: of many who create one at the limit less one, one does',
    async (name) => {
      const tenant = await limited({ [name]: 8 })
      expect(statuses(await tenant.bulk(7))).toEqual(Array(7).fill(201))
      const answers = await atOnce(12, tenant.create)
      expect(statuses(answers)).toEqual([201, ...Array(11).fill(403)])
      const code = name === 'agentIdentity' ? 'Agent_Directory_QuotaExceeded' : 'AgentIdentity_LimitExceeded'
      const refused = answers.find(({ status }) => status === 403)?.body.error
      expect(refused).toMatchObject({ code })
      await expectAgreement(tenant)
    },
  )

  test('of many who create many at once, as many are made as there was room for', async () => {
    const tenant = await limited({ agentIdentity: 50 })
    const results = (await atOnce(4, () => tenant.bulk(30))).flat()
    const made = results.filter(({ status }) => status === 201)
    expect(made).toHaveLength(50)
    expect(new Set(made.map(({ id }) => id)).size).toBe(50)
    const refused = results.filter(({ status }) => status !== 201)
    expect(
      refused.every(({ status, error }) => status === 403 && error?.code === 'Agent_Directory_QuotaExceeded'),
    ).toBe(true)
    expect((await countsOf(tenant, 'agentIdentity')).rows).toEqual({ live: 50, all: 50 })
    await expectAgreement(tenant)
  })

  test('what is deleted counts until it is purged', async () => {
    const tenant = await limited({ agentIdentity: 5 })
    const [first] = (await tenant.bulk(5)).flatMap(({ id }) => id ?? [])
    await tenant.make('DELETE', `/servicePrincipals/${first}`)
    expect(await tenant.held('agentIdentity')).toMatchObject({ live: 4, all: 5 })
    expect((await tenant.create()).status).toBe(403)
    await tenant.make('DELETE', `/directory/deletedItems/${first}`)
    expect(statuses(await atOnce(4, tenant.create))).toEqual([201, 403, 403, 403])
    await expectAgreement(tenant)
  })

  test('agents that are made in one commit take the room that there is, wherever it is counted', async () => {
    const tenant = await limited({ agentIdentity: 10, agentUser: 1 })
    const agents = (count: number, more: object = {}) => ({
      agentIdentityBlueprintId: tenant.blueprint.appId,
      'sponsors@odata.bind': bind(tenant.sponsor),
      agents: Array.from({ length: count }, () => ({ displayName: 'Clerk', ...more })),
    })
    const path = '/beta/sigil/agents'
    expect((await tenant.send('POST', path, agents(11))).body.error).toMatchObject({
      code: 'Agent_Directory_QuotaExceeded',
    })
    expect((await tenant.send('POST', path, agents(6))).status).toBe(201)
    expect((await tenant.send('POST', path, agents(5))).status).toBe(403)
    const users = () => ({ agentUser: newPerson(tenant.domain, fresh('clerk')) })
    const two = { ...agents(0), agents: [users(), users()].map((own) => ({ displayName: 'Clerk', ...own })) }
    expect((await tenant.send('POST', path, two)).status).toBe(403)
    expect((await tenant.send('POST', path, agents(4))).status).toBe(201)
    await expectAgreement(tenant)
    for (const { id } of (await tenant.make('GET', `/servicePrincipals/${agentType}`)).value as unknown as Made[])
      await tenant.purge(id)
    expect((await countsOf(tenant, 'agentIdentity')).counters).toEqual({ live: 0, all: 0 })
  })
})

test('several processes hammer the same names and quotas, and the counts agree afterwards', async () => {
  const limits = { agentIdentity: 20, user: 5 }
  const tenant = await limited(limits)
  const { token, blueprint, sponsor, domain } = tenant
  const processes = ['one', 'other'].map(() =>
    runScript('test/operations/hammer.ts', [sigil.service.http, token, blueprint.appId, sponsor.id, domain, '5']),
  )
  const said = processes.map((child) => collect(child.stdout))
  let over = false
  const ended = Promise.all(processes.map(exitOf)).finally(() => {
    over = true
  })
  while (!over) {
    for (const [name, limit] of Object.entries(limits)) {
      expect((await tenant.held(name)) as unknown as { all: number }).toMatchObject({ limit })
      const { all } = (await tenant.held(name)) as unknown as { all: number }
      expect(all).toBeLessThanOrEqual(limit)
    }
  }
  expect(await ended).toEqual([0, 0])
  const tallies = (await Promise.all(said)).map((text) => JSON.parse(text) as Record<string, number>)
  const answered = new Set(tallies.flatMap(Object.keys))
  // What was asked for was done or refused in words, and the limits and names were fought over.
  expect([...answered].filter((each) => !/ (200|201|204|403|404|409)$/.test(each))).toEqual([])
  for (const met of [
    'user 201',
    'user 403',
    'user 409',
    'agent 201',
    'agent 403',
    'of bulk 201',
    'of bulk 403',
    'purge 204',
  ]) {
    expect([...answered], met).toContain(met)
  }
  await expectAgreement(tenant)
  for (const [name, limit] of Object.entries(limits)) {
    const { rows } = await countsOf(tenant, name)
    expect(rows.all).toBeLessThanOrEqual(limit)
  }
  const people = await sigil.rows(`DIRECTORY#${tenant.tenantId}#user#`)
  const taken = await sigil.rows(`UNIQUE#${tenant.tenantId}#userPrincipalName#`)
  const owners = (rows: readonly { id?: unknown; sk: string }[]) => rows.map(({ id, sk }) => String(id ?? sk)).sort()
  expect(owners(taken)).toEqual(people.map(({ sk }) => sk).sort())
  expect(
    new Set(people.map(({ properties }) => (properties as { userPrincipalName: string }).userPrincipalName)).size,
  ).toBe(people.length)
}, 60_000)
