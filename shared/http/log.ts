import { Logger } from '@aws-lambda-powertools/logger'
import { Refusal } from '../refusal.ts'
import type { WorkerName } from '../workers.ts'
import type { Call } from './call.ts'

const logger = new Logger({ serviceName: 'sigil' })

/** One line a request: what was asked, by whom, and what came of it. Bodies, headers and tokens never come near it. */
export function logRequest(call: Call, status: number, error?: unknown): void {
  const line = {
    operation: call.operation,
    method: call.event.requestContext.http.method,
    status,
    ms: call.world.now().getTime() - call.now.getTime(),
    requestId: call.requestId,
    correlationId: call.correlationId,
    ipAddress: call.ipAddress,
    ...call.notes,
    ...(error !== undefined && describe(error)),
  }
  if (status >= 500) logger.error('request', line)
  else logger.info('request', line)
}

/** One line a run of a worker that did something, or failed. */
export function logWorker(worker: WorkerName, did: { commits?: number }, error?: unknown): void {
  if (error !== undefined) logger.error('worker', { worker, ...describe(error) })
  else if (did.commits) logger.info('worker', { worker, ...did })
}

function describe(error: unknown): object {
  if (error instanceof Refusal) {
    return { code: error.code, refusal: error.message, ...(error.detail !== undefined && { detail: error.detail }) }
  }
  if (!(error instanceof Error)) return { fault: typeof error }
  // The message of an unexpected fault may quote what it failed on; its name and place are enough to find it.
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return { fault: error.name, at: frames.slice(0, 8).map((line) => line.trim()), ...causeOf(error) }
}

function causeOf({ cause }: Error): object {
  return cause instanceof Error ? { cause: cause.name } : {}
}
