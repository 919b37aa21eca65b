import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { Call } from './call.ts'

export type Response = {
  status: number
  headers?: Record<string, string>
  body?: unknown
  /** Plain text, or of the type that the headers say, in place of a JSON body. */
  text?: string
}

export const ok = (body: unknown, headers?: Record<string, string>): Response => ({
  status: 200,
  body,
  ...(headers && { headers }),
})
export const created = (body: unknown): Response => ({ status: 201, body })
export const noContent = (): Response => ({ status: 204 })

/** An answer as API Gateway takes it: JSON, never cached unless it says so, and bearing the ids that a log line can be found by. */
export function toResult(call: Call, { status, headers, body, text }: Response): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: status,
    headers: {
      ...(headers?.['cache-control'] === undefined && { 'cache-control': 'no-store', pragma: 'no-cache' }),
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'request-id': call.requestId,
      'x-ms-request-id': call.requestId,
      'client-request-id': call.correlationId,
      ...(body !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
      ...(text !== undefined && { 'content-type': 'text/plain; charset=utf-8' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(text !== undefined && { body: text }),
  }
}
