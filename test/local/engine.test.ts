import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import { describe, expect, test } from 'vitest'
import { dynamodbClient } from '../../infra/local/aws-clients.ts'
import { startEngine } from '../../infra/local/engine.ts'
import { findEngine } from '../../infra/local/engine-binary.ts'
import { lockState } from '../../infra/local/lock.ts'
import { identify, isRunning, type ProcessIdentity } from '../../infra/local/process-identity.ts'
import { ensureTable } from '../../infra/local/table.ts'
import { exitOf, run, runScript } from './support/child.ts'
import { temporaryState } from './support/state.ts'

const recorded = (state: string): ProcessIdentity => JSON.parse(readFileSync(join(state, 'engine.json'), 'utf8'))

test('the engine makes the table once and keeps it over restarts', async () => {
  const state = temporaryState()
  for (const start of [1, 2]) {
    const engine = await startEngine(state)
    const dynamodb = dynamodbClient(engine.endpoint)
    expect(await ensureTable(dynamodb, 'sigil')).toBe(start === 1)
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: 'sigil' }))
    expect(Table).toMatchObject({
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    })
    const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName: 'sigil' }))
    expect(TimeToLiveDescription).toMatchObject({ AttributeName: 'ttl', TimeToLiveStatus: 'ENABLED' })
    const running = recorded(state)
    expect(isRunning(running)).toBe(true)
    dynamodb.destroy()
    await engine.close()
    expect(await engine.ended).toBeUndefined()
    expect(isRunning(running)).toBe(false)
  }
})

describe('after a crash of the service in the middle of its writes', () => {
  test('the next start ends the engine that was left, and every acknowledged write is there', async () => {
    const state = temporaryState()
    const writer = runScript('test/local/support/engine-writer.ts', [state])
    const acknowledged: string[] = []
    const lines = createInterface({ input: writer.stdout })
    let endpoint = ''
    for await (const line of lines) {
      if (endpoint === '') endpoint = line
      else acknowledged.push(line)
      if (acknowledged.length === 200) writer.kill('SIGKILL')
    }
    expect(await exitOf(writer)).toBe('SIGKILL')
    const left = recorded(state)
    expect(isRunning(left), 'the engine outlives the service').toBe(true)

    const lock = lockState(state)
    const engine = await startEngine(state)
    expect(isRunning(left)).toBe(false)
    expect(engine.endpoint).not.toBe(endpoint)
    const dynamodb = dynamodbClient(engine.endpoint)
    expect(await ensureTable(dynamodb, 'sigil')).toBe(false)
    const lost: string[] = []
    for (const pk of acknowledged) {
      const { Item } = await dynamodb.send(
        new GetItemCommand({ TableName: 'sigil', Key: { pk: { S: pk }, sk: { S: 'STATE' } } }),
      )
      if (!Item) lost.push(pk)
    }
    expect(lost).toEqual([])
    await dynamodb.send(new PutItemCommand({ TableName: 'sigil', Item: { pk: { S: 'after' }, sk: { S: 'STATE' } } }))
    dynamodb.destroy()
    await engine.close()
    lock.release()
  })

  test('a process that has been given the same id since is left alone', async () => {
    const state = temporaryState()
    const stranger = run(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    const identity = identify(stranger.pid ?? 0)
    expect(identity).toBeDefined()
    writeFileSync(join(state, 'engine.json'), JSON.stringify({ pid: stranger.pid, startedAt: 'boot/1' }))
    const engine = await startEngine(state)
    expect(identity && isRunning(identity)).toBe(true)
    await engine.close()
    expect(identity && isRunning(identity)).toBe(true)
  })
})

test('an engine that goes away under the service is told', async () => {
  const state = temporaryState()
  const engine = await startEngine(state)
  process.kill(recorded(state).pid, 'SIGKILL')
  expect(String(await engine.ended)).toMatch(/the DynamoDB engine has ended \(signal SIGKILL\)/)
  await engine.close()
})

test('an endpoint that the environment names is used, and nothing started', async () => {
  const state = temporaryState()
  const engine = await startEngine(state, { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:8000' })
  expect(engine).toMatchObject({ endpoint: 'http://127.0.0.1:8000', own: false })
  expect(() => recorded(state)).toThrow('ENOENT')
})

test('without any engine the choices are named', () => {
  expect(() => findEngine('/nowhere', 'no-such-platform')).toThrow(
    /@dynoxide\/no-such-platform[\s\S]*dynoxide on PATH[\s\S]*AWS_ENDPOINT_URL_DYNAMODB/,
  )
})
