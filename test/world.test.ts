import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { sendTo } from '../shared/world.ts'

/** A service at an origin of its own. */
async function serve(answer: RequestListener) {
  const seen: IncomingMessage[] = []
  const server = createServer((request, response) => {
    seen.push(request)
    answer(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close().closeAllConnections())
  return { send: sendTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), seen }
}
const get = { method: 'GET', headers: {} }

test('the service is asked as any client asks it', async () => {
  const { send, seen } = await serve((request, response) => {
    response.writeHead(201, { ETag: 'W/"1"', 'Content-Type': 'application/json' })
    request.pipe(response)
  })
  const headers = { authorization: 'Bearer x', 'content-type': 'application/json', prefer: 'a' }
  const answer = await send('/v1.0/users?$top=1', { method: 'POST', headers, body: '{"é":1}' })
  expect(answer).toMatchObject({ status: 201, headers: { etag: 'W/"1"' }, body: '{"é":1}' })
  expect(seen[0]).toMatchObject({ method: 'POST', url: '/v1.0/users?$top=1', headers })
})

test('no redirect is followed', async () => {
  const { send, seen } = await serve((_, response) => response.writeHead(302, { location: '/elsewhere' }).end())
  expect(await send('/v1.0/users', get)).toMatchObject({ status: 302, body: '' })
  expect(seen).toHaveLength(1)
})

test.each([
  [1024 * 1024, 1024 * 1024],
  [1024 * 1024 + 1, undefined],
  [20 * 1024 * 1024, undefined],
])('an answer of %i bytes is read up to %s', async (bytes, length) => {
  const { send } = await serve((_, response) => response.end(Buffer.alloc(bytes, 'x')))
  expect((await send('/', get)).body?.length).toBe(length)
})

test('an answer is not waited for longer than 8 s', { timeout: 15_000 }, async () => {
  const { send } = await serve((_, response) => response.writeHead(200).write('begun'))
  const began = performance.now()
  await expect(send('/', get)).rejects.toThrow('timeout')
  expect(performance.now() - began).toBeGreaterThan(7_900)
})
