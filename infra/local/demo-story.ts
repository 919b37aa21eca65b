import { randomUUID } from 'node:crypto'
import { managementApi, msal, refusalOf, resourceServer, tokenFor, trust } from './demo-clients.ts'
import { mustBe, type Step } from './demo-report.ts'
import type { Service } from './service.ts'

/** What the story leaves behind in the service: an agent that can get tokens for an API. */
export type Cast = { api: string; blueprint: string; secret: string; agent: string }

/** An agent goes from nothing to a verified access token, is stopped, and is let go on. */
export async function firstToken(step: Step, starting: Promise<Service>): Promise<Cast> {
  const service = await step(
    'a fresh Sigil is up, on ports of its own',
    () => starting,
    ({ https }) => https,
  )
  trust(service.caFile)
  const { https, tenantId, issuer, domain } = service
  const authority = `${https}/${tenantId}`
  const administrator = msal(authority, service.admin)

  const adminToken = await step(
    'the administrator gets a token with MSAL',
    () => tokenFor(administrator, 'https://graph.microsoft.com'),
    () => `tenant ${tenantId}`,
  )
  const manage = managementApi(https, adminToken)

  const role = { id: randomUUID(), value: 'Tasks.Read', displayName: 'Read tasks', description: 'Read tasks' }
  const api = await step(
    'an API is registered, with a role for applications',
    () =>
      manage('POST', '/applications', {
        displayName: 'Tasks API',
        api: { requestedAccessTokenVersion: 2 },
        appRoles: [{ ...role, isEnabled: true, allowedMemberTypes: ['Application'] }],
      }),
    ({ appId }) => `${role.value} of ${appId}`,
  )

  const apiPrincipal = await step('the API gets its service principal', () =>
    manage('POST', '/servicePrincipals', { appId: api.appId }),
  )
  const sponsor = await step(
    'a person is created, to answer for the agent',
    () =>
      manage('POST', '/users', {
        accountEnabled: true,
        displayName: 'Ada Lovelace',
        mailNickname: 'ada',
        userPrincipalName: `ada@${domain}`,
      }),
    () => `ada@${domain}`,
  )
  const sponsors = { 'sponsors@odata.bind': [`${https}/v1.0/users/${sponsor.id}`] }

  const blueprint = await step(
    'a blueprint is created, with her as sponsor',
    () =>
      manage('POST', '/applications/microsoft.graph.agentIdentityBlueprint', {
        displayName: 'Task agents',
        ...sponsors,
      }),
    ({ appId }) => appId,
  )
  await step('the blueprint gets its principal', () =>
    manage('POST', '/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal', { appId: blueprint.appId }),
  )
  const secret = await step('the blueprint gets a secret, shown this once', async () => {
    const { secretText } = await manage('POST', `/applications/${blueprint.id}/addPassword`, {
      passwordCredential: { displayName: 'demo' },
    })
    const read = await manage('GET', `/applications/microsoft.graph.agentIdentityBlueprint/${blueprint.id}`)
    mustBe('whether reading the blueprint shows the secret', JSON.stringify(read).includes(String(secretText)), false)
    return String(secretText)
  })
  const agent = await step(
    'an agent identity is created, with her as sponsor',
    () =>
      manage('POST', '/servicePrincipals/microsoft.graph.agentIdentity', {
        displayName: 'Task agent 1',
        agentIdentityBlueprintId: blueprint.appId,
        ...sponsors,
      }),
    ({ id }) => id,
  )
  await step('the agent is given the role', async () => {
    await manage('POST', `/servicePrincipals/${agent.id}/appRoleAssignments`, {
      principalId: agent.id,
      resourceId: apiPrincipal.id,
      appRoleId: role.id,
    })
    const { value } = await manage('GET', `/servicePrincipals/${apiPrincipal.id}/appRoleAssignedTo`)
    mustBe(
      'who holds roles on the API',
      (value as { principalId: string }[]).map(({ principalId }) => principalId),
      [agent.id],
    )
  })

  // What the agent's own program holds: MSAL for its blueprint, and MSAL for itself, which asks the former for a T1.
  const blueprintClient = msal(authority, { clientId: blueprint.appId, clientSecret: secret })
  const exchangeToken = (skipCache = false) =>
    tokenFor(blueprintClient, 'api://AzureADTokenExchange', { fmiPath: agent.id, skipCache })
  const agentClient = msal(authority, { clientId: agent.id, clientAssertion: () => exchangeToken() })
  const agentToken = () => tokenFor(agentClient, api.appId, { skipCache: true })

  const t1 = await step('the blueprint gets a T1 for the agent with MSAL', exchangeToken, () => 'fmiPath')
  const token = await step('the agent gets a token for the API with MSAL', agentToken, () => 'clientAssertion: the T1')

  const verify = await resourceServer(authority, api.appId)
  const claims = await step(
    'the API verifies signature, issuer and audience',
    async () => {
      const verified = await verify(token)
      mustBe('the issuer', verified.iss, issuer)
      mustBe('the tenant', verified.tid, tenantId)
      return verified
    },
    ({ iss }) => String(iss),
  )
  await step(
    'the API sees the agent, its blueprint and its role',
    async () => {
      mustBe('the kind of token (idtyp)', claims.idtyp, 'app')
      mustBe('the client (azp)', claims.azp, agent.id)
      mustBe('whether an agent acts (11 in xms_act_fct)', String(claims.xms_act_fct).split(' ').includes('11'), true)
      mustBe('the blueprint (xms_par_app_azp)', claims.xms_par_app_azp, blueprint.appId)
      mustBe('the roles', claims.roles, [role.value])
    },
    () => `roles ${role.value}, xms_act_fct ${claims.xms_act_fct}`,
  )
  await step(
    'the API refuses the T1 in place of an access token',
    async () => {
      const code = await verify(t1).then(
        () => undefined,
        (error: { code?: string }) => error.code,
      )
      mustBe("the verifier's answer", code, 'ERR_JWKS_NO_MATCHING_KEY')
    },
    () => 'no published key has signed it',
  )

  const agentPath = `/servicePrincipals/microsoft.graph.agentIdentity/${agent.id}`
  await step('the agent is disabled', async () => {
    await manage('PATCH', agentPath, { accountEnabled: false })
    mustBe('accountEnabled', (await manage('GET', agentPath)).accountEnabled, false)
  })
  const refused = async (attempt: Promise<string>) => {
    const code = await refusalOf(attempt)
    mustBe('the refusal', code, 'AADSTS7000112')
    return code
  }
  await step(
    'its next token is refused, though its T1 lives',
    async () => {
      mustBe('whether MSAL still has the T1', (await exchangeToken()) === t1, true)
      return refused(agentToken())
    },
    String,
  )
  await step('its next T1 is refused', () => refused(exchangeToken(true)), String)
  await step(
    'the token that it already has is valid until it expires',
    async () => (await verify(token)).exp,
    (exp) => `at ${new Date(Number(exp) * 1000).toISOString()}`,
  )
  await step('enabled again, it gets its next token', async () => {
    await manage('PATCH', agentPath, { accountEnabled: true })
    mustBe('the roles', (await verify(await agentToken())).roles, [role.value])
  })
  return { api: api.appId, blueprint: blueprint.appId, secret, agent: agent.id }
}

/** What holds when every step has done as it says. */
export const shown = `  - MSAL speaks to Sigil unmodified: beside its credential it was given an authority, a known host and a CA to trust.
  - An agent has no secret of its own. Its blueprint vouches for it with a T1, which no API takes for a token.
  - An API needs the discovery document alone to verify an agent's token, and sees who acts and with which role.
  - A disabled agent gets no token from the next request on. One that it already has lasts until it expires.
`
