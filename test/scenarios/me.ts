import { delegatedToken, grantScopes } from '../support/delegated.ts'
import type { Sigil } from '../support/sigil.ts'
import { application, missing, person, principalOf } from './makers.ts'
import type { Scenario } from './scenario.ts'

/** The token of an application that acts on behalf of a person. */
async function onBehalf(sigil: Sigil, ...scopes: string[]): Promise<string> {
  const { appId } = await principalOf(sigil, await application(sigil))
  await grantScopes(sigil, { clientId: appId, scopes })
  return delegatedToken(sigil, { clientId: appId, userId: (await person(sigil)).id, scopes })
}

export const meScenarios: Scenario[] = [
  {
    operation: 'me/read',
    name: 'on behalf of a person',
    status: 200,
    prepare: async (sigil) => ({ path: '/v1.0/me', token: await onBehalf(sigil, 'User.Read') }),
  },
  {
    operation: 'me/read',
    name: 'as an application',
    status: 400,
    prepare: () => ({ path: '/v1.0/me' }),
  },
  {
    operation: 'users/revoke-sessions',
    name: 'their own',
    status: 200,
    prepare: async (sigil) => ({
      path: '/v1.0/me/revokeSignInSessions',
      token: await onBehalf(sigil, 'User.RevokeSessions.All'),
    }),
  },
  {
    operation: 'organization/list',
    name: 'the tenant',
    status: 200,
    prepare: () => ({ path: '/v1.0/organization' }),
  },
  {
    operation: 'organization/read',
    name: 'the tenant',
    status: 200,
    prepare: ({ tenantId }) => ({ path: `/v1.0/organization/${tenantId}?$select=id,displayName` }),
  },
  {
    operation: 'organization/read',
    name: 'another',
    status: 404,
    prepare: () => ({ path: `/v1.0/organization/${missing.id}` }),
  },
]
