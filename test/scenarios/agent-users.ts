import {
  agentUser,
  agentUserType,
  bind,
  company,
  fresh,
  fullTenant,
  missing,
  newAgentUser,
  newPerson,
  person,
} from './makers.ts'
import type { Scenario } from './scenario.ts'
import { userLists } from './users.ts'

const collection = `/v1.0/users/${agentUserType}`
const at = (segment: string): string => `/v1.0/users/${segment}/${agentUserType}`

export const agentUserScenarios: Scenario[] = [
  {
    operation: 'agent-users/create',
    name: 'of an agent identity',
    status: 201,
    prepare: async (sigil) => ({ path: collection, body: await newAgentUser(sigil) }),
  },
  {
    operation: 'agent-users/create',
    name: 'disabled, with a sponsor',
    status: 201,
    prepare: async (sigil) => ({
      path: collection,
      body: {
        ...(await newAgentUser(sigil)),
        accountEnabled: false,
        'sponsors@odata.bind': bind(await person(sigil)),
      },
    }),
  },
  {
    operation: 'agent-users/create',
    name: 'a second one',
    status: 400,
    prepare: async (sigil) => ({
      path: collection,
      body: { ...newPerson(sigil.service.domain), identityParentId: (await agentUser(sigil)).identityParentId },
    }),
  },
  {
    operation: 'agent-users/create',
    name: 'of no agent identity',
    status: 400,
    prepare: ({ service }) => ({
      path: collection,
      body: { ...newPerson(service.domain), identityParentId: missing.id },
    }),
  },
  {
    operation: 'agent-users/create',
    name: 'one more than the tenant may hold',
    status: 403,
    prepare: async (sigil) => {
      const { token, domain, agent: parent } = await fullTenant(sigil, 'agentUser')
      return { path: collection, body: { ...newPerson(domain), identityParentId: parent.id }, token }
    },
  },
  ...userLists('agent-users/list', collection),
  {
    operation: 'agent-users/list',
    name: 'that of an agent identity',
    status: 200,
    prepare: async (sigil) => ({
      path: `${collection}?$filter=identityParentId eq '${(await agentUser(sigil)).identityParentId}'`,
    }),
  },
  {
    operation: 'agent-users/read',
    name: 'by id',
    status: 200,
    prepare: async (sigil) => ({ path: at((await agentUser(sigil)).id) }),
  },
  {
    operation: 'agent-users/read',
    name: 'by name',
    status: 200,
    prepare: async (sigil) => ({ path: at(String((await agentUser(sigil)).userPrincipalName)) }),
  },
  {
    operation: 'agent-users/read',
    name: 'a person',
    status: 404,
    prepare: async (sigil) => ({ path: at((await company(sigil)).person.id) }),
  },
  {
    operation: 'agent-users/update',
    name: 'found by name: renamed and stopped',
    status: 204,
    prepare: async (sigil) => ({
      path: at(String((await agentUser(sigil)).userPrincipalName)),
      body: {
        accountEnabled: false,
        displayName: 'Clerk',
        userPrincipalName: `${fresh('scribe')}@${sigil.service.domain}`,
      },
    }),
  },
  {
    operation: 'agent-users/update',
    name: 'started again',
    status: 204,
    prepare: async (sigil) => {
      const { id } = await agentUser(sigil)
      await sigil.make('PATCH', `/users/${id}`, { accountEnabled: false })
      return { path: at(id), body: { accountEnabled: true } }
    },
  },
  {
    operation: 'agent-users/update',
    name: 'a person',
    status: 404,
    prepare: async (sigil) => ({ path: at((await company(sigil)).person.id), body: { city: 'London' } }),
  },
  {
    operation: 'agent-users/delete',
    name: 'found by name',
    status: 204,
    prepare: async (sigil) => ({ path: at(String((await agentUser(sigil)).userPrincipalName)) }),
  },
  {
    operation: 'agent-users/delete',
    name: 'a person',
    status: 404,
    prepare: async (sigil) => ({ path: at((await company(sigil)).person.id) }),
  },
]
