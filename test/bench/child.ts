import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What one of the benchmark's processes can be asked, and what it answers. */
export type Questions = { [name: string]: (input: never) => unknown }
type Question = { id: number; name: string; input: unknown }
type Answer = { id: number; value?: unknown; fault?: string }

/** Which core a process is held to: what is measured has one to itself, everything that it talks to shares the other. */
export type Core = 'measured' | 'other'
const coreNumbers: Record<Core, number> = { measured: 0, other: 1 }

const pinner = 'taskset'

/** Whether processes can be held to cores here; otherwise why not. */
export const pinning: true | string =
  process.platform !== 'linux'
    ? 'this is not Linux'
    : availableParallelism() < 2
      ? 'there is one core'
      : spawnSync(pinner, ['-c', '0,1', 'true']).status === 0 || `there is no ${pinner}`

/** The command that runs Node on a core, or on any. */
export function nodeOn(core: Core | undefined, args: readonly string[]): [program: string, args: string[]] {
  return core && pinning === true
    ? [pinner, ['-c', String(coreNumbers[core]), process.execPath, ...args]]
    : [process.execPath, [...args]]
}

/** A process of the benchmark, asked over its channel; it ends with us, however we end. */
export class Child<Asked extends Questions> {
  readonly #process: ChildProcess
  readonly #name: string
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #exited: Promise<void>
  #lastId = 0
  #closing = false
  #lastWords = ''

  private constructor(name: string, child: ChildProcess) {
    this.#name = name
    this.#process = child
    child.stderr?.on('data', (text: Buffer) => {
      this.#lastWords = `${this.#lastWords}${text}`.slice(-4_000)
    })
    child.on('message', (message) => this.#receive(message as Answer))
    this.#exited = new Promise((resolve) => {
      child.once('error', (error) => resolve(this.#end(error.message)))
      child.once('exit', (code, signal) => resolve(this.#end(signal ?? `exit code ${code}`)))
    })
  }

  static async start<Asked extends Questions>(
    file: URL,
    { core, env, args = [] }: { core?: Core; env: NodeJS.ProcessEnv; args?: string[] },
  ): Promise<Child<Asked>> {
    const script = fileURLToPath(file)
    const [program, all] = nodeOn(core, [script, ...args])
    // Log lines are written, as they are in Lambda, and go nowhere.
    const child = new Child<Asked>(
      basename(script),
      spawn(program, all, { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] }),
    )
    await child.#ask('ready', undefined)
    return child
  }

  ask<Name extends keyof Asked & string>(
    name: Name,
    ...[input]: Parameters<Asked[Name]>
  ): Promise<Awaited<ReturnType<Asked[Name]>>> {
    return this.#ask(name, input) as Promise<Awaited<ReturnType<Asked[Name]>>>
  }

  async close(): Promise<void> {
    this.#closing = true
    if (this.#process.connected) this.#process.disconnect()
    const late = setTimeout(() => this.#process.kill('SIGKILL'), 10_000)
    await this.#exited
    clearTimeout(late)
  }

  #ask(name: string, input: unknown): Promise<unknown> {
    const id = ++this.#lastId
    const answer = Promise.withResolvers<unknown>()
    this.#waiting.set(id, answer)
    this.#process.send({ id, name, input } satisfies Question, (error) => error && answer.reject(error))
    return answer.promise
  }

  #receive({ id, value, fault }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (fault === undefined) waiting?.resolve(value)
    else waiting?.reject(new Error(`${this.#name}: ${fault}`))
  }

  #end(how: string): void {
    const error = new Error(
      this.#closing ? `${this.#name} was ended` : `${this.#name} ended (${how})\n${this.#lastWords}`,
    )
    for (const { reject } of this.#waiting.values()) reject(error)
  }
}

/** In such a process: answers what it is asked, until the one who asks is gone. */
export function answerQuestions<Asked extends Questions>(
  questions: Asked,
  end: () => Promise<void> = async () => {},
): void {
  // Ctrl-C in a terminal reaches every process of the benchmark; the first one ends the others in their order.
  process.on('SIGINT', () => {})
  process.on('disconnect', () => void end().finally(() => process.exit(0)))
  process.on('message', ({ id, name, input }: Question) => {
    const asked = questions[name] as ((given: unknown) => unknown) | undefined
    Promise.resolve(input)
      .then((given) => (name === 'ready' ? true : asked?.(given)))
      .then(
        (value) => process.send?.({ id, value } satisfies Answer),
        (error) => process.send?.({ id, fault: error instanceof Error ? (error.stack ?? '') : String(error) }),
      )
  })
}
