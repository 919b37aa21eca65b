import { describe, expect, test } from 'vitest'
import { type Cast, cast } from '../support/sigil.ts'
import {
  assign,
  issued,
  type Json,
  makeApplication,
  management,
  ordinary,
  refused,
  removeSecret,
  secrets,
  sigil,
  step1,
  step2,
} from './token-refusal.ts'

describe('what is disabled, deleted or taken away counts at the next request (reference §3.2, §3.12 (3))', () => {
  const patch = (id: string, body: Json) => sigil.make('PATCH', `/servicePrincipals/${id}`, body)
  const remove = (path: string) => sigil.make('DELETE', path)
  const disable = (id: string) => patch(id, { accountEnabled: false })

  // biome-ignore format: a table reads better aligned
  test.each<[string, (c: Cast) => Promise<unknown>, step1: number, step2: number]>([
    ['agent is disabled',                (c) => disable(c.agent.id),                                               7000112, 7000112],
    ['agent is deleted',                 (c) => remove(`/servicePrincipals/${c.agent.id}`),                        700016,  700016],
    ['blueprint principal is disabled',  (c) => disable(c.principal.id),                                           7000112, 7000112],
    ['blueprint principal is deleted',   (c) => remove(`/servicePrincipals/${c.principal.id}`),                    700016,  700016],
    ['blueprint is deleted',             (c) => remove(`/applications/${c.blueprint.id}`),                         700016,  700016],
    ['secret is removed',                (c) => removeSecret(c.blueprint.id, c.keyId),                             7000215, 700027],
    ['API is disabled',                  (c) => disable(c.apiPrincipal.id),                                        200,     500014],
    ['principal of the API is deleted',  (c) => remove(`/servicePrincipals/${c.apiPrincipal.id}`),                 200,     500011],
    ['API is deleted',                   (c) => remove(`/applications/${c.api.id}`),                               200,     500011],
    ['API requires an assignment',       (c) => patch(c.apiPrincipal.id, { appRoleAssignmentRequired: true }),     200,     501051],
  ])('when the %s', async (_, change, first, second) => {
    const c = await cast(sigil, 'effect')
    const client_assertion = await c.t1()
    secrets.push(c.secret, client_assertion)
    const ask1 = () => sigil.token(step1({ client_id: c.blueprint.appId, client_secret: c.secret, fmi_path: c.agent.id }))
    const ask2 = () => sigil.token(step2({ client_id: c.agent.id, scope: c.scope, client_assertion }))
    expect([(await ask1()).status, (await ask2()).status]).toEqual([200, 200])
    await change(c)
    if (first === 200) expect((await ask1()).status).toBe(200)
    else await refused(ask1, first)
    await refused(ask2, second)
  })

  test('and counts again when it is enabled again', async () => {
    const c = await cast(sigil, 'again')
    const client_assertion = await c.t1()
    const ask = () => sigil.token(step2({ client_id: c.agent.id, scope: c.scope, client_assertion }))
    for (const id of [c.agent.id, c.principal.id, c.apiPrincipal.id]) {
      await disable(id)
      expect((await ask()).status).toBe(400)
      await patch(id, { accountEnabled: true })
      expect((await ask()).status).toBe(200)
    }
  })

  test('an API that requires an assignment gives tokens to those that have one', async () => {
    const c = await cast(sigil, 'assigned')
    await patch(c.apiPrincipal.id, { appRoleAssignmentRequired: true })
    const assignment = await assign(c.agent.id, c.apiPrincipal.id, c.role.id)
    const form = step2({ client_id: c.agent.id, scope: c.scope, client_assertion: await c.t1() })
    await issued(form)
    await remove(`/servicePrincipals/${c.agent.id}/appRoleAssignments/${assignment.id}`)
    await refused(() => sigil.token(form), 501051)
  })

  test('an application is refused when its principal is disabled, its principal is gone, or itself', async () => {
    const [disabled, orphan, gone] = [await makeApplication(), await makeApplication(), await makeApplication()]
    const ask =
      ({ appId, secret }: typeof disabled) =>
      () =>
        sigil.token(ordinary({ client_id: appId, client_secret: secret }))
    await disable(disabled.principalId)
    await refused(ask(disabled), 7000112)
    await remove(`/servicePrincipals/${orphan.principalId}`)
    await refused(ask(orphan), 700016)
    await remove(`/applications/${gone.id}`)
    await refused(ask(gone), 700016)
  })

  // Rotation: the new secret before the old one goes; a T1 dies with the secret that made it, and no other does.
  test('of two secrets each works until it is removed, and each T1 as long as its secret', async () => {
    const c = await cast(sigil, 'rotation')
    const next = await sigil.make('POST', `/applications/${c.blueprint.id}/addPassword`, {})
    const secret = next.secretText as string
    secrets.push(c.secret, secret)
    const ask = (client_secret: string) =>
      sigil.token(step1({ client_id: c.blueprint.appId, client_secret, fmi_path: c.agent.id }))
    const old = (await ask(c.secret)).body.access_token as string
    const young = (await ask(secret)).body.access_token as string
    const use = (client_assertion: string) =>
      sigil.token(step2({ client_id: c.agent.id, scope: c.scope, client_assertion }))
    expect([(await use(old)).status, (await use(young)).status]).toEqual([200, 200])
    await removeSecret(c.blueprint.id, c.keyId)
    const tries = await Promise.all(Array.from({ length: 8 }, () => ask(c.secret)))
    expect(tries.map(({ status }) => status)).toEqual(Array(8).fill(401))
    await refused(() => ask(c.secret), 7000215)
    await refused(() => use(old), 700027)
    expect([(await ask(secret)).status, (await use(young)).status]).toEqual([200, 200])
    await removeSecret(c.blueprint.id, next.keyId as string)
    await refused(() => ask(secret), 7000215)
    await refused(() => use(young), 700027)
  })

  test('a tenant that is suspended refuses everybody until it is resumed; closed, it is as if it had never been', async () => {
    const tenant = await sigil.openTenant('suspended.example')
    const { clientId, clientSecret } = tenant.admin
    secrets.push(clientSecret)
    const form = {
      client_id: clientId,
      client_secret: clientSecret,
      scope: management,
      grant_type: 'client_credentials',
    }
    const asked = [tenant.tenantId, tenant.domain]
    const act = async (operation: 'tenants/suspend' | 'tenants/resume' | 'tenants/close') =>
      expect((await sigil.operator(operation, { tenantId: tenant.tenantId })).status).toBe(200)
    for (const each of asked) await issued(form, {}, each)
    await act('tenants/suspend')
    for (const each of asked) {
      await refused(() => sigil.token(form, each), { code: 7000112, tenant: tenant.tenantId })
      await refused(() => sigil.token({ ...form, client_secret: 'wrong' }, each), {
        code: 7000112,
        tenant: tenant.tenantId,
      })
    }
    await act('tenants/resume')
    for (const each of asked) await issued(form, {}, each)
    await act('tenants/close')
    for (const each of asked) {
      await refused(() => sigil.token(form, each), { code: 90002, row: false })
      await refused(() => sigil.token({}, each), { code: 90002, row: false })
    }
  })
})
