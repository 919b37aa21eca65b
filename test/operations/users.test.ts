import { describe, expect, test } from 'vitest'
import { type Answer, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>

const sigil = sigilForTests()

const refusal = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}
const someone = (more: Body = {}): Body => ({
  accountEnabled: true,
  displayName: 'Ada Lovelace',
  mailNickname: 'ada',
  userPrincipalName: `ada-${crypto.randomUUID()}@${sigil.service.domain}`,
  ...more,
})

describe('a user', () => {
  test('is created as an administrator enters them', async () => {
    const body = someone({ givenName: 'Ada', businessPhones: ['+44 1'], jobTitle: 'Analyst' })
    const made = await sigil.graph('POST', '/users', body)
    expect(made.status).toBe(201)
    expect(made.body).toEqual({
      '@odata.context': `${sigil.service.origin}/v1.0/$metadata#users/$entity`,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      createdDateTime: expect.any(String),
      mail: null,
      surname: null,
      officeLocation: null,
      preferredLanguage: null,
      mobilePhone: null,
      userType: 'Member',
      ...body,
    })
    expect(await sigil.rows(`USER#${sigil.tenantId}#${made.body.id}`)).toMatchObject([{ enabled: true }])
  })

  test('is read by id and by user principal name, in any letters', async () => {
    const { '@odata.context': _, ...made } = await sigil.make('POST', '/users', someone())
    const name = String(made.userPrincipalName)
    for (const key of [made.id, made.id.toUpperCase(), name, name.toUpperCase(), encodeURIComponent(name)]) {
      for (const address of [`/users/${key}`, `/Users('${key}')`, `/beta/users/${key}`]) {
        const { status, body } = await sigil.graph('GET', address)
        expect([address, status]).toEqual([address, 200])
        expect(body).toMatchObject(made)
      }
    }
    expect((await sigil.graph('GET', `/users/nobody@${sigil.service.domain}`)).status).toBe(404)
  })

  test('with a quote in the name is read as OData writes it', async () => {
    const name = `o'brien-${crypto.randomUUID()}@${sigil.service.domain}`
    const { id } = await sigil.make('POST', '/users', someone({ userPrincipalName: name }))
    for (const address of [`/users/${name}`, `/users('${name.replace("'", "''")}')`]) {
      expect(await sigil.make('GET', address)).toMatchObject({ id })
    }
  })

  test('has no password here: what Graph clients must send is taken and forgotten', async () => {
    const password = `correct horse ${crypto.randomUUID()}`
    const passwordProfile = { password, forceChangePasswordNextSignIn: true }
    const { status, body } = await sigil.graph('POST', '/users', someone({ passwordProfile }))
    expect(status).toBe(201)
    expect(JSON.stringify([body, await sigil.rows()])).not.toContain(password)
  })

  test('has a principal name that is theirs alone, without letter case, however many ask at once', async () => {
    const name = `unique-${crypto.randomUUID()}`
    const answers = await Promise.all(
      [name, name.toUpperCase(), name].map((each) =>
        sigil.graph('POST', '/users', someone({ userPrincipalName: `${each}@${sigil.service.domain}` })),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409])
    const taken = answers.find(({ status }) => status === 409) as Answer
    expect(refusal(taken).code).toBe('Request_MultipleObjectsWithSameKeyValue')
  })

  test.each([
    ['another domain', 'ada@elsewhere.example'],
    ['a domain below the tenant’s', `ada@sub.{domain}`],
    ['a domain that ends as the tenant’s', 'ada@not{domain}'],
    ['two domains', 'ada@elsewhere.example@{domain}'],
    ['no domain', 'ada'],
    ['an empty name', '@{domain}'],
    ['a space', 'ada lovelace@{domain}'],
    ['a letter that looks like another', '\u0430da@{domain}'],
    ['a hash key of ours', 'ada/..#x@{domain}'],
    ['more than 64 characters before the @', `${'a'.repeat(65)}@{domain}`],
  ])('has a principal name in the tenant’s domain: not %s', async (_, pattern) => {
    const userPrincipalName = pattern.replace('{domain}', sigil.service.domain)
    const answer = refusal(await sigil.graph('POST', '/users', someone({ userPrincipalName })))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain("'userPrincipalName'")
  })

  test('may have the domain in other letters', async () => {
    const userPrincipalName = `ada-${crypto.randomUUID()}@${sigil.service.domain.toUpperCase()}`
    expect((await sigil.graph('POST', '/users', someone({ userPrincipalName }))).status).toBe(201)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, Body]>([
    ['accountEnabled', { accountEnabled: undefined }],
    ['accountEnabled', { accountEnabled: 'false' }],
    ['accountEnabled', { accountEnabled: 0 }],
    ['accountEnabled', { accountEnabled: null }],
    ['displayName',    { displayName: undefined }],
    ['displayName',    { displayName: 'x'.repeat(257) }],
    ['mailNickname',   { mailNickname: undefined }],
    ['mailNickname',   { mailNickname: 'a@b' }],
    ['mailNickname',   { mailNickname: 'x'.repeat(65) }],
    ['userType',       { userType: 'Administrator' }],
    ['businessPhones', { businessPhones: ['1', '2'] }],
    ['id',             { id: crypto.randomUUID() }],
    ['roles',          { roles: ['Global Administrator'] }],
    ['createdDateTime',{ createdDateTime: '2020-01-01T00:00:00Z' }],
    ['passwordProfile',{ passwordProfile: 'hunter2' }],
    ['identityParentId', { identityParentId: crypto.randomUUID() }],
    ['@odata.type',    { '@odata.type': '#microsoft.graph.agentUser' }],
    ['@odata.type',    { '@odata.type': '#microsoft.graph.servicePrincipal' }],
  ])('is refused for their %s: %j', async (property, more) => {
    const answer = refusal(await sigil.graph('POST', '/users', someone(more)))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain(`'${property}'`)
    expect(answer.message).not.toContain('hunter2')
  })

  test('is listed, filtered by id, and shown as $select says', async () => {
    const made = await sigil.make('POST', '/users', someone())
    const { value } = await sigil.make('GET', '/users?$select=id,displayName')
    expect(value).toContainEqual({ id: made.id, displayName: 'Ada Lovelace' })
    const found = await sigil.make('GET', `/users?$filter=id eq '${made.id}'&$select=id`)
    expect(found.value).toEqual([{ id: made.id }])
    expect((await sigil.make('GET', `/users?$filter=id eq '${crypto.randomUUID()}'`)).value).toEqual([])
  })
})
