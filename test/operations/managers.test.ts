import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type Cast, cast, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>
type Made = Body & { id: string }

const sigil = sigilForTests()

let actors: Cast

beforeAll(async () => {
  actors = await cast(sigil, 'managers')
})

const refusal = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}
const someone = (): Body => ({
  accountEnabled: true,
  displayName: 'Grace',
  mailNickname: 'grace',
  userPrincipalName: `grace-${crypto.randomUUID()}@${sigil.service.domain}`,
})
const newPerson = (): Promise<Made> => sigil.make('POST', '/users', someone())
async function newAgentUser(): Promise<Made> {
  const agent = await sigil.make('POST', '/servicePrincipals/microsoft.graph.agentIdentity', {
    displayName: 'Agent',
    agentIdentityBlueprintId: actors.blueprint.appId,
    ...actors.sponsors,
  })
  return sigil.make('POST', '/users/microsoft.graph.agentUser', { ...someone(), identityParentId: agent.id })
}

const referTo = (id: string, collection = 'users') => ({
  '@odata.id': `https://graph.microsoft.com/v1.0/${collection}/${id}`,
})
const set = (user: Made, manager: Made) => sigil.graph('PUT', `/users/${user.id}/manager/$ref`, referTo(manager.id))
const managerOf = async ({ id }: Made) => (await sigil.make('GET', `/users/${id}/manager`)).id
const reportsOf = async ({ id }: Made) => {
  const { value } = await sigil.make('GET', `/users/${id}/directReports`)
  return (value as Made[]).map((each) => each.id).sort()
}
const rowsOf = async ({ id }: Made) =>
  (await sigil.rows(`RELATION#${sigil.tenantId}#${id}`)).filter(({ sk }) => sk.startsWith('manager#'))

describe('a manager', () => {
  test('is one user, of a person or of an agent user', async () => {
    const manager = await newPerson()
    const [report, agentUser] = [await newPerson(), await newAgentUser()]
    for (const each of [report, agentUser]) {
      expect(refusal(await sigil.graph('GET', `/users/${each.id}/manager`))).toMatchObject({
        status: 404,
        code: 'Request_ResourceNotFound',
      })
      expect((await set(each, manager)).status).toBe(204)
      expect(await sigil.make('GET', `/users/${each.userPrincipalName}/manager?$select=id,displayName`)).toEqual({
        '@odata.context': `${sigil.service.origin}/v1.0/$metadata#directoryObjects/$entity`,
        '@odata.type': '#microsoft.graph.user',
        id: manager.id,
        displayName: 'Grace',
      })
      expect(await sigil.make('GET', `/users/${each.id}/manager/$ref`)).toEqual({
        '@odata.context': `${sigil.service.origin}/v1.0/$metadata#$ref`,
        '@odata.id': `${sigil.service.origin}/v1.0/directoryObjects/${manager.id}`,
      })
    }
    expect(await reportsOf(manager)).toEqual([report.id, agentUser.id].sort())
    const headers = { authorization: `Bearer ${await sigil.adminToken()}` }
    const count = await fetch(`${sigil.service.http}/v1.0/users/${manager.id}/directReports/$count`, { headers })
    expect(await count.text()).toBe('2')
  })

  test.each([
    ['any host', (id: string) => `https://sigil.example/beta/users/${id}`],
    ['no host', (id: string) => `/users/${id}`],
    ['directoryObjects', (id: string) => `https://graph.microsoft.com/v1.0/directoryObjects/${id}`],
    ['parentheses', (id: string) => `https://graph.microsoft.com/v1.0/users('${id}')`],
  ])('is named by %s', async (_, address) => {
    const [user, manager] = [await newPerson(), await newPerson()]
    const body = { '@odata.id': address(manager.id) }
    expect((await sigil.graph('PUT', `/users/${user.id}/manager/$ref`, body)).status).toBe(204)
    expect(await managerOf(user)).toBe(manager.id)
  })

  test('is replaced by the next, and the same one is no change', async () => {
    const [user, first, second] = [await newPerson(), await newPerson(), await newPerson()]
    await set(user, first)
    expect((await set(user, second)).status).toBe(204)
    expect(await rowsOf(user)).toMatchObject([{ targetId: second.id }])
    expect(await reportsOf(first)).toEqual([])
    expect(await reportsOf(second)).toEqual([user.id])
    const before = await sigil.rows()
    expect((await set(user, second)).status).toBe(204)
    expect(await sigil.rows()).toEqual(before)
  })

  test('is one, of however many who are named at once', async () => {
    const user = await newPerson()
    const managers = await Promise.all(Array.from({ length: 8 }, newPerson))
    const answers = await Promise.all(managers.map((each) => set(user, each)))
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(204))
    const [row, ...others] = await rowsOf(user)
    expect(others).toEqual([])
    for (const each of managers) expect(await reportsOf(each)).toEqual(each.id === row?.targetId ? [user.id] : [])
  })

  test('is removed, once', async () => {
    const [user, manager] = [await newPerson(), await newPerson()]
    await set(user, manager)
    const remove = () => sigil.graph('DELETE', `/users/${user.id}/manager/$ref`)
    const answers = await Promise.all(Array.from({ length: 8 }, remove))
    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array(7).fill(404)])
    expect(await rowsOf(user)).toEqual([])
    expect(await reportsOf(manager)).toEqual([])
    expect((await sigil.graph('GET', `/users/${user.id}/manager`)).status).toBe(404)
  })

  test('that is deleted is none, until another is named', async () => {
    const [user, manager, next] = [await newPerson(), await newPerson(), await newPerson()]
    await set(user, manager)
    await sigil.make('DELETE', `/users/${manager.id}`)
    expect((await sigil.graph('GET', `/users/${user.id}/manager`)).status).toBe(404)
    expect((await set(user, next)).status).toBe(204)
    expect(await managerOf(user)).toBe(next.id)
  })

  test('has no report that is deleted', async () => {
    const [user, manager] = [await newPerson(), await newPerson()]
    await set(user, manager)
    await sigil.make('DELETE', `/users/${user.id}`)
    expect(await reportsOf(manager)).toEqual([])
  })

  test('makes a new version of the user, and is in the audit log', async () => {
    const [user, manager] = [await newPerson(), await newPerson()]
    const etag = async () => (await sigil.graph('GET', `/users/${user.id}`)).headers.get('etag')
    const before = await etag()
    await set(user, manager)
    expect(await etag()).not.toBe(before)
    const rows = await sigil.rows('AUDIT#')
    const own = rows.filter(({ targetResources }) => (targetResources as Body[])[0]?.id === user.id)
    expect(own).toContainEqual(
      expect.objectContaining({
        activityDisplayName: 'Update user',
        targetResources: [expect.objectContaining({ modifiedProperties: ['manager'] })],
      }),
    )
  })

  test.each<[string, (user: Made) => unknown | Promise<unknown>]>([
    ['an agent user', async () => referTo((await newAgentUser()).id)],
    ['an agent identity', () => referTo(actors.agent.id, 'servicePrincipals')],
    ['an agent identity as a user', () => referTo(actors.agent.id)],
    ['a service principal', () => referTo(actors.apiPrincipal.id, 'directoryObjects')],
    ['a person of another collection', () => referTo(actors.person.id, 'groups')],
    ['nobody', () => referTo(crypto.randomUUID())],
    ['the user', ({ id }) => referTo(id)],
    ['a file', () => ({ '@odata.id': `file:///users/${actors.person.id}` })],
    ['an address without an id', () => ({ '@odata.id': 'https://graph.microsoft.com/v1.0/users' })],
    ['an address with more behind it', () => ({ '@odata.id': `/users/${actors.person.id}/manager` })],
    ['a long address', () => ({ '@odata.id': `https://${'x'.repeat(10_000)}/v1.0/users/${actors.person.id}` })],
    ['a number', () => ({ '@odata.id': 1 })],
    ['null', () => ({ '@odata.id': null })],
  ])('is not %s', async (_, refer) => {
    const user = await newPerson()
    const body = await refer(user)
    const before = await sigil.rows()
    const answer = refusal(await sigil.graph('PUT', `/users/${user.id}/manager/$ref`, body))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain("'@odata.id'")
    expect(await sigil.rows()).toEqual(before)
  })

  test('is named by its address and nothing else', async () => {
    const user = await newPerson()
    for (const body of [{}, { id: actors.person.id }, { ...referTo(actors.person.id), displayName: 'x' }]) {
      expect(refusal(await sigil.graph('PUT', `/users/${user.id}/manager/$ref`, body)).status).toBe(400)
    }
  })

  test('is of the same tenant', async () => {
    const { tenantId, domain, admin } = await sigil.openTenant(`other-${crypto.randomUUID()}.example`)
    const { body } = await sigil.token(
      {
        grant_type: 'client_credentials',
        client_id: admin.clientId,
        client_secret: admin.clientSecret,
        scope: 'https://graph.microsoft.com/.default',
      },
      tenantId,
    )
    const theirs = String(body.access_token)
    const own = await sigil.make('POST', '/users', { ...someone(), userPrincipalName: `grace@${domain}` }, theirs)
    const [user, manager] = [await newPerson(), await newPerson()]
    await set(user, manager)
    const before = await sigil.rows()
    const put = (id: string, target: string) => sigil.graph('PUT', `/users/${id}/manager/$ref`, referTo(target), theirs)
    expect((await put(user.id, own.id)).status).toBe(404)
    expect((await put(own.id, manager.id)).status).toBe(400)
    for (const [method, path] of [
      ['GET', 'manager'],
      ['GET', 'manager/$ref'],
      ['DELETE', 'manager/$ref'],
      ['GET', 'directReports'],
    ] as const) {
      const { status } = await sigil.graph(method, `/users/${user.id}/${path}`, undefined, theirs)
      expect([method, path, status]).toEqual([method, path, 404])
    }
    expect(await sigil.rows()).toEqual(before)
  })
})
