import type { KmsVerb, TableVerb, Touch } from '../shared/routes.ts'
import type { Family } from '../shared/store/table.ts'

/** One statement of a role: what it may do, and with what. */
export type Permission =
  | { on: 'table'; actions: readonly string[]; families: readonly Family[] }
  | { on: 'table key'; actions: readonly string[] }
  | { on: 'signing keys'; actions: readonly string[] }

/** A transaction needs the permission of each of its parts, and none of its own. */
const tableActions: Record<TableVerb, string> = {
  get: 'dynamodb:GetItem',
  query: 'dynamodb:Query',
  put: 'dynamodb:PutItem',
  update: 'dynamodb:UpdateItem',
  delete: 'dynamodb:DeleteItem',
  check: 'dynamodb:ConditionCheckItem',
}

/** All that a function's role allows beside its log and its traces: what it is declared to touch, and no more. */
export function policyOf(declared: readonly Touch[]): Permission[] {
  const touches = [...new Set(declared)].map(split)
  const verbs = [...new Set(touches.filter(isTable).map(({ verb }) => verb))]
  const permissions: Permission[] = statementVerbs(verbs).map((together) => ({
    on: 'table',
    actions: together.map((verb) => tableActions[verb]),
    families: [
      ...new Set(touches.filter(isTable).flatMap(({ verb, family }) => (together.includes(verb) ? [family] : []))),
    ],
  }))
  // DynamoDB decrypts the table's own key in the name of whoever reads or writes.
  if (verbs.length > 0) permissions.push({ on: 'table key', actions: ['kms:Decrypt'] })
  for (const touch of touches) {
    if (!isTable(touch)) permissions.push({ on: 'signing keys', actions: [`kms:${touch.verb}`] })
  }
  return permissions
}

/**
 * What stands in one statement: each way of reading by itself, all ways of writing together. They meet in one transaction,
 * and nothing says that DynamoDB shows each of its actions only the keys of its own kind.
 */
function statementVerbs(verbs: readonly TableVerb[]): TableVerb[][] {
  const writing = verbs.filter((verb) => transactional.has(verb))
  return [
    ...verbs.filter((verb) => !transactional.has(verb)).map((verb) => [verb]),
    ...(writing.length > 0 ? [writing] : []),
  ]
}

/** The verbs of `TransactWriteItems`. */
export const transactional: ReadonlySet<TableVerb> = new Set(['put', 'update', 'delete', 'check'])

type TableTouch = { verb: TableVerb; family: Family }
type KmsTouch = { verb: KmsVerb; family: undefined }

function split(touch: Touch): TableTouch | KmsTouch {
  const [first, second] = touch.split(' ')
  return first === 'kms'
    ? { verb: second as KmsVerb, family: undefined }
    : { verb: first as TableVerb, family: second as Family }
}

const isTable = (touch: TableTouch | KmsTouch): touch is TableTouch => touch.family !== undefined
