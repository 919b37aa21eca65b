import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { expect, test, vi } from 'vitest'
import { runScript } from './support/child.ts'
import { temporaryState } from './support/state.ts'

const steps = [
  'a fresh Sigil is up, on ports of its own',
  'the administrator gets a token with MSAL',
  'an API is registered, with a role for applications',
  'the API gets its service principal',
  'a person is created, to answer for the agent',
  'a blueprint is created, with her as sponsor',
  'the blueprint gets its principal',
  'the blueprint gets a secret, shown this once',
  'an agent identity is created, with her as sponsor',
  'the agent is given the role',
  'the blueprint gets a T1 for the agent with MSAL',
  'the agent gets a token for the API with MSAL',
  'the API verifies signature, issuer and audience',
  'the API sees the agent, its blueprint and its role',
  'the API refuses the T1 in place of an access token',
  'the agent is disabled',
  'its next token is refused, though its T1 lives',
  'its next T1 is refused',
  'the token that it already has is valid until it expires',
  'enabled again, it gets its next token',
]

test('two at once each take an agent to its token and stop it, in less than 20 s, and leave nothing behind', async () => {
  const begun = Date.now()
  const both = [demo(), demo()]
  for (const { ended, said, left } of both) {
    expect(await ended, said.err).toBe(0)
    expect(said.err).toBe('')
    expect(stepsIn(said.out)).toEqual(steps.map((name) => ['✓', name]))
    expect(said.out).toMatch(/next token is refused, though its T1 lives +AADSTS7000112\n/)
    expect(said.out).toMatch(/next T1 is refused +AADSTS7000112\n/)
    expect(said.out).toMatch(/\nShown in \d+\.\d s:\n/)
    expect(left()).toEqual([])
  }
  expect(Date.now() - begun).toBeLessThan(20_000)
})

test('kept up, it says how to call it, until Ctrl-C', async () => {
  const { child, ended, said, left } = demo(['--keep'])
  await vi.waitFor(() => expect(said.out).toContain('assertion-type:jwt-bearer'), 20_000)
  const shown = (name: string) => new RegExp(`^  ${name} +(\\S+)`, 'm').exec(said.out)?.[1] ?? ''
  const configuration = `${shown('https')}/${shown('tenant')}/v2.0/.well-known/openid-configuration`
  expect(await status(configuration, shown('CA'))).toBe(200)
  child.kill('SIGINT')
  expect(await ended).toBe(0)
  expect(said.err).toBe('')
  expect(left()).toEqual([])
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s before its end leaves nothing behind', async (signal) => {
  const { child, ended, said, left } = demo()
  await vi.waitFor(() => expect(left()).not.toEqual([]), { timeout: 20_000, interval: 5 })
  child.kill(signal)
  expect(await ended).toBe(130)
  expect(said.err).toContain('interrupted')
  expect(left()).toEqual([])
})

test('without its engine it says so, and leaves nothing behind', async () => {
  const { directory, ended, said, left } = demo(['--keep'])
  await vi.waitFor(() => expect(said.out).toContain('Still up'), 20_000)
  const [state = ''] = readdirSync(directory)
  process.kill(JSON.parse(readFileSync(join(directory, state, 'engine.json'), 'utf8')).pid, 'SIGKILL')
  expect(await ended).toBe(1)
  expect(said.err).toContain('the DynamoDB engine has ended')
  expect(left()).toEqual([])
})

test('in an engine that is not its own it leaves no table', async () => {
  const host = demo(['--keep'])
  await vi.waitFor(() => expect(host.said.out).toContain('Still up'), 20_000)
  const [command = ''] = commandsNaming(host.directory).filter((each) => each.includes('dynoxide'))
  const endpoint = `http://${/--host (\S+)/.exec(command)?.[1]}:${/--port (\d+)/.exec(command)?.[1]}`
  const guest = demo([], { AWS_ENDPOINT_URL_DYNAMODB: endpoint })
  expect(await guest.ended, guest.said.err).toBe(0)
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const dynamodb = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials })
  expect((await dynamodb.send(new ListTablesCommand())).TableNames).toEqual(['sigil'])
  host.child.kill('SIGTERM')
  await host.ended
})

test('a step that fails is named, with its reason', async () => {
  const { ended, said, left } = demo([], { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9' })
  expect(await ended).toBe(1)
  expect(stepsIn(said.out)).toEqual([['✗', steps[0]]])
  expect(said.err).toMatch(/"a fresh Sigil is up, on ports of its own" failed: .*127\.0\.0\.1:9/)
  expect(left()).toEqual([])
})

test('an unknown option is refused', async () => {
  const { ended, said } = demo(['--nonsense'])
  expect(await ended).toBe(1)
  expect(said.err).toContain('--nonsense')
})

/** The demonstration, with a directory for temporary files that nobody else uses. */
function demo(options: string[] = [], env: NodeJS.ProcessEnv = {}) {
  const directory = temporaryState()
  const child = runScript('infra/local/demo.ts', options, { TMPDIR: directory, ...env })
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += stripVTControlCharacters(text)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text
  })
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  const left = () => [...readdirSync(directory), ...commandsNaming(directory)]
  return { child, directory, said, ended, left }
}

const stepsIn = (out: string): string[][] =>
  [...out.matchAll(/^ {2}([✓✗]) +\d+ ms {2}(.+?)(?: {2}.*)?$/gm)].map(([, mark = '', name = '']) => [mark, name])

/** Of the processes that run now. Not every Linux has `ps`. */
function commandsNaming(directory: string): string[] {
  const commands =
    process.platform === 'linux'
      ? readdirSync('/proc')
          .filter((name) => /^\d+$/.test(name))
          .map(commandOnLinux)
      : execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' }).split('\n')
  return commands.filter((command) => command.includes(directory))
}

function commandOnLinux(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

function status(url: string, caFile: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { ca: readFileSync(caFile), agent: false }, (response) => resolve(response.resume().statusCode)).on(
      'error',
      reject,
    )
  })
}
