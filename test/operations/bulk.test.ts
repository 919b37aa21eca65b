import { randomUUID } from 'node:crypto'
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, test } from 'vitest'
import {
  agent,
  agentUser,
  bind,
  blueprint,
  blueprintToken,
  company,
  fresh,
  person,
  principalOf,
  smallTenant,
  tokenWith,
} from '../scenarios/makers.ts'
import { delegatedToken, grantScopes, relate } from '../support/delegated.ts'
import { type Answer, claimsIn, type Row, sigilForTests } from '../support/sigil.ts'

const sigil = sigilForTests()

type Result = { index: number; status: number; id?: string; error?: { code: string; message: string } }
const resultsIn = ({ body }: Answer): Result[] => body.results as Result[]
const statusesIn = (answer: Answer): number[] => resultsIn(answer).map(({ status }) => status)
const idsIn = (answer: Answer): string[] => resultsIn(answer).flatMap(({ id }) => id ?? [])

const bulk = async (what: 'Create' | 'Update' | 'Delete', body: object, given: { token?: string; key?: string } = {}) =>
  sigil.send(`/beta/sigil/agents/bulk${what}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${given.token ?? (await sigil.adminToken())}`,
      'content-type': 'application/json',
      ...(given.key !== undefined && { 'idempotency-key': given.key }),
    },
    body: JSON.stringify(body),
  })

const few = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, n) => ({ displayName: `Clerk ${n}`, ...more }))

async function request(agents: unknown[], more: object = {}) {
  const { blueprint: parent, sponsors } = await company(sigil)
  return { agentIdentityBlueprintId: parent.appId, ...sponsors, agents, ...more }
}

const agentRows = async (): Promise<Row[]> => sigil.rows(`DIRECTORY#${sigil.tenantId}#agentIdentity#`)
const audits = async (ids: readonly string[]): Promise<Row[]> =>
  (await sigil.rows('AUDIT')).filter(({ targetResources }) =>
    (targetResources as { id: string }[]).some(({ id }) => ids.includes(id)),
  )
async function counts(): Promise<{ live: number; all: number }> {
  const { value } = await sigil.make('GET', '/beta/sigil/limits')
  const found = (value as { name: string; live: number; all: number }[]).find(({ name }) => name === 'agentIdentity')
  return { live: found?.live ?? Number.NaN, all: found?.all ?? Number.NaN }
}

describe('creating many', () => {
  test('each has its result, and is usable for a token when the call has answered', async () => {
    const { secret, blueprint: parent, agent: other, sponsors } = await company(sigil)
    const before = await counts()
    const answer = await bulk('Create', await request(few(60, { tags: ['bulk'] })))
    expect(answer.status).toBe(200)
    expect(statusesIn(answer)).toEqual(Array(60).fill(201))
    expect(resultsIn(answer).map(({ index }) => index)).toEqual(Array.from({ length: 60 }, (_, index) => index))
    expect(new Set(idsIn(answer)).size).toBe(60)
    expect(await counts()).toEqual({ live: before.live + 60, all: before.all + 60 })
    const ids = idsIn(answer)
    const last = ids.at(-1) ?? ''
    const t1 = await sigil.tokenFor(parent.appId, secret, 'api://AzureADTokenExchange/.default', { fmi_path: last })
    expect(claimsIn(t1).sub).toContain(last)
    // The same as one that was made alone, but for what is its own.
    const [made, alone] = await Promise.all(
      [last, other.id].map((id) => sigil.make('GET', `/beta/servicePrincipals/${id}?$expand=sponsors`)),
    )
    expect(Object.keys(made ?? {}).sort()).toEqual(Object.keys(alone ?? {}).sort())
    expect(made).toMatchObject({ displayName: 'Clerk 59', tags: ['bulk'], sponsors: [{ id: expect.any(String) }] })
    expect(sponsors).toBeDefined()
  })

  test('as many as fit are one commit: each agent is named by one audit row, and one row names many', async () => {
    const ids = idsIn(await bulk('Create', await request(few(40))))
    const rows = await audits(ids)
    const named = rows.flatMap(({ targetResources }) => (targetResources as { id: string }[]).map(({ id }) => id))
    expect(named.sort()).toEqual([...ids].sort())
    expect(rows.length).toBeLessThanOrEqual(4)
  })

  test('what is wrong with one is told of that one, and the others are made', async () => {
    const { sponsors } = await company(sigil)
    const { 'sponsors@odata.bind': own, ...body } = { 'sponsors@odata.bind': sponsors['sponsors@odata.bind'] }
    const agents = [
      { displayName: 'Good', 'sponsors@odata.bind': own },
      { displayName: '', 'sponsors@odata.bind': own },
      { displayName: 'No sponsor' },
      { displayName: 'Wrong sponsor', 'sponsors@odata.bind': [`/users/${randomUUID()}`] },
      { displayName: 'A credential', 'sponsors@odata.bind': own, passwordCredentials: [] },
      { displayName: 'An unknown property', 'sponsors@odata.bind': own, colour: 'blue' },
      { displayName: 'Over', 'sponsors@odata.bind': own, expiresAt: '2020-01-01T00:00:00Z' },
      'no object',
      [],
      null,
      { displayName: 'Good too', 'sponsors@odata.bind': own },
    ]
    const { 'sponsors@odata.bind': _, ...rest } = (await request(agents)) as Record<string, unknown>
    const answer = await bulk('Create', { ...rest, ...body })
    expect(statusesIn(answer)).toEqual([201, 400, 400, 400, 400, 400, 400, 400, 400, 400, 201])
    const errors = resultsIn(answer).map(({ error }) => error?.message ?? '')
    expect(errors[1]).toMatch(/'displayName'/)
    expect(errors[2]).toMatch(/'sponsors@odata.bind': at least one/)
    expect(errors[5]).toMatch(/'colour'/)
    expect(resultsIn(answer)[4]?.error?.code).toBe('AgentIdentity_CredentialsNotSupported')
  })

  test.each<[string, () => Promise<object>, number]>([
    ['no agents', () => request([]), 400],
    ['more than a thousand', () => request(few(1001)), 400],
    ['no blueprint', async () => ({ ...(await request(few(1))), agentIdentityBlueprintId: undefined }), 400],
    ['another blueprint', async () => ({ ...(await request(few(1))), agentIdentityBlueprintId: randomUUID() }), 400],
    [
      'a blueprint without a principal',
      async () => ({ ...(await request(few(1))), agentIdentityBlueprintId: (await blueprint(sigil)).appId }),
      400,
    ],
    ['an unknown property', async () => ({ ...(await request(few(1))), colour: 'blue' }), 400],
  ])('%s: the request is refused', async (_, body, status) => {
    const before = (await agentRows()).length
    expect((await bulk('Create', await body())).status).toBe(status)
    expect((await agentRows()).length).toBe(before)
  })

  test('a blueprint makes its own agents, and nobody makes any without the permission', async () => {
    const body = await request(few(3))
    const own = await bulk('Create', body, { token: await blueprintToken(sigil) })
    expect(statusesIn(own)).toEqual([201, 201, 201])
    const other = await blueprint(sigil)
    await principalOf(sigil, other)
    const foreign = { ...body, agentIdentityBlueprintId: other.appId }
    expect((await bulk('Create', foreign, { token: await blueprintToken(sigil) })).status).toBe(403)
    const token = await tokenWith(sigil, 'AgentIdentity.Read.All')
    expect((await bulk('Create', body, { token })).status).toBe(403)
  })

  test('sent again with its key, it makes none twice; and makes those that are missing', async () => {
    const key = randomUUID()
    const body = await request([...few(30), { displayName: '' }])
    const first = await bulk('Create', body, { key })
    const before = await agentRows()
    const again = await bulk('Create', body, { key })
    expect(again.body).toEqual(first.body)
    expect((await agentRows()).length).toBe(before.length)
    // As if it had been cut off: some of its agents are not there.
    const lost = idsIn(first).slice(5, 9)
    const rows = await sigil.rows()
    const { dynamodb, tableName: TableName } = sigil.service
    for (const { pk, sk } of rows.filter((row) => lost.some((id) => `${row.pk} ${row.sk}`.includes(id)))) {
      await dynamodb.send(new DeleteItemCommand({ TableName, Key: { pk: { S: pk }, sk: { S: sk } } }))
    }
    expect((await agentRows()).length).toBe(before.length - 4)
    const resumed = await bulk('Create', body, { key })
    expect(resumed.body).toEqual(first.body)
    expect((await agentRows()).length).toBe(before.length)
  })

  test('many who send the same at once with one key make it once', async () => {
    const key = randomUUID()
    const body = await request(few(30))
    const before = await counts()
    const answers = await Promise.all(Array.from({ length: 6 }, () => bulk('Create', body, { key })))
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1)
    expect(statusesIn(answers[0] as Answer)).toEqual(Array(30).fill(201))
    expect(await counts()).toEqual({ live: before.live + 30, all: before.all + 30 })
  })

  test('the key of another request is refused; an agent that was deleted since is not made again', async () => {
    const key = randomUUID()
    const body = await request(few(2))
    const first = await bulk('Create', body, { key })
    expect((await bulk('Create', await request(few(3)), { key })).status).toBe(422)
    await sigil.make('DELETE', `/servicePrincipals/${idsIn(first)[0]}`)
    expect((await bulk('Create', body, { key })).body).toEqual(first.body)
    expect((await sigil.graph('GET', `/servicePrincipals/${idsIn(first)[0]}`)).status).toBe(404)
  })

  test('what the time does not reach is not attempted, and says so', async () => {
    const body = await request(few(200))
    const { middlewareStack } = sigil.service.dynamodb
    let commits = 0
    middlewareStack.add(
      (next, context) => (args) => {
        if (context.commandName === 'TransactWriteItemsCommand' && ++commits === 8) sigil.clock.advance(21_000)
        return next(args)
      },
      { step: 'initialize', name: 'slow' },
    )
    const answer = await bulk('Create', body)
    middlewareStack.remove('slow')
    sigil.clock.reset()
    const statuses = statusesIn(answer)
    expect(new Set(statuses)).toEqual(new Set([201, 503]))
    expect(resultsIn(answer).find(({ status }) => status === 503)?.error?.message).toMatch(/not attempted/)
  })
})

describe('changing many', () => {
  test('they are stopped and started, each with its result', async () => {
    const ids = idsIn(await bulk('Create', await request(few(50))))
    const { secret, blueprint: parent } = await company(sigil)
    const stopped = await bulk('Update', { ids, accountEnabled: false, tags: ['off'] })
    expect(statusesIn(stopped)).toEqual(Array(50).fill(204))
    const form = { client_id: parent.appId, client_secret: secret, scope: 'api://AzureADTokenExchange/.default' }
    const t1 = () => sigil.token({ ...form, grant_type: 'client_credentials', fmi_path: ids[7] ?? '' })
    expect((await t1()).status).toBe(400)
    const disabled = await sigil.make(
      'GET',
      '/servicePrincipals/microsoft.graph.agentIdentity?$filter=accountEnabled eq false&$top=999',
    )
    expect((disabled.value as { id: string }[]).map(({ id }) => id)).toEqual(expect.arrayContaining(ids))
    expect(await sigil.make('GET', `/servicePrincipals/${ids[0]}`)).toMatchObject({
      accountEnabled: false,
      tags: ['off'],
    })
    expect(statusesIn(await bulk('Update', { ids, accountEnabled: true }))).toEqual(Array(50).fill(204))
    expect((await t1()).status).toBe(200)
    expect(await sigil.rows(`INDEX#${sigil.tenantId}#agentIdentity#disabled`)).toEqual([])
  })

  test('one that is not there, is another type or another tenant’s, or is no id does not stop the others', async () => {
    const [one, two] = [await agent(sigil), await agent(sigil)]
    const { person: somebody } = await company(sigil)
    const elsewhere = await smallTenant(sigil)
    const { value } = await sigil.make(
      'GET',
      '/servicePrincipals/microsoft.graph.agentIdentity',
      undefined,
      elsewhere.token,
    )
    const [foreign] = value as { id: string }[]
    const ids = [one.id, randomUUID(), somebody.id, foreign?.id, 'no id', 7, null, two.id, one.id.toUpperCase()]
    const answer = await bulk('Update', { ids, accountEnabled: false })
    expect(statusesIn(answer)).toEqual([204, 404, 404, 404, 404, 400, 400, 204, 204])
    expect(statusesIn(await bulk('Delete', { ids }))).toEqual([204, 404, 404, 404, 404, 400, 400, 204, 204])
  })

  test('who may change some changes those: of others each is refused', async () => {
    const [own, other] = [await agent(sigil), await agent(sigil)]
    const sponsor = await person(sigil)
    await relate(sigil, own.id, 'sponsors', sponsor.id)
    const client = await tokenWith(sigil, 'AgentIdentity.Read.All')
    const clientId = String(claimsIn(client).appid)
    const scopes = ['AgentIdentity.ReadWrite.All']
    await grantScopes(sigil, { clientId, scopes })
    const token = await delegatedToken(sigil, { clientId, userId: sponsor.id, scopes })
    const ids = [own.id, other.id]
    expect(statusesIn(await bulk('Update', { ids, accountEnabled: false }, { token }))).toEqual([204, 403])
    // A sponsor stops and starts an agent, and no more.
    expect(statusesIn(await bulk('Update', { ids, tags: ['mine'] }, { token }))).toEqual([403, 403])
    expect(statusesIn(await bulk('Delete', { ids }, { token }))).toEqual([204, 403])
  })

  test('a blueprint stops its own, and does not start what an administrator has stopped', async () => {
    const made = await agent(sigil)
    const token = await blueprintToken(sigil)
    expect(statusesIn(await bulk('Update', { ids: [made.id], accountEnabled: false }, { token }))).toEqual([204])
    expect(statusesIn(await bulk('Update', { ids: [made.id], accountEnabled: true }, { token }))).toEqual([403])
  })

  test.each([
    [{}],
    [{ ids: [] }],
    [{ ids: [randomUUID()] }],
    [{ ids: [randomUUID()], displayName: 'same' }],
    [{ ids: 'all', accountEnabled: false }],
  ])('%j is refused', async (body) => {
    expect((await bulk('Update', body)).status).toBe(400)
  })
})

describe('deleting many', () => {
  test('they are deleted softly with their users, counted as such, and can be restored', async () => {
    const user = await agentUser(sigil)
    const made = idsIn(await bulk('Create', await request(few(50))))
    const ids = [...made, String(user.identityParentId)]
    const before = await counts()
    const answer = await bulk('Delete', { ids })
    expect(statusesIn(answer)).toEqual(Array(51).fill(204))
    expect(await counts()).toEqual({ live: before.live - 51, all: before.all })
    expect((await sigil.graph('GET', `/users/${user.id}`)).status).toBe(404)
    expect((await sigil.rows(`CLIENT#${sigil.tenantId}#${made[0]}`)).length).toBe(0)
    expect(statusesIn(await bulk('Delete', { ids: made.slice(0, 2) }))).toEqual([404, 404])
    const restored = await sigil.graph('POST', `/directory/deletedItems/${made[0]}/restore`)
    expect(restored.status).toBe(200)
    const rows = await audits([made[3] ?? ''])
    expect(rows.map(({ activityDisplayName }) => activityDisplayName).sort()).toEqual([
      'Add service principal',
      'Remove service principal',
    ])
  })

  test('of two who delete the same at once, each agent is deleted by one, and is not there for the other', async () => {
    const ids = idsIn(await bulk('Create', await request(few(40))))
    const before = await counts()
    const answers = await Promise.all([bulk('Delete', { ids }), bulk('Delete', { ids: ids.toReversed() })])
    const [one, other] = answers.map(
      (answer) => new Map(resultsIn(answer).flatMap(({ id, status }) => (id ? [[id, status]] : []))),
    )
    expect((one?.size ?? 0) + (other?.size ?? 0)).toBe(40)
    expect(new Set([...(one?.keys() ?? []), ...(other?.keys() ?? [])])).toEqual(new Set(ids))
    expect(await counts()).toEqual({ live: before.live - 40, all: before.all })
  })
})

test('the words of the path are read in any letter case, and v1.0 has it too', async () => {
  const body = await request(few(1), { 'owners@odata.bind': bind(await person(sigil)) })
  for (const path of ['/v1.0/sigil/agents/bulkCreate', '/beta/Sigil/Agents/BULKCREATE', '/v1.0/sigil/agents']) {
    const { status } = await sigil.graph('POST', path, { ...body, agents: few(1, { displayName: fresh('case') }) })
    expect(status).toBeLessThan(300)
  }
})
