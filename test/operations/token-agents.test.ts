import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rolesOn } from '../../shared/domain/client.ts'
import { managementApi, roleId } from '../../shared/permissions.ts'
import { keys } from '../../shared/store/table.ts'
import { edit, holdRole, templateIdOf, tenantOf } from '../support/delegated.ts'
import { agentForm, type Cast, cast, claimsIn, exchangeForm, sigilForTests } from '../support/sigil.ts'

const sigil = sigilForTests()
const management = 'https://graph.microsoft.com/.default'
const defaultWid = '0997a1d0-0d1d-4acb-b408-d5ca73121e90'

let c: Cast

beforeAll(async () => {
  c = await cast(sigil, 'agents')
})
afterAll(() => sigil.clock.reset())

const agentClaims = async (scope: string) => claimsIn(await sigil.agentToken(c.agent.id, await c.t1(), scope))
const wids = (...names: string[]) => [defaultWid, ...names.map(templateIdOf).sort()]

describe('the directory roles in a token for the management API (reference §4.2, §5.6)', () => {
  test('of an agent are those that it holds and may hold', async () => {
    for (const name of ['Reports Reader', 'Global Reader', 'Global Administrator', 'User Administrator']) {
      await holdRole(sigil, { clientId: c.agent.id }, name)
    }
    expect((await agentClaims(management)).wids).toEqual(wids('Reports Reader', 'Global Reader'))
    await holdRole(sigil, { clientId: c.agent.id }, 'Global Reader', 'DELETE')
    expect((await agentClaims(management)).wids).toEqual(wids('Reports Reader'))
  })

  test('are in no other token', async () => {
    await holdRole(sigil, { clientId: c.agent.id }, 'Reports Reader')
    expect(await agentClaims(c.scope)).not.toHaveProperty('wids')
  })

  test('of an application are all that it holds, and of a blueprint none', async () => {
    const { clientId, clientSecret } = sigil.service.admin
    await holdRole(sigil, { clientId }, 'User Administrator')
    await holdRole(sigil, { clientId: c.blueprint.appId }, 'Global Reader')
    expect(claimsIn(await sigil.tokenFor(clientId, clientSecret, management)).wids).toEqual(wids('User Administrator'))
    expect(claimsIn(await sigil.tokenFor(c.blueprint.appId, c.secret, management)).wids).toEqual([defaultWid])
    await holdRole(sigil, { clientId }, 'User Administrator', 'DELETE')
  })
})

describe('the roles that an agent inherits (reference §5.2)', () => {
  const inherit = (inheritable: Record<string, { roles: string; scopes: string }>) =>
    edit(sigil, keys.app(c.blueprint.appId), 'SET #name = :value', 'inheritable', inheritable)
  const from = (appId: string, roles = 'allAllowed') => ({ [appId]: { roles, scopes: 'none' } })
  const rolesFor = async (scope: string) => (await agentClaims(scope)).roles

  beforeAll(async () => {
    await sigil.make('POST', `/servicePrincipals/${c.principal.id}/appRoleAssignments`, {
      principalId: c.principal.id,
      resourceId: c.apiPrincipal.id,
      appRoleId: c.role.id,
    })
  })

  test('are those of its blueprint’s principal on the resource, where the blueprint lets it', async () => {
    expect(await rolesFor(c.scope)).toBeUndefined()
    await inherit(from(c.api.appId))
    expect(await rolesFor(c.scope)).toEqual(['Tasks.Read'])
    await inherit(from(c.api.appId, 'none'))
    expect(await rolesFor(c.scope)).toBeUndefined()
    await inherit(from(managementApi.appId))
    expect(await rolesFor(c.scope)).toBeUndefined()
  })

  test('are gone from every agent when they are taken from the principal', async () => {
    await inherit(from(c.api.appId))
    const path = `/servicePrincipals/${c.principal.id}/appRoleAssignments`
    const { value } = (await sigil.make('GET', path)) as unknown as { value: { id: string; resourceId: string }[] }
    const held = value.find(({ resourceId }) => resourceId === c.apiPrincipal.id)
    await sigil.make('DELETE', `${path}/${held?.id}`)
    expect(await rolesFor(c.scope)).toBeUndefined()
    await sigil.make('POST', path, {
      principalId: c.principal.id,
      resourceId: c.apiPrincipal.id,
      appRoleId: c.role.id,
    })
    expect(await rolesFor(c.scope)).toEqual(['Tasks.Read'])
  })

  test('are none that agents may not hold', async () => {
    const ids = ['Application.ReadWrite.All', 'User.Read.All'].map((value) => roleId(value) ?? '')
    const client = keys.client(tenantOf(sigil), c.blueprint.appId)
    await edit(sigil, client, 'ADD #name :value', rolesOn(managementApi.objectId), new Set(ids))
    await inherit(from(managementApi.appId))
    expect(await rolesFor(management)).toEqual(['User.Read.All'])
  })

  test('let it in where the resource requires a role', async () => {
    const path = `/servicePrincipals/${c.apiPrincipal.id}`
    await sigil.make('PATCH', path, { appRoleAssignmentRequired: true })
    await inherit(from(c.api.appId, 'none'))
    const refused = await sigil.token(agentForm(c, await c.t1()))
    expect(refused.body.error_codes).toEqual([501051])
    await inherit(from(c.api.appId))
    expect(await rolesFor(c.scope)).toEqual(['Tasks.Read'])
    await sigil.make('PATCH', path, { appRoleAssignmentRequired: false })
  })
})

test('from the second at which it ends, an agent gets no T1 and no token, and is told when that was', async () => {
  sigil.clock.stop()
  const t1 = await c.t1()
  const expiresAt = new Date(Math.ceil(sigil.clock.now().getTime() / 1000) * 1000 + 60_000)
  await edit(
    sigil,
    keys.client(tenantOf(sigil), c.agent.id),
    'SET #name = :value',
    'expiresAt',
    expiresAt.toISOString(),
  )
  const ask = async () => [await sigil.token(exchangeForm(c)), await sigil.token(agentForm(c, t1))]
  sigil.clock.advance(expiresAt.getTime() - 1 - sigil.clock.now().getTime())
  expect((await ask()).map(({ status }) => status)).toEqual([200, 200])
  sigil.clock.advance(1)
  for (const { status, body } of await ask()) {
    expect([status, body.error, body.error_codes]).toEqual([400, 'unauthorized_client', [7000112]])
    expect(body.error_description).toContain(expiresAt.toISOString())
  }
})
