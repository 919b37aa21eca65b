import type { IncomingMessage, RequestListener, ServerOptions, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { eventOf } from './gateway-event.ts'
import { sendMessage, sendResult } from './gateway-response.ts'
import type { Router } from './gateway-routes.ts'

export type GatewayOptions<Name extends string> = {
  router: Router<Name>
  /** What CloudFront's function does to a path before the gateway sees it. */
  canonicalPath: (path: string) => string
  /** Runs the function of an operation. */
  invoke: (operation: Name, event: APIGatewayProxyEventV2) => Promise<unknown>
  now?: () => Date
  /** After this the gateway answers for the function. */
  timeoutMs?: number
  /** Is told of a function that threw, of which the client learns nothing. */
  report?: (fault: unknown) => void
}

/** API Gateway's quotas for an HTTP API. */
export const quota = { bodyBytes: 10 * 1024 * 1024, headerBytes: 10_240, timeoutMs: 29_000 }

/** How long a client may take to send, and how many may be connected: a slow one ends, and takes nothing from the others. */
export const serverOptions = {
  maxHeaderSize: quota.headerBytes, // beyond it Node answers 431 by itself
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 30_000,
} as const satisfies ServerOptions
export const maxConnections = 1_000

/** Stands where CloudFront and API Gateway stand in AWS: from an HTTP request to a function's event, and from its result to the answer. */
export function createGateway<Name extends string>(options: GatewayOptions<Name>): RequestListener {
  const report = options.report ?? printFault
  return (request, response) => {
    handle(options, request, response).catch((error) => {
      // The client went away in the middle of its request; there is nobody to answer, and nothing of ours is wrong.
      if (request.destroyed && !request.complete) return
      report(error)
      sendMessage(response, 500, 'Internal Server Error')
    })
  }
}

async function handle<Name extends string>(
  { router, canonicalPath, invoke, now = () => new Date(), timeoutMs = quota.timeoutMs }: GatewayOptions<Name>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [rawPath, query] = splitTarget(request.url ?? '')
  const path = rawPath.startsWith('/') ? decode(canonicalPath(rawPath)) : undefined
  if (path === undefined) return refuse(request, response, 400, 'Bad Request')
  const match = router.match(request.method ?? '', path)
  if (!match) return refuse(request, response, 404, 'Not Found')
  const body = await readBody(request)
  if (!body) return refuse(request, response, 413, 'Request Entity Too Large')

  const event = eventOf(request, { path, query, body, match }, now())
  const timer = new AbortController()
  const late = sleep(timeoutMs, 'late' as const, { signal: timer.signal, ref: false }).catch(() => 'late' as const)
  try {
    const outcome = await Promise.race([invoke(match.operation, event).then((result) => ({ result })), late])
    if (outcome === 'late') sendMessage(response, 503, 'Service Unavailable')
    else sendResult(response, outcome.result)
  } finally {
    timer.abort()
  }
}

function splitTarget(target: string): [path: string, query: string] {
  const mark = target.indexOf('?')
  return mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)]
}

/** An HTTP API decodes the path before it looks for the route; undefined for what cannot be decoded. */
function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

/** The whole body, or undefined when it is larger than the gateway takes. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > quota.bodyBytes) return undefined
  const chunks: Buffer[] = []
  let size = 0
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= quota.bodyBytes) {
        chunks.push(chunk)
        return
      }
      chunks.length = 0
      resolve(undefined)
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('close', () => reject(new Error('the client went away')))
    request.on('error', reject)
  })
}

/** Answers without having read the body. The rest of it is thrown away as it comes, so that the client gets to read the answer. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, message: string): void {
  request.resume()
  sendMessage(response, status, message)
}

/** As Lambda does for a function that throws; stdout is left to whoever started the service. */
function printFault(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
}
