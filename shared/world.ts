import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { KMSClient } from '@aws-sdk/client-kms'
import { DynamoTable, type Tools } from './store/dynamodb.ts'
import type { Table } from './store/store.ts'
import { KeySet } from './tokens/keyset.ts'

/** All that an operation may touch beside its event. In Lambda it is built once from the environment; the local service and the tests build their own. */
export type World = {
  /** The public origin, such as `https://id.example.com`: configuration, never taken from a request's headers. */
  readonly origin: string
  readonly table: Table
  readonly keySet: KeySet
  readonly now: () => Date
  /** A fresh GUID, lower case. */
  readonly newId: () => string
  readonly randomBytes: (count: number) => Uint8Array
  /** What the edge puts into `x-origin-verify`; where it is set, a request without it never reached the edge. */
  readonly originVerify?: string
  /** Only where tokens are signed or keys published; a type alone here, so that other operations do not carry the client. */
  readonly kms?: KMSClient
  readonly signingKeys?: { readonly resource: string; readonly exchange: string }
  /** The service itself, over its public origin: another operation is asked as any client asks it, and decides by itself. */
  readonly send: Send
}

/** @param path with the query, below the origin */
export type Send = (
  path: string,
  init: { method: string; headers: Record<string, string>; body?: string },
) => Promise<{
  status: number
  /** Lower-case names. */
  headers: Record<string, string>
  /** Undefined where it is larger than 1 MB. */
  body: string | undefined
}>

export type WorldParts = {
  origin: string
  tableName: string
  dynamodb: DynamoDBClient
  originVerify?: string
  kms?: KMSClient
  /** The ARNs of the KMS keys that sign resource tokens and exchange tokens. */
  resourceKeyArn?: string
  exchangeKeyArn?: string
  now?: () => Date
  sleep?: (ms: number) => Promise<void>
  send?: Send
}

export function createWorld({ origin, tableName, dynamodb, ...given }: WorldParts): World {
  const now = given.now ?? (() => new Date())
  const { resourceKeyArn: resource, exchangeKeyArn: exchange } = given
  const tools: Tools = { now, newId: randomUUID, random: uniform, sleep: given.sleep ?? sleep }
  const table = new DynamoTable(dynamodb, tableName, tools)
  return {
    origin,
    table,
    keySet: new KeySet(table, now),
    now,
    newId: randomUUID,
    randomBytes: (count) => randomBytes(count),
    send: given.send ?? sendTo(origin),
    ...(given.originVerify !== undefined && { originVerify: given.originVerify }),
    ...(given.kms && { kms: given.kms }),
    ...(resource && exchange && { signingKeys: { resource, exchange } }),
  }
}

/** A number in [0, 1), with 32 bits. */
const uniform = (): number => randomBytes(4).readUInt32BE(0) / 2 ** 32

export const sendTimeoutMs = 8_000
const maximumAnswerBytes = 1024 * 1024

/** Follows no redirect: nobody else is to see what is sent. */
export function sendTo(origin: string): Send {
  return async (path, init) => {
    const signal = AbortSignal.timeout(sendTimeoutMs)
    const answer = await fetch(`${origin}${path}`, { ...init, redirect: 'manual', signal })
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await textOf(answer) }
  }
}

async function textOf({ body }: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > maximumAnswerBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
