import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { managementApi, msal, refusalOf, resourceServer, tokenFor, trust } from './demo-clients.ts'
import { abortionOf, heading, messageOf, mustBe, print, type Step, stepsUntil } from './demo-report.ts'
import { type Service, startService } from './service.ts'

const help = `Takes an agent from nothing to a verified access token and stops it again, on a Sigil of its own.

  npm run demo -- [options]

  --keep   leaves the service up until Ctrl-C
  --help   print this
`

class Interruption extends Error {}

await main()

async function main(): Promise<void> {
  const stop = new AbortController()
  stopOnSignals(stop)
  try {
    const { values } = parseArgs({ options: { keep: { type: 'boolean' }, help: { type: 'boolean' } } })
    if (values.help) print(help)
    else await demonstrate(stop, values.keep ?? false)
  } catch (error) {
    process.exitCode = error instanceof Interruption ? 130 : 1
    process.stderr.write(`\nsigil: ${messageOf(error)}\n`)
  }
}

/** Everything that is brought up here is gone afterwards, whatever happens in between. */
async function demonstrate(stop: AbortController, keep: boolean): Promise<void> {
  await using cleanup = new AsyncDisposableStack()
  const state = await mkdtemp(join(tmpdir(), 'sigil-demo-'))
  cleanup.defer(() => rm(state, { recursive: true, force: true, maxRetries: 3 }))
  const starting = startService({ state, port: 0, httpPort: 0, quiet: true })
  cleanup.defer(async () => (await starting.catch(() => undefined))?.close())
  starting.then(
    async ({ ended }) => {
      const fault = await ended
      if (fault) stop.abort(fault)
    },
    () => {},
  )

  print(`\n${heading("An agent's first token")}, with @azure/msal-node as it is\n`)
  const begun = performance.now()
  const cast = await tell(stepsUntil(stop.signal), starting)
  print(summary((performance.now() - begun) / 1000))
  if (keep) await stayUp(stop.signal, await starting, cast)
}

type Cast = { api: string; blueprint: string; secret: string; agent: string }

/** The demonstration, step by step. */
async function tell(step: Step, starting: Promise<Service>): Promise<Cast> {
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

function summary(seconds: number): string {
  return `
${heading('Shown')} in ${seconds.toFixed(1)} s:
  - MSAL speaks to Sigil unmodified: beside its credential it was given an authority, a known host and a CA to trust.
  - An agent has no secret of its own. Its blueprint vouches for it with a T1, which no API takes for a token.
  - An API needs the discovery document alone to verify an agent's token, and sees who acts and with which role.
  - A disabled agent gets no token from the next request on. One that it already has lasts until it expires.
`
}

/** Until it is told to stop; a fault ends it too. */
async function stayUp(stop: AbortSignal, service: Service, { api, blueprint, secret, agent }: Cast): Promise<void> {
  const { https, http, caFile, tenantId, domain, admin } = service
  print(`${heading('Still up')}, until Ctrl-C, which removes it:

  https          ${https}
  http           ${http}
  CA             ${caFile}
  tenant         ${tenantId} (${domain})
  administrator  ${admin.clientId}
  secret         ${admin.clientSecret}
  blueprint      ${blueprint}
  secret         ${secret}
  agent          ${agent}

The agent's two steps once more, by hand; the last prints its token for the API:

  ask() { curl -sS --cacert '${caFile}' ${https}/${tenantId}/oauth2/v2.0/token -d grant_type=client_credentials "$@"; }
  T1=$(ask -d client_id=${blueprint} --data-urlencode 'client_secret=${secret}' \\
    -d fmi_path=${agent} -d scope=api://AzureADTokenExchange/.default | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
  ask -d client_id=${agent} -d scope=${api}/.default -d client_assertion="$T1" \\
    -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer
`)
  await abortionOf(stop).catch((error: unknown) => {
    if (!(error instanceof Interruption)) throw error
  })
}

function stopOnSignals(stop: AbortController): void {
  const interrupt = () => stop.abort(new Interruption('interrupted; nothing of it is left'))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt)
  // Such as a reader of the output that has gone.
  process.on('uncaughtException', (error) => stop.abort(error))
  // npm gives a signal to the shell between it and us, which ends without passing it on.
  const shell = process.ppid
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid === shell || interrupt(), 200).unref()
}
