import type { Sigil } from '../support/sigil.ts'
import {
  agent,
  agentType,
  application,
  bind,
  blueprint,
  blueprintToken,
  blueprintWithPrincipal,
  company,
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
  {
    operation: `${kind}/list`,
    name: 'all',
    status: 200,
    prepare: async (sigil) => ({ path, token: (await smallTenant(sigil)).token }),
  },
  {
    operation: `${kind}/list`,
    name: 'one by appId',
    status: 200,
    prepare: async (sigil) => ({ path: `${path}?$filter=appId eq '${(await one(sigil)).appId}'` }),
  },
]

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
  ...lists('service-principals', collection, async (sigil) => (await company(sigil)).apiPrincipal),
  ...existing('service-principals', at, {
    "an application's": resourcePrincipal,
    "a blueprint's": blueprintPrincipal,
    'an agent identity': agent,
  }),
  ...nothing('service-principals', at),
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
  ...lists('blueprint-principals', `${collection}/${principalType}`, async (sigil) => (await company(sigil)).principal),
  ...existing('blueprint-principals', principalAt, { 'its principal': blueprintPrincipal }),
  ...nothing('blueprint-principals', principalAt),
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
