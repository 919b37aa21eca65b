import type { ServerResponse } from 'node:http'

/** Answers as API Gateway itself does when there is no function's answer to give. */
export function sendMessage(response: ServerResponse, statusCode: number, message: string): void {
  send(response, { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message }) })
}

/** Gives a function's result back over HTTP, by the rules of payload format 2.0. */
export function sendResult(response: ServerResponse, result: unknown): void {
  if (!isObject(result) || result.statusCode === undefined) {
    // A result without a status code is taken for the body itself.
    const body = typeof result === 'string' ? result : JSON.stringify(result ?? null)
    send(response, { statusCode: 200, headers: { 'content-type': 'application/json' }, body })
    return
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = result
  if (!isStatus(statusCode) || !(body === undefined || typeof body === 'string') || !isObject(headers ?? {})) {
    sendMessage(response, 500, 'Internal Server Error')
    return
  }
  send(response, {
    statusCode: Number(statusCode),
    headers: Object.fromEntries(
      Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
    cookies: Array.isArray(cookies) ? cookies.map(String) : [],
    body: isBase64Encoded === true ? Buffer.from(body ?? '', 'base64') : (body ?? ''),
  })
}

type Answer = { statusCode: number; headers: Record<string, string>; cookies?: string[]; body: string | Buffer }

function send(response: ServerResponse, { statusCode, headers, cookies = [], body }: Answer): void {
  // The client may have gone, or the gateway answered for a function that took too long.
  if (response.headersSent || response.destroyed) return
  const content = Buffer.from(body)
  response.statusCode = statusCode
  for (const [name, value] of Object.entries(headers)) {
    if (!ownHeaders.has(name)) response.setHeader(name, value)
  }
  if (content.length > 0 && !response.hasHeader('content-type'))
    response.setHeader('content-type', 'text/plain;charset=UTF-8')
  if (statusCode !== 204 && statusCode !== 304) response.setHeader('content-length', content.length)
  if (cookies.length > 0) response.setHeader('set-cookie', cookies)
  response.end(content)
}

/** What the gateway alone says of a message and its connection. */
const ownHeaders = new Set(['connection', 'content-length', 'transfer-encoding', 'keep-alive', 'upgrade'])

/** A number, or its digits: both are taken. */
const isStatus = (value: unknown): boolean => /^[1-5]\d\d$/.test(String(value)) && Number(value) >= 200

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
