import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { JWK } from 'jose'
import { listen } from '../../../infra/local/ports.ts'
import { answerQuestions } from '../child.ts'
import type { Setup } from '../setup.ts'

/** A function as Lambda runs it: from an event, which arrives as text, to a result. */
export type LambdaHandler = (event: object) => Promise<APIGatewayProxyStructuredResultV2>

type Contender = {
  listener: RequestListener
  /** What its tokens verify with. */
  keys: JWK[]
  /** Of those that are Lambda functions: the function without a server in front of it. */
  handler?: LambdaHandler
}

type Usage = { cpuMs: number; residentMB: number }
type DirectLoad = { event: string; status: number; inFlight: number; seconds: number }

/** Runs a contender in this process: behind HTTP, and told what it uses of the processor when asked. */
export function serve(make: (setup: Setup) => Contender | Promise<Contender>): void {
  let handler: LambdaHandler | undefined
  answerQuestions({
    start: async (setup: Setup): Promise<{ port: number; keys: JWK[] }> => {
      const contender = await make(setup)
      handler = contender.handler
      const server = createServer({ keepAliveTimeout: 60_000 }, contender.listener)
      await listen(server, 0, '127.0.0.1')
      return { port: (server.address() as AddressInfo).port, keys: contender.keys }
    },

    usage: (): Usage => ({ cpuMs: cpuMs(), residentMB: process.memoryUsage.rss() / 2 ** 20 }),

    /** The function alone, as many calls at a time as are sent over HTTP: processor time per call. */
    direct: async ({ event, status, inFlight, seconds }: DirectLoad) => {
      if (!handler) throw new Error('this contender is no Lambda function')
      const call = handler
      const tally = { done: 0, errors: 0 }
      const before = cpuMs()
      const until = performance.now() + seconds * 1000
      await Promise.all(
        Array.from({ length: inFlight }, async () => {
          while (performance.now() < until) {
            const { statusCode } = await call(JSON.parse(event))
            tally.done++
            if (statusCode !== status) tally.errors++
          }
        }),
      )
      return { ...tally, cpuMsPerCall: (cpuMs() - before) / tally.done }
    },
  })
}

export type ContenderQuestions = {
  start(setup: Setup): Promise<{ port: number; keys: JWK[] }>
  usage(): Usage
  direct(load: DirectLoad): Promise<{ done: number; errors: number; cpuMsPerCall: number }>
}

/** User and system time of this process so far. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
