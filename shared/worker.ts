import { environmentWorld } from './environment.ts'
import { logWorker } from './http/log.ts'
import type { WorkerName } from './workers.ts'
import type { World } from './world.ts'

/** What Lambda tells a worker of its run, and what the local service and the tests put in the place of the environment. */
export type WorkerContext = { getRemainingTimeInMillis(): number; world?: World }

/** Time for the last commit to end, and for what Lambda does itself. */
const reserveMs = 15_000

/**
 * A worker as a Lambda function. What wakes it says nothing of what there is to do: that stands in the table. It ends before
 * its time does; whatever is left is gone on with the next time.
 */
export function worker(name: WorkerName, run: (world: World, until: Date) => Promise<number>) {
  return async (_event: unknown, context: WorkerContext): Promise<{ commits: number }> => {
    const base = context.world ?? environmentWorld({ called: false })
    const until = new Date(base.now().getTime() + context.getRemainingTimeInMillis() - reserveMs)
    try {
      const commits = await run(base, until)
      logWorker(name, { commits })
      return { commits }
    } catch (error) {
      logWorker(name, {}, error)
      throw error
    }
  }
}
