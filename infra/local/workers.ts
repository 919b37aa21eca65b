import { type Worker, type WorkerName, workers } from '../../shared/workers.ts'
import type { Functions } from './lambda.ts'

const names = Object.keys(workers) as WorkerName[]

/** The table here has no stream: a worker that waits for rows looks for them instead. */
const lookMs = 500
const minuteMs = 60_000

/** The workers, in this process: from time to time, and never two runs of the same one at once. */
export class LocalWorkers {
  readonly #functions: Functions
  readonly #running = new Map<WorkerName, Promise<number>>()
  #timers: NodeJS.Timeout[] = []

  constructor(functions: Functions) {
    this.#functions = functions
  }

  start(): void {
    this.#timers = names.map((name) => {
      const { on, everyMinutes }: Worker = workers[name]
      const run = (): void => {
        // It has written its line to the log; whatever is left is looked at the next time.
        if (!this.#running.has(name)) this.#run(name).catch(() => {})
      }
      return setInterval(run, on ? lookMs : everyMinutes * minuteMs)
    })
  }

  /** Runs every one until none finds anything to do. */
  async work(): Promise<void> {
    let commits: number
    do {
      commits = 0
      for (const name of names) {
        await this.#running.get(name)?.catch(() => {})
        commits += await this.#run(name)
      }
    } while (commits > 0)
  }

  /** Starts none any more, and waits for those that run. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.allSettled(this.#running.values())
  }

  #run(name: WorkerName): Promise<number> {
    const running = this.#functions
      .invoke(name, {})
      .then((result) => (result as { commits: number }).commits)
      .finally(() => this.#running.delete(name))
    this.#running.set(name, running)
    return running
  }
}
