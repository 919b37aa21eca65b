import { beforeAll, describe, expect, test } from 'vitest'
import { delegatedToken, grantScopes } from '../support/delegated.ts'
import { type Answer, sigilForTests } from '../support/sigil.ts'

type Made = Record<string, unknown> & { id: string }

const sigil = sigilForTests()

/** An application that people use the management API through, with one scope. */
let portal: string

beforeAll(async () => {
  const { appId } = await sigil.make('POST', '/applications', { displayName: 'Portal' })
  await sigil.make('POST', '/servicePrincipals', { appId })
  await grantScopes(sigil, { clientId: appId, scopes: ['User.Read'] })
  portal = appId
})

const refusal = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}
const newPerson = (more = {}): Promise<Made> =>
  sigil.make('POST', '/users', {
    accountEnabled: true,
    displayName: 'Grace',
    mailNickname: 'grace',
    userPrincipalName: `grace-${crypto.randomUUID()}@${sigil.service.domain}`,
    ...more,
  })
const tokenOf = ({ id }: Made, scopes = ['User.Read']) =>
  delegatedToken(sigil, { clientId: portal, userId: id, scopes })

describe('me', () => {
  test('is the user on whose behalf the call is made', async () => {
    const { '@odata.context': _, ...person } = await newPerson()
    const token = await tokenOf(person as Made)
    for (const path of ['/me', '/beta/Me']) {
      expect(await sigil.make('GET', path, undefined, token)).toMatchObject(person)
    }
    expect(await sigil.make('GET', '/me?$select=displayName', undefined, token)).toEqual({
      '@odata.context': `${sigil.service.origin}/v1.0/$metadata#users(displayName)/$entity`,
      displayName: 'Grace',
    })
    expect(await sigil.make('GET', `/users/${person.id}`, undefined, token)).toMatchObject({ id: person.id })
  })

  test('is the guest as well', async () => {
    const guest = await newPerson({ userType: 'Guest' })
    expect(await sigil.make('GET', '/me', undefined, await tokenOf(guest))).toMatchObject({ id: guest.id })
  })

  test('is nobody for an application as itself', async () => {
    const answer = refusal(await sigil.graph('GET', '/me'))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain('/me request is only valid with delegated authentication flow')
  })

  test('needs a scope that shows users', async () => {
    const person = await newPerson()
    expect(refusal(await sigil.graph('GET', '/me', undefined, await tokenOf(person, [])))).toMatchObject({
      status: 403,
      code: 'Authorization_RequestDenied',
    })
  })

  test('is gone with the user, and stopped with them', async () => {
    const person = await newPerson()
    const token = await tokenOf(person)
    await sigil.make('PATCH', `/users/${person.id}`, { accountEnabled: false })
    expect((await sigil.graph('GET', '/me', undefined, token)).status).toBe(401)
    await sigil.make('PATCH', `/users/${person.id}`, { accountEnabled: true })
    expect((await sigil.graph('GET', '/me', undefined, token)).status).toBe(200)
    await sigil.make('DELETE', `/users/${person.id}`)
    expect((await sigil.graph('GET', '/me', undefined, token)).status).toBe(401)
  })
})

describe('the organization', () => {
  const usual = (id: string, name: string, displayName: string) => ({
    id,
    displayName,
    tenantType: 'AAD',
    createdDateTime: expect.stringMatching(/Z$/),
    verifiedDomains: [{ capabilities: 'None', isDefault: true, isInitial: true, name, type: 'Managed' }],
    deletedDateTime: null,
    onPremisesSyncEnabled: null,
  })

  test('is the tenant of the caller', async () => {
    const { origin, domain } = sigil.service
    const tenant = (await sigil.rows(`TENANT#${sigil.tenantId}`))[0]
    const own = usual(sigil.tenantId, domain, String(tenant?.displayName))
    const list = await sigil.make('GET', '/organization')
    expect(list).toMatchObject({ '@odata.context': `${origin}/v1.0/$metadata#organization`, value: [own] })
    expect(list.value).toHaveLength(1)
    expect(await sigil.make('GET', `/Organization/${sigil.tenantId.toUpperCase()}`)).toMatchObject({
      '@odata.context': `${origin}/v1.0/$metadata#organization/$entity`,
      ...own,
    })
    expect(await sigil.make('GET', `/beta/organization?$select=id,verifiedDomains`)).toEqual({
      '@odata.context': `${origin}/beta/$metadata#organization(id,verifiedDomains)`,
      value: [{ id: own.id, verifiedDomains: own.verifiedDomains }],
    })
  })

  test('is seen by a person of it', async () => {
    const token = await tokenOf(await newPerson())
    expect((await sigil.make('GET', '/organization', undefined, token)).value).toHaveLength(1)
  })

  test('is no other, of whatever name', async () => {
    const other = await sigil.openTenant(`other-${crypto.randomUUID()}.example`)
    for (const id of [other.tenantId, crypto.randomUUID(), other.domain, sigil.service.domain, 'me']) {
      const { status, code } = refusal(await sigil.graph('GET', `/organization/${id}`))
      expect([id, status, code]).toEqual([id, 404, 'Request_ResourceNotFound'])
    }
  })
})
