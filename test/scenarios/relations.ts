import type { Operation } from '../../shared/routes.ts'
import { claimsIn, type Sigil } from '../support/sigil.ts'
import {
  agent,
  agentType,
  application,
  bind,
  blueprint,
  blueprintType,
  company,
  fresh,
  type Made,
  missing,
  person,
  tokenWith,
} from './makers.ts'
import type { Scenario } from './scenario.ts'

const named = ({ id }: Made): string => `/${id}`
const refer = ({ id }: Made, collection = 'directoryObjects') => ({
  '@odata.id': `https://graph.microsoft.com/v1.0/${collection}/${id}`,
})

export const group = (sigil: Sigil, properties: object = {}): Promise<Made> =>
  sigil.make('POST', '/groups', {
    displayName: 'Clerks',
    mailEnabled: false,
    mailNickname: 'clerks',
    securityEnabled: true,
    ...properties,
  })

const sponsoringGroup = (sigil: Sigil): Promise<Made> =>
  group(sigil, { groupTypes: ['Unified'], mailEnabled: true, securityEnabled: false })

const uniqueApplication = async (sigil: Sigil): Promise<Made> => {
  const uniqueName = fresh('ledger')
  return { ...(await application(sigil, { uniqueName })), uniqueName }
}

const rests = { all: '', groups: '/microsoft.graph.group', 'how many': '/$count' }

/** Objects with a relation, each by the address that names it. */
type Holder = { collection: string; make: (sigil: Sigil) => Promise<Made>; address?: (made: Made) => string }

const holders: Record<'owners' | 'sponsors' | 'members', Record<string, Holder>> = {
  owners: {
    'an application by its unique name': {
      collection: 'applications',
      make: uniqueApplication,
      address: ({ uniqueName }) => `(uniqueName='${uniqueName}')`,
    },
    'an agent identity': { collection: 'servicePrincipals', make: agent },
    'a group': { collection: 'groups', make: group },
  },
  sponsors: {
    'an agent identity': { collection: 'servicePrincipals', make: agent },
    'a person by name': {
      collection: 'users',
      make: person,
      address: ({ userPrincipalName }) => `/${userPrincipalName}`,
    },
  },
  members: { 'a group': { collection: 'groups', make: group } },
}

const of = (relation: keyof typeof holders): Scenario[] =>
  Object.entries(holders[relation]).flatMap(([what, { collection, make, address = named }]): Scenario[] => {
    const at = (made: Made): string => `/v1.0/${collection}${address(made)}/${relation}`
    const related = async (sigil: Sigil) => {
      const [made, someone] = [await make(sigil), await person(sigil)]
      await sigil.make('POST', `${at(made)}/$ref`, refer(someone))
      return { made, someone }
    }
    return [
      ...Object.entries(address === named ? { ...rests, addresses: '/$ref' } : { all: '' }).map(
        ([name, rest]): Scenario => ({
          operation: `${relation}/list`,
          name: `of ${what}: ${name}`,
          status: 200,
          prepare: async (sigil) => ({ path: `${at((await related(sigil)).made)}${rest}` }),
        }),
      ),
      {
        operation: `${relation}/add`,
        name: `to ${what}`,
        status: 204,
        prepare: async (sigil) => ({
          path: `${at(await make(sigil))}/$ref`,
          body: refer(await person(sigil), 'users'),
        }),
      },
      {
        operation: `${relation}/add`,
        name: `to ${what}, once more`,
        status: 400,
        prepare: async (sigil) => {
          const { made, someone } = await related(sigil)
          return { path: `${at(made)}/$ref`, body: refer(someone) }
        },
      },
      {
        operation: `${relation}/remove`,
        name: `from ${what}`,
        status: 204,
        prepare: async (sigil) => {
          const { made, someone } = await related(sigil)
          return { path: `${at(made)}/${someone.id}/$ref` }
        },
      },
    ]
  })

const unrelated: Scenario[] = (['owners', 'sponsors', 'members'] as const).flatMap((relation): Scenario[] => {
  const collection = relation === 'members' ? 'groups' : 'servicePrincipals'
  const make = relation === 'members' ? group : agent
  return [
    {
      operation: `${relation}/list`,
      name: 'of nothing',
      status: 404,
      prepare: () => ({ path: `/v1.0/${collection}/${missing.id}/${relation}` }),
    },
    {
      operation: `${relation}/add`,
      name: 'nobody',
      status: 400,
      prepare: async (sigil) => ({
        path: `/v1.0/${collection}/${(await make(sigil)).id}/${relation}/$ref`,
        body: refer(missing as unknown as Made),
      }),
    },
    {
      operation: `${relation}/remove`,
      name: 'nobody',
      status: 404,
      prepare: async (sigil) => ({
        path: `/v1.0/${collection}/${(await make(sigil)).id}/${relation}/${missing.id}/$ref`,
      }),
    },
  ]
})

/** Who is a member of a group that is in a group. */
async function nested(sigil: Sigil, who: Made): Promise<{ outer: Made; who: Made }> {
  const origin = 'https://graph.microsoft.com/v1.0/directoryObjects'
  const inner = await group(sigil, { 'members@odata.bind': [`${origin}/${who.id}`] })
  const outer = await group(sigil, { 'members@odata.bind': [`${origin}/${inner.id}`] })
  return { outer, who }
}

const memberships: Scenario[] = Object.entries({
  'a person by name': {
    collection: 'users',
    make: person,
    address: ({ userPrincipalName }: Made) => `/${userPrincipalName}`,
  },
  'an agent identity': { collection: 'servicePrincipals', make: agent, address: named },
  'a group': { collection: 'groups', make: group, address: named },
}).flatMap(([what, { collection, make, address }]) =>
  Object.entries({ 'member-of/list': 'memberOf', 'member-of/list-transitive': 'transitiveMemberOf' }).flatMap(
    ([operation, navigation]) =>
      Object.entries(address === named ? rests : { all: '' }).map(
        ([name, rest]): Scenario => ({
          operation: operation as Operation,
          name: `of ${what}: ${name}`,
          status: 200,
          prepare: async (sigil) => {
            const { who } = await nested(sigil, await make(sigil))
            return { path: `/v1.0/${collection}${address(who)}/${navigation}${rest}` }
          },
        }),
      ),
  ),
)

const owned = async (sigil: Sigil): Promise<Made> => {
  const owner = await person(sigil)
  await agent(sigil, { 'owners@odata.bind': bind(owner) })
  return owner
}

export const relationScenarios: Scenario[] = [
  ...of('owners'),
  ...of('sponsors'),
  ...of('members'),
  ...unrelated,
  {
    operation: 'owners/add',
    name: 'a principal',
    status: 204,
    prepare: async (sigil) => ({
      path: `/v1.0/applications/${blueprintType}/${(await blueprint(sigil)).id}/owners/$ref`,
      body: refer((await company(sigil)).apiPrincipal, 'servicePrincipals'),
    }),
  },
  {
    operation: 'sponsors/add',
    name: 'a group',
    status: 204,
    prepare: async (sigil) => ({
      path: `/v1.0/servicePrincipals/${agentType}/${(await agent(sigil)).id}/sponsors/$ref`,
      body: refer(await sponsoringGroup(sigil), 'groups'),
    }),
  },
  {
    operation: 'sponsors/remove',
    name: 'the last one of an agent identity',
    status: 400,
    prepare: async (sigil) => ({
      path: `/v1.0/servicePrincipals/${(await agent(sigil)).id}/sponsors/${(await company(sigil)).person.id}/$ref`,
    }),
  },
  ...memberships,
  ...Object.entries(rests).map(
    ([name, rest]): Scenario => ({
      operation: 'members/list-transitive',
      name,
      status: 200,
      prepare: async (sigil) => {
        const { outer } = await nested(sigil, await person(sigil))
        return { path: `/v1.0/groups/${outer.id}/transitiveMembers${rest}` }
      },
    }),
  ),
  ...Object.entries({
    all: '',
    agents: `/${agentType}`,
    'how many': '/$count',
  }).flatMap(([name, rest]): Scenario[] => [
    {
      operation: 'owned-objects/list',
      name: `of a person: ${name}`,
      status: 200,
      prepare: async (sigil) => ({ path: `/v1.0/users/${(await owned(sigil)).id}/ownedObjects${rest}` }),
    },
    {
      operation: 'created-objects/list',
      name,
      status: 200,
      prepare: async (sigil) => {
        // One object in all: what a page costs hangs on how objects are spread.
        const token = await tokenWith(sigil, 'Application.ReadWrite.All')
        await sigil.make('POST', '/applications', { displayName: 'Made' }, token)
        return { path: `/v1.0/servicePrincipals/${claimsIn(token).oid}/createdObjects${rest}` }
      },
    },
  ]),
  {
    operation: 'owned-objects/list',
    name: 'of a person by name',
    status: 200,
    prepare: async (sigil) => ({ path: `/v1.0/users/${(await owned(sigil)).userPrincipalName}/ownedObjects` }),
  },
  {
    operation: 'owned-objects/list',
    name: 'of a principal',
    status: 200,
    prepare: async (sigil) => ({
      path: `/v1.0/servicePrincipals/${(await company(sigil)).apiPrincipal.id}/ownedObjects`,
    }),
  },
  {
    operation: 'directory-objects/read',
    name: 'an agent identity',
    status: 200,
    prepare: async (sigil) => ({ path: `/v1.0/directoryObjects/${(await company(sigil)).agent.id}` }),
  },
  {
    operation: 'directory-objects/read',
    name: 'nothing there',
    status: 404,
    prepare: () => ({ path: `/v1.0/directoryObjects/${missing.id}` }),
  },
  {
    operation: 'directory-objects/get-by-ids',
    name: 'of every type',
    status: 200,
    prepare: async (sigil) => {
      const { agent: one, person: other } = await company(sigil)
      return { path: '/v1.0/directoryObjects/getByIds', body: { ids: [one.id, other.id, missing.id] } }
    },
  },
  {
    operation: 'directory-objects/get-by-ids',
    name: 'of one type',
    status: 200,
    prepare: async (sigil) => ({
      path: '/v1.0/directoryObjects/getByIds',
      body: { ids: [(await company(sigil)).agent.id], types: ['servicePrincipal'] },
    }),
  },
]
