import type { TransactWriteItem } from '@aws-sdk/client-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import type { Change, Condition, Edit } from './store.ts'

/** A change as DynamoDB takes it: never without a condition, so that nothing is written over or brought back unseen. */
export function actionOf(change: Change, table: string): TransactWriteItem {
  const names = new Map<string, string>()
  const values = new Map<string, unknown>()
  const named = (name: string) => remember(names, name, '#n')
  const valued = (value: unknown) => remember(values, value, ':v')

  const Key = marshall({ pk: change.key.pk, sk: change.key.sk })
  const edit = change.action === 'update' ? updateExpression(change, named, valued) : undefined
  const ConditionExpression = conditionExpression(change.when, named, valued)
  const shared = {
    TableName: table,
    ConditionExpression,
    ...(names.size && { ExpressionAttributeNames: flip(names) }),
    ...(values.size && { ExpressionAttributeValues: marshall(flip(values), { removeUndefinedValues: true }) }),
  }
  switch (change.action) {
    case 'put':
      return { Put: { ...shared, Item: { ...marshall(change.item, { removeUndefinedValues: true }), ...Key } } }
    case 'update':
      return { Update: { ...shared, Key, UpdateExpression: edit } }
    case 'delete':
      return { Delete: { ...shared, Key } }
    case 'check':
      return { ConditionCheck: { ...shared, Key } }
  }
}

const isAtMost = (when: Condition): when is readonly ['atMost', string, number] => Array.isArray(when)

type Alias<Value> = (value: Value) => string

function conditionExpression(when: Condition, named: Alias<string>, valued: Alias<unknown>): string {
  if (when === 'absent') return `attribute_not_exists(${named('pk')})`
  if (when === 'present') return `attribute_exists(${named('pk')})`
  if (isAtMost(when)) {
    const [, attribute, most] = when
    const holds = `${named(attribute)} <= ${valued(most)}`
    return most < 0 ? holds : `(attribute_not_exists(${named(attribute)}) OR ${holds})`
  }
  return Object.entries(when)
    .map(([name, value]) => `${named(name)} = ${valued(value)}`)
    .join(' AND ')
}

function updateExpression(
  { set = {}, unset = [], count = {}, add = {}, take = {} }: Edit,
  named: Alias<string>,
  valued: Alias<unknown>,
) {
  const path = (dotted: string) => dotted.split('.').map(named).join('.')
  const clauses = [
    ['SET', Object.entries(set).map(([name, value]) => `${path(name)} = ${valued(value)}`)],
    ['REMOVE', unset.map(path)],
    ['ADD', Object.entries({ ...count, ...add }).map(([name, more]) => `${path(name)} ${valued(more)}`)],
    ['DELETE', Object.entries(take).map(([name, members]) => `${path(name)} ${valued(members)}`)],
  ] as const
  return clauses
    .filter(([, parts]) => parts.length > 0)
    .map(([verb, parts]) => `${verb} ${parts.join(', ')}`)
    .join(' ')
}

/** The alias of a name or value; the same one twice gets the same alias. */
function remember<Value>(known: Map<string, Value>, value: Value, prefix: string): string {
  for (const [alias, other] of known) if (other === value) return alias
  const alias = `${prefix}${known.size}`
  known.set(alias, value)
  return alias
}

const flip = <Value>(known: Map<string, Value>): Record<string, Value> => Object.fromEntries(known)
