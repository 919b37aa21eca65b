import middy from '@middy/core'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { Refusal } from '../refusal.ts'
import type { Operation } from '../routes.ts'
import { Stale, Unavailable } from '../store/store.ts'
import { type Call, type CallContext, callOf, cameThroughEdge, type HttpEvent } from './call.ts'
import { type Dialect, errorBody, refusalResponse } from './error-body.ts'
import { logRequest } from './log.ts'
import { type Response, toResult } from './response.ts'

export type Handler = (event: HttpEvent, context: CallContext) => Promise<APIGatewayProxyStructuredResultV2>

/** One operation as a Lambda handler, with what is the same for every one: its ids, its log line, its errors' shape. */
export function operation(name: Operation, dialect: Dialect, run: (call: Call) => Promise<Response>): Handler {
  const calls = new WeakMap<object, Call>()
  const callFor = (event: HttpEvent, context: CallContext): Call => {
    const call = calls.get(event) ?? callOf(name, event, context)
    calls.set(event, call)
    return call
  }

  const handler = middy()
    .after(({ event, context, response }) => {
      logRequest(callFor(event as HttpEvent, context), response.statusCode)
    })
    .onError((request) => {
      const call = callFor(request.event as HttpEvent, request.context)
      const response = errorResponse(dialect, call, request.error)
      logRequest(call, response.status, request.error)
      request.response = toResult(call, response)
    })
    .handler(async (event, context) => {
      const call = callFor(event as HttpEvent, context)
      if (!cameThroughEdge(call)) return toResult(call, { status: 403, body: { message: 'Forbidden' } })
      return toResult(call, await run(call))
    })
  return handler as unknown as Handler
}

/** What a caller is told of an error: a refusal's own words; of anything else only that it was not their fault. */
function errorResponse(dialect: Dialect, call: Call, error: unknown): Response {
  if (error instanceof Refusal) return refusalResponse(dialect, call, error)
  if (error instanceof Unavailable || error instanceof Stale) {
    const code = dialect === 'oauth' ? 'AADSTS90033' : 'Service_Unavailable'
    const done = error instanceof Stale ? 'nothing was done' : 'whether anything was done is not known'
    return refusalResponse(dialect, call, new Refusal(code, `the service is busy and ${done}; try again in a moment`))
  }
  const code = dialect === 'oauth' ? 'AADSTS50000' : 'InternalServerError'
  return {
    status: 500,
    body: errorBody(dialect, call, code, 'something went wrong on our side; the request id finds it in the log'),
  }
}
