import { describe, expect, test } from 'vitest'
import {
  agent,
  agentType,
  application,
  assign,
  blueprint,
  blueprintType,
  company,
  fresh,
  newPerson,
  person,
  principalOf,
  resource,
} from '../scenarios/makers.ts'
import { type Answer, sigilForTests } from '../support/sigil.ts'

const sigil = sigilForTests()
const contenders = 8

const statuses = (answers: readonly Pick<Answer, 'status'>[]): number[] => answers.map(({ status }) => status).sort()
const oneWins = (won: number, lost: number): number[] => [won, ...Array<number>(contenders - 1).fill(lost)]

/** So many requests at once, the n-th of them made by `make(n)`. */
const atOnce = <Result>(make: (n: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: contenders }, (_, n) => make(n)))

describe('of many who create the same unique thing at once, one does, and the others are told that it exists', () => {
  test('a user principal name', async () => {
    const body = newPerson(sigil.service.domain)
    const answers = await atOnce(() => sigil.graph('POST', '/users', body))
    expect(statuses(answers)).toEqual(oneWins(201, 409))
    expect(await sigil.rows(`UNIQUE#${sigil.tenantId}#userPrincipalName#${body.userPrincipalName}`)).toHaveLength(1)
  })

  test('an identifier URI, of new applications', async () => {
    const body = { displayName: 'Payroll', identifierUris: [`https://${fresh('payroll')}.example`] }
    expect(statuses(await atOnce(() => sigil.graph('POST', '/applications', body)))).toEqual(oneWins(201, 409))
  })

  test('an identifier URI, of applications that are there', async () => {
    const applications = await atOnce(() => application(sigil))
    const body = { identifierUris: [`https://${fresh('payroll')}.example`] }
    const answers = await atOnce((n) => sigil.graph('PATCH', `/applications/${applications[n]?.id}`, body))
    expect(statuses(answers)).toEqual(oneWins(204, 409))
  })

  test('a unique name, of applications and blueprints', async () => {
    const { sponsors } = await company(sigil)
    const body = { displayName: 'Payroll', uniqueName: fresh('payroll') }
    const answers = await atOnce((n) =>
      n % 2 === 0
        ? sigil.graph('POST', '/applications', body)
        : sigil.graph('POST', `/applications/${blueprintType}`, { ...body, ...sponsors }),
    )
    expect(statuses(answers)).toEqual(oneWins(201, 409))
  })

  test.each([
    ['an application', application],
    ['a blueprint', blueprint],
  ])('the principal of %s', async (_, make) => {
    const { appId } = await make(sigil)
    const answers = await atOnce(() => sigil.graph('POST', '/servicePrincipals', { appId }))
    expect(statuses(answers)).toEqual(oneWins(201, 409))
  })

  test.each([
    ['an agent identity', agent],
    ['a person', person],
  ])('an app role of %s, from both sides', async (_, make) => {
    const { principal, role } = await resource(sigil)
    const holder = await make(sigil)
    const body = { principalId: holder.id, resourceId: principal.id, appRoleId: role.id }
    const sides = make === agent ? [holder, principal] : [principal]
    const answers = await atOnce((n) => {
      const side = sides[n % sides.length]
      const collection = side === holder ? 'appRoleAssignments' : 'appRoleAssignedTo'
      return sigil.graph('POST', `/servicePrincipals/${side?.id}/${collection}`, body)
    })
    expect(statuses(answers)).toEqual(oneWins(201, 400))
    expect(await sigil.rows(`ASSIGNMENT#${sigil.tenantId}#${holder.id}`)).toHaveLength(1)
  })

  test("a tenant's domain", async () => {
    const body = { displayName: 'Contoso', domain: `${fresh('contoso')}.example` }
    expect(statuses(await atOnce(() => sigil.operator('tenants/open', {}, body)))).toEqual(oneWins(201, 409))
    expect(await sigil.rows(`DOMAIN#${body.domain}`)).toHaveLength(1)
  })
})

describe('of many who end the same thing at once, one does, and to the others it is not there', () => {
  test('an application with its principal', async () => {
    const { app } = await resource(sigil)
    const answers = await atOnce(() => sigil.graph('DELETE', `/applications/${app.id}`))
    expect(statuses(answers)).toEqual(oneWins(204, 404))
  })

  test('an app role', async () => {
    const { principal, role } = await resource(sigil)
    const { id } = await assign(sigil, await agent(sigil), principal, role)
    const answers = await atOnce(() =>
      sigil.graph('DELETE', `/servicePrincipals/${principal.id}/appRoleAssignedTo/${id}`),
    )
    expect(statuses(answers)).toEqual(oneWins(204, 404))
  })
})

describe('of many who change the same object at once, none is lost', () => {
  test('properties of an application that has a principal', async () => {
    const made = await application(sigil)
    const principal = await principalOf(sigil, made)
    const properties = [
      'description',
      'displayName',
      'serviceManagementReference',
      'tags',
      'info',
      'web',
      'api',
      'appRoles',
    ]
    const values: Record<string, unknown> = {
      description: 'eight at once',
      displayName: 'Ledger 8',
      serviceManagementReference: 'REF-8',
      tags: ['eight'],
      info: { supportUrl: 'https://support.example' },
      web: { homePageUrl: 'https://home.example' },
      api: { requestedAccessTokenVersion: 2 },
      appRoles: [],
    }
    const answers = await atOnce((n) => {
      const property = properties[n] ?? ''
      return sigil.graph('PATCH', `/applications/${made.id}`, { [property]: values[property] })
    })
    expect(statuses(answers)).toEqual(Array(contenders).fill(204))
    expect((await sigil.graph('GET', `/applications/${made.id}`)).body).toMatchObject(values)
    expect((await sigil.graph('GET', `/servicePrincipals/${principal.id}`)).body).toMatchObject({
      displayName: 'Ledger 8',
      appDescription: 'eight at once',
    })
    expect(await auditsOf(made.id, 'Update application')).toHaveLength(contenders)
  })

  test('secrets of a blueprint: each of them works', async () => {
    const made = await blueprint(sigil)
    await principalOf(sigil, made)
    const answers = await atOnce(() => sigil.graph('POST', `/applications/${made.id}/addPassword`, {}))
    expect(statuses(answers)).toEqual(Array(contenders).fill(200))
    const tokens = await Promise.all(
      answers.map(({ body }) =>
        sigil.tokenFor(made.appId, body.secretText as string, 'https://graph.microsoft.com/.default'),
      ),
    )
    expect(tokens).toHaveLength(contenders)
    const { body } = await sigil.graph('GET', `/applications/${made.id}`)
    expect(body.passwordCredentials).toHaveLength(contenders)
  })

  test('app roles of an agent identity: its next token carries all', async () => {
    const { agent: holder, t1 } = await company(sigil)
    const roles = Array.from({ length: contenders }, (_, n) => ({
      id: crypto.randomUUID(),
      value: `Tasks.${n}`,
      displayName: `Tasks ${n}`,
      description: `Tasks ${n}`,
      isEnabled: true,
      allowedMemberTypes: ['Application'],
    }))
    const app = await application(sigil, { appRoles: roles, api: { requestedAccessTokenVersion: 2 } })
    const principal = await principalOf(sigil, app)
    const answers = await atOnce((n) =>
      sigil.graph('POST', `/servicePrincipals/${holder.id}/appRoleAssignments`, {
        principalId: holder.id,
        resourceId: principal.id,
        appRoleId: roles[n]?.id,
      }),
    )
    expect(statuses(answers)).toEqual(Array(contenders).fill(201))
    const token = await sigil.agentToken(holder.id, await t1(), `${app.appId}/.default`)
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { roles: string[] }
    expect(claims.roles.sort()).toEqual(roles.map(({ value }) => value))
  })

  test('agent identities of one blueprint: all are created', async () => {
    const { blueprint: parent, sponsors } = await company(sigil)
    const answers = await atOnce((n) =>
      sigil.graph('POST', `/servicePrincipals/${agentType}`, {
        displayName: `Clerk ${n}`,
        agentIdentityBlueprintId: parent.appId,
        ...sponsors,
      }),
    )
    expect(statuses(answers)).toEqual(Array(contenders).fill(201))
  })
})

async function auditsOf(id: string, activity: string) {
  const rows = await sigil.rows(`AUDIT#${sigil.tenantId}`)
  return rows.filter(
    ({ targetResources, activityDisplayName }) =>
      activityDisplayName === activity && (targetResources as { id: string }[]).some((target) => target.id === id),
  )
}
