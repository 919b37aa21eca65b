import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { closeSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { refuseRealAws } from './development-only.ts'
import { makePrivateDirectory, readIfThere, writeDurably } from './durable-file.ts'
import { findEngine } from './engine-binary.ts'
import { freePort } from './ports.ts'
import { endProcess, identify, parseIdentity } from './process-identity.ts'

/** A DynamoDB engine in use. */
export type Engine = {
  endpoint: string
  /** Whether the engine is ours, or was there already, at an endpoint that the environment names. */
  own: boolean
  /** Settles when the engine is gone: with an error if it went without being told to. */
  ended: Promise<Error | undefined>
  close(): Promise<void>
}

/**
 * The engine that keeps the table on disk in `state`, on loopback. The caller holds the lock of that directory: an engine that
 * is still running there was left by a crash, and is ended before another writes to the same file.
 */
export async function startEngine(state: string, env: NodeJS.ProcessEnv = process.env): Promise<Engine> {
  refuseRealAws(env)
  const given = env.AWS_ENDPOINT_URL_DYNAMODB
  if (given) return { endpoint: given, own: false, ended: new Promise(() => {}), close: async () => {} }

  makePrivateDirectory(state)
  await endRecorded(state)
  const program = findEngine(env.PATH)
  for (let attempt = 1; ; attempt++) {
    const host = engineHost()
    const engine = run(program, state, { host, port: await freePort([host]) })
    if (await isReady(engine.endpoint, engine.ended)) return engine
    await engine.close()
    // Somebody may have taken the port just before the engine did.
    if (attempt === 3) throw new Error(`the DynamoDB engine ${program} does not start.${lastWords(state)}`)
  }
}

const recordIn = (state: string): string => join(state, 'engine.json')
const logIn = (state: string): string => join(state, 'engine.log')

async function endRecorded(state: string): Promise<void> {
  const record = parseIdentity(readIfThere(recordIn(state)))
  if (record) await endProcess(record)
  rmSync(recordIn(state), { force: true })
}

/**
 * The engine answers whoever finds it, a web page in a browser too. All of 127.0.0.0/8 is this machine on Linux: sixteen
 * million addresses, each with its ports, are more than a page can try.
 */
function engineHost(): string {
  if (process.platform !== 'linux') return '127.0.0.1'
  return `127.${[1, 2, 3].map(() => randomInt(1, 255)).join('.')}`
}

function run(program: string, state: string, { host, port }: { host: string; port: number }): Engine {
  const log = openSync(logIn(state), 'w', 0o600)
  const database = join(state, 'dynamodb.db')
  // Made before the engine would make it, for everyone to read.
  closeSync(openSync(database, 'a', 0o600))
  // In a process group of its own, Ctrl-C in the terminal reaches the service alone, which ends the engine when its requests are done.
  const child = spawn(program, ['serve', '--host', host, '--port', String(port), '--db-path', database], {
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  const identity = child.pid === undefined ? undefined : identify(child.pid)
  if (identity) writeDurably(recordIn(state), JSON.stringify(identity))

  let closing = false
  const exited = exitOf(child)
  // A service that dies of a fault of its own still takes its engine along.
  const endWithProcess = () => child.kill('SIGKILL')
  process.once('exit', endWithProcess)
  exited.then(() => process.off('exit', endWithProcess))
  return {
    endpoint: `http://${host}:${port}`,
    own: true,
    ended: exited.then((how) =>
      closing ? undefined : new Error(`the DynamoDB engine has ended (${how}).${lastWords(state)}`),
    ),
    async close() {
      closing = true
      if (identity) await endProcess(identity)
      await exited
      rmSync(recordIn(state), { force: true })
    },
  }
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`))
  })
}

/** Whether the engine answers within ten seconds, and is still ours by then: another program could answer on a port that it lost. */
async function isReady(endpoint: string, ended: Engine['ended']): Promise<boolean> {
  const gone = ended.then(() => true)
  for (const until = Date.now() + 10_000; Date.now() < until; ) {
    const answered = fetch(endpoint, { signal: AbortSignal.timeout(1_000) }).then(
      async (response) => {
        await response.body?.cancel()
        return 'answered'
      },
      () => undefined,
    )
    if ((await Promise.race([answered, gone])) === true) return false
    if ((await answered) === 'answered') return !(await Promise.race([gone, sleep(20, false)]))
    if (await Promise.race([gone, sleep(5, false)])) return false
  }
  return false
}

function lastWords(state: string): string {
  const lines = (readIfThere(logIn(state)) ?? '').trim().split('\n').slice(-5)
  return lines.join('') === '' ? '' : ` Its last words:\n${lines.map((line) => `  ${line}`).join('\n')}`
}
