import { randomUUID } from 'node:crypto'
import type { Context } from 'aws-lambda'
import type { Operation } from '../../shared/routes.ts'
import { type FunctionName, type Worker, workers } from '../../shared/workers.ts'
import type { World } from '../../shared/world.ts'
import { quota } from './gateway.ts'
import { account, region } from './kms-keys.ts'

type LocalContext = Context & { world: World }
type Handler = (event: unknown, context: LocalContext) => Promise<unknown>

/** The functions of `functions/`, each loaded when it is first called, as Lambda does on a cold start. */
export class Functions {
  readonly #world: World
  readonly #handlers = new Map<FunctionName, Promise<Handler>>()

  constructor(world: World) {
    this.#world = world
  }

  async invoke(operation: FunctionName, event: unknown): Promise<unknown> {
    const handler = await this.#load(operation)
    return handler(event, contextOf(operation, this.#world))
  }

  /** Loads functions before they are called, one after the other so that requests come between. */
  async preload(operations: readonly Operation[]): Promise<void> {
    for (const operation of operations) await this.#load(operation)
  }

  #load(operation: FunctionName): Promise<Handler> {
    const known = this.#handlers.get(operation)
    if (known) return known
    const handler = importHandler(operation)
    this.#handlers.set(operation, handler)
    handler.catch(() => this.#handlers.delete(operation))
    return handler
  }
}

async function importHandler(operation: FunctionName): Promise<Handler> {
  const file = new URL(`../../functions/${operation}.ts`, import.meta.url)
  const { handler } = (await import(file.href)) as { handler?: unknown }
  if (typeof handler !== 'function') throw new Error(`functions/${operation}.ts exports no handler`)
  return handler as Handler
}

/** What Lambda tells a function of its invocation, and the world in the place of its environment. */
function contextOf(operation: FunctionName, world: World): LocalContext {
  const deadline = Date.now() + timeoutMsOf(operation)
  const functionName = `sigil-${operation.replace('/', '-')}`
  return {
    world,
    awsRequestId: randomUUID(),
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${region}:${account}:function:${functionName}`,
    memoryLimitInMB: '512',
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: unsupported,
    fail: unsupported,
    succeed: unsupported,
  }
}

function timeoutMsOf(name: FunctionName): number {
  const { [name]: worker } = workers as Partial<Record<FunctionName, Worker>>
  return worker ? worker.timeoutSeconds * 1000 : quota.timeoutMs
}

/** Lambda's Node 24 runtime has no callbacks either. */
function unsupported(): never {
  throw new Error('a function answers by its promise')
}
