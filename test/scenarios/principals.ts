import type { ObjectType } from '../../shared/domain/directory-object.ts'
import type { Operation } from '../../shared/routes.ts'
import type { Sigil } from '../support/sigil.ts'
import {
  agent,
  agentType,
  application,
  bind,
  blueprint,
  blueprintToken,
  blueprintType,
  blueprintWithPrincipal,
  company,
  fullTenant,
  type Made,
  missing,
  person,
  principalOf,
  principalType,
  resource,
  smallTenant,
  tokenWith,
} from './makers.ts'
import type { Scenario, Sent } from './scenario.ts'

const collection = '/v1.0/servicePrincipals'
const at = (segment: string): string => `${collection}${segment}`
const agentAt = (segment: string): string => `${collection}${segment}/${agentType}`
const principalAt = (segment: string): string => `${collection}${segment}/${principalType}`

type Kind = 'service-principals' | 'blueprint-principals' | 'agent-identities'

const resourcePrincipal = async (sigil: Sigil): Promise<Made> => (await resource(sigil)).principal
const blueprintPrincipal = async (sigil: Sigil): Promise<Made> => (await blueprintWithPrincipal(sigil)).principal

/** Reading, changing and deleting a principal of a kind, by its id and by its appId. */
const existing = (
  kind: Kind,
  address: (segment: string) => string,
  named: Record<string, (sigil: Sigil) => Promise<Made>>,
): Scenario[] =>
  Object.entries(named).flatMap(([what, make]): Scenario[] => {
    const on = (verb: 'read' | 'update' | 'delete', status: number, sent: Omit<Sent, 'path'> = {}): Scenario[] => [
      {
        operation: `${kind}/${verb}`,
        name: `${what} by id`,
        status,
        prepare: async (sigil) => ({ path: address(`/${(await make(sigil)).id}`), ...sent }),
      },
      {
        operation: `${kind}/${verb}`,
        name: `${what} by appId`,
        status,
        prepare: async (sigil) => ({ path: address(`(appId='${(await make(sigil)).appId}')`), ...sent }),
      },
    ]
    return [
      ...on('read', 200),
      ...on('update', 204, { body: { accountEnabled: false, tags: ['retired'] } }),
      ...on('delete', 204),
    ]
  })

const lists = (kind: Kind, path: string, one: (sigil: Sigil) => Promise<Made>): Scenario[] => [
  ...Object.entries({
    all: '',
    'all, counted': '?$count=true',
    'in the order of their names': '?$orderby=displayName&$top=1',
    'those whose name begins so': "?$filter=startswith(displayName,'Cl')",
    'the disabled ones': '?$filter=accountEnabled eq false',
    'of one who made them': `?$filter=createdByAppId eq '${missing.id}'`,
    'of one who owns them': `?$filter=owners/any(o:o/id eq '${missing.id}')`,
    'with their owners': '?$expand=owners',
  }).map(
    ([name, query]): Scenario => ({
      operation: `${kind}/list`,
      name,
      status: 200,
      prepare: async (sigil) => ({ path: `${path}${query}`, token: (await smallTenant(sigil)).token }),
    }),
  ),
  {
    operation: `${kind}/list`,
    name: 'one by appId',
    status: 200,
    prepare: async (sigil) => ({ path: `${path}?$filter=appId eq '${(await one(sigil)).appId}'` }),
  },
]

/** What a tenant that may hold no more of a type refuses to make. */
const full = (operation: Operation, path: string, type: ObjectType): Scenario => ({
  operation,
  name: `${type}, and there may be no more`,
  status: 403,
  prepare: async (sigil) => {
    const { token } = await fullTenant(sigil, type)
    if (type === 'servicePrincipal') {
      const { appId } = await sigil.make('POST', '/applications', { displayName: 'Ledger' }, token)
      return { path, token, body: { appId } }
    }
    const [someone] = (await sigil.make('GET', '/users', undefined, token)).value as [Made]
    const sponsors = { 'sponsors@odata.bind': bind(someone) }
    if (type === 'agentIdentityBlueprintPrincipal') {
      const made = { displayName: 'Clerk', ...sponsors }
      const { appId } = await sigil.make('POST', `/applications/${blueprintType}`, made, token)
      return { path, token, body: { appId } }
    }
    const [parent] = (await sigil.make('GET', `/servicePrincipals/${principalType}`, undefined, token)).value as [Made]
    const body = { displayName: 'Clerk 9', agentIdentityBlueprintId: parent.appId, ...sponsors }
    return { path, token, body: { '@odata.type': `#${agentType}`, ...body } }
  },
})

const nothing = (kind: Kind, address: (segment: string) => string): Scenario[] =>
  (['read', 'update', 'delete'] as const).map((verb) => ({
    operation: `${kind}/${verb}`,
    name: 'nothing there',
    status: 404,
    prepare: () => ({ path: address(`/${missing.id}`), ...(verb === 'update' && { body: { tags: [] } }) }),
  }))

const newAgent = async (sigil: Sigil): Promise<object> => {
  const { blueprint: parent, sponsors } = await company(sigil)
  return { displayName: 'Clerk 8', agentIdentityBlueprintId: parent.appId, ...sponsors }
}

const ephemeral = async (sigil: Sigil): Promise<object> => ({
  ...(await newAgent(sigil)),
  accountEnabled: false,
  expiresAt: new Date(sigil.clock.now().getTime() + 3600_000).toISOString(),
})

/** The start of one that was stopped; an agent identity gets another name as well. */
const startedAgain = (
  kind: Kind,
  address: (segment: string) => string,
  of: (sigil: Sigil) => Promise<Made>,
  more: object = {},
): Scenario => ({
  operation: `${kind}/update`,
  name: 'started again',
  status: 204,
  prepare: async (sigil) => {
    const { id } = await of(sigil)
    await sigil.make('PATCH', address(`/${id}`), { accountEnabled: false })
    return { path: address(`/${id}`), body: { accountEnabled: true, ...more } }
  },
})

/** A change of custom security attributes, for which an administrator needs a permission of its own. */
const attributes = (
  kind: Kind,
  address: (segment: string) => string,
  of: (sigil: Sigil) => Promise<Made>,
): Scenario => ({
  operation: `${kind}/update`,
  name: 'its custom security attributes',
  status: 204,
  prepare: async (sigil) => ({
    path: address(`/${(await of(sigil)).id}`),
    body: { customSecurityAttributes: { Set: { Name: 'value' } } },
    token: await tokenWith(sigil, 'CustomSecAttributeAssignment.ReadWrite.All'),
  }),
})

export const principalScenarios: Scenario[] = [
  {
    operation: 'service-principals/create',
    name: 'of an application',
    status: 201,
    prepare: async (sigil) => ({ path: collection, body: { appId: (await application(sigil)).appId } }),
  },
  {
    operation: 'service-principals/create',
    name: 'of an application, with an owner',
    status: 201,
    prepare: async (sigil) => ({
      path: collection,
      body: { appId: (await application(sigil)).appId, 'owners@odata.bind': bind(await person(sigil)) },
    }),
  },
  {
    operation: 'service-principals/create',
    name: 'of a blueprint, with its birthright',
    status: 201,
    prepare: async (sigil) => ({ path: collection, body: { appId: (await blueprint(sigil)).appId } }),
  },
  {
    operation: 'service-principals/create',
    name: 'an agent identity, by its type',
    status: 201,
    prepare: async (sigil) => ({
      path: collection,
      body: { '@odata.type': `#${agentType}`, ...(await newAgent(sigil)) },
    }),
  },
  {
    operation: 'service-principals/create',
    name: 'a second one',
    status: 409,
    prepare: async (sigil) => ({ path: collection, body: { appId: (await resource(sigil)).app.appId } }),
  },
  {
    operation: 'service-principals/create',
    name: 'of no application',
    status: 400,
    prepare: () => ({ path: collection, body: { appId: missing.id } }),
  },
  full('service-principals/create', collection, 'servicePrincipal'),
  full('service-principals/create', collection, 'agentIdentity'),
  {
    operation: 'service-principals/create',
    name: 'an agent identity that ends by itself, disabled',
    status: 201,
    prepare: async (sigil) => ({
      path: collection,
      body: { '@odata.type': `#${agentType}`, ...(await ephemeral(sigil)) },
    }),
  },
  ...lists('service-principals', collection, async (sigil) => (await company(sigil)).apiPrincipal),
  ...existing('service-principals', at, {
    "an application's": resourcePrincipal,
    "a blueprint's": blueprintPrincipal,
    'an agent identity': agent,
  }),
  ...nothing('service-principals', at),
  attributes('service-principals', at, resourcePrincipal),
  startedAgain('service-principals', at, agent, { displayName: 'Clerk 10' }),
]

export const blueprintPrincipalScenarios: Scenario[] = [
  {
    operation: 'blueprint-principals/create',
    name: 'with its birthright',
    status: 201,
    prepare: async (sigil) => ({
      path: `${collection}/${principalType}`,
      body: { appId: (await blueprint(sigil)).appId },
    }),
  },
  {
    operation: 'blueprint-principals/create',
    name: 'with sponsors and owners',
    status: 201,
    prepare: async (sigil) => ({
      path: `${collection}/${principalType}`,
      body: {
        appId: (await blueprint(sigil)).appId,
        'sponsors@odata.bind': bind(await person(sigil)),
        'owners@odata.bind': bind(await person(sigil)),
      },
    }),
  },
  {
    operation: 'blueprint-principals/create',
    name: 'a second one',
    status: 409,
    prepare: async (sigil) => ({
      path: `${collection}/${principalType}`,
      body: { appId: (await company(sigil)).blueprint.appId },
    }),
  },
  {
    operation: 'blueprint-principals/create',
    name: 'of an ordinary application',
    status: 400,
    prepare: async (sigil) => ({
      path: `${collection}/${principalType}`,
      body: { appId: (await application(sigil)).appId },
    }),
  },
  full('blueprint-principals/create', `${collection}/${principalType}`, 'agentIdentityBlueprintPrincipal'),
  ...lists('blueprint-principals', `${collection}/${principalType}`, async (sigil) => (await company(sigil)).principal),
  ...existing('blueprint-principals', principalAt, { 'its principal': blueprintPrincipal }),
  ...nothing('blueprint-principals', principalAt),
  attributes('blueprint-principals', principalAt, blueprintPrincipal),
  startedAgain('blueprint-principals', principalAt, blueprintPrincipal),
]

export const agentIdentityScenarios: Scenario[] = [
  {
    operation: 'agent-identities/create',
    name: 'by an administrator',
    status: 201,
    prepare: async (sigil) => ({ path: `${collection}/${agentType}`, body: await newAgent(sigil) }),
  },
  {
    operation: 'agent-identities/create',
    name: 'by its blueprint',
    status: 201,
    prepare: async (sigil) => ({
      path: `${collection}/${agentType}`,
      body: await newAgent(sigil),
      token: await blueprintToken(sigil),
    }),
  },
  {
    operation: 'agent-identities/create',
    name: 'with sponsors and owners',
    status: 201,
    prepare: async (sigil) => ({
      path: `${collection}/${agentType}`,
      body: {
        ...(await newAgent(sigil)),
        'sponsors@odata.bind': bind(await person(sigil), await person(sigil)),
        'owners@odata.bind': bind(await person(sigil)),
      },
    }),
  },
  {
    operation: 'agent-identities/create',
    name: 'under a blueprint without a principal',
    status: 400,
    prepare: async (sigil) => ({
      path: `${collection}/${agentType}`,
      body: { ...(await newAgent(sigil)), agentIdentityBlueprintId: (await blueprint(sigil)).appId },
    }),
  },
  {
    operation: 'agent-identities/create',
    name: 'without the permission',
    status: 403,
    prepare: async (sigil) => ({
      path: `${collection}/${agentType}`,
      body: await newAgent(sigil),
      token: await tokenWith(sigil, 'AgentIdentity.Read.All'),
    }),
  },
  full('agent-identities/create', `${collection}/${agentType}`, 'agentIdentity'),
  {
    operation: 'agent-identities/create',
    name: 'that ends by itself, disabled',
    status: 201,
    prepare: async (sigil) => ({ path: `${collection}/${agentType}`, body: await ephemeral(sigil) }),
  },
  ...lists('agent-identities', `${collection}/${agentType}`, async (sigil) => (await company(sigil)).agent),
  {
    operation: 'agent-identities/list',
    name: 'the own ones of a blueprint',
    status: 200,
    prepare: async (sigil) => ({
      path: `${collection}/${agentType}`,
      token: (await smallTenant(sigil)).blueprintToken,
    }),
  },
  ...existing('agent-identities', agentAt, { 'an agent identity': agent }),
  ...nothing('agent-identities', agentAt),
  attributes('agent-identities', agentAt, agent),
  startedAgain('agent-identities', agentAt, agent, { displayName: 'Clerk 10' }),
  {
    operation: 'agent-identities/read',
    name: 'with the manager applications of its blueprint',
    status: 200,
    prepare: async (sigil) => ({ path: `${agentAt(`/${(await agent(sigil)).id}`)}?$select=managerApplications` }),
  },
  {
    operation: 'agent-identities/update',
    name: 'disabled by its blueprint',
    status: 204,
    prepare: async (sigil) => ({
      path: agentAt(`/${(await agent(sigil)).id}`),
      body: { accountEnabled: false },
      token: await blueprintToken(sigil),
    }),
  },
  {
    operation: 'agent-identities/delete',
    name: 'of an application that has one too',
    status: 404,
    prepare: async (sigil) => ({ path: agentAt(`/${(await principalOf(sigil, await application(sigil))).id}`) }),
  },
]
