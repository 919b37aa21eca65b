import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A process, told apart from every other that ever bears its id: the system gives ids out again, but not at the same instant. */
export type ProcessIdentity = { pid: number; startedAt: string }

/** Who bears this id now; undefined when nobody does. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid)
  return startedAt === undefined ? undefined : { pid, startedAt }
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  const identity = identify(process.pid)
  if (!identity) throw new Error('the system does not say when this process was started')
  return identity
}

/** What `JSON.stringify` made of an identity; undefined for anything else. */
export function parseIdentity(content: string | undefined): ProcessIdentity | undefined {
  try {
    const { pid, startedAt } = JSON.parse(content ?? '{}')
    return typeof pid === 'number' && typeof startedAt === 'string' ? { pid, startedAt } : undefined
  } catch {
    return undefined
  }
}

export function isRunning({ pid, startedAt }: ProcessIdentity): boolean {
  return identify(pid)?.startedAt === startedAt
}

/** Ends this very process and returns when it is gone: it is asked first, and ended by force when it does not go. */
export async function endProcess(identity: ProcessIdentity, patienceMs = 2_000): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isRunning(identity)) return
    send(identity, signal)
    const until = Date.now() + patienceMs
    while (isRunning(identity) && Date.now() < until) await sleep(5)
  }
  if (isRunning(identity)) throw new Error(`the process ${identity.pid} does not end`)
}

function send({ pid }: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has just gone by itself.
  }
}

/** Field 22 of `stat`: clock ticks since the machine was started, hence the name of that start. A zombie no longer runs. */
function startOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in parentheses, which may hold anything; the third is the state.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`
  } catch {
    return undefined
  }
}

function startByPs(pid: number): string | undefined {
  try {
    const options = { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } } as const
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], options).trim() || undefined
  } catch {
    return undefined
  }
}
