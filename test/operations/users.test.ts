import { describe, expect, test } from 'vitest'
import type { TenantId } from '../../shared/domain/tenant.ts'
import { keys } from '../../shared/store/table.ts'
import { delegatedToken, edit, grantScopes } from '../support/delegated.ts'
import { type Answer, type Row, sigilForTests } from '../support/sigil.ts'

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
    const names = [name, name.toUpperCase(), name, name, name, name.toUpperCase(), name, name]
    const answers = await Promise.all(
      names.map((each) =>
        sigil.graph('POST', '/users', someone({ userPrincipalName: `${each}@${sigil.service.domain}` })),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)])
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
    ['createdByAppId', { createdByAppId: crypto.randomUUID() }],
    ['mail',           { mail: 'ada' }],
    ['mail',           { mail: 'adá@example.com' }],
    ['usageLocation',  { usageLocation: 'United Kingdom' }],
    ['usageLocation',  { usageLocation: null }],
    ['employeeId',     { employeeId: 'x'.repeat(17) }],
    ['employeeHireDate', { employeeHireDate: 'yesterday' }],
    ['employeeOrgData.pay', { employeeOrgData: { pay: 1 } }],
    ['sponsors@odata.bind', { 'sponsors@odata.bind': [`/users/${crypto.randomUUID()}`] }],
    ['identityParentId', { '@odata.type': '#microsoft.graph.agentUser' }],
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

const people = '/users'
const stored = async (id: string): Promise<Row | undefined> =>
  (await sigil.rows(`DIRECTORY#${sigil.tenantId}#user#`)).find(({ sk }) => sk === id)
const stateOf = (id: string) => sigil.rows(`USER#${sigil.tenantId}#${id}`)
const lockOf = (name: unknown) => sigil.rows(`UNIQUE#${sigil.tenantId}#userPrincipalName#${String(name).toLowerCase()}`)
const audited = async (id: string) => {
  const rows = await sigil.rows(`AUDIT#${sigil.tenantId}#`)
  return rows
    .filter(({ targetResources }) => (targetResources as { id: string }[])[0]?.id === id)
    .sort((one, other) => (one.sk < other.sk ? -1 : 1))
    .map(({ activityDisplayName, category }) => [activityDisplayName, category])
}

describe('a user is changed', () => {
  test('by id and by name, property by property, and what is not sent stays', async () => {
    const made = await sigil.make('POST', people, someone({ jobTitle: 'Analyst', city: 'London' }))
    expect((await sigil.graph('PATCH', `/users/${made.id}`, { jobTitle: null, department: 'Engines' })).status).toBe(
      204,
    )
    const byName = `/users/${made.userPrincipalName}`
    expect((await sigil.graph('PATCH', byName, { businessPhones: ['+44 2'], usageLocation: 'GB' })).status).toBe(204)
    expect(await sigil.make('GET', `/users/${made.id}`)).toMatchObject({
      displayName: 'Ada Lovelace',
      jobTitle: null,
      city: 'London',
      department: 'Engines',
      businessPhones: ['+44 2'],
      usageLocation: 'GB',
    })
    expect(await stateOf(made.id)).toMatchObject([{ enabled: true }])
    expect(await audited(made.id)).toEqual([
      ['Add user', 'UserManagement'],
      ['Update user', 'UserManagement'],
      ['Update user', 'UserManagement'],
    ])
  })

  test('and disabled, of which tokens know in the same moment', async () => {
    const { id } = await sigil.make('POST', people, someone())
    await sigil.make('PATCH', `/users/${id}`, { accountEnabled: false })
    expect(await stateOf(id)).toMatchObject([{ enabled: false }])
    expect(await sigil.make('GET', `/users?$filter=accountEnabled eq false and id eq '${id}'`)).toMatchObject({
      value: [{ id, accountEnabled: false }],
    })
    await sigil.make('PATCH', `/users/${id}`, { accountEnabled: true })
    expect(await stateOf(id)).toMatchObject([{ enabled: true }])
  })

  test('in their name, and the old one is free for another at once', async () => {
    const made = await sigil.make('POST', people, someone())
    const other = await sigil.make('POST', people, someone())
    const taken = await sigil.graph('PATCH', `/users/${made.id}`, { userPrincipalName: other.userPrincipalName })
    expect(refusal(taken)).toMatchObject({ status: 409, code: 'Request_MultipleObjectsWithSameKeyValue' })
    const renamed = `Renamed-${crypto.randomUUID()}@${sigil.service.domain}`
    await sigil.make('PATCH', `/users/${made.id}`, { userPrincipalName: renamed })
    expect(await lockOf(made.userPrincipalName)).toEqual([])
    expect(await lockOf(renamed)).toMatchObject([{ id: made.id }])
    expect(await stateOf(made.id)).toMatchObject([{ userPrincipalName: renamed.toLowerCase(), enabled: true }])
    expect(await sigil.make('GET', `/users/${renamed}`)).toMatchObject({ id: made.id, userPrincipalName: renamed })
    expect((await sigil.graph('GET', `/users/${made.userPrincipalName}`)).status).toBe(404)
    await sigil.make('PATCH', `/users/${other.id}`, { userPrincipalName: made.userPrincipalName })
    expect(await lockOf(made.userPrincipalName)).toMatchObject([{ id: other.id }])
  })

  test('in the letter case of their name, which stays theirs', async () => {
    const made = await sigil.make('POST', people, someone())
    const upper = String(made.userPrincipalName).toUpperCase()
    await sigil.make('PATCH', `/users/${made.id}`, { userPrincipalName: upper })
    expect(await sigil.make('GET', `/users/${made.id}`)).toMatchObject({ userPrincipalName: upper })
    expect(await lockOf(upper)).toMatchObject([{ id: made.id }])
  })

  test('to one name by one alone, of however many', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => sigil.make('POST', people, someone())))
    const userPrincipalName = `wanted-${crypto.randomUUID()}@${sigil.service.domain}`
    const answers = await Promise.all(all.map(({ id }) => sigil.graph('PATCH', `/users/${id}`, { userPrincipalName })))
    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array(7).fill(409)])
    const [lock] = await lockOf(userPrincipalName)
    const winner = all[answers.findIndex(({ status }) => status === 204)]
    expect(lock).toMatchObject({ id: winner?.id })
    for (const each of all) expect(await lockOf(each.userPrincipalName)).toHaveLength(each.id === winner?.id ? 0 : 1)
  })

  test('and shown, where the client prefers that', async () => {
    const { id } = await sigil.make('POST', people, someone())
    const answer = await sigil.send(`/v1.0/users/${id}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${await sigil.adminToken()}`,
        'content-type': 'application/json',
        prefer: 'return=representation',
      },
      body: JSON.stringify({ surname: 'King' }),
    })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ id, surname: 'King' })
  })

  test('only as they are known to be, where the client says so', async () => {
    const { id } = await sigil.make('POST', people, someone())
    const send = async (method: string, etag: string) =>
      sigil.send(`/v1.0/users/${id}`, {
        method,
        headers: {
          authorization: `Bearer ${await sigil.adminToken()}`,
          'content-type': 'application/json',
          'if-match': etag,
        },
        ...(method === 'PATCH' && { body: JSON.stringify({ city: 'Paris' }) }),
      })
    const etag = (await sigil.graph('GET', `/users/${id}`)).headers.get('etag') ?? ''
    expect((await send('PATCH', etag)).status).toBe(204)
    expect((await send('PATCH', etag)).status).toBe(412)
    expect((await send('DELETE', etag)).status).toBe(412)
    expect(await stored(id)).toMatchObject({ version: 2 })
  })

  test('but no password is kept', async () => {
    const { id } = await sigil.make('POST', people, someone())
    const passwordProfile = { password: `staple ${crypto.randomUUID()}` }
    expect((await sigil.graph('PATCH', `/users/${id}`, { passwordProfile })).status).toBe(204)
    expect(JSON.stringify(await sigil.rows())).not.toContain(passwordProfile.password)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, unknown]>([
    ['accountEnabled',    'false'],
    ['accountEnabled',    0],
    ['accountEnabled',    null],
    ['displayName',       null],
    ['displayName',       ''],
    ['mailNickname',      null],
    ['userPrincipalName', null],
    ['userPrincipalName', 'ada'],
    ['userPrincipalName', 'ada@elsewhere.example'],
    ['mail',              null],
    ['usageLocation',     null],
    ['businessPhones',    null],
    ['otherMails',        null],
    ['userType',          null],
    ['id',                crypto.randomUUID()],
    ['createdDateTime',   '2020-01-01T00:00:00Z'],
    ['identityParentId',  crypto.randomUUID()],
    ['sponsors@odata.bind', []],
    ['roles',             []],
    ['sessionsValidFrom', null],
    ['@odata.type',       '#microsoft.graph.agentUser'],
  ])('and never has their %s changed to %j', async (property, value) => {
    const { id } = await sigil.make('POST', people, someone())
    const before = await sigil.rows()
    const answer = refusal(await sigil.graph('PATCH', `/users/${id}`, { [property]: value }))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain(`'${property}'`)
    expect(await sigil.rows()).toEqual(before)
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    'city', 'companyName', 'country', 'department', 'employeeHireDate', 'employeeId', 'employeeOrgData', 'employeeType',
    'faxNumber', 'givenName', 'jobTitle', 'mobilePhone', 'officeLocation', 'postalCode', 'preferredLanguage', 'state',
    'streetAddress', 'surname',
  ])('and may have their %s cleared', async (property) => {
    const value: Body = {
      employeeHireDate: '2030-01-31T00:00:00Z',
      employeeOrgData: { costCenter: '1', division: 'x' },
    }
    const { id } = await sigil.make('POST', people, someone({ [property]: value[property] ?? 'x' }))
    expect(await sigil.make('GET', `/users/${id}`)).toMatchObject({ [property]: expect.anything() })
    await sigil.make('PATCH', `/users/${id}`, { [property]: null })
    expect(await sigil.make('GET', `/users/${id}`)).toMatchObject({ [property]: null })
  })
})

describe('a user is deleted', () => {
  test('softly, and their name is free', async () => {
    const made = await sigil.make('POST', people, someone())
    expect((await sigil.graph('DELETE', `/users/${made.id}`)).status).toBe(204)
    expect(await stored(made.id)).toBeUndefined()
    expect((await sigil.rows('DELETED#')).find(({ sk }) => sk === made.id)).toMatchObject({
      type: 'user',
      deletedDateTime: expect.any(String),
      properties: { userPrincipalName: made.userPrincipalName, accountEnabled: true },
    })
    expect(await stateOf(made.id)).toEqual([])
    expect(await lockOf(made.userPrincipalName)).toEqual([])
    for (const method of ['GET', 'DELETE']) {
      expect((await sigil.graph(method, `/users/${made.id}`)).status).toBe(404)
      expect((await sigil.graph(method, `/users/${made.userPrincipalName}`)).status).toBe(404)
    }
    expect(await audited(made.id)).toContainEqual(['Delete user', 'UserManagement'])
    const next = await sigil.make('POST', people, someone({ userPrincipalName: made.userPrincipalName }))
    expect(next.id).not.toBe(made.id)
  })

  test('once, of however many who delete them, and is counted once', async () => {
    const { id } = await sigil.make('POST', people, someone())
    const count = async () => Number(await text('/users/$count'))
    const before = await count()
    const answers = await Promise.all(Array.from({ length: 8 }, () => sigil.graph('DELETE', `/users/${id}`)))
    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array(7).fill(404)])
    expect(await count()).toBe(before - 1)
  })
})

const text = async (path: string): Promise<string> => {
  const headers = { authorization: `Bearer ${await sigil.adminToken()}` }
  return (await fetch(`${sigil.service.http}/v1.0${path}`, { headers })).text()
}

describe('the sessions of a user', () => {
  test('are revoked, and a token from before is none', async () => {
    const { appId } = await sigil.make('POST', '/applications', { displayName: 'Portal' })
    await sigil.make('POST', '/servicePrincipals', { appId })
    const scopes = ['User.Read', 'User.RevokeSessions.All']
    await grantScopes(sigil, { clientId: appId, scopes })
    const { id } = await sigil.make('POST', people, someone())
    const token = () => delegatedToken(sigil, { clientId: appId, userId: id, scopes })
    for (const path of [
      `/users/${id}/revokeSignInSessions`,
      '/me/revokeSignInSessions',
      '/me/microsoft.graph.revokeSignInSessions',
    ]) {
      const own = await token()
      expect((await sigil.graph('GET', '/me', undefined, own)).status).toBe(200)
      sigil.clock.advance(2_000)
      const { status, body } = await sigil.graph('POST', path, undefined, path.startsWith('/me') ? own : undefined)
      expect({ status, body }).toEqual({
        status: 200,
        body: { '@odata.context': `${sigil.service.origin}/v1.0/$metadata#Edm.Boolean`, value: true },
      })
      expect(await stateOf(id)).toMatchObject([{ enabled: true, sessionsValidFrom: expect.stringMatching(/Z$/) }])
      expect((await sigil.graph('GET', '/me', undefined, own)).status).toBe(401)
      sigil.clock.advance(2_000)
    }
    sigil.clock.reset()
  })

  test('are nobody’s where there is no such user, and not an application’s own', async () => {
    for (const id of [crypto.randomUUID(), `nobody@${sigil.service.domain}`]) {
      expect((await sigil.graph('POST', `/users/${id}/revokeSignInSessions`)).status).toBe(404)
    }
    expect(refusal(await sigil.graph('POST', '/me/revokeSignInSessions'))).toMatchObject({
      status: 400,
      code: 'Request_BadRequest',
    })
  })
})

/** Another tenant, with the token of its administrator. */
async function otherTenant() {
  const { tenantId, domain, admin } = await sigil.openTenant(`other-${crypto.randomUUID()}.example`)
  const form = { grant_type: 'client_credentials', scope: 'https://graph.microsoft.com/.default' }
  const { body } = await sigil.token(
    { ...form, client_id: admin.clientId, client_secret: admin.clientSecret },
    tenantId,
  )
  return { tenantId: tenantId as TenantId, domain, token: String(body.access_token) }
}

describe('a user of another tenant', () => {
  test('is as little there as none, whatever is asked of them', async () => {
    const other = await otherTenant()
    const stranger = `stranger@${other.domain}`
    const { id } = await sigil.make('POST', people, someone({ userPrincipalName: stranger }), other.token)
    const before = await sigil.rows()
    for (const [method, rest, sent] of [
      ['GET', ''],
      ['PATCH', '', { city: 'x' }],
      ['DELETE', ''],
      ['POST', '/revokeSignInSessions'],
      ['GET', '/manager'],
      ['GET', '/directReports'],
    ] as const) {
      for (const [theirKey, noKey] of [
        [id, crypto.randomUUID()],
        [stranger, `nobody@${other.domain}`],
      ] as const) {
        const answers = [theirKey, noKey].map((key) => sigil.graph(method, `/users/${key}${rest}`, sent))
        const [found, missing] = (await Promise.all(answers)).map(refusal)
        expect(found).toMatchObject({ status: 404, code: 'Request_ResourceNotFound' })
        expect(found?.message.replace(theirKey, '')).toBe(missing?.message.replace(noKey, ''))
      }
    }
    expect(await sigil.rows()).toEqual(before)
  })
})

describe('a tenant has room for as many users as its limit says', () => {
  test('those included that are deleted, and however many are made at once', async () => {
    const { tenantId, domain, token } = await otherTenant()
    await edit(sigil, keys.tenant(tenantId), 'SET #name = :value', 'limits', { user: 3 })
    const create = () =>
      sigil.graph('POST', people, someone({ userPrincipalName: `u-${crypto.randomUUID()}@${domain}` }), token)
    const answers = await Promise.all(Array.from({ length: 8 }, create))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, ...Array(5).fill(403)])
    const made = answers.find(({ status }) => status === 201)
    expect((await sigil.graph('DELETE', `/users/${made?.body.id}`, undefined, token)).status).toBe(204)
    expect(refusal(await create())).toMatchObject({ status: 403, code: 'Agent_Directory_QuotaExceeded' })
  })
})
