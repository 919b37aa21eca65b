import { type Refusal, refusals } from '../refusal.ts'
import type { Call } from './call.ts'
import type { Response } from './response.ts'

/** OAuth's own endpoints and the management API tell errors in different shapes. */
export type Dialect = 'oauth' | 'graph'

export function errorBody(dialect: Dialect, call: Call, code: string, message: string): object {
  return dialect === 'oauth' ? oauthBody(call, code, message) : graphBody(call, code, message)
}

/** RFC 6749 §5.2, with the members that Entra adds and its clients read (reference §3.1). */
function oauthBody(call: Call, code: string, message: string): object {
  const [aadsts = ''] = code.split('_')
  const timestamp = `${call.now.toISOString().slice(0, 19).replace('T', ' ')}Z`
  const { error } = refusals[code as keyof typeof refusals] as { error?: string }
  return {
    error: error ?? 'server_error',
    error_description: `${aadsts}: ${sentence(message)} Trace ID: ${call.requestId} Correlation ID: ${call.correlationId} Timestamp: ${timestamp}`,
    error_codes: [Number(aadsts.replace('AADSTS', ''))],
    timestamp,
    trace_id: call.requestId,
    correlation_id: call.correlationId,
  }
}

/** OData JSON §21.1, as Graph fills it. */
function graphBody(call: Call, code: string, message: string): object {
  return {
    error: {
      code,
      message: sentence(message),
      innerError: {
        date: call.now.toISOString().slice(0, 19),
        'request-id': call.requestId,
        'client-request-id': call.correlationId,
      },
    },
  }
}

export function refusalResponse(dialect: Dialect, call: Call, refusal: Refusal): Response {
  const body = errorBody(dialect, call, refusal.code, refusal.message)
  return { status: refusal.status, body, headers: challenge(refusal) }
}

/** RFC 6750 §3, RFC 9110 §15.5.6 and §15.6.4: how to authenticate, what to ask instead, and when to come back. */
function challenge({ code, status }: Refusal): Record<string, string> {
  if (code === 'InvalidAuthenticationToken') return { 'www-authenticate': 'Bearer error="invalid_token"' }
  if (status === 401) return { 'www-authenticate': 'Basic realm="Sigil", charset="UTF-8"' }
  if (status === 503) return { 'retry-after': '1' }
  if (code === 'Request_MethodNotAllowed') return { allow: 'GET' }
  return code === 'AADSTS900561' ? { allow: 'POST' } : {}
}

const sentence = (message: string): string => {
  const text = message.charAt(0).toUpperCase() + message.slice(1)
  return /[.!?]$/.test(text) ? text : `${text}.`
}
