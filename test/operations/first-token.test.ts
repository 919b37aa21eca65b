import { createLocalJWKSet, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { cast, sigilForTests } from '../support/sigil.ts'

describe('the first token', () => {
  const sigil = sigilForTests()

  test('an agent goes from nothing to a verified access token', async () => {
    const { api, agent, apiPrincipal, role, scope, t1, blueprint } = await cast(sigil, 'first')
    await sigil.make('POST', `/servicePrincipals/${agent.id}/appRoleAssignments`, {
      principalId: agent.id,
      resourceId: apiPrincipal.id,
      appRoleId: role.id,
    })
    const token = await sigil.agentToken(agent.id, await t1(), scope)
    const keys = await sigil.send(`/${sigil.tenantId}/discovery/v2.0/keys`)
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys.body as never), {
      issuer: `${sigil.service.origin}/${sigil.tenantId}/v2.0`,
      audience: api.appId,
    })
    expect(payload).toMatchObject({
      azp: agent.id,
      oid: agent.id,
      sub: agent.id,
      roles: ['Tasks.Read'],
      idtyp: 'app',
      xms_par_app_azp: blueprint.appId,
    })
  })
})
