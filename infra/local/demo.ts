import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb'
import { version as msalVersion } from '@azure/msal-node'
import { abortionOf, heading, messageOf, print, stepsUntil } from './demo-report.ts'
import { type Cast, firstToken, shown } from './demo-story.ts'
import { type Service, startService } from './service.ts'
import { onTermination } from './signals.ts'

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
  const started = starting.catch(() => undefined)
  cleanup.defer(async () => (await started)?.close())
  // An engine of the service's own goes with it; one that was there before keeps no table of ours.
  if (process.env.AWS_ENDPOINT_URL_DYNAMODB) cleanup.defer(async () => dropTable(await started))
  started.then(async (service) => {
    const fault = await service?.ended
    if (fault) stop.abort(fault)
  })

  print(`\n${heading("An agent's first token")}, with @azure/msal-node ${msalVersion} as it is\n`)
  const begun = performance.now()
  const cast = await firstToken(stepsUntil(stop.signal), starting)
  print(`\n${heading('Shown')} in ${((performance.now() - begun) / 1000).toFixed(1)} s:\n${shown}`)
  if (keep) await stayUp(stop.signal, await starting, cast)
}

async function dropTable(service: Service | undefined): Promise<void> {
  await service?.dynamodb.send(new DeleteTableCommand({ TableName: service.tableName }))
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
  onTermination(() => stop.abort(new Interruption('interrupted; nothing of it is left')))
  // Such as a reader of the output that has gone.
  process.on('uncaughtException', (error) => stop.abort(error))
}
