import { timingSafeEqual } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda'
import { parseGuid } from '../domain/guid.ts'
import { environmentWorld } from '../environment.ts'
import type { Operation } from '../routes.ts'
import type { World } from '../world.ts'

/** What API Gateway hands over; IAM's word on the caller is there on the operators' API alone. */
export type HttpEvent = APIGatewayProxyEventV2 & {
  requestContext: { authorizer?: { iam?: { userArn?: string } } }
}

/** What Lambda gives, and what the local service and the tests put in the place of the environment. */
export type CallContext = Pick<Context, 'awsRequestId'> & { world?: World }

/** One request under way: its parts that every operation has, and the facts that its log line will bear. */
export type Call = {
  operation: Operation
  event: HttpEvent
  world: World
  /** When the request began: its one time, for every rule that needs one. */
  now: Date
  requestId: string
  /** What the client calls this request, when it gave it a GUID; else the request id. */
  correlationId: string
  ipAddress: string
  notes: Record<string, string | number | boolean | undefined>
}

/** How long a request is patient with a busy store: with one last call that hangs, it still ends before its function does. */
const patienceMs = 5_000

export function callOf(operation: Operation, event: HttpEvent, context: CallContext): Call {
  const base = context.world ?? environmentWorld()
  const now = base.now()
  const world = { ...base, table: base.table.until(new Date(now.getTime() + patienceMs)) }
  const requestId = parseGuid(context.awsRequestId) ?? world.newId()
  const named = event.headers['client-request-id'] ?? event.queryStringParameters?.['client-request-id']
  return {
    operation,
    event,
    world,
    now,
    requestId,
    correlationId: parseGuid(named) ?? requestId,
    ipAddress: addressOf(event, world),
    notes: {},
  }
}

/** Whether the request came through the edge, where there is one: only the edge knows what it puts into this header. */
export function cameThroughEdge({ event, world }: Call): boolean {
  if (world.originVerify === undefined || event.requestContext.authorizer?.iam) return true
  const expected = Buffer.from(world.originVerify)
  const given = Buffer.from(event.headers['x-origin-verify'] ?? '')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** The client's address: behind the edge what the edge says of it (`address:port`), else the connection's own. */
function addressOf(event: HttpEvent, world: World): string {
  const viewer = world.originVerify === undefined ? undefined : event.headers['cloudfront-viewer-address']
  const address = viewer?.replace(/:\d+$/, '').replace(/^\[|\]$/g, '') ?? event.requestContext.http.sourceIp
  return isIPv4(address) || isIPv6(address) ? address : ''
}
