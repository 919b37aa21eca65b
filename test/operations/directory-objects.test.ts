import { beforeAll, describe, expect, test } from 'vitest'
import { agentUser, company, type Made, missing, smallTenant, tokenWith } from '../scenarios/makers.ts'
import { group } from '../scenarios/relations.ts'
import { type Cast, sigilForTests } from '../support/sigil.ts'
import { idsAt, refusal } from './relations.ts'

const sigil = sigilForTests()

let all: Record<string, Made>
let actors: Cast
beforeAll(async () => {
  actors = await company(sigil)
  all = {
    application: actors.api,
    agentIdentityBlueprint: actors.blueprint,
    servicePrincipal: actors.apiPrincipal,
    agentIdentityBlueprintPrincipal: actors.principal,
    agentIdentity: actors.agent,
    user: actors.person as Made,
    agentUser: await agentUser(sigil),
    group: await group(sigil),
  }
})

const getByIds = (body: object, token?: string) => sigil.graph('POST', '/directoryObjects/getByIds', body, token)
const found = async (body: object, token?: string) => {
  const { status, body: answer } = await getByIds(body, token)
  expect(status).toBe(200)
  return answer.value as Made[]
}
const sorted = (made: readonly { id: string }[]) => made.map(({ id }) => id).sort()

describe('an object of any type', () => {
  test('is read by its id, and says which type it is', async () => {
    for (const [type, { id }] of Object.entries(all)) {
      for (const address of [`/directoryObjects/${id}`, `/beta/DirectoryObjects('${id.toUpperCase()}')`]) {
        const { status, body } = await sigil.graph('GET', address)
        expect([status, body.id, body['@odata.type']]).toEqual([200, id, `#microsoft.graph.${type}`])
      }
      expect(await sigil.make('GET', `/directoryObjects/${id}?$select=id`)).toEqual({
        '@odata.context': `${sigil.service.origin}/v1.0/$metadata#directoryObjects/$entity`,
        '@odata.type': `#microsoft.graph.${type}`,
        id,
      })
    }
  })

  test('is read by those alone who may read its type', async () => {
    const token = await tokenWith(sigil, 'AgentIdentity.Read.All')
    for (const [type, { id }] of Object.entries(all)) {
      const { status } = await sigil.graph('GET', `/directoryObjects/${id}`, undefined, token)
      expect([type, status]).toEqual([type, type === 'agentIdentity' ? 200 : 403])
    }
  })

  test('is there under no other name, and not in another tenant', async () => {
    const { token } = await smallTenant(sigil)
    const unknown = refusal(await sigil.graph('GET', `/directoryObjects/${missing.id}`, undefined, token))
    expect(unknown).toMatchObject({ status: 404, code: 'Request_ResourceNotFound' })
    for (const { id } of Object.values(all)) {
      const answer = refusal(await sigil.graph('GET', `/directoryObjects/${id}`, undefined, token))
      expect(answer).toEqual({ ...unknown, message: unknown.message.replace(missing.id, id) })
    }
    for (const name of [String(all.user?.userPrincipalName), 'x', `appId=${actors.blueprint.appId}`]) {
      expect((await sigil.graph('GET', `/directoryObjects/${name}`)).status).toBe(404)
    }
  })
})

describe('objects by their ids', () => {
  test('are those that are there, once each, and say which types they are', async () => {
    const ids = Object.values(all).map(({ id }) => id)
    const value = await found({ ids: [...ids, ...ids, missing.id, ids[0]?.toUpperCase()] })
    expect(sorted(value)).toEqual(sorted(Object.values(all)))
    for (const [type, { id }] of Object.entries(all)) {
      expect(value.find((each) => each.id === id)?.['@odata.type']).toBe(`#microsoft.graph.${type}`)
    }
  })

  test('are of the types that are asked for, derived ones included', async () => {
    const ids = Object.values(all).map(({ id }) => id)
    const of = async (...types: string[]) => sorted(await found({ ids, types }))
    const some = (...types: string[]) => sorted(types.map((type) => all[type] as Made))
    expect(await of('user')).toEqual(some('user', 'agentUser'))
    expect(await of('Group', 'application')).toEqual(some('group', 'application', 'agentIdentityBlueprint'))
    expect(await of('servicePrincipal')).toEqual(
      some('servicePrincipal', 'agentIdentityBlueprintPrincipal', 'agentIdentity'),
    )
    expect(await of('agentIdentity', 'user', 'agentUser')).toEqual(some('agentIdentity', 'user', 'agentUser'))
    expect(await of('directoryObject')).toHaveLength(8)
  })

  test('are those alone that the caller may read, of the caller’s own tenant', async () => {
    const ids = Object.values(all).map(({ id }) => id)
    const token = await tokenWith(sigil, 'AgentIdentity.Read.All')
    expect(sorted(await found({ ids }, token))).toEqual([actors.agent.id])
    const { token: foreign } = await smallTenant(sigil)
    expect(await found({ ids }, foreign)).toEqual([])
  })

  test('are up to a thousand', async () => {
    const many = Array.from({ length: 999 }, () => crypto.randomUUID())
    expect(sorted(await found({ ids: [...many, actors.agent.id] }))).toEqual([actors.agent.id])
    expect(refusal(await getByIds({ ids: [...many, ...many] })).status).toBe(400)
  })

  test('are not without their ids, and not of types that there are not', async () => {
    const ids = [actors.agent.id]
    for (const body of [
      {},
      { ids: [] },
      { ids: ['x'] },
      { ids: 'x' },
      { ids, types: ['device'] },
      { ids, types: ['toString'] },
      { ids, more: 1 },
    ]) {
      const answer = refusal(await getByIds(body))
      expect([body, answer.status, answer.code]).toEqual([body, 400, 'Request_BadRequest'])
    }
    expect(await idsAt(sigil, '/users?$top=1')).toHaveLength(1)
  })
})
