import type { KmsVerb, TableVerb, Touch } from '../../shared/routes.ts'
import type { Family } from '../../shared/store/table.ts'
import type { WireCall } from './wire.ts'

/** What calls of the store and the signer mean, read from what went over the wire. */

type Attribute = { S: string }
export type WireKey = { pk: Attribute; sk: Attribute }

/** One item that a call reads or writes. A query has a partition alone. */
export type Access = {
  verb: TableVerb
  key: { pk: Attribute; sk?: Attribute }
  /** A condition of a write; of a read that it is consistent. */
  guarded: boolean
}

type Part = { Key?: WireKey; Item?: WireKey; ConditionExpression?: string }

const writeVerbs: Record<string, TableVerb> = {
  Put: 'put',
  Update: 'update',
  Delete: 'delete',
  ConditionCheck: 'check',
}

/** Every item that a call touches. What the store's three verbs never use is refused here, and so never seen. */
export function accessesOf({ command, input }: WireCall): Access[] {
  switch (command) {
    case 'GetItem':
      return [{ verb: 'get', key: input.Key as WireKey, guarded: input.ConsistentRead === true }]
    case 'Query': {
      const { ':pk': pk } = input.ExpressionAttributeValues as Record<string, Attribute>
      if (!pk) throw new Error('a query must name its partition :pk')
      return [{ verb: 'query', key: { pk }, guarded: input.ConsistentRead === true && input.IndexName === undefined }]
    }
    case 'TransactGetItems':
      return (input.TransactItems as { Get: { Key: WireKey } }[]).map(({ Get }) => ({
        verb: 'get',
        key: Get.Key,
        guarded: true,
      }))
    case 'PutItem':
      return [{ verb: 'put', key: input.Item as WireKey, guarded: input.ConditionExpression !== undefined }]
    case 'TransactWriteItems':
      return (input.TransactItems as Record<string, Part>[]).flatMap((action) =>
        Object.entries(action).map(([name, part]): Access => {
          const verb = writeVerbs[name]
          const key = part.Key ?? part.Item
          if (!verb || !key) throw new Error(`${name} is no action of a transaction that is known here`)
          return { verb, key, guarded: part.ConditionExpression !== undefined }
        }),
      )
    default:
      throw new Error(`${command} is no call of the store`)
  }
}

/** A call in the words of `routes`. */
export function touchesOf(call: WireCall): Touch[] {
  if (call.service === 'kms') return [`kms ${call.command as KmsVerb}`]
  return accessesOf(call).map(({ verb, key }): Touch => `${verb} ${familyOf(key.pk.S)}`)
}

export const familyOf = (pk: string): Family => pk.split('#', 1)[0] as Family

export const isWrite = ({ command }: Pick<WireCall, 'command'>): boolean =>
  command === 'PutItem' || command === 'TransactWriteItems'

/** The keys that a call writes, or would write. */
export const keysWritten = (call: WireCall): WireKey[] =>
  isWrite(call) ? accessesOf(call).flatMap(({ verb, key }) => (verb === 'check' ? [] : [key as WireKey])) : []

/** What calls cost, in the units that DynamoDB bills, as the store reports them; and how often each service is called. */
export type Counts = { reads: number; writes: number; readUnits: number; writeUnits: number; kms: number }

export function countsOf(calls: readonly WireCall[]): Counts {
  const store = calls.filter(({ service }) => service === 'dynamodb')
  const [writes, reads] = [store.filter(isWrite), store.filter((call) => !isWrite(call))]
  return {
    reads: reads.length,
    readUnits: sum(reads.map(unitsOf)),
    writes: writes.length,
    writeUnits: sum(writes.map(unitsOf)),
    kms: calls.length - store.length,
  }
}

/** A refused write reports no units, here as in AWS, where it costs what it would have cost. */
function unitsOf({ answer }: WireCall): number {
  const consumed = answer?.output.ConsumedCapacity as Capacity | Capacity[] | undefined
  return sum([consumed ?? []].flat().map(({ CapacityUnits }) => CapacityUnits))
}

type Capacity = { CapacityUnits: number }

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
