import { bind, company, fullTenant, group, missing, newGroup, person, smallTenant, tokenWith } from './makers.ts'
import type { Scenario } from './scenario.ts'

const collection = '/v1.0/groups'

const lists: Scenario[] = Object.entries({
  all: '',
  'how many': '/$count',
  'all, counted': '?$count=true',
  'in the order of their names': '?$orderby=displayName&$top=1',
  'with their owners': '?$expand=owners',
}).map(
  ([name, rest]): Scenario => ({
    operation: 'groups/list',
    name,
    status: 200,
    prepare: async (sigil) => {
      const { token } = await smallTenant(sigil)
      await sigil.make('POST', '/groups', newGroup(), token)
      return { path: `${collection}${rest}`, token }
    },
  }),
)

export const groupScenarios: Scenario[] = [
  {
    operation: 'groups/create',
    name: 'alone',
    status: 201,
    prepare: () => ({ path: collection, body: newGroup() }),
  },
  {
    operation: 'groups/create',
    name: 'with owners and members',
    status: 201,
    prepare: async (sigil) => ({
      path: collection,
      body: {
        ...newGroup(),
        'owners@odata.bind': bind(await person(sigil)),
        'members@odata.bind': bind(await person(sigil), await person(sigil)),
      },
    }),
  },
  {
    operation: 'groups/create',
    name: 'with nobody as a member',
    status: 400,
    prepare: () => ({ path: collection, body: { ...newGroup(), 'members@odata.bind': [`/users/${missing.id}`] } }),
  },
  {
    operation: 'groups/create',
    name: 'one more than the tenant may hold',
    status: 403,
    prepare: async (sigil) => ({
      path: collection,
      body: newGroup(),
      token: (await fullTenant(sigil, 'group')).token,
    }),
  },
  {
    operation: 'groups/create',
    name: 'one for directory roles, without the permission for these',
    status: 403,
    prepare: async (sigil) => ({
      path: collection,
      body: { ...newGroup(), isAssignableToRole: true },
      token: await tokenWith(sigil, 'Group.ReadWrite.All'),
    }),
  },
  ...lists,
  {
    operation: 'groups/list',
    name: 'one by id',
    status: 200,
    prepare: async (sigil) => ({ path: `${collection}?$filter=id eq '${(await group(sigil)).id}'` }),
  },
  {
    operation: 'groups/list',
    name: 'those of an owner',
    status: 200,
    prepare: async (sigil) => ({
      path: `${collection}?$filter=owners/any(o:o/id eq '${(await company(sigil)).person.id}')`,
    }),
  },
  {
    operation: 'groups/read',
    name: 'by id',
    status: 200,
    prepare: async (sigil) => ({ path: `${collection}/${(await group(sigil)).id}` }),
  },
  {
    operation: 'groups/read',
    name: 'nothing there',
    status: 404,
    prepare: () => ({ path: `${collection}/${missing.id}` }),
  },
  {
    operation: 'groups/update',
    name: 'renamed',
    status: 204,
    prepare: async (sigil) => ({
      path: `${collection}/${(await group(sigil)).id}`,
      body: { displayName: 'Scribes', description: 'All of them' },
    }),
  },
  {
    operation: 'groups/update',
    name: 'nothing there',
    status: 404,
    prepare: () => ({ path: `${collection}/${missing.id}`, body: { displayName: 'Scribes' } }),
  },
  {
    operation: 'groups/delete',
    name: 'with its members',
    status: 204,
    prepare: async (sigil) => ({
      path: `${collection}/${(await group(sigil, { 'members@odata.bind': bind(await person(sigil)) })).id}`,
    }),
  },
  {
    operation: 'groups/delete',
    name: 'nothing there',
    status: 404,
    prepare: () => ({ path: `${collection}/${missing.id}` }),
  },
]
