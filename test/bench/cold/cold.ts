import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { functionOptions } from '../../../infra/bundle.ts'
import { nodeOn } from '../child.ts'
import { deployedEnvironment, type Setup } from '../setup.ts'
import { ratioOf, type Spread, spreadOf } from '../statistics.ts'

/** Of one process: processor time from loading to the first answer, and from its start to its end. */
type Fresh = { errors: number; ownMs: number; wholeMs: number; residentMB: number }

export type Cold = {
  token: Spread
  sdkCalls: Spread
  bare: Spread
  /** Row e, first bar: loading and first call of the token function by those of the handler that only calls. */
  toSdkCalls: Spread
  /** Row e, goal: the whole process by one that does nothing. */
  toBare: Spread
}

type ColdOptions = { setup: Setup; directory: string; bundle: string; event: string }

/** The token function in processes that have never run before. */
export class ColdStarts {
  readonly #environment: NodeJS.ProcessEnv
  readonly #directory: string
  readonly #bundle: string
  readonly #eventFile: string

  private constructor({ setup, directory, bundle, event }: ColdOptions) {
    this.#environment = deployedEnvironment(setup)
    this.#directory = directory
    this.#bundle = bundle
    this.#eventFile = join(directory, 'event.json')
    writeFileSync(this.#eventFile, event)
  }

  /** What is measured must not contain the work of stripping types, which no function does when deployed. */
  static async prepare(options: ColdOptions): Promise<ColdStarts> {
    const sources = [new URL('./process.ts', import.meta.url), new URL('./sdk-calls.ts', import.meta.url)]
    const entryPoints = sources.map((source) => fileURLToPath(source))
    await build({ ...functionOptions, entryPoints, outdir: options.directory })
    return new ColdStarts(options)
  }

  /** Fresh processes, in turns. */
  async measure(processes: number): Promise<Cold> {
    const token: Fresh[] = []
    const sdkCalls: Fresh[] = []
    const bare: Fresh[] = []
    for (let round = 0; round < processes; round++) {
      token.push(await this.#run(this.#bundle, this.#eventFile))
      sdkCalls.push(await this.#run(join(this.#directory, 'sdk-calls.mjs'), this.#eventFile))
      bare.push(await this.#run())
    }
    const own = (all: Fresh[]): number[] => all.map(({ ownMs }) => ownMs)
    const whole = (all: Fresh[]): number[] => all.map(({ wholeMs }) => wholeMs)
    return {
      token: spreadOf(own(token)),
      sdkCalls: spreadOf(own(sdkCalls)),
      bare: spreadOf(whole(bare)),
      toSdkCalls: ratioOf(own(token), own(sdkCalls)),
      toBare: ratioOf(whole(token), whole(bare)),
    }
  }

  /** Row k: the memory of a function's process after some calls, one at a time as Lambda makes them. */
  async memory(calls: number): Promise<number> {
    const { residentMB } = await this.#run(this.#bundle, this.#eventFile, String(calls))
    return residentMB
  }

  async #run(...args: string[]): Promise<Fresh> {
    const [program, all] = nodeOn('measured', [join(this.#directory, 'process.mjs'), ...args])
    const { stderr } = await promisify(execFile)(program, all, {
      env: this.#environment,
      maxBuffer: 2 ** 26,
    })
    const fresh = JSON.parse(stderr) as Fresh
    if (fresh.errors > 0) throw new Error(`${fresh.errors} calls of a fresh process failed`)
    return fresh
  }
}
