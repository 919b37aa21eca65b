import type { ObjectType } from '../domain/directory-object.ts'
import { quoted } from '../domain/shown.ts'
import { Refusal } from '../refusal.ts'
import { aliases, attributed, filtered, type Kind, searched } from './fields.data.ts'
import type { Filter, Literal } from './filter.ts'
import type { Order, Search } from './options.ts'

/** What can be asked of a property, and of the elements of a collection by the path within them ('' is the element). */
type Field = { operators: readonly string[]; values?: keyof typeof forms; elements?: Fields }

type Fields = ReadonlyMap<string, Field>

/** How the values are written that a property is compared with. */
const forms = {
  text: { is: (value: Literal) => typeof value === 'string', like: "a text in single quotes, like 'this'" },
  flag: { is: (value: Literal) => typeof value === 'boolean', like: 'true or false, without quotes' },
  date: {
    is: (value: Literal) => typeof value === 'object' && value !== null,
    like: 'a date and time without quotes, like 2026-01-01T00:00:00Z',
  },
}

const equality = ['eq', 'ne', 'in']
const order = ['ge', 'le', 'gt', 'lt']
const onTexts = [...equality, ...order, 'startsWith', 'endsWith']

const guid: Field = { operators: [...equality, 'startsWith'], values: 'text' }
const text: Field = { operators: onTexts, values: 'text' }

const kinds: Record<Kind, Field> = {
  guid,
  text,
  flag: { operators: equality, values: 'flag' },
  date: { operators: ['eq', 'ne', ...order], values: 'date' },
  texts: { operators: ['any'], elements: new Map([['', text]]) },
  related: { operators: ['any'], elements: new Map([['id', guid]]) },
}

/** A custom security attribute: its definition, not its name, says what it holds. */
const attribute: Field = { operators: [...onTexts, 'any'], elements: new Map([['', { operators: onTexts }]]) }
const attributePath = /^customSecurityAttributes\/\w+\/\w+$/

/** Properties by their names in lower case, older names included. */
const names = new Map([
  ...Object.values(filtered).flatMap((each) => Object.keys(each).map((name) => [name.toLowerCase(), name] as const)),
  ...Object.entries(aliases).map(([alias, name]) => [alias.toLowerCase(), name] as const),
  ['customsecurityattributes', 'customSecurityAttributes'] as const,
])

/** A filter that calls each property by its own name, whatever letter case or older name it was written in. */
export function normalise(filter: Filter): Filter {
  if ('path' in filter) {
    const [first = '', ...rest] = filter.path
    return { ...filter, path: [names.get(first.toLowerCase()) ?? first, ...rest] }
  }
  if (filter.op === 'isof') return filter
  return filter.op === 'not' ? { op: 'not', of: normalise(filter.of) } : { op: filter.op, of: filter.of.map(normalise) }
}

/**
 * Whether what a normalised filter asks can be told of objects of these types. What only some of them have, the others lack.
 * @throws Request_BadRequest naming the property or operator that cannot, and what is supported
 */
export function checkFilter(filter: Filter, types: readonly ObjectType[], { eventual }: { eventual: boolean }): void {
  const fields = new Map(types.flatMap(fieldsOf))
  if (types.some((type) => attributed.has(type))) {
    for (const path of pathsOf(filter).filter((each) => attributePath.test(each))) {
      requireEventual(`'$filter' by customSecurityAttributes`, eventual)
      fields.set(path, attribute)
    }
  }
  check(filter, fields, { eventual, isof: true })
}

/**
 * Whether a filter asks of some properties, by their paths, only what is allowed for each. Elements of a collection, where
 * `any` is allowed, are asked like texts, or by their own `id`.
 * @throws Request_BadRequest naming the property or operator that is not allowed, and what is supported
 */
export function checkFields(filter: Filter, allowed: Readonly<Record<string, readonly string[]>>): void {
  const elements: Fields = new Map([
    ['', { operators: onTexts }],
    ['id', guid],
  ])
  const fields = Object.entries(allowed).map(([path, operators]) => [path, { operators, elements }] as const)
  check(filter, new Map(fields), { eventual: true, isof: false })
}

/** @throws Request_BadRequest where objects of these types have no order by one of the properties */
export function checkOrderBy(orders: readonly Order[], types: readonly ObjectType[]): void {
  const sortable = types
    .flatMap((type) => Object.entries(filtered[type]))
    .flatMap(([name, kind]) => (kind === 'text' || kind === 'date' ? [name] : []))
  for (const { property } of orders) {
    if (!sortable.includes(property)) throw refuse(`'$orderby' by ${quoted(property)} is not supported here`, sortable)
  }
}

/** @throws Request_BadRequest where one of the properties is not searched in objects of these types */
export function checkSearch(search: Search, types: readonly ObjectType[]): void {
  const searchable = types.flatMap((type) => searched[type])
  for (const { property } of search.flat()) {
    if (!searchable.includes(property))
      throw refuse(`'$search' in ${quoted(property)} is not supported here`, searchable)
  }
}

/** What Graph answers only with these two (reference §2.1), so that a client that works here works there. */
export function requireEventual(what: string, eventual: boolean): void {
  if (eventual) return
  throw new Refusal(
    'Request_BadRequest',
    `${what} needs the header 'ConsistencyLevel: eventual' and the query option '$count=true'`,
  )
}

const fieldsOf = (type: ObjectType): (readonly [string, Field])[] =>
  Object.entries(filtered[type]).map(([name, kind]) => [name, kinds[kind]] as const)

function pathsOf(filter: Filter): string[] {
  if ('path' in filter) return [filter.path.join('/')]
  if (filter.op === 'isof') return []
  return filter.op === 'not' ? pathsOf(filter.of) : filter.of.flatMap(pathsOf)
}

const lagging = new Set(['ne', 'not', 'endsWith'])

type Allowed = { eventual: boolean; isof: boolean }

function check(filter: Filter, fields: Fields, allowed: Allowed, collection?: string): void {
  if (lagging.has(filter.op)) requireEventual(`'${filter.op}' in '$filter'`, allowed.eventual)
  if ('path' in filter) {
    const within = (path: string): string => [collection, path].filter(Boolean).join('/')
    const path = filter.path.join('/')
    const name = within(path)
    const field = fields.get(path)
    if (!field) throw refuse(`'$filter' by ${quoted(name)} is not supported here`, [...fields.keys()].map(within))
    if (!field.operators.includes(filter.op)) {
      throw refuse(`'$filter' by ${quoted(name)} does not support '${filter.op}'`, field.operators)
    }
    checkValues(filter, name, field)
    if (filter.op === 'any' && filter.of) check(filter.of, field.elements ?? new Map(), allowed, name)
  } else if (filter.op === 'isof') {
    if (!allowed.isof) throw refuse("isof() in '$filter' is not supported here", [...fields.keys()])
  } else {
    for (const each of filter.op === 'not' ? [filter.of] : filter.of) check(each, fields, allowed, collection)
  }
}

function checkValues(filter: Filter, name: string, { values }: Field): void {
  if (!values) return
  const given = 'value' in filter ? [filter.value] : 'values' in filter ? filter.values : []
  const form = forms[values]
  const mayBeNull = equality.includes(filter.op)
  if (given.every((value) => form.is(value) || (value === null && mayBeNull))) return
  throw new Refusal('Request_BadRequest', `'$filter' by ${quoted(name)}: the value must be ${form.like}`)
}

const refuse = (what: string, instead: readonly string[]): Refusal =>
  new Refusal('Request_BadRequest', `${what}; supported are ${[...new Set(instead)].sort().join(', ')}`)
