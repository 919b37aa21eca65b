import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type Cast, cast, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>

const sigil = sigilForTests()

let actors: Cast
let others: Cast
beforeAll(async () => {
  actors = await cast(sigil, 'federated')
  others = await cast(sigil, 'stranger')
})

const refusal = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}
const credential = (more: Body = {}) => ({
  name: `ci-${crypto.randomUUID()}`,
  issuer: 'https://token.actions.githubusercontent.com',
  subject: `repo:contoso/${crypto.randomUUID()}:ref:refs/heads/main`,
  audiences: ['api://AzureADTokenExchange'],
  ...more,
})
const blueprint = () =>
  sigil.make('POST', '/applications/microsoft.graph.agentIdentityBlueprint', { displayName: 'x', ...actors.sponsors })
const at = (id: string) => `/applications/${id}/federatedIdentityCredentials`
const rowsOf = (appId: string) => sigil.rows(`FIC#${appId}#`)
const send = async (method: string, path: string, body: Body, headers: Record<string, string>) =>
  sigil.send(`/v1.0${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await sigil.adminToken()}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(body),
  })

describe('a federated identity credential', () => {
  test('is created, and kept where the token path finds it: by its issuer', async () => {
    const made = await blueprint()
    const given = credential({ description: 'Deploys' })
    const { status, body } = await sigil.graph('POST', at(made.id), given)
    expect(status).toBe(201)
    expect(body).toEqual({
      '@odata.context': `${sigil.service.origin}/v1.0/$metadata#applications('${made.id}')/federatedIdentityCredentials/$entity`,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ...given,
    })
    expect(await rowsOf(made.appId)).toMatchObject([
      { issuer: given.issuer, credentials: { [String(body.id)]: { ...given, id: body.id } } },
    ])
  })

  test('is no property of its application, whoever asks for it', async () => {
    const made = await blueprint()
    const { name } = await sigil.make('POST', at(made.id), credential())
    for (const query of ['', '?$select=federatedIdentityCredentials', '?$select=*']) {
      expect(JSON.stringify(await sigil.make('GET', `/applications/${made.id}${query}`))).not.toContain(name)
    }
    const answer = refusal(await sigil.graph('PATCH', `/applications/${made.id}`, { federatedIdentityCredentials: [] }))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain("'federatedIdentityCredentials': cannot be changed here")
  })

  test('is the same under every address that names it, its application’s and its own', async () => {
    const made = await blueprint()
    const { '@odata.context': _, ...given } = await sigil.make('POST', at(made.id), credential())
    for (const application of [
      `/applications/${made.id}`,
      `/applications(appId='${made.appId}')`,
      `/applications/microsoft.graph.agentIdentityBlueprint/${made.id}`,
      `/applications/${made.id}/microsoft.graph.agentIdentityBlueprint`,
    ]) {
      const collection = `${application}/federatedIdentityCredentials`
      const { value } = await sigil.make('GET', collection)
      expect([application, value]).toEqual([application, [given]])
      for (const own of [`/${given.id}`, `/${given.id.toUpperCase()}`, `/${given.name}`, `(name='${given.name}')`]) {
        expect(await sigil.make('GET', `${collection}${own}`)).toMatchObject(given)
      }
      for (const none of [crypto.randomUUID(), 'nothing', 'appId=x']) {
        expect((await sigil.graph('GET', `${collection}/${none}`)).status).toBe(404)
      }
    }
  })

  test('is changed in all but its name, and is then looked for under its new issuer alone', async () => {
    const made = await blueprint()
    const kept = await sigil.make('POST', at(made.id), credential())
    const { id, name } = await sigil.make('POST', at(made.id), credential())
    const change = {
      issuer: 'https://gitlab.com',
      subject: 'project_path:contoso/x',
      audiences: ['api://other'],
      description: 'moved',
    }
    expect((await sigil.graph('PATCH', `${at(made.id)}/${id}`, { ...change, name })).status).toBe(204)
    expect(await sigil.make('GET', `${at(made.id)}/${id}`)).toMatchObject({ ...change, name, id })
    const rows = await rowsOf(made.appId)
    expect(rows.map(({ issuer, credentials }) => [issuer, Object.keys(credentials as object)]).sort()).toEqual([
      ['https://gitlab.com', [id]],
      [kept.issuer, [kept.id]],
    ])
    const answer = refusal(await sigil.graph('PATCH', `${at(made.id)}/${id}`, { name: 'another' }))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain("'name': cannot be changed")
    expect((await sigil.graph('PATCH', `${at(made.id)}/${id}`, { description: null })).status).toBe(204)
    expect(await sigil.make('GET', `${at(made.id)}/${id}`)).toMatchObject({ description: null })
  })

  test('is gone when it is deleted, and leaves no row', async () => {
    const made = await blueprint()
    const [one, two] = [
      await sigil.make('POST', at(made.id), credential()),
      await sigil.make('POST', at(made.id), credential()),
    ]
    expect((await sigil.graph('DELETE', `${at(made.id)}/${one.id}`)).status).toBe(204)
    expect((await sigil.graph('DELETE', `${at(made.id)}/${one.id}`)).status).toBe(404)
    expect(await rowsOf(made.appId)).toMatchObject([{ credentials: { [two.id]: {} } }])
    expect((await sigil.graph('DELETE', `${at(made.id)}/${two.name}`)).status).toBe(204)
    expect(await rowsOf(made.appId)).toEqual([])
    expect((await sigil.make('GET', at(made.id))).value).toEqual([])
  })

  test('is found by its name and subject, counted, and read page by page', async () => {
    const made = await blueprint()
    const all = []
    for (let each = 0; each < 5; each++) all.push(await sigil.make('POST', at(made.id), credential()))
    const [first, second] = all
    const filtered = async (filter: string) =>
      ((await sigil.make('GET', `${at(made.id)}?$filter=${encodeURIComponent(filter)}`)).value as Body[]).map(
        ({ id }) => id,
      )
    expect(await filtered(`name eq '${first?.name}'`)).toEqual([first?.id])
    expect(await filtered(`subject eq '${second?.subject}'`)).toEqual([second?.id])
    expect(await filtered(`name eq '${first?.name}' and subject eq '${second?.subject}'`)).toEqual([])
    const wrong = refusal(await sigil.graph('GET', `${at(made.id)}?$filter=description eq 'x'`))
    expect(wrong).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    const ids: unknown[] = []
    let next = `${at(made.id)}?$top=2&$select=id&$count=true`
    for (let pages = 0; next && pages < 9; pages++) {
      const page = await sigil.make('GET', next)
      expect(page['@odata.count']).toBe(5)
      for (const each of page.value as Body[]) {
        expect(Object.keys(each)).toEqual(['id'])
        ids.push(each.id)
      }
      next = String(page['@odata.nextLink'] ?? '').replace(sigil.service.origin, '')
    }
    expect(ids.sort()).toEqual(all.map(({ id }) => id).sort())
    const count = await fetch(`${sigil.service.http}/v1.0${at(made.id)}/$count`, {
      headers: { authorization: `Bearer ${await sigil.adminToken()}` },
    })
    expect(await count.text()).toBe('5')
  })

  test('matches by an expression in beta alone, instead of a subject', async () => {
    const made = await blueprint()
    const { subject: _, ...rest } = credential()
    const claimsMatchingExpression = { value: "claims['sub'] matches 'repo:contoso/*'", languageVersion: 1 }
    const body = { ...rest, claimsMatchingExpression }
    expect(refusal(await sigil.graph('POST', at(made.id), body)).message).toContain('beta')
    const { id } = await sigil.make('POST', `/beta${at(made.id)}`, body)
    expect(await sigil.make('GET', `/beta${at(made.id)}/${id}`)).toMatchObject({ ...body, subject: null })
    expect(await sigil.make('GET', `${at(made.id)}/${id}`)).not.toHaveProperty('claimsMatchingExpression')
    for (const wrong of [
      { ...body, name: 'x', subject: 'both' },
      { ...rest, name: 'x' },
      { ...body, name: 'x', claimsMatchingExpression: { value: 'x', languageVersion: 2 } },
      { ...body, name: 'x', claimsMatchingExpression: { value: 'x' } },
    ]) {
      expect(refusal(await sigil.graph('POST', `/beta${at(made.id)}`, wrong))).toMatchObject({ status: 400 })
    }
    expect((await sigil.graph('PATCH', `/beta${at(made.id)}/${id}`, { subject: 'x' })).status).toBe(400)
    const change = { subject: 'x', claimsMatchingExpression: null }
    expect((await sigil.graph('PATCH', `/beta${at(made.id)}/${id}`, change)).status).toBe(204)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, Body]>([
    ['name',         { name: undefined }],
    ['name',         { name: '' }],
    ['name',         { name: 'x'.repeat(121) }],
    ['name',         { name: 'two words' }],
    ['name',         { name: 'a/b' }],
    ['name',         { name: 'naïve' }],
    ['name',         { name: null }],
    ['issuer',       { issuer: undefined }],
    ['issuer',       { issuer: 'http://insecure.example' }],
    ['issuer',       { issuer: `https://${'x'.repeat(600)}` }],
    ['issuer',       { issuer: ' https://spaces.example' }],
    ['issuer',       { issuer: 'https://user@host.example' }],
    ['issuer',       { issuer: 'https://host.example/?query' }],
    ['issuer',       { issuer: 'https://' }],
    ['issuer',       { issuer: 7 }],
    ['issuer',       { issuer: null }],
    ['subject',      { subject: undefined }],
    ['subject',      { subject: '' }],
    ['subject',      { subject: null }],
    ['subject',      { subject: 'x'.repeat(601) }],
    ['subject',      { subject: 'line\nbreak' }],
    ['audiences',    { audiences: undefined }],
    ['audiences',    { audiences: [] }],
    ['audiences',    { audiences: ['one', 'two'] }],
    ['audiences',    { audiences: 'api://AzureADTokenExchange' }],
    ['audiences.0',  { audiences: ['x'.repeat(601)] }],
    ['audiences.0',  { audiences: [null] }],
    ['description',  { description: 'x'.repeat(601) }],
    ['description',  { description: {} }],
    ['id',           { id: crypto.randomUUID() }],
    ['secret',       { secret: 'x' }],
  ])('is refused for its %s: %j', async (property, more) => {
    const before = await sigil.rows('FIC#')
    const answer = refusal(await sigil.graph('POST', at(actors.blueprint.id), credential(more)))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain(`'${property}'`)
    expect(await sigil.rows('FIC#')).toEqual(before)
  })

  test('is one of a name, and one of an issuer and subject, in its application', async () => {
    const [made, other] = [await blueprint(), await blueprint()]
    const first = credential()
    const second = await sigil.make('POST', at(made.id), credential())
    await sigil.make('POST', at(made.id), first)
    await sigil.make('POST', at(other.id), first)
    for (const answer of [
      await sigil.graph('POST', at(made.id), first),
      await sigil.graph('POST', at(made.id), credential({ name: first.name })),
      await sigil.graph('POST', at(made.id), credential({ subject: first.subject })),
      await sigil.graph('PATCH', `${at(made.id)}/${second.id}`, { subject: first.subject }),
    ]) {
      expect(refusal(answer)).toMatchObject({ status: 409, code: 'Request_MultipleObjectsWithSameKeyValue' })
    }
    expect((await sigil.graph('PATCH', `${at(made.id)}/${second.id}`, { subject: `${first.subject}2` })).status).toBe(
      204,
    )
  })

  test('of one name is made once, however many ask for it at once', async () => {
    const made = await blueprint()
    const given = credential()
    const answers = await Promise.all(Array.from({ length: 8 }, () => sigil.graph('POST', at(made.id), given)))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)])
    expect((await sigil.make('GET', at(made.id))).value).toHaveLength(1)
  })

  test('is one of at most 20, also when all come at once', async () => {
    const made = await blueprint()
    for (let each = 0; each < 18; each++) await sigil.make('POST', at(made.id), credential())
    const answers = await Promise.all([1, 2, 3, 4].map(() => sigil.graph('POST', at(made.id), credential())))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 400, 400])
    expect((await sigil.make('GET', at(made.id))).value).toHaveLength(20)
  })

  test('belongs to its application and to no other', async () => {
    const made = await blueprint()
    const { id } = await sigil.make('POST', at(made.id), credential())
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { description: 'x' } : undefined
      expect((await sigil.graph(method, `${at(others.blueprint.id)}/${id}`, body)).status).toBe(404)
      expect((await sigil.graph(method, `${at(crypto.randomUUID())}/${id}`, body)).status).toBe(404)
    }
    expect((await sigil.graph('GET', `${at(made.id)}/${id}`)).status).toBe(200)
  })

  test('may be managed by whoever may manage credentials, and by no blueprint with its own token', async () => {
    const own = await sigil.tokenFor(actors.blueprint.appId, actors.secret, 'https://graph.microsoft.com/.default')
    for (const [method, path, body] of [
      ['POST', at(actors.blueprint.id), credential()],
      ['GET', at(actors.blueprint.id), undefined],
      ['DELETE', `${at(actors.blueprint.id)}/x`, undefined],
    ] as const) {
      expect(refusal(await sigil.graph(method, path, body, own))).toMatchObject({
        status: 403,
        code: 'Authorization_RequestDenied',
      })
    }
  })
})

describe('a federated identity credential, by its name and with Prefer: create-if-missing,', () => {
  const upsert = (id: string, { name, ...body }: Body, headers = { prefer: 'create-if-missing' }) =>
    send('PATCH', `${at(id)}(name='${name}')`, body, headers)

  test('is created where it is missing, and changed where it is there', async () => {
    const made = await blueprint()
    const given = credential()
    expect(await upsert(made.id, given)).toMatchObject({ status: 201, body: given })
    expect((await upsert(made.id, { ...given, subject: 'other' })).status).toBe(204)
    expect((await sigil.make('GET', at(made.id))).value).toMatchObject([{ ...given, subject: 'other' }])
  })

  test('is not created without the header, nor by another key', async () => {
    const made = await blueprint()
    const { name, ...body } = credential()
    expect((await upsert(made.id, { name, ...body }, {} as never)).status).toBe(404)
    expect((await send('PATCH', `${at(made.id)}/${name}`, body, { prefer: 'create-if-missing' })).status).toBe(404)
    expect((await sigil.make('GET', at(made.id))).value).toEqual([])
  })

  test('has the name of the path and all that a creation needs', async () => {
    const made = await blueprint()
    const { name, ...body } = credential()
    const named = (given: Body, path = name) =>
      send('PATCH', `${at(made.id)}(name='${path}')`, given, { prefer: 'create-if-missing' })
    for (const [property, answer] of [
      ['name', await named({ ...body, name: 'other' })],
      ['name', await named(body, 'two words')],
      ['issuer', await named({ ...body, issuer: undefined })],
      ['audiences', await named({ ...body, audiences: undefined })],
      ['subject', await named({ ...body, subject: undefined })],
    ] as const) {
      expect(refusal(answer)).toMatchObject({ status: 400, code: 'Request_BadRequest' })
      expect(refusal(answer).message).toContain(`'${property}'`)
    }
  })

  test('is made once, however many upsert it at once', async () => {
    const made = await blueprint()
    const given = credential()
    const answers = await Promise.all(Array.from({ length: 8 }, () => upsert(made.id, given)))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(204)])
    expect((await sigil.make('GET', at(made.id))).value).toHaveLength(1)
  })
})
