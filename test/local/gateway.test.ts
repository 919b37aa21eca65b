import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { startGateway } from './support/gateway.ts'

const notFound = { status: 404, body: '{"message":"Not Found"}' }

describe('the route', () => {
  test.each([
    ['GET', '/things', 'thing/all'],
    ['POST', '/things', 'thing/make'],
    ['GET', '/things/7', 'thing/one'],
    ['GET', '/t/7', 'thing/one'],
    ['GET', '/things/special', 'thing/special'],
    ['GET', '/x/any', 'thing/any'],
    ['DELETE', '/x/any', 'thing/any'],
    ['GET', '/things/any', 'thing/one'],
    ['DELETE', '/things/any', 'thing/any'],
  ])('of %s %s is %s', async (method, path, operation) => {
    const { send } = await startGateway((_, name) => ({ statusCode: 200, body: name }))
    expect(await send(path, { method })).toMatchObject({ status: 200, body: operation })
  })

  test.each([
    ['GET', '/'],
    ['GET', '/nothing'],
    ['GET', '/things/'],
    ['GET', '/things/7/more'],
    ['GET', '/THINGS'],
    ['DELETE', '/things'],
    ['HEAD', '/things/7/more'],
    ['GET', '//any'],
    ['GET', '/things/a%2Fb'],
    ['POST', '/operator'],
  ])('of %s %s is nowhere', async (method, path) => {
    const { send, events } = await startGateway()
    const { status, body } = await send(path, { method })
    expect({ status, body }).toEqual(method === 'HEAD' ? { status: 404, body: '' } : notFound)
    expect(events).toEqual([])
  })

  test('is looked for once the path has its one spelling', async () => {
    const { send, events } = await startGateway(undefined, { canonicalPath: (path) => path.toLowerCase() })
    await send('/THINGS/ABC')
    expect(events[0]).toMatchObject({ rawPath: '/things/abc', pathParameters: { id: 'abc' } })
  })

  test.each(['/things/%zz', '*'])('of %s cannot even be asked for', async (path) => {
    const { send } = await startGateway()
    expect(await send(path, { method: 'OPTIONS' })).toMatchObject({ status: 400, body: '{"message":"Bad Request"}' })
  })
})

describe('the answer', () => {
  test('is the status, headers, cookies and body that the function gives', async () => {
    const { send } = await startGateway(() => ({
      statusCode: 201,
      headers: { 'Content-Type': 'application/json', 'X-Count': 3, Connection: 'x', 'Content-Length': '1' },
      cookies: ['a=1; Path=/', 'b=2'],
      body: '{"é":1}',
    }))
    const { status, headers, body } = await send('/things')
    expect({ status, body }).toEqual({ status: 201, body: '{"é":1}' })
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': '8',
      'x-count': '3',
      'set-cookie': ['a=1; Path=/', 'b=2'],
    })
  })

  test.each([
    ['base64', { statusCode: 200, body: 'aGVsbG8=', isBase64Encoded: true }, 200, 'hello', 'text/plain;charset=UTF-8'],
    ['no status code', { hello: 1 }, 200, '{"hello":1}', 'application/json'],
    ['a string', 'hello', 200, 'hello', 'application/json'],
    ['no body', { statusCode: 204 }, 204, '', undefined],
    ['a status in digits', { statusCode: '202' }, 202, '', undefined],
    ['an impossible status', { statusCode: 99 }, 500, '{"message":"Internal Server Error"}', 'application/json'],
    [
      'a body that is no text',
      { statusCode: 200, body: {} },
      500,
      '{"message":"Internal Server Error"}',
      'application/json',
    ],
  ])('of a function that gives %s', async (_, result, status, body, type) => {
    const { send } = await startGateway(() => result)
    const answer = await send('/things')
    expect({ status: answer.status, body: answer.body, type: answer.headers['content-type'] }).toEqual({
      status,
      body,
      type,
    })
  })

  test('of a function that throws is a 500 that says nothing of it', async () => {
    const faults: unknown[] = []
    const fail = () => {
      throw new Error('secret')
    }
    const { send } = await startGateway(fail, { report: (fault) => faults.push(fault) })
    expect(await send('/things')).toMatchObject({ status: 500, body: '{"message":"Internal Server Error"}' })
    expect(faults).toEqual([new Error('secret')])
  })

  test('of a function that takes too long is a 503', async () => {
    const { send } = await startGateway(() => sleep(500, { statusCode: 200 }), { timeoutMs: 20 })
    expect(await send('/things')).toMatchObject({ status: 503, body: '{"message":"Service Unavailable"}' })
  })
})

describe('a request that is too large', () => {
  const tooLarge = { status: 413, body: '{"message":"Request Entity Too Large"}' }

  test.each([
    ['said so', {}],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('in its body, %s, is refused', async (_, headers) => {
    const { send, events } = await startGateway()
    const body = Buffer.alloc(10 * 1024 * 1024 + 1)
    expect(await send('/things', { method: 'POST', headers, body })).toMatchObject(tooLarge)
    expect(events).toEqual([])
  })

  test('by no more than a byte too few is taken', async () => {
    const { send } = await startGateway()
    expect(await send('/things', { method: 'POST', body: Buffer.alloc(10 * 1024 * 1024) })).toMatchObject({
      status: 204,
    })
  })

  test('in its headers is refused', async () => {
    const { send, events } = await startGateway()
    expect(await send('/things', { headers: { 'x-long': 'a'.repeat(10_240) } })).toMatchObject({ status: 431 })
    expect(events).toEqual([])
  })
})

test('a client that goes away in the middle of its request harms nobody', async () => {
  const { port, send, events } = await startGateway()
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write('POST /things HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\nhalf')
  await sleep(50)
  socket.destroy()
  await sleep(50)
  expect(events).toEqual([])
  expect(await send('/things')).toMatchObject({ status: 204 })
})
