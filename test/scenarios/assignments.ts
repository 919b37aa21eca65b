import type { Sigil } from '../support/sigil.ts'
import {
  agent,
  assign,
  blueprintWithPrincipal,
  list,
  type Made,
  managementRole,
  missing,
  person,
  resource,
  role,
} from './makers.ts'
import type { Scenario, Sent } from './scenario.ts'

type Side = 'app-role-assignments' | 'app-role-assigned-to'

const collectionOf = { 'app-role-assignments': 'appRoleAssignments', 'app-role-assigned-to': 'appRoleAssignedTo' }

/** The address on one side of an assignment. */
const at = (side: Side, holder: { id: string }, on: { id: string }): string =>
  `/v1.0/servicePrincipals/${side === 'app-role-assignments' ? holder.id : on.id}/${collectionOf[side]}`

const body = (holder: { id: string }, on: { id: string }, { id }: { id: string }) => ({
  principalId: holder.id,
  resourceId: on.id,
  appRoleId: id,
})

async function given(sigil: Sigil, make: (sigil: Sigil) => Promise<Made> = agent) {
  const { principal: on, role: offered } = await resource(sigil)
  const holder = await make(sigil)
  return { holder, on, role: offered, assignment: await assign(sigil, holder, on, offered) }
}

const creation = (side: Side, make: (sigil: Sigil) => Promise<Made>) => async (sigil: Sigil) => {
  const { principal: on, role: offered } = await resource(sigil)
  const holder = await make(sigil)
  return { path: at(side, holder, on), body: body(holder, on, offered) }
}

const bothSides = (side: Side): Scenario[] => [
  { operation: `${side}/create`, name: 'to an agent identity', status: 201, prepare: creation(side, agent) },
  {
    operation: `${side}/create`,
    name: 'of the management API to a blueprint',
    status: 201,
    prepare: async (sigil) => {
      const { principal } = await blueprintWithPrincipal(sigil)
      const { api, id } = await managementRole(sigil, 'AgentIdentity.Read.All')
      return { path: at(side, principal, api), body: body(principal, api, { id }) }
    },
  },
  {
    operation: `${side}/create`,
    name: 'once more',
    status: 400,
    prepare: async (sigil) => {
      const { holder, on, role: offered } = await given(sigil)
      return { path: at(side, holder, on), body: body(holder, on, offered) }
    },
  },
  {
    operation: `${side}/create`,
    name: 'a role that is not offered',
    status: 400,
    prepare: async (sigil) => {
      const { principal: on } = await resource(sigil)
      const holder = await agent(sigil)
      return { path: at(side, holder, on), body: body(holder, on, role()) }
    },
  },
  {
    operation: `${side}/list`,
    name: 'all',
    status: 200,
    prepare: async (sigil) => {
      const { holder, on } = await given(sigil)
      return { path: at(side, holder, on) }
    },
  },
  {
    operation: `${side}/list`,
    name: 'nothing there',
    status: 404,
    prepare: () => ({ path: at(side, missing, missing) }),
  },
  {
    operation: `${side}/delete`,
    name: 'of an agent identity',
    status: 204,
    prepare: async (sigil): Promise<Sent> => {
      const { holder, on, assignment } = await given(sigil)
      return { path: `${at(side, holder, on)}/${assignment.id}` }
    },
  },
  {
    operation: `${side}/delete`,
    name: 'of a blueprint, which keeps its birthright',
    status: 400,
    prepare: async (sigil) => {
      const { principal } = await blueprintWithPrincipal(sigil)
      const [birthright] = await list(sigil, `/servicePrincipals/${principal.id}/appRoleAssignments`)
      if (!birthright) throw new Error('the blueprint principal has no birthright')
      return { path: `${at(side, principal, { id: String(birthright.resourceId) })}/${birthright.id}` }
    },
  },
  {
    operation: `${side}/delete`,
    name: 'no such assignment',
    status: 404,
    prepare: async (sigil) => {
      const { principal } = await resource(sigil)
      return { path: `${at(side, principal, principal)}/${missing.assignment}` }
    },
  },
]

/** Roles of a resource given to principals and people, from both of their sides. */
export const assignmentScenarios: Scenario[] = [
  ...bothSides('app-role-assignments'),
  {
    operation: 'app-role-assignments/list',
    name: 'a first page',
    status: 200,
    prepare: async (sigil) => {
      const { holder } = await given(sigil)
      const { principal: on, role: offered } = await resource(sigil)
      await assign(sigil, holder, on, offered)
      return { path: `${at('app-role-assignments', holder, on)}?$top=1` }
    },
  },
  {
    operation: 'app-role-assignments/list',
    name: 'the page after it',
    status: 200,
    prepare: async (sigil) => {
      const { holder } = await given(sigil)
      const { principal: on, role: offered } = await resource(sigil)
      await assign(sigil, holder, on, offered)
      const { body: page } = await sigil.graph('GET', `${at('app-role-assignments', holder, on)}?$top=1`)
      return { path: String(page['@odata.nextLink']).slice(sigil.service.origin.length) }
    },
  },
  ...(['create', 'list', 'delete'] as const).map(
    (verb): Scenario => ({
      operation: `app-role-assignments/${verb}`,
      name: 'of a person, by name',
      status: { create: 201, list: 200, delete: 204 }[verb],
      prepare: async (sigil) => {
        const { principal: on, role: offered } = await resource(sigil)
        const holder = await person(sigil)
        const path = `/v1.0/users/${holder.userPrincipalName}/appRoleAssignments`
        if (verb === 'create') return { path, body: body(holder, on, offered) }
        const { id } = await assign(sigil, holder, on, offered)
        return { path: verb === 'list' ? path : `${path}/${id}` }
      },
    }),
  ),
  ...bothSides('app-role-assigned-to'),
  {
    operation: 'app-role-assigned-to/create',
    name: 'to a person',
    status: 201,
    prepare: creation('app-role-assigned-to', person),
  },
  {
    operation: 'app-role-assigned-to/delete',
    name: 'of a person',
    status: 204,
    prepare: async (sigil) => {
      const { holder, on, assignment } = await given(sigil, person)
      return { path: `${at('app-role-assigned-to', holder, on)}/${assignment.id}` }
    },
  },
  {
    operation: 'app-role-assigned-to/delete',
    name: 'of an agent identity that is deleted',
    status: 204,
    prepare: async (sigil) => {
      const { holder, on, assignment } = await given(sigil)
      await sigil.make('DELETE', `/servicePrincipals/${holder.id}`)
      return { path: `${at('app-role-assigned-to', holder, on)}/${assignment.id}` }
    },
  },
]
