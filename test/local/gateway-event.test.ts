import { describe, expect, test } from 'vitest'
import { startGateway } from './support/gateway.ts'

/** The one event that a request brings. */
async function eventFor(path: string, message: Parameters<Awaited<ReturnType<typeof startGateway>>['send']>[1] = {}) {
  const { send, events, port } = await startGateway()
  await send(path, message)
  const [event] = events
  if (!event) throw new Error(`no function was called for ${path}`)
  return { event, port }
}

test('a request becomes an event of payload format 2.0', async () => {
  const now = new Date('2026-03-02T19:03:58.123Z')
  const { send, events, port } = await startGateway(undefined, { now: () => now })
  await send('/things/7?a=1&b=x%20y', { headers: { 'User-Agent': 'tester/1', Accept: '*/*' } })
  expect(events).toEqual([
    {
      version: '2.0',
      routeKey: 'GET /things/{id}',
      rawPath: '/things/7',
      rawQueryString: 'a=1&b=x%20y',
      headers: {
        accept: '*/*',
        host: `127.0.0.1:${port}`,
        'user-agent': 'tester/1',
        'cloudfront-viewer-address': expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': String(port),
        'x-forwarded-proto': 'http',
      },
      queryStringParameters: { a: '1', b: 'x y' },
      pathParameters: { id: '7' },
      requestContext: {
        accountId: '000000000000',
        apiId: 'local',
        domainName: 'localhost',
        domainPrefix: 'localhost',
        http: { method: 'GET', path: '/things/7', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'tester/1' },
        requestId: expect.stringMatching(/^[\w+/]{15}=$/),
        routeKey: 'GET /things/{id}',
        stage: '$default',
        time: '02/Mar/2026:19:03:58 +0000',
        timeEpoch: now.getTime(),
      },
      isBase64Encoded: false,
    },
  ])
})

describe('a body', () => {
  test.each([
    ['application/x-www-form-urlencoded', true],
    ['application/x-www-form-urlencoded; charset=utf-8', true],
    [undefined, true],
    ['application/octet-stream', true],
    ['application/scim+json', true],
    ['application/json', false],
    ['Application/JSON; charset=utf-8', false],
    ['application/xml', false],
    ['application/javascript', false],
    ['text/plain', false],
  ])('of type %s arrives in base64: %s', async (type, isBase64Encoded) => {
    const headers = type === undefined ? {} : { 'content-type': type }
    const { event } = await eventFor('/things', { method: 'POST', headers, body: 'a=1&b=é' })
    expect(event.isBase64Encoded).toBe(isBase64Encoded)
    expect(Buffer.from(event.body ?? '', isBase64Encoded ? 'base64' : 'utf8').toString()).toBe('a=1&b=é')
  })

  test('that is empty is none', async () => {
    const { event } = await eventFor('/things', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(event).not.toHaveProperty('body')
    expect(event.isBase64Encoded).toBe(false)
  })

  test('in chunks arrives whole, with its length', async () => {
    const headers = { 'transfer-encoding': 'chunked', 'content-type': 'text/plain' }
    const { event } = await eventFor('/things', { method: 'POST', headers, body: 'hello' })
    expect(event.body).toBe('hello')
    expect(event.headers['content-length']).toBe('5')
    expect(event.headers).not.toHaveProperty('transfer-encoding')
  })
})

describe('headers', () => {
  test('have lower-case names, and repeated ones are joined by a comma', async () => {
    const { event } = await eventFor('/things', { headers: { 'X-Thing': ['one', 'two, three'] } })
    expect(event.headers['x-thing']).toBe('one,two, three')
  })

  test('that tell of cookies become a list of their own', async () => {
    const { event } = await eventFor('/things', { headers: { Cookie: 'a=1; b=2' } })
    expect(event.cookies).toEqual(['a=1', 'b=2'])
    expect(event.headers).not.toHaveProperty('cookie')
  })

  test('cannot make a client come from elsewhere', async () => {
    const headers = {
      'X-Forwarded-For': '10.0.0.1',
      'X-Forwarded-Proto': 'https',
      'CloudFront-Viewer-Address': '10.0.0.1:1',
    }
    const { event } = await eventFor('/things', { headers })
    expect(event.headers['x-forwarded-for']).toBe('10.0.0.1,127.0.0.1')
    expect(event.headers['x-forwarded-proto']).toBe('http')
    expect(event.headers['cloudfront-viewer-address']).toMatch(/^127\.0\.0\.1:/)
    expect(event.requestContext.http.sourceIp).toBe('127.0.0.1')
  })
})

describe('a query', () => {
  test.each([
    ['', undefined],
    ['?', undefined],
    ['?a', { a: '' }],
    ['?a=1&a=2&b=3', { a: '1,2', b: '3' }],
    ['?a=1%2B1+2', { a: '1+1 2' }],
    ['?$filter=a%20eq%20%27b%27', { $filter: "a eq 'b'" }],
    ['?__proto__=1', JSON.parse('{"__proto__":"1"}')],
  ])('%s is %o', async (query, expected) => {
    const { event } = await eventFor(`/things${query}`)
    expect(event.rawQueryString).toBe(query.slice(1))
    expect(event.queryStringParameters).toEqual(expected)
  })
})

test('the path and its parameters arrive decoded', async () => {
  const { event } = await eventFor('/things/a%20b%2Bc+d')
  expect(event.rawPath).toBe('/things/a b+c+d')
  expect(event.pathParameters).toEqual({ id: 'a b+c+d' })
})
