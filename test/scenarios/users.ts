import type { Sigil } from '../support/sigil.ts'
import {
  agentUser,
  bind,
  company,
  fresh,
  fullTenant,
  type Made,
  missing,
  newAgentUser,
  newPerson,
  person,
  smallTenant,
  tokenWith,
} from './makers.ts'
import type { Scenario } from './scenario.ts'

const graphOrigin = 'https://graph.microsoft.com/v1.0'

/** A disabled person, whose own row says so among the disabled. */
const stopped = async (sigil: Sigil): Promise<Made> =>
  sigil.make('POST', '/users', { ...newPerson(sigil.service.domain), accountEnabled: false })

/** A person with a manager. */
async function managed(sigil: Sigil, user: Made): Promise<{ user: Made; manager: Made }> {
  const manager = await person(sigil)
  await sigil.make('PUT', `/users/${user.id}/manager/$ref`, refer(manager))
  return { user, manager }
}

const refer = ({ id }: Made) => ({ '@odata.id': `${graphOrigin}/users/${id}` })

const everything = (domain: string) => ({
  accountEnabled: false,
  displayName: 'Grace Hopper',
  userPrincipalName: `${fresh('hopper')}@${domain}`,
})

/** The ways to ask for a listing of users of one or both types. */
export const userLists = (operation: 'users/list' | 'agent-users/list', path: string): Scenario[] => [
  ...Object.entries({
    all: '',
    'all, counted': '?$count=true',
    'in the order of their names': '?$orderby=displayName&$top=1',
    'those whose name begins so': "?$filter=startswith(displayName,'Gra')",
    'the disabled ones': '?$filter=accountEnabled eq false',
    'with their sponsors': '?$expand=sponsors',
  }).map(
    ([name, query]): Scenario => ({
      operation,
      name,
      status: 200,
      prepare: async (sigil) => ({ path: `${path}${query}`, token: (await smallTenant(sigil)).token }),
    }),
  ),
  {
    operation,
    name: 'how many',
    status: 200,
    prepare: async (sigil) => ({ path: `${path}/$count`, token: (await smallTenant(sigil)).token }),
  },
  {
    operation,
    name: 'one by id',
    status: 200,
    prepare: async (sigil) => ({ path: `${path}?$filter=id eq '${(await company(sigil)).person.id}'` }),
  },
  {
    operation,
    name: 'one by name',
    status: 200,
    prepare: async (sigil) => ({
      path: `${path}?$filter=userPrincipalName eq '${(await company(sigil)).person.userPrincipalName}'`,
    }),
  },
  {
    operation,
    name: 'those with a sponsor',
    status: 200,
    prepare: async (sigil) => ({
      path: `${path}?$filter=sponsors/any(s:s/id eq '${(await company(sigil)).person.id}')`,
    }),
  },
]

export const userScenarios: Scenario[] = [
  {
    operation: 'users/create',
    name: 'a person',
    status: 201,
    prepare: ({ service }) => ({ path: '/v1.0/users', body: newPerson(service.domain) }),
  },
  {
    operation: 'users/create',
    name: 'a disabled person with a sponsor',
    status: 201,
    prepare: async (sigil) => ({
      path: '/v1.0/users',
      body: {
        ...newPerson(sigil.service.domain),
        accountEnabled: false,
        'sponsors@odata.bind': bind(await person(sigil)),
      },
    }),
  },
  {
    operation: 'users/create',
    name: 'an agent user, by its type',
    status: 201,
    prepare: async (sigil) => ({
      path: '/v1.0/users',
      body: { '@odata.type': '#microsoft.graph.agentUser', ...(await newAgentUser(sigil)) },
    }),
  },
  {
    operation: 'users/create',
    name: 'one more than the tenant may hold',
    status: 403,
    prepare: async (sigil) => {
      const { token, domain } = await fullTenant(sigil, 'user')
      return { path: '/v1.0/users', body: newPerson(domain), token }
    },
  },
  {
    operation: 'users/create',
    name: 'a name that is taken',
    status: 409,
    prepare: async (sigil) => {
      const { userPrincipalName } = await person(sigil)
      const name = String(userPrincipalName).split('@')[0]
      return { path: '/v1.0/users', body: newPerson(sigil.service.domain, name) }
    },
  },
  {
    operation: 'users/create',
    name: "another tenant's domain",
    status: 400,
    prepare: () => ({ path: '/v1.0/users', body: newPerson('elsewhere.example') }),
  },
  {
    operation: 'users/create',
    name: 'without the permission',
    status: 403,
    prepare: async (sigil) => ({
      path: '/v1.0/users',
      body: newPerson(sigil.service.domain),
      token: await tokenWith(sigil, 'User.Read.All'),
    }),
  },
  ...userLists('users/list', '/v1.0/users'),
  {
    operation: 'users/list',
    name: 'the one of an agent identity',
    status: 200,
    prepare: async (sigil) => {
      const { identityParentId } = await agentUser(sigil)
      return { path: `/v1.0/users?$filter=identityParentId eq '${identityParentId}'` }
    },
  },
  {
    operation: 'users/list',
    name: 'a name for an id, which is none',
    status: 200,
    prepare: async (sigil) => ({
      path: `/v1.0/users?$filter=id eq '${(await company(sigil)).person.userPrincipalName}'`,
    }),
  },
  {
    operation: 'users/read',
    name: 'by id',
    status: 200,
    prepare: async (sigil) => ({ path: `/v1.0/users/${(await company(sigil)).person.id}?$select=id,displayName` }),
  },
  {
    operation: 'users/read',
    name: 'by name',
    status: 200,
    prepare: async (sigil) => ({ path: `/beta/users/${(await company(sigil)).person.userPrincipalName}` }),
  },
  {
    operation: 'users/read',
    name: 'nobody',
    status: 404,
    prepare: () => ({ path: `/v1.0/users/${missing.id}` }),
  },
  {
    operation: 'users/update',
    name: 'a person, found by name: renamed and stopped',
    status: 204,
    prepare: async (sigil) => ({
      path: `/v1.0/users/${(await person(sigil)).userPrincipalName}`,
      body: everything(sigil.service.domain),
    }),
  },
  {
    operation: 'users/update',
    name: 'a person, started again',
    status: 204,
    prepare: async (sigil) => ({ path: `/v1.0/users/${(await stopped(sigil)).id}`, body: { accountEnabled: true } }),
  },
  {
    operation: 'users/update',
    name: 'a profile, which no token shows',
    status: 204,
    prepare: async (sigil) => ({ path: `/v1.0/users/${(await person(sigil)).id}`, body: { city: 'London' } }),
  },
  {
    operation: 'users/update',
    name: 'an agent user, renamed and stopped',
    status: 204,
    prepare: async (sigil) => ({
      path: `/v1.0/users/${(await agentUser(sigil)).id}`,
      body: everything(sigil.service.domain),
    }),
  },
  {
    operation: 'users/update',
    name: 'to a name that is taken',
    status: 409,
    prepare: async (sigil) => ({
      path: `/v1.0/users/${(await person(sigil)).id}`,
      body: { userPrincipalName: (await person(sigil)).userPrincipalName },
    }),
  },
  {
    operation: 'users/update',
    name: 'nobody',
    status: 404,
    prepare: () => ({ path: `/v1.0/users/${missing.id}`, body: { city: 'London' } }),
  },
  {
    operation: 'users/delete',
    name: 'a person, found by name',
    status: 204,
    prepare: async (sigil) => ({ path: `/v1.0/users/${(await person(sigil)).userPrincipalName}` }),
  },
  {
    operation: 'users/delete',
    name: 'an agent user',
    status: 204,
    prepare: async (sigil) => ({ path: `/v1.0/users/${(await agentUser(sigil)).id}` }),
  },
  {
    operation: 'users/delete',
    name: 'nobody',
    status: 404,
    prepare: () => ({ path: `/v1.0/users/${missing.id}` }),
  },
  {
    operation: 'users/revoke-sessions',
    name: 'of a person, found by name',
    status: 200,
    prepare: async (sigil) => ({ path: `/v1.0/users/${(await person(sigil)).userPrincipalName}/revokeSignInSessions` }),
  },
  {
    operation: 'users/revoke-sessions',
    name: 'of nobody',
    status: 404,
    prepare: () => ({ path: `/v1.0/users/${missing.id}/revokeSignInSessions` }),
  },
]

export const managerScenarios: Scenario[] = [
  {
    operation: 'manager/read',
    name: 'of a person, found by name',
    status: 200,
    prepare: async (sigil) => {
      const { user } = await managed(sigil, await person(sigil))
      return { path: `/v1.0/users/${user.userPrincipalName}/manager` }
    },
  },
  {
    operation: 'manager/read',
    name: 'the address alone, of an agent user',
    status: 200,
    prepare: async (sigil) => {
      const { user } = await managed(sigil, await agentUser(sigil))
      return { path: `/v1.0/users/${user.id}/manager/$ref` }
    },
  },
  {
    operation: 'manager/read',
    name: 'where there is none',
    status: 404,
    prepare: async (sigil) => ({ path: `/v1.0/users/${(await company(sigil)).person.id}/manager` }),
  },
  {
    operation: 'manager/set',
    name: 'the first one, of a person found by name',
    status: 204,
    prepare: async (sigil) => ({
      path: `/v1.0/users/${(await person(sigil)).userPrincipalName}/manager/$ref`,
      body: refer(await person(sigil)),
    }),
  },
  {
    operation: 'manager/set',
    name: 'another one, of an agent user',
    status: 204,
    prepare: async (sigil) => {
      const { user } = await managed(sigil, await agentUser(sigil))
      return { path: `/v1.0/users/${user.id}/manager/$ref`, body: refer(await person(sigil)) }
    },
  },
  {
    operation: 'manager/set',
    name: 'the one that there is',
    status: 204,
    prepare: async (sigil) => {
      const { user, manager } = await managed(sigil, await person(sigil))
      return { path: `/v1.0/users/${user.id}/manager/$ref`, body: refer(manager) }
    },
  },
  {
    operation: 'manager/set',
    name: 'nobody',
    status: 400,
    prepare: async (sigil) => ({
      path: `/v1.0/users/${(await person(sigil)).id}/manager/$ref`,
      body: { '@odata.id': `${graphOrigin}/users/${missing.id}` },
    }),
  },
  {
    operation: 'manager/remove',
    name: 'of a person, found by name',
    status: 204,
    prepare: async (sigil) => {
      const { user } = await managed(sigil, await person(sigil))
      return { path: `/v1.0/users/${user.userPrincipalName}/manager/$ref` }
    },
  },
  {
    operation: 'manager/remove',
    name: 'where there is none',
    status: 404,
    prepare: async (sigil) => ({ path: `/v1.0/users/${(await company(sigil)).person.id}/manager/$ref` }),
  },
  {
    operation: 'direct-reports/list',
    name: 'of a manager, found by name',
    status: 200,
    prepare: async (sigil) => {
      const { manager } = await managed(sigil, await person(sigil))
      return { path: `/v1.0/users/${manager.userPrincipalName}/directReports` }
    },
  },
  {
    operation: 'direct-reports/list',
    name: 'how many',
    status: 200,
    prepare: async (sigil) => {
      const { manager } = await managed(sigil, await person(sigil))
      return { path: `/v1.0/users/${manager.id}/directReports/$count` }
    },
  },
]
