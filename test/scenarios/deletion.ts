import type { Sigil } from '../support/sigil.ts'
import { federatedCredential } from './credentials.ts'
import { directoryRole, type Family, grant, newAgent, newAgentUser, newFamily } from './families.ts'
import {
  agentType,
  application,
  assign,
  blueprintType,
  fresh,
  type Made,
  managementRole,
  missing,
  newPerson,
  person,
  principalOf,
  principalType,
  resource,
  smallTenant,
} from './makers.ts'
import type { Scenario, Sent } from './scenario.ts'

const deletedItem = (id: string): string => `/v1.0/directory/deletedItems/${id}`
const includeDependents = { prefer: 'include-dependents' }

const remove = (sigil: Sigil, path: string): Promise<unknown> => sigil.make('DELETE', path)

/** A blueprint with everything that its deletion has to take away: a unique name, a federated credential, an agent with a user. */
export async function wholeFamily(sigil: Sigil) {
  const family = await newFamily(sigil, { uniqueName: fresh('clerk') })
  const { blueprint } = family
  await sigil.make('PATCH', `/applications/${blueprint.id}`, { identifierUris: [`api://${blueprint.appId}`] })
  await sigil.make('POST', `/applications/${blueprint.id}/federatedIdentityCredentials`, federatedCredential())
  const agent = await newAgent(sigil, family)
  const user = await newAgentUser(sigil, agent)
  return { ...family, agent, user }
}

/** One with more agents and users than one commit takes along. */
export async function largeFamily(sigil: Sigil): Promise<Family & { agents: Made[]; users: Made[] }> {
  const family = await newFamily(sigil)
  const agents = await Promise.all(Array.from({ length: 10 }, () => newAgent(sigil, family)))
  const users = await Promise.all(agents.map((agent) => newAgentUser(sigil, agent)))
  return { ...family, agents, users }
}

const group = (sigil: Sigil): Promise<Made> =>
  sigil.make('POST', '/groups', {
    displayName: 'Clerks',
    mailEnabled: false,
    mailNickname: 'clerks',
    securityEnabled: true,
  })

/** Roles, grants and directory roles, which come back with whoever holds them. */
async function endowed(sigil: Sigil, holder: Made): Promise<void> {
  const offering = await resource(sigil)
  await assign(sigil, holder, offering.principal, offering.role)
  await grant(sigil, holder, (await managementRole(sigil, 'User.Read.All')).api, 'User.Read')
}

type Deletion = { operation: Scenario['operation']; cast?: string; collection: string }

/** What a deletion takes along, in its own commit and afterwards. */
const ofApplications: Deletion[] = [
  { operation: 'applications/delete', collection: 'applications' },
  { operation: 'blueprints/delete', collection: 'applications', cast: blueprintType },
]
const ofPrincipals: Deletion[] = [
  { operation: 'service-principals/delete', collection: 'servicePrincipals' },
  { operation: 'blueprint-principals/delete', collection: 'servicePrincipals', cast: principalType },
]
const ofAgents: Deletion[] = [
  { operation: 'service-principals/delete', collection: 'servicePrincipals' },
  { operation: 'agent-identities/delete', collection: 'servicePrincipals', cast: agentType },
]

const pathOf = ({ collection, cast }: Deletion, { id }: Made): string =>
  `/v1.0/${collection}/${id}${cast ? `/${cast}` : ''}`

const cascades: Scenario[] = [
  ...[...ofApplications, ...ofPrincipals].flatMap((deletion): Scenario[] => {
    const root = (family: Family) => (deletion.collection === 'applications' ? family.blueprint : family.principal)
    return [
      {
        operation: deletion.operation,
        name: 'with an agent identity and its user',
        status: 204,
        prepare: async (sigil) => ({ path: pathOf(deletion, root(await wholeFamily(sigil))) }),
      },
      {
        operation: deletion.operation,
        name: 'with an ephemeral agent identity that has no user',
        status: 204,
        prepare: async (sigil) => {
          const family = await newFamily(sigil)
          await newAgent(sigil, family, inAnHour(sigil))
          return { path: pathOf(deletion, root(family)) }
        },
      },
      {
        operation: deletion.operation,
        name: 'with more than one commit takes along',
        status: 204,
        prepare: async (sigil) => ({ path: pathOf(deletion, root(await largeFamily(sigil))) }),
      },
      {
        operation: deletion.operation,
        name: 'by a client that refuses to take dependents along',
        status: 409,
        prepare: async (sigil) => ({
          path: pathOf(deletion, root(await wholeFamily(sigil))),
          headers: { prefer: 'refuse-dependents' },
        }),
      },
    ]
  }),
  ...ofAgents.flatMap((deletion): Scenario[] => [
    {
      operation: deletion.operation,
      name: 'of an ephemeral agent identity, with its user',
      status: 204,
      prepare: async (sigil) => {
        const agent = await ephemeral(sigil)
        await newAgentUser(sigil, agent)
        return { path: pathOf(deletion, agent) }
      },
    },
  ]),
]

const inAnHour = ({ clock }: Sigil) => ({ expiresAt: new Date(clock.now().getTime() + 3_600_000).toISOString() })

const ephemeral = async (sigil: Sigil): Promise<Made> => newAgent(sigil, await newFamily(sigil), inAnHour(sigil))

const readingThem: Scenario[] = [
  ...(
    [
      ['a person', person, '/users'],
      ['an application', (sigil: Sigil) => application(sigil), '/applications'],
    ] as const
  ).map(
    ([name, make, collection]): Scenario => ({
      operation: 'deleted-items/read',
      name,
      status: 200,
      prepare: async (sigil) => {
        const made = await make(sigil)
        await remove(sigil, `${collection}/${made.id}`)
        return { path: `${deletedItem(made.id)}?$select=id,displayName` }
      },
    }),
  ),
  ...['', '?$count=true', '/$count'].map(
    (query): Scenario => ({
      operation: 'deleted-items/read',
      name: `those of a type${query && `, with ${query}`}`,
      status: 200,
      prepare: async (sigil) => ({
        path: `${deletedItem('microsoft.graph.agentUser')}${query}`,
        token: (await smallTenant(sigil)).token,
      }),
    }),
  ),
  {
    operation: 'deleted-items/read',
    name: 'one that is not deleted',
    status: 404,
    prepare: async (sigil) => ({ path: deletedItem((await person(sigil)).id) }),
  },
  ...(['restore', 'purge'] as const).map(
    (verb): Scenario => ({
      operation: `deleted-items/${verb}`,
      name: 'one that is not there',
      status: 404,
      prepare: () => ({ path: `${deletedItem(missing.id)}${verb === 'restore' ? '/restore' : ''}` }),
    }),
  ),
]

/** Deletes something that it has made, and gives it. */
type Leaving = (sigil: Sigil) => Promise<Made>

const left =
  (collection: string, make: Leaving): Leaving =>
  async (sigil) => {
    const made = await make(sigil)
    await remove(sigil, `/${collection}/${made.id}`)
    return made
  }

const leaving: Record<string, Leaving> = {
  'a person': left('users', person),
  'a person who holds a directory role': left('users', async (sigil) => {
    const someone = await person(sigil)
    await directoryRole(sigil, someone)
    return someone
  }),
  'a group': left('groups', group),
  'an application with its principal': left('applications', async (sigil) => (await resource(sigil)).app),
  'a principal that holds something': left('servicePrincipals', async (sigil) => {
    const principal = await principalOf(sigil, await application(sigil))
    await endowed(sigil, principal)
    return principal
  }),
  'a blueprint with all of its own': left('applications', async (sigil) => (await wholeFamily(sigil)).blueprint),
  'an agent identity with its user': left('servicePrincipals', async (sigil) => (await wholeFamily(sigil)).agent),
  'an ephemeral agent identity': left('servicePrincipals', ephemeral),
  'an agent user': left('users', async (sigil) => (await wholeFamily(sigil)).user),
}

const restorations: Scenario[] = [
  ...Object.entries(leaving).flatMap(([name, make]): Scenario[] =>
    [undefined, includeDependents].map((headers) => ({
      operation: 'deleted-items/restore',
      name: `${name}${headers ? ', as whole as it was' : ', alone'}`,
      status: 200,
      prepare: async (sigil): Promise<Sent> => ({
        path: `${deletedItem((await make(sigil)).id)}/restore`,
        ...(headers && { headers }),
      }),
    })),
  ),
  {
    operation: 'deleted-items/restore',
    name: 'a name that is another’s by now',
    status: 409,
    prepare: async (sigil) => {
      const name = fresh('grace')
      const body = newPerson(sigil.service.domain, name)
      const first = await sigil.make('POST', '/users', body)
      await remove(sigil, `/users/${first.id}`)
      await sigil.make('POST', '/users', body)
      return { path: `${deletedItem(first.id)}/restore` }
    },
  },
  {
    operation: 'deleted-items/restore',
    name: 'a principal whose application has another name by now',
    status: 200,
    prepare: async (sigil) => {
      const { app, principal } = await resource(sigil)
      await remove(sigil, `/servicePrincipals/${principal.id}`)
      await sigil.make('PATCH', `/applications/${app.id}`, { displayName: 'Ledger 2' })
      return { path: `${deletedItem(principal.id)}/restore` }
    },
  },
  ...(['agent', 'user'] as const).map(
    (which): Scenario => ({
      operation: 'deleted-items/restore',
      name: `an ${which} before what it was made for`,
      status: 200,
      prepare: async (sigil) => {
        const family = await wholeFamily(sigil)
        await remove(sigil, `/applications/${family.blueprint.id}`)
        return { path: `${deletedItem(family[which].id)}/restore` }
      },
    }),
  ),
  {
    operation: 'deleted-items/restore',
    name: 'a principal before its application',
    status: 400,
    prepare: async (sigil) => {
      const { app, principal } = await resource(sigil)
      await remove(sigil, `/applications/${app.id}`)
      return { path: `${deletedItem(principal.id)}/restore` }
    },
  },
]

const purges: Scenario[] = [
  ...Object.entries(leaving).map(
    ([name, make]): Scenario => ({
      operation: 'deleted-items/purge',
      name,
      status: 204,
      prepare: async (sigil) => ({ path: deletedItem((await make(sigil)).id) }),
    }),
  ),
  {
    operation: 'deleted-items/purge',
    name: 'an agent identity whose user came back alone',
    status: 204,
    prepare: async (sigil) => {
      const { agent, user } = await wholeFamily(sigil)
      await remove(sigil, `/servicePrincipals/${agent.id}`)
      await sigil.make('POST', `/directory/deletedItems/${user.id}/restore`)
      return { path: deletedItem(agent.id) }
    },
  },
]

const dependents = (id: string): string => `/beta/directoryObjects/${id}/dependents`

const lookingAhead: Scenario[] = [
  ...(['blueprint', 'principal', 'agent', 'user'] as const).map(
    (which): Scenario => ({
      operation: 'dependents/list',
      name: `of a ${which}`,
      status: 200,
      prepare: async (sigil) => ({ path: dependents((await wholeFamily(sigil))[which].id) }),
    }),
  ),
  {
    operation: 'dependents/list',
    name: 'of nothing',
    status: 404,
    prepare: () => ({ path: dependents(missing.id) }),
  },
  {
    operation: 'operations/read',
    name: 'how far a deletion is',
    status: 200,
    prepare: async (sigil) => {
      const { principal } = await largeFamily(sigil)
      const { headers } = await sigil.graph('DELETE', `/servicePrincipals/${principal.id}`)
      return { path: new URL(String(headers.get('operation-location'))).pathname }
    },
  },
  {
    operation: 'operations/read',
    name: 'one that is not there',
    status: 404,
    prepare: () => ({ path: `/beta/sigil/operations/${missing.id}` }),
  },
]

export const deletionScenarios: Scenario[] = [...cascades, ...readingThem, ...restorations, ...purges, ...lookingAhead]
