import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { cleanEnvironment } from './setup.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What `npm start` runs. Its small young generation costs no time that could be measured, and saves a hundred MB. */
const [, ...start] = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts.start as string).split(' ')

/** Row k: the memory of the whole local service, its engine with it, after it has given some tokens. In MB. */
export async function memoryOfLocalService(directory: string, tokens: number, signal: AbortSignal): Promise<number> {
  const service = spawn(
    process.execPath,
    [...start, '--json', '--port', '0', '--http-port', '0', '--state', join(directory, 'service')],
    { cwd: root, env: { ...cleanEnvironment(), npm_lifecycle_event: undefined }, stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const ended = once(service, 'exit')
  signal.addEventListener('abort', () => service.kill('SIGTERM'))
  try {
    const { http, tenantId, admin } = JSON.parse(await firstLine(service.stdout)) as {
      http: string
      tenantId: string
      admin: { clientId: string; clientSecret: string }
    }
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: admin.clientId,
      client_secret: admin.clientSecret,
      scope: 'https://graph.microsoft.com/.default',
    })
    for (let token = 0; token < tokens; token++) {
      const response = await fetch(`${http}/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body })
      if (response.status !== 200) throw new Error(`the local service answered ${response.status}`)
      await response.text()
    }
    return residentOf(service.pid ?? 0)
  } finally {
    service.kill('SIGTERM')
    await ended
  }
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line
  throw new Error('the local service did not start')
}

/** Of a process and its children. */
function residentOf(pid: number): number {
  const own = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  const children = readdirSync('/proc').filter((each) => /^\d+$/.test(each) && parentOf(each) === pid)
  return Number(own ?? 0) / 1024 + children.reduce((sum, child) => sum + residentOf(Number(child)), 0)
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return undefined // it has ended meanwhile
  }
}
