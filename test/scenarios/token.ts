import { assertion, type Sigil } from '../support/sigil.ts'
import { agent, application, assign, company, graph, missing, password, principalOf, resource } from './makers.ts'
import type { Scenario, Sent } from './scenario.ts'

const exchange = 'api://AzureADTokenExchange/.default'

const ask = (sigil: Sigil, form: Record<string, string>, tenant = sigil.tenantId): Sent => ({
  path: `/${tenant}/oauth2/v2.0/token`,
  form: { grant_type: 'client_credentials', ...form },
})

/** An ordinary application with a secret, and a role on a resource. */
async function ordinary(sigil: Sigil) {
  const { app: api, role, principal: apiPrincipal } = await resource(sigil)
  const app = await application(sigil)
  const principal = await principalOf(sigil, app)
  await assign(sigil, principal, apiPrincipal, role)
  const { secretText } = await password(sigil, app)
  return { app, api, client: { client_id: app.appId, client_secret: secretText as string } }
}

const disabled = (sigil: Sigil, id: string) =>
  sigil.make('PATCH', `/servicePrincipals/${id}`, { accountEnabled: false })

/** The legs of reference §3.2 and §3.5, and each refusal that reads or records otherwise than they do. */
export const tokenScenarios: Scenario[] = [
  {
    operation: 'token/issue',
    name: 'an ordinary application by its secret',
    status: 200,
    prepare: async (sigil) => {
      const { api, client } = await ordinary(sigil)
      return ask(sigil, { ...client, scope: `${api.appId}/.default` })
    },
  },
  {
    operation: 'token/issue',
    name: 'an ordinary application for the management API',
    status: 200,
    prepare: (sigil) => {
      const { clientId, clientSecret } = sigil.service.admin
      return ask(sigil, { client_id: clientId, client_secret: clientSecret, scope: graph })
    },
  },
  {
    operation: 'token/issue',
    name: 'the secret in the Authorization header',
    status: 200,
    prepare: async (sigil) => {
      const { api, client } = await ordinary(sigil)
      const basic = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')
      return {
        ...ask(sigil, { scope: `${api.appId}/.default` }),
        headers: { authorization: `Basic ${basic}` },
      }
    },
  },
  {
    operation: 'token/issue',
    name: 'a blueprint alone',
    status: 200,
    prepare: async (sigil) => {
      const { blueprint, secret } = await company(sigil)
      return ask(sigil, { client_id: blueprint.appId, client_secret: secret, scope: graph })
    },
  },
  {
    operation: 'token/issue',
    name: 'T1: a blueprint for one of its agents',
    status: 200,
    prepare: async (sigil) => {
      const { blueprint, secret, agent: own } = await company(sigil)
      return ask(sigil, { client_id: blueprint.appId, client_secret: secret, scope: exchange, fmi_path: own.id })
    },
  },
  {
    operation: 'token/issue',
    name: 'an agent identity by its T1',
    status: 200,
    prepare: async (sigil) => {
      const { agent: own, scope, t1 } = await company(sigil)
      return ask(sigil, { client_id: own.id, scope, ...assertion(await t1()) })
    },
  },
  {
    operation: 'token/issue',
    name: 'the tenant named by its domain',
    status: 200,
    prepare: async (sigil) => {
      const { agent: own, scope, t1 } = await company(sigil)
      return ask(sigil, { client_id: own.id, scope, ...assertion(await t1()) }, sigil.service.domain)
    },
  },
  {
    operation: 'token/issue',
    name: 'a wrong secret',
    status: 401,
    prepare: async (sigil) => {
      const { blueprint, scope } = await company(sigil)
      return ask(sigil, { client_id: blueprint.appId, client_secret: 'none of ours', scope })
    },
  },
  {
    operation: 'token/issue',
    name: 'an unknown client',
    status: 400,
    prepare: async (sigil) => {
      const { scope } = await company(sigil)
      return ask(sigil, { client_id: missing.id, client_secret: 'none of ours', scope })
    },
  },
  {
    operation: 'token/issue',
    name: 'a client id that is no GUID',
    status: 400,
    prepare: async (sigil) => {
      const { scope } = await company(sigil)
      return ask(sigil, { client_id: 'ledger', client_secret: 'none of ours', scope })
    },
  },
  {
    operation: 'token/issue',
    name: 'an assertion that is no T1',
    status: 401,
    prepare: async (sigil) => {
      const { agent: own, scope } = await company(sigil)
      return ask(sigil, { client_id: own.id, scope, ...assertion(await sigil.adminToken()) })
    },
  },
  {
    operation: 'token/issue',
    name: 'a blueprint by the T1 that it made',
    status: 401,
    prepare: async (sigil) => {
      const { blueprint, scope, t1 } = await company(sigil)
      return ask(sigil, { client_id: blueprint.appId, scope, ...assertion(await t1()) })
    },
  },
  {
    operation: 'token/issue',
    name: 'a disabled agent identity',
    status: 400,
    prepare: async (sigil) => {
      const { blueprint, secret, scope } = await company(sigil)
      const own = await agent(sigil)
      const t1 = await sigil.tokenFor(blueprint.appId, secret, exchange, { fmi_path: own.id })
      await disabled(sigil, own.id)
      return ask(sigil, { client_id: own.id, scope, ...assertion(t1) })
    },
  },
  {
    operation: 'token/issue',
    name: "T1 for another's agent",
    status: 400,
    prepare: async (sigil) => {
      const { blueprint, secret } = await company(sigil)
      return ask(sigil, { client_id: blueprint.appId, client_secret: secret, scope: exchange, fmi_path: missing.id })
    },
  },
  {
    operation: 'token/issue',
    name: 'T1 for the blueprint itself',
    status: 400,
    prepare: async (sigil) => {
      const { blueprint, secret } = await company(sigil)
      const client = { client_id: blueprint.appId, client_secret: secret }
      return ask(sigil, { ...client, scope: exchange, fmi_path: blueprint.appId })
    },
  },
  {
    operation: 'token/issue',
    name: 'a resource that is not there',
    status: 400,
    prepare: async (sigil) => {
      const { blueprint, secret } = await company(sigil)
      return ask(sigil, { client_id: blueprint.appId, client_secret: secret, scope: 'api://nowhere/.default' })
    },
  },
  {
    operation: 'token/issue',
    name: 'a suspended tenant',
    status: 400,
    prepare: async (sigil) => {
      const { tenantId, admin } = await sigil.openTenant(`${crypto.randomUUID()}.example`)
      await sigil.operator('tenants/suspend', { tenantId })
      return ask(sigil, { client_id: admin.clientId, client_secret: admin.clientSecret, scope: graph }, tenantId)
    },
  },
  {
    operation: 'token/issue',
    name: 'a closed tenant',
    status: 400,
    prepare: async (sigil) => {
      const { tenantId, admin } = await sigil.openTenant(`${crypto.randomUUID()}.example`)
      await sigil.operator('tenants/close', { tenantId })
      return ask(sigil, { client_id: admin.clientId, client_secret: admin.clientSecret, scope: graph }, tenantId)
    },
  },
  {
    operation: 'token/issue',
    name: 'a tenant that is not there',
    status: 400,
    prepare: (sigil) => ask(sigil, { client_id: missing.id, client_secret: 'x', scope: graph }, missing.id),
  },
  {
    operation: 'token/issue',
    name: 'a domain that is not there',
    status: 400,
    prepare: (sigil) => ask(sigil, { client_id: missing.id, client_secret: 'x', scope: graph }, 'nowhere.example'),
  },
  {
    operation: 'token/issue',
    name: 'no grant type',
    status: 400,
    prepare: (sigil) => ({ path: `/${sigil.tenantId}/oauth2/v2.0/token`, form: { scope: graph } }),
  },
]
