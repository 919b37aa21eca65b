import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type Cast, cast, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>

const sigil = sigilForTests()
const cast_ = 'microsoft.graph.agentIdentityBlueprint'

let actors: Cast
beforeAll(async () => {
  actors = await cast(sigil, 'upsert')
})

const refusal = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}
const fresh = () => `billing-${crypto.randomUUID()}`
const untyped = (name: string) => `/applications(uniqueName='${encodeURIComponent(name)}')`
const typed = (name: string) => `${untyped(name)}/${cast_}`
const createIfMissing = { prefer: 'create-if-missing' }

async function send(path: string, body: Body, headers: Record<string, string> = createIfMissing): Promise<Answer> {
  return sigil.send(`/v1.0${path}`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${await sigil.adminToken()}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(body),
  })
}
const bodyFor = (more: Body = {}) => ({ displayName: 'Billing', ...actors.sponsors, ...more })
const named = async (uniqueName: string) =>
  (await sigil.rows('DIRECTORY#')).filter(({ properties }) => (properties as Body).uniqueName === uniqueName)

describe('PATCH by uniqueName with Prefer: create-if-missing', () => {
  test.each<[string, (name: string) => string, Body, string]>([
    ['an ordinary application', untyped, {}, 'application'],
    ['a blueprint, by its cast', typed, {}, 'agentIdentityBlueprint'],
    ['a blueprint, by its type', untyped, { '@odata.type': `#${cast_}` }, 'agentIdentityBlueprint'],
  ])('makes %s where there is none, and changes the one that is there', async (_, address, more, type) => {
    const name = fresh()
    const first = await send(address(name), bodyFor({ ...more, description: 'first' }))
    expect(first).toMatchObject({
      status: 201,
      body: { uniqueName: name, displayName: 'Billing', description: 'first' },
    })
    expect(await named(name)).toMatchObject([{ type, version: 1 }])
    const patch = bodyFor({ ...more, displayName: 'Billing 2' })
    const second = await send(address(name), patch)
    expect([second.status, second.body]).toEqual([204, {}])
    expect(await named(name)).toMatchObject([{ type, properties: { displayName: 'Billing 2', description: 'first' } }])
    const third = await send(address(name), patch, { prefer: 'create-if-missing, return=representation' })
    expect(third).toMatchObject({ status: 200, body: { displayName: 'Billing 2', uniqueName: name } })
  })

  test('finds what it made under every spelling of its name that is the same to readers', async () => {
    const name = `café-${crypto.randomUUID()}`
    expect((await send(untyped(name.normalize('NFD')), bodyFor())).status).toBe(201)
    expect((await send(untyped(name.normalize('NFC')), { displayName: 'same' })).status).toBe(204)
    expect((await send(untyped(name.normalize('NFD')), { displayName: 'same' })).status).toBe(204)
    expect(await named(name.normalize('NFC'))).toHaveLength(1)
  })

  test('makes one, however many ask for it at once', async () => {
    for (const address of [untyped, typed]) {
      const name = fresh()
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, each) => send(address(name), bodyFor({ displayName: `Billing ${each}` }))),
      )
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(204)])
      expect(await named(name)).toMatchObject([{ version: 8 }])
    }
  })

  test('of one that is there names no other sponsors than it has', async () => {
    const name = fresh()
    expect((await send(typed(name), bodyFor())).status).toBe(201)
    const other = await cast(sigil, 'others')
    const answer = refusal(await send(typed(name), bodyFor(other.sponsors)))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain("'sponsors@odata.bind'")
    expect(answer.message).toContain(other.person.id)
    expect((await send(typed(name), bodyFor({ 'sponsors@odata.bind': ['nobody'] }))).status).toBe(400)
  })

  test('makes none without the header, by another key, or where a version is named', async () => {
    const name = fresh()
    for (const answer of [
      await send(untyped(name), bodyFor(), {}),
      await send(typed(name), bodyFor(), { prefer: 'return=representation' }),
      await send(`/applications/${crypto.randomUUID()}`, bodyFor()),
      await send(`/applications(appId='${crypto.randomUUID()}')`, bodyFor()),
      await send(untyped(name), bodyFor(), { ...createIfMissing, 'if-match': '*' }),
    ]) {
      expect(refusal(answer)).toMatchObject({ status: 404, code: 'Request_ResourceNotFound' })
    }
    expect(await named(name)).toEqual([])
  })

  test('takes its name from the path, and no other from the body', async () => {
    const name = fresh()
    for (const uniqueName of ['other', null, 7, '']) {
      expect(refusal(await send(untyped(name), bodyFor({ uniqueName }))).message).toContain("'uniqueName'")
    }
    expect((await send(untyped(name), { displayName: 'x', uniqueName: name })).status).toBe(201)
    expect((await send(untyped(name), { displayName: 'x', uniqueName: name })).status).toBe(204)
    expect(refusal(await send(untyped(name), { uniqueName: 'other' })).message).toContain(
      "'uniqueName': cannot be changed",
    )
    expect(refusal(await send(untyped('x'.repeat(257)), bodyFor())).message).toContain("'uniqueName'")
  })

  test('asks for what a creation needs', async () => {
    expect(refusal(await send(untyped(fresh()), { description: 'x' })).message).toContain("'displayName'")
    expect(refusal(await send(typed(fresh()), { displayName: 'x' })).message).toContain("'sponsors@odata.bind'")
    const ofAnother = await send(typed(fresh()), bodyFor({ '@odata.type': '#microsoft.graph.application' }))
    expect(refusal(ofAnother).message).toContain("'@odata.type'")
  })

  test('does not make a blueprint of the name of an ordinary application', async () => {
    const { uniqueName } = await sigil.make('POST', '/applications', { displayName: 'x', uniqueName: fresh() })
    expect(refusal(await send(typed(String(uniqueName)), bodyFor()))).toMatchObject({
      status: 409,
      code: 'Request_MultipleObjectsWithSameKeyValue',
    })
    expect(await named(String(uniqueName))).toMatchObject([{ type: 'application' }])
  })

  test('is for those who may create', async () => {
    const own = await sigil.tokenFor(actors.blueprint.appId, actors.secret, 'https://graph.microsoft.com/.default')
    const name = fresh()
    const answer = await send(untyped(name), bodyFor(), { ...createIfMissing, authorization: `Bearer ${own}` })
    expect(refusal(answer)).toMatchObject({ status: 403, code: 'Authorization_RequestDenied' })
    expect(await named(name)).toEqual([])
  })
})

describe('uniqueName', () => {
  test('may be given to an application without one, once, and is then its for good', async () => {
    const { id } = await sigil.make('POST', '/applications', { displayName: 'x' })
    const [name, other] = [fresh(), fresh()]
    const set = (uniqueName: unknown) => sigil.graph('PATCH', `/applications/${id}`, { uniqueName })
    expect((await set(null)).status).toBe(400)
    const answers = await Promise.all([set(name), set(other)])
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 400])
    const { uniqueName } = await sigil.make('GET', `/applications/${id}`)
    for (const each of [name, other, null]) expect((await set(each)).status).toBe(400)
    expect(await sigil.make('GET', untyped(String(uniqueName)))).toMatchObject({ id })
    const lost = uniqueName === name ? other : name
    expect((await sigil.graph('GET', untyped(lost))).status).toBe(404)
    expect((await sigil.graph('POST', '/applications', { displayName: 'x', uniqueName })).status).toBe(409)
    expect((await sigil.graph('POST', '/applications', { displayName: 'x', uniqueName: lost })).status).toBe(201)
  })

  test('that another bears is not given', async () => {
    const { uniqueName } = await sigil.make('POST', '/applications', { displayName: 'x', uniqueName: fresh() })
    const { id } = await sigil.make('POST', '/applications', { displayName: 'x' })
    const answer = refusal(await sigil.graph('PATCH', `/applications/${id}`, { uniqueName }))
    expect(answer).toMatchObject({ status: 409, code: 'Request_MultipleObjectsWithSameKeyValue' })
  })
})
