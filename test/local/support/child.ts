import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterEach } from 'vitest'

export type Child = ChildProcessByStdio<null, Readable, Readable>

const root = fileURLToPath(new URL('../../..', import.meta.url))
const running = new Set<Child>()

/** Starts a program in the project's directory; whatever a test leaves running is ended after it. */
export function run(program: string, args: string[], env: NodeJS.ProcessEnv = {}): Child {
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Starts a script of ours with the Node that runs the tests. */
export const runScript = (script: string, args: string[], env: NodeJS.ProcessEnv = {}): Child =>
  run(process.execPath, [script, ...args], env)

afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
})

/** The first line that a child prints, or an error with all that it said when it ends without one. */
export async function firstLine(child: Child): Promise<string> {
  const errors = collect(child.stderr)
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([text]) => String(text)),
    once(child, 'exit').then(() => undefined),
  ])
  if (line === undefined) throw new Error(`the program ended without a line: ${await errors}`)
  return line
}

/** All that a stream gives until its end. */
export async function collect(stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** The exit code of a child, or the signal that ended it. */
export async function exitOf(child: Child): Promise<number | NodeJS.Signals> {
  if (child.exitCode !== null) return child.exitCode
  if (child.signalCode !== null) return child.signalCode
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return code ?? signal ?? 0
}
