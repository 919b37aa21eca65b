import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { expect, onTestFinished, test } from 'vitest'
import { clientOptions } from '../../shared/aws-client.ts'
import { DynamoTable } from '../../shared/store/dynamodb.ts'
import { Unavailable } from '../../shared/store/store.ts'
import { keys } from '../../shared/store/table.ts'

/** A store that takes every request and answers none, and a clock that each pause moves on. */
async function silence() {
  let requests = 0
  const server = createServer(() => {
    requests += 1
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const dynamodb = new DynamoDBClient({
    ...clientOptions,
    requestHandler: { ...clientOptions.requestHandler, requestTimeout: 20 },
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  })
  onTestFinished(() => {
    dynamodb.destroy()
    server.closeAllConnections()
    server.close()
  })
  let time = 0
  const table = new DynamoTable(dynamodb, 'sigil', {
    now: () => new Date(time),
    newId: () => crypto.randomUUID(),
    random: () => 1,
    sleep: async (ms) => {
      time += ms
    },
  })
  return { table, requests: () => requests }
}

test('a call that is never answered is given up, tried again, and then the store is unavailable', async () => {
  const { table, requests } = await silence()
  await expect(table.until(new Date(15)).snapshot([keys.keySet()])).rejects.toThrow(Unavailable)
  // Three tries of the SDK's, a pause of 10 ms, three more; the next pause would pass the deadline.
  expect(requests()).toBe(6)
})

test("a request's deadline holds for all of its calls together", async () => {
  const { table, requests } = await silence()
  const view = table.until(new Date(0))
  await expect(view.snapshot([keys.keySet()])).rejects.toThrow(Unavailable)
  await expect(view.snapshot([keys.keySet()])).rejects.toThrow(Unavailable)
  expect(requests()).toBe(6)
})
