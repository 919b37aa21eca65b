import { randomUUID } from 'node:crypto'
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import type { TenantId } from '../../shared/domain/tenant.ts'
import { keys, shardOf, shards } from '../../shared/store/table.ts'
import type { Sigil } from '../support/sigil.ts'
import {
  agent,
  agentUser,
  bind,
  bindPrincipals,
  blueprint,
  company,
  fresh,
  fullTenant,
  graph,
  type Made,
  missing,
  newPerson,
  person,
  principalOf,
  resource,
  tokenWith,
} from './makers.ts'
import type { Scenario, Sent } from './scenario.ts'

const collection = '/beta/sigil/agents'
const inAYear = (sigil: Sigil): string => new Date(sigil.clock.now().getTime() + 365 * 86_400_000).toISOString()

/** A blueprint that is found by its unique name. */
async function named(sigil: Sigil): Promise<string> {
  const uniqueName = fresh('clerk')
  await principalOf(sigil, await blueprint(sigil, { uniqueName }))
  return `https://graph.microsoft.com/v1.0/applications(uniqueName='${uniqueName}')`
}

/** An agent with its user; every right that there is; and one that ends by itself and is not enabled. */
async function everything(sigil: Sigil) {
  const { app, role, principal } = await resource(sigil)
  const api = { oauth2PermissionScopes: [{ ...scope, id: randomUUID() }] }
  await sigil.make('PATCH', `/applications/${app.id}`, { api })
  const [sponsor, user] = [await person(sigil), await person(sigil)]
  return {
    'blueprint@odata.bind': await named(sigil),
    'sponsors@odata.bind': bind(sponsor),
    appRoleAssignments: [{ resourceId: principal.id, appRoleId: role.id }],
    agents: [
      {
        displayName: 'Clerk 1',
        agentUser: { ...newPerson(sigil.service.domain, fresh('clerk')), 'sponsors@odata.bind': bind(sponsor) },
        oauth2PermissionGrants: [
          { resourceId: principal.id, scope: scope.value },
          { resourceId: principal.id, scope: scope.value, consentType: 'Principal' },
          { resourceId: principal.id, scope: scope.value, consentType: 'Principal', principalId: user.id },
        ],
      },
      {
        displayName: 'Clerk 2',
        accountEnabled: false,
        expiresAt: inAYear(sigil),
        'owners@odata.bind': bindPrincipals(principal),
      },
    ],
  }
}

const scope = {
  value: 'Tasks.Read',
  type: 'User',
  isEnabled: true,
  adminConsentDisplayName: 'Read tasks',
  adminConsentDescription: 'Read tasks',
}

const few = (count: number) => Array.from({ length: count }, (_, n) => ({ displayName: `Clerk ${n}` }))

async function some(sigil: Sigil, agents: unknown[] = few(2)) {
  const { blueprint: parent, sponsors } = await company(sigil)
  return { agentIdentityBlueprintId: parent.appId, ...sponsors, agents }
}

/** The same for a tenant that may hold no more agent identities. */
async function tooMany(sigil: Sigil): Promise<Pick<Sent, 'body' | 'token'>> {
  const { token, agent: one } = await fullTenant(sigil, 'agentIdentity')
  const { value } = await sigil.make('GET', '/users', undefined, token)
  const { agentIdentityBlueprintId } = one
  return {
    token,
    body: { agentIdentityBlueprintId, 'sponsors@odata.bind': bind(...(value as Made[])), agents: few(2) },
  }
}

/** A request that has been answered once. */
async function again(sigil: Sigil, path: string): Promise<Sent & { headers: Record<string, string> }> {
  const [body, headers] = [await some(sigil), { 'idempotency-key': randomUUID() }]
  const { status } = await sigil.send(path, {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${await sigil.adminToken()}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (status >= 300) throw new Error(`${path} answered ${status}`)
  return { path, body, headers }
}

const withoutPermission = (operation: 'agents/provision' | 'agents/bulk-create', path: string): Scenario => ({
  operation,
  name: 'without the permission',
  status: 403,
  prepare: async (sigil) => ({
    path,
    body: await some(sigil),
    token: await tokenWith(sigil, 'AgentIdentity.Read.All'),
  }),
})

const provisionScenarios: Scenario[] = [
  {
    operation: 'agents/provision',
    name: 'two agents with all that there is',
    status: 201,
    prepare: async (sigil) => ({ path: collection, body: await everything(sigil) }),
  },
  {
    operation: 'agents/provision',
    name: 'with a key',
    status: 201,
    prepare: async (sigil) => ({
      path: collection,
      body: await some(sigil),
      headers: { 'idempotency-key': randomUUID() },
    }),
  },
  {
    operation: 'agents/provision',
    name: 'sent again with its key',
    status: 201,
    prepare: (sigil) => again(sigil, collection),
  },
  {
    operation: 'agents/provision',
    name: 'the key of another request',
    status: 422,
    prepare: async (sigil) => ({ ...(await again(sigil, collection)), body: await some(sigil, few(1)) }),
  },
  {
    operation: 'agents/provision',
    name: 'more than one commit holds',
    status: 400,
    prepare: async (sigil) => ({ path: collection, body: await some(sigil, few(20)) }),
  },
  {
    operation: 'agents/provision',
    name: 'more than the tenant may hold',
    status: 403,
    prepare: async (sigil) => ({ path: collection, ...(await tooMany(sigil)) }),
  },
  withoutPermission('agents/provision', collection),
]

const created = `${collection}/bulkCreate`
const updated = `${collection}/bulkUpdate`
const deleted = `${collection}/bulkDelete`

const bulkScenarios: Scenario[] = [
  {
    operation: 'agents/bulk-create',
    name: 'three good ones and two that are none',
    status: 200,
    prepare: async (sigil) => {
      const ends = { displayName: 'Clerk 3', accountEnabled: false, expiresAt: inAYear(sigil) }
      return { path: created, body: await some(sigil, [...few(2), { displayName: '' }, 'Clerk', ends]) }
    },
  },
  {
    operation: 'agents/bulk-create',
    name: 'the blueprint by its unique name',
    status: 200,
    prepare: async (sigil) => ({
      path: created,
      body: {
        'blueprint@odata.bind': await named(sigil),
        'sponsors@odata.bind': bind(await person(sigil)),
        agents: few(1),
      },
    }),
  },
  {
    operation: 'agents/bulk-create',
    name: 'with a key',
    status: 200,
    prepare: async (sigil) => ({
      path: created,
      body: await some(sigil),
      headers: { 'idempotency-key': randomUUID() },
    }),
  },
  {
    operation: 'agents/bulk-create',
    name: 'sent again with its key',
    status: 200,
    prepare: (sigil) => again(sigil, created),
  },
  {
    operation: 'agents/bulk-create',
    name: 'the key of another request',
    status: 422,
    prepare: async (sigil) => ({ ...(await again(sigil, created)), body: await some(sigil, few(1)) }),
  },
  {
    operation: 'agents/bulk-create',
    name: 'more than the tenant may hold',
    status: 200,
    prepare: async (sigil) => ({ path: created, ...(await tooMany(sigil)) }),
  },
  withoutPermission('agents/bulk-create', created),
  {
    operation: 'agents/bulk-update',
    name: 'two that are stopped, and one that is not there',
    status: 200,
    prepare: async (sigil) => ({
      path: updated,
      body: { ids: [(await agent(sigil)).id, missing.id, (await agent(sigil)).id], accountEnabled: false },
    }),
  },
  {
    operation: 'agents/bulk-update',
    name: 'one that is started and tagged',
    status: 200,
    prepare: async (sigil) => ({
      path: updated,
      body: { ids: [(await agent(sigil, { accountEnabled: false })).id], accountEnabled: true, tags: ['blue'] },
    }),
  },
  {
    operation: 'agents/bulk-update',
    name: 'nothing',
    status: 400,
    prepare: () => ({ path: updated, body: { ids: [missing.id] } }),
  },
  {
    operation: 'agents/bulk-delete',
    name: 'one with a user, an ephemeral one, and one that is not there',
    status: 200,
    prepare: async (sigil) => {
      const { identityParentId } = await agentUser(sigil)
      const counterOf = (id: unknown) => shardOf(String(id), shards.counter)
      // On counters of their own, so that the same is written each time.
      let ephemeral = await agent(sigil, { expiresAt: inAYear(sigil) })
      while (counterOf(ephemeral.id) === counterOf(identityParentId)) {
        ephemeral = await agent(sigil, { expiresAt: inAYear(sigil) })
      }
      return { path: deleted, body: { ids: [identityParentId, ephemeral.id, missing.id] } }
    },
  },
]

async function newTenant(sigil: Sigil) {
  const { tenantId, domain, admin } = await sigil.openTenant(`${fresh('limited')}.example`)
  const form = { client_id: admin.clientId, client_secret: admin.clientSecret, scope: graph }
  const { body } = await sigil.token({ grant_type: 'client_credentials', ...form }, tenantId)
  return { tenantId, domain, token: String(body.access_token) }
}

const limitScenarios: Scenario[] = [
  { operation: 'limits/read', name: 'all', status: 200, prepare: () => ({ path: '/beta/sigil/limits' }) },
  ...(['tenantId', 'domain'] as const).map(
    (by): Scenario => ({
      operation: 'tenants/set-limits',
      name: `of a tenant by its ${by}`,
      status: 200,
      prepare: async (sigil) => {
        const tenant = await sigil.openTenant(`${fresh('limited')}.example`)
        return { path: `/tenants/${tenant[by]}/limits`, body: { user: 5, group: null } }
      },
    }),
  ),
  {
    operation: 'tenants/set-limits',
    name: 'exactly what there is',
    status: 200,
    prepare: async (sigil) => {
      const { tenantId, token, domain } = await newTenant(sigil)
      for (let count = 0; count < 5; count++) await sigil.make('POST', '/users', newPerson(domain), token)
      await gather(sigil, tenantId, 5)
      return { path: `/tenants/${tenantId}/limits`, body: { user: 5 } }
    },
  },
  {
    operation: 'tenants/set-limits',
    name: 'less than there is',
    status: 409,
    prepare: async (sigil) => ({
      path: `/tenants/${(await newTenant(sigil)).tenantId}/limits`,
      body: { application: 0 },
    }),
  },
  {
    operation: 'tenants/set-limits',
    name: 'no such tenant',
    status: 404,
    prepare: () => ({ path: `/tenants/${missing.id}/limits`, body: { user: 5 } }),
  },
]

/** All people of a tenant on one counter, so that as many move each time. */
async function gather(sigil: Sigil, tenantId: string, count: number): Promise<void> {
  for (let shard = 0; shard < shards.counter; shard++) {
    const all = shard === shards.counter - 1 ? count : 0
    const Item = marshall({ ...keys.counter(tenantId as TenantId, 'user', shard), live: all, all })
    await sigil.service.dynamodb.send(new PutItemCommand({ TableName: sigil.service.tableName, Item }))
  }
}

export const agentScenarios: Scenario[] = [...provisionScenarios, ...bulkScenarios, ...limitScenarios]
