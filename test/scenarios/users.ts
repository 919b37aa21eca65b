import { company, missing, newPerson, person, smallTenant, tokenWith } from './makers.ts'
import type { Scenario } from './scenario.ts'

export const userScenarios: Scenario[] = [
  {
    operation: 'users/create',
    name: 'a person',
    status: 201,
    prepare: ({ service }) => ({ path: '/v1.0/users', body: newPerson(service.domain) }),
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
  {
    operation: 'users/list',
    name: 'all',
    status: 200,
    prepare: async (sigil) => ({ path: '/v1.0/users', token: (await smallTenant(sigil)).token }),
  },
  {
    operation: 'users/list',
    name: 'one by id',
    status: 200,
    prepare: async (sigil) => ({ path: `/v1.0/users?$filter=id eq '${(await company(sigil)).person.id}'` }),
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
]
