import { parseArgs } from 'node:util'
import { type Service, startService } from './service.ts'
import { onTermination } from './signals.ts'

const help = `Runs Sigil on this machine, for development.

  npm start -- [options]

  --port N        port of https, and so of the issuer (8443; 0 takes a free one and keeps it for this state)
  --http-port N   port of plain http (8080; 0 likewise)
  --state DIR     the directory that keeps everything (.sigil)
  --host ADDRESS  listen on this address as well; without it nobody beyond this machine can connect
  --json          print one line of JSON when ready, for scripts: npm start --silent -- --json
  --help          print this
`

await main()

async function main(): Promise<void> {
  const options = readArguments()
  // Stdout is for what this command has to say; the functions' log lines go beside it.
  const say = process.stdout.write.bind(process.stdout)
  process.stdout.write = process.stderr.write.bind(process.stderr)

  const stop = new AbortController()
  onTermination(() => stop.abort())
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve(), { once: true }))

  const service = await startService(options).catch(fail)
  if (!stop.signal.aborted) say(options.json ? `${JSON.stringify(summary(service))}\n` : welcome(service))
  // A fault in a function that nobody has called yet is told when it is called.
  if (!stop.signal.aborted) service.preload().catch(() => {})
  const fault = await Promise.race([service.ended, stopped])
  await service.close()
  if (fault) fail(fault)
  process.exit(0)
}

function readArguments() {
  const { values } = parse()
  if (values.help) {
    process.stdout.write(help)
    process.exit(0)
  }
  return {
    state: values.state,
    json: values.json,
    ...(values.port !== undefined && { port: portOf('--port', values.port) }),
    ...(values['http-port'] !== undefined && { httpPort: portOf('--http-port', values['http-port']) }),
    ...(values.host !== undefined && { host: values.host }),
  }
}

function parse() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string' },
        'http-port': { type: 'string' },
        state: { type: 'string', default: '.sigil' },
        host: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    return fail(error)
  }
}

function portOf(option: string, value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN
  return port <= 65_535 ? port : fail(new Error(`${option} ${value} is no port; give a number from 0 to 65535`))
}

function fail(error: unknown): never {
  process.stderr.write(`sigil: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

function summary({ http, https, caFile, tenantId, domain, admin }: Service) {
  return { http, https, caFile, tenantId, domain, admin }
}

function welcome({ http, https, caFile, tenantId, domain, admin }: Service): string {
  return `
Sigil is running on this machine, for development only. Ctrl-C stops it; its state stays.

  https          ${https}   (issuer ${https}/${tenantId}/v2.0)
  http           ${http}
  CA             ${caFile}
  tenant         ${tenantId} (${domain})
  administrator  ${admin.clientId}
  secret         ${admin.clientSecret}

The way to an agent's first token is in README.md, and npm run demo walks it. Paste this line into another terminal, and the
commands of README.md work there as they stand:

  SIGIL=${https} TENANT=${tenantId} DOMAIN=${domain} ADMIN=${admin.clientId} SECRET=${admin.clientSecret} CA='${caFile}'

`
}
