import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { get } from 'node:https'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { isRunning, type ProcessIdentity } from '../../infra/local/process-identity.ts'
import { type Child, collect, exitOf, firstLine, run, runScript } from './support/child.ts'
import { temporaryState } from './support/state.ts'

const script = 'infra/local/start.ts'
const start = (state: string, ...options: string[]): Child =>
  runScript(script, ['--json', '--port', '0', '--state', state, ...options])

const engineOf = (state: string): ProcessIdentity => JSON.parse(readFileSync(join(state, 'engine.json'), 'utf8'))
const leftovers = (state: string) => readdirSync(state).filter((name) => /lock|engine\.json|tmp/.test(name))

type Ready = { http: string; https: string; caFile: string; tenantId: string; domain: string; admin: Credentials }
type Credentials = { clientId: string; clientSecret: string }
const ready = async (child: Child): Promise<Ready> => JSON.parse(await firstLine(child))

test('prints one line of JSON when it is ready, and nothing else, whatever is asked of it', async () => {
  const child = start(temporaryState())
  const stdout = collect(child.stdout)
  const service = await ready(child)
  expect(Object.keys(service)).toEqual(['http', 'https', 'caFile', 'tenantId', 'domain', 'admin'])
  expect(Object.keys(service.admin)).toEqual(['clientId', 'clientSecret'])
  expect(
    await status(`${service.https}/${service.tenantId}/v2.0/.well-known/openid-configuration`, service.caFile),
  ).toBe(200)
  expect((await token(service)).status).toBe(200)
  child.kill('SIGTERM')
  expect(await exitOf(child)).toBe(0)
  expect((await stdout).trim().split('\n')).toHaveLength(1)
})

describe('a signal', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends the service and leaves nothing behind',
    async (signal) => {
      const state = temporaryState()
      const child = start(state)
      await ready(child)
      const engine = engineOf(state)
      child.kill(signal)
      expect(await exitOf(child)).toBe(0)
      expect(isRunning(engine)).toBe(false)
      expect(leftovers(state)).toEqual([])
    },
  )

  test('to npm ends all that npm started', async () => {
    const state = temporaryState()
    const npm = run('npm', ['start', '--silent', '--', '--json', '--port', '0', '--state', state])
    await ready(npm)
    const [engine, service] = [engineOf(state), JSON.parse(readFileSync(join(state, 'lock'), 'utf8'))]
    npm.kill('SIGTERM')
    await exitOf(npm)
    for (let tries = 0; tries < 100 && (isRunning(service) || isRunning(engine)); tries++) await sleep(50)
    expect([isRunning(service), isRunning(engine)]).toEqual([false, false])
    expect(leftovers(state)).toEqual([])
  })
})

describe('after kill -9', () => {
  test('everything that was acknowledged is still there, and the tenant, its secret and its ports are the same', async () => {
    const state = temporaryState()
    const child = start(state)
    const service = await ready(child)
    const bearer = (await token(service)).accessToken
    const acknowledged: string[] = []
    const writers = [1, 2, 3, 4].map(async (writer) => {
      for (let count = 0; ; count++) {
        const created = await createApplication(service, bearer, `${writer}/${count}`).catch(() => undefined)
        if (!created) return
        acknowledged.push(created)
        if (acknowledged.length === 40) child.kill('SIGKILL')
      }
    })
    await Promise.all(writers)
    expect(await exitOf(child)).toBe('SIGKILL')
    expect(acknowledged.length).toBeGreaterThanOrEqual(40)

    const again = start(state)
    const restarted = await ready(again)
    expect(restarted).toEqual(service)
    const headers = { authorization: `Bearer ${(await token(restarted)).accessToken}` }
    const lost: string[] = []
    for (const id of acknowledged) {
      const response = await fetch(`${restarted.http}/v1.0/applications/${id}`, { headers })
      if (response.status !== 200) lost.push(`${id}: ${response.status}`)
    }
    expect(lost).toEqual([])
    again.kill('SIGTERM')
    await exitOf(again)
  })
})

test('without its engine the service says so and ends', async () => {
  const state = temporaryState()
  const child = start(state)
  const stderr = collect(child.stderr)
  await ready(child)
  process.kill(engineOf(state).pid, 'SIGKILL')
  expect(await exitOf(child)).toBe(1)
  expect(await stderr).toContain('the DynamoDB engine has ended')
  expect(leftovers(state)).toEqual([])
})

describe('a start that cannot be', () => {
  test.each(['--port', '--http-port'])('for a taken port names it and %s', async (option) => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const state = temporaryState()
    const child = runScript(script, ['--json', '--port', '0', '--state', state, option, String(port)])
    const stderr = collect(child.stderr)
    expect(await exitOf(child)).toBe(1)
    other.close()
    expect(await stderr).toMatch(new RegExp(`port ${port} is taken .*${option} `))
    expect(leftovers(state)).toEqual([])
  })

  test.each([
    ['for an unknown option', ['--nonsense'], /--nonsense/],
    ['for a port that is none', ['--port', '70000'], /--port 70000 is no port/],
  ])('%s says so', async (_, options, message) => {
    const child = runScript(script, options)
    const stderr = collect(child.stderr)
    expect(await exitOf(child)).toBe(1)
    expect(await stderr).toMatch(message)
  })

  test('where a real AWS account is configured says so', async () => {
    const child = runScript(script, ['--state', temporaryState()], { AWS_PROFILE: 'production' })
    const stderr = collect(child.stderr)
    expect(await exitOf(child)).toBe(1)
    expect(await stderr).toContain('AWS_PROFILE')
  })
})

async function token({ http, tenantId, admin }: Ready): Promise<{ status: number; accessToken: string }> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: admin.clientId,
    client_secret: admin.clientSecret,
    scope: 'https://graph.microsoft.com/.default',
  })
  const response = await fetch(`${http}/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body })
  const { access_token: accessToken } = (await response.json()) as { access_token: string }
  return { status: response.status, accessToken }
}

/** The id of a new application, once it is acknowledged. */
async function createApplication({ http }: Ready, bearer: string, displayName: string): Promise<string> {
  const response = await fetch(`${http}/v1.0/applications`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify({ displayName }),
  })
  const { id } = (await response.json()) as { id: string }
  expect(response.status).toBe(201)
  return id
}

function status(url: string, caFile: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { ca: readFileSync(caFile), agent: false }, (response) => resolve(response.resume().statusCode)).on(
      'error',
      reject,
    )
  })
}
