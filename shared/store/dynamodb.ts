import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import type { AuditRecord } from './audit.ts'
import { actionOf } from './expression.ts'
import { type Change, type Items, type Key, type Page, type Position, Stale, type Table, Unavailable } from './store.ts'
import { attributes, keys } from './table.ts'

type Row = Record<string, AttributeValue>

/** What the table needs of the world. `sleep` takes milliseconds; `random` gives a number in [0, 1). */
export type Tools = {
  now: () => Date
  newId: () => string
  random: () => number
  sleep: (ms: number) => Promise<void>
}

/** How long conflicts and throttles are tried again where no request's deadline says it. */
const patienceMs = 4_000

/** Graph clients read and write through this one table; see `store.ts` for what each verb promises. */
export class DynamoTable implements Table {
  readonly #client: DynamoDBClient
  readonly #name: string
  readonly #tools: Tools
  readonly #deadline: Date | undefined

  constructor(client: DynamoDBClient, name: string, tools: Tools, deadline?: Date) {
    this.#client = client
    this.#name = name
    this.#tools = tools
    this.#deadline = deadline
  }

  until(deadline: Date): Table {
    return new DynamoTable(this.#client, this.#name, this.#tools, deadline)
  }

  async snapshot<const Keys extends readonly Key<unknown>[]>(wanted: Keys): Promise<Items<Keys>> {
    if (wanted.length === 0) return [] as Items<Keys>
    const rows = await this.#patiently(() =>
      wanted.length === 1 ? this.#getOne(wanted[0] as Key<unknown>) : this.#getAll(wanted),
    )
    return rows.map((row) => (row ? withoutKey(unmarshall(row)) : undefined)) as Items<Keys>
  }

  async query<Item>(
    partitions: readonly string[],
    { limit, from, prefix }: { limit: number; from?: Position; prefix?: string },
  ): Promise<Page<Item>> {
    const rows: { partition: number; row: Row }[] = []
    for (let partition = from?.partition ?? 0; partition < partitions.length && rows.length <= limit; partition++) {
      const pk = partitions[partition] as string
      let start: Row | undefined = from && partition === from.partition ? marshall({ pk, sk: from.after }) : undefined
      do {
        // One more than asked for tells whether there is a next page.
        const page = await this.#patiently(() => this.#page(pk, prefix, start, limit + 1 - rows.length))
        for (const row of page.Items ?? []) rows.push({ partition, row })
        start = page.LastEvaluatedKey
      } while (start && rows.length <= limit)
    }
    const kept = rows.slice(0, limit).map(({ partition, row }) => ({ partition, row: unmarshall(row) }))
    const items = kept.map(({ row }) => withoutKey(row) as Item)
    const positions = kept.map(({ partition, row }) => ({ partition, after: row.sk as string }))
    const next = positions.at(-1)
    return rows.length <= limit || !next ? { items, positions } : { items, positions, next }
  }

  async ordered<Item>(
    partitions: readonly string[],
    {
      limit,
      after,
      prefix,
      descending = false,
    }: { limit: number; after?: string; prefix?: string; descending?: boolean },
  ): Promise<Page<Item>> {
    const pages = await Promise.all(
      partitions.map((pk) => {
        const start = after === undefined ? undefined : marshall({ pk, sk: after })
        return this.#patiently(() => this.#page(pk, prefix, start, limit + 1, descending))
      }),
    )
    const rows = pages.flatMap(({ Items }) => Items ?? []).map((row) => unmarshall(row) as { pk: string; sk: string })
    const direction = descending ? -1 : 1
    rows.sort((one, other) => direction * Buffer.compare(Buffer.from(one.sk), Buffer.from(other.sk)))
    // A partition whose page was cut short by the store's own page size says nothing about what comes after its last row.
    const ends = pages.flatMap(({ Items = [], LastEvaluatedKey }) =>
      LastEvaluatedKey && Items.length <= limit ? [unmarshall(LastEvaluatedKey).sk as string] : [],
    )
    const isKnown = ({ sk }: { sk: string }) =>
      ends.every((end) => direction * Buffer.compare(Buffer.from(sk), Buffer.from(end)) <= 0)
    const known = rows.filter(isKnown)
    const kept = known.slice(0, limit)
    const items = kept.map((row) => withoutKey(row) as Item)
    const positions = kept.map(({ sk }) => ({ partition: 0, after: sk }))
    const next = positions.at(-1)
    const isLast = known.length <= limit && ends.length === 0
    return isLast || !next ? { items, positions } : { items, positions, next }
  }

  async commit(changes: readonly Change[], audit: AuditRecord): Promise<void> {
    const record: Change = {
      action: 'put',
      key: keys.audit(audit.tenantId, audit.activityDateTime, audit.id),
      item: audit,
      when: 'absent',
    }
    const all = [...changes, record]
    const command = {
      TransactItems: all.map((change): TransactWriteItem => actionOf(change, this.#name)),
      // The same for every retry of this commit: a lost answer is asked for again, not written again.
      ClientRequestToken: this.#tools.newId(),
    }
    await this.#patiently(async () => {
      try {
        await this.#client.send(new TransactWriteItemsCommand(command))
      } catch (error) {
        throw refusalOf(error, all) ?? error
      }
    })
  }

  async record(key: Key<unknown>, row: object, { again } = { again: false }): Promise<void> {
    const put = new PutItemCommand({
      TableName: this.#name,
      Item: marshall({ ...key, ...row }, { removeUndefinedValues: true }),
      ConditionExpression: again ? 'attribute_exists(pk)' : 'attribute_not_exists(pk)',
    })
    await this.#patiently(async () => {
      try {
        await this.#client.send(put)
      } catch (error) {
        // The key holds random bytes of this very request: what is there already is our own row, whose answer was lost.
        if (!again && nameOf(error) === 'ConditionalCheckFailedException') return
        throw error
      }
    })
  }

  async #getOne(key: Key<unknown>): Promise<(Row | undefined)[]> {
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#name, Key: marshall(plain(key)), ConsistentRead: true }),
    )
    return [Item]
  }

  async #getAll(wanted: readonly Key<unknown>[]): Promise<(Row | undefined)[]> {
    const { Responses } = await this.#client.send(
      new TransactGetItemsCommand({
        TransactItems: wanted.map((key) => ({ Get: { TableName: this.#name, Key: marshall(plain(key)) } })),
      }),
    )
    if (Responses?.length !== wanted.length)
      throw new Error('the store answered for another number of items than asked')
    return Responses.map((response) => response.Item)
  }

  #page(pk: string, prefix: string | undefined, start: Row | undefined, limit: number, descending = false) {
    return this.#client.send(
      new QueryCommand({
        TableName: this.#name,
        ConsistentRead: true,
        KeyConditionExpression: prefix === undefined ? '#pk = :pk' : '#pk = :pk AND begins_with(#sk, :prefix)',
        ExpressionAttributeNames: {
          '#pk': attributes.partition,
          ...(prefix === undefined ? {} : { '#sk': attributes.sort }),
        },
        ExpressionAttributeValues: marshall({ ':pk': pk, ...(prefix === undefined ? {} : { ':prefix': prefix }) }),
        ExclusiveStartKey: start,
        Limit: limit,
        ...(descending && { ScanIndexForward: false }),
      }),
    )
  }

  /** Runs a call again, with growing random pauses, while the store says that it was merely busy. */
  async #patiently<Result>(call: () => Promise<Result>): Promise<Result> {
    const until = this.#deadline?.getTime() ?? this.#tools.now().getTime() + patienceMs
    for (let attempt = 0; ; attempt++) {
      try {
        return await call()
      } catch (error) {
        if (!isPassing(error)) throw error
        const pause = this.#tools.random() * Math.min(200, 10 * 2 ** attempt)
        if (attempt >= maxAttempts || this.#tools.now().getTime() + pause > until) {
          throw new Unavailable('the store did not answer in time', { cause: error })
        }
        await this.#tools.sleep(pause)
      }
    }
  }
}

const maxAttempts = 30

/** What a cancelled transaction means: its reasons come in the order of its actions. Undefined when it may just be tried again. */
function refusalOf(error: unknown, changes: readonly Change[]): Error | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined
  const failed = error.CancellationReasons?.findIndex((reason) => reason.Code === 'ConditionalCheckFailed') ?? -1
  if (failed < 0) return undefined
  return changes[failed]?.otherwise?.() ?? new Stale('what was read has been changed since', { cause: error })
}

const busy = new Set([
  'TransactionConflictException',
  'TransactionInProgressException',
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'InternalServerError',
  'ServiceUnavailable',
  'TimeoutError',
])
const busyReasons = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])

function isPassing(error: unknown): boolean {
  if (error instanceof TransactionCanceledException) {
    const reasons = error.CancellationReasons?.map((reason) => reason.Code) ?? []
    return reasons.some((code) => busyReasons.has(code ?? '')) && !reasons.includes('ConditionalCheckFailed')
  }
  return busy.has(nameOf(error)) || isOutage(error)
}

const networkFaults = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ENOTFOUND'])

/** No answer came, or one that is not the store's own: of something in between, or of a server that cannot say more. */
function isOutage(error: unknown): boolean {
  const { code, $metadata } = (error ?? {}) as { code?: unknown; $metadata?: { httpStatusCode?: number } }
  return networkFaults.has(String(code)) || ($metadata?.httpStatusCode ?? 0) >= 500
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '')
const plain = ({ pk, sk }: Key<unknown>) => ({ pk, sk })

function withoutKey({ pk: _pk, sk: _sk, ...item }: Record<string, unknown>): unknown {
  return item
}
