import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { KMSClient } from '@aws-sdk/client-kms'

export type Counts = {
  reads: number
  writes: number
  signs: number
  other: number
  readUnits: number
  writeUnits: number
  /** How many times calls had to wait for those before. */
  waves: number
}

type Kind = 'reads' | 'writes' | 'signs' | 'other'
const kinds: Record<string, Kind> = {
  GetItemCommand: 'reads',
  QueryCommand: 'reads',
  TransactGetItemsCommand: 'reads',
  PutItemCommand: 'writes',
  TransactWriteItemsCommand: 'writes',
  SignCommand: 'signs',
}

type Consumed = { CapacityUnits?: number } | { CapacityUnits?: number }[]

/** Counts the calls that go through SDK clients, and the capacity that DynamoDB says they took. */
export class CallCounter {
  #counts = none()
  #underWay = 0

  watch(client: DynamoDBClient | KMSClient): void {
    // Both clients' stacks take the same middleware; their types have no common supertype that says so.
    const stack = client.middlewareStack as DynamoDBClient['middlewareStack']
    stack.add(
      (next, context) => async (args) => {
        const kind = kinds[context.commandName ?? ''] ?? 'other'
        if (kind === 'reads' || kind === 'writes') Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' })
        this.#counts[kind]++
        if (this.#underWay++ === 0) this.#counts.waves++
        try {
          const result = await next(args)
          this.#addUnits(kind, (result.output as { ConsumedCapacity?: Consumed }).ConsumedCapacity)
          return result
        } finally {
          this.#underWay--
        }
      },
      { step: 'initialize', name: 'countCalls' },
    )
  }

  counts(): Counts {
    return { ...this.#counts }
  }

  reset(): void {
    this.#counts = none()
  }

  #addUnits(kind: Kind, consumed: Consumed | undefined): void {
    const all = [consumed ?? []].flat()
    const units = all.reduce((sum, { CapacityUnits }) => sum + (CapacityUnits ?? 0), 0)
    if (kind === 'reads') this.#counts.readUnits += units
    if (kind === 'writes') this.#counts.writeUnits += units
  }
}

const none = (): Counts => ({ reads: 0, writes: 0, signs: 0, other: 0, readUnits: 0, writeUnits: 0, waves: 0 })
