import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type { Match } from './gateway-routes.ts'
import { account } from './kms-keys.ts'

/** The event of API Gateway's HTTP API for a request, in payload format 2.0; with the same surprises as there. */
export function eventOf(
  request: IncomingMessage,
  { path, query, body, match }: { path: string; query: string; body: Buffer; match: Match<string> },
  now: Date,
): APIGatewayProxyEventV2 {
  const sourceIp = addressOf(request)
  const { cookie, ...headers } = headersOf(request, sourceIp, body)
  const parameters = queryOf(query)
  const isBase64Encoded = body.length > 0 && !isText(headers['content-type'])
  return {
    version: '2.0',
    routeKey: match.routeKey,
    rawPath: path, // decoded, whatever its name says
    rawQueryString: query,
    ...(cookie !== undefined && { cookies: cookie.split(/;\s*/).filter((each) => each !== '') }),
    headers,
    ...(parameters && { queryStringParameters: parameters }),
    ...(match.pathParameters && { pathParameters: match.pathParameters }),
    requestContext: {
      accountId: account,
      apiId: 'local',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: {
        method: request.method ?? '',
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomBytes(11).toString('base64'),
      routeKey: match.routeKey,
      stage: '$default',
      time: logTime(now),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString(isBase64Encoded ? 'base64' : 'utf8') }),
    isBase64Encoded,
  }
}

/** An HTTP API takes these alone for text. A form, and a body of no declared type, reach the function in base64. */
function isText(contentType: string | undefined): boolean {
  const mediaType = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  return mediaType.startsWith('text/') || textTypes.has(mediaType)
}

const textTypes = new Set(['application/json', 'application/javascript', 'application/xml'])

/** Headers between two neighbours (RFC 9110 §7.6.1) end at the gateway. */
const hopByHop = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Lower-case names, repeated headers joined by a comma, and what the gateway and CloudFront say of the connection. */
function headersOf(request: IncomingMessage, sourceIp: string, body: Buffer): Record<string, string> {
  const headers = new Map<string, string>()
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] ?? '').toLowerCase()
    const value = request.rawHeaders[index + 1] ?? ''
    const before = headers.get(name)
    const separator = name === 'cookie' ? ';' : ','
    if (!hopByHop.has(name)) headers.set(name, before === undefined ? value : `${before}${separator}${value}`)
  }
  if (body.length > 0) headers.set('content-length', String(body.length))
  const forwarded = headers.get('x-forwarded-for')
  headers.set('x-forwarded-for', forwarded === undefined ? sourceIp : `${forwarded},${sourceIp}`)
  headers.set('x-forwarded-port', String(request.socket.localPort))
  headers.set('x-forwarded-proto', request.socket instanceof TLSSocket ? 'https' : 'http')
  headers.set('x-amzn-trace-id', `Root=1-${randomBytes(4).toString('hex')}-${randomBytes(12).toString('hex')}`)
  // The edge overwrites this one: a client can never say itself where it is.
  headers.set('cloudfront-viewer-address', `${sourceIp}:${request.socket.remotePort}`)
  return Object.fromEntries(headers)
}

/** Decoded, repeated parameters joined by a comma. */
function queryOf(query: string): Record<string, string> | undefined {
  const parameters = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(query)) {
    const before = parameters.get(name)
    parameters.set(name, before === undefined ? value : `${before},${value}`)
  }
  return parameters.size > 0 ? Object.fromEntries(parameters) : undefined
}

/** An IPv4 address that came in on an IPv6 socket is written as what it is. */
function addressOf(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '')
}

/** As in access logs: `12/Mar/2020:19:03:58 +0000`. */
function logTime(now: Date): string {
  const [day, month, year, time] = now.toUTCString().split(' ').slice(1)
  return `${day}/${month}/${year}:${time} +0000`
}
