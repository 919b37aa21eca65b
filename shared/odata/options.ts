import type { Properties } from '../domain/directory-object.ts'
import { quoted } from '../domain/shown.ts'
import { Refusal } from '../refusal.ts'
import { compareText, fold } from './text.ts'

export { found, parseSearch, type Search } from './search.ts'

export type Order = { property: string; descending: boolean }

/** Navigation properties whose objects come with the answer, and what of them (OData URL §5.1.3). */
export type Expand = { navigation: string; select?: readonly string[]; top?: number }

const mostCharacters = 4096
const mostOrders = 3
const mostNames = 100
const mostExpands = 10

/**
 * `$orderby=displayName desc,createdDateTime` (OData URL §5.1.5).
 * @throws Request_BadRequest
 */
export function parseOrderBy(text: string): readonly Order[] {
  const parts = split('$orderby', text)
  if (parts.length > mostOrders) throw wrong('$orderby', `names at most ${mostOrders} properties`)
  const orders = parts.map((part) => {
    const [, property, direction = 'asc'] = /^([A-Za-z]\w{0,99})(?:[ \t]+(asc|desc))?$/i.exec(part) ?? []
    if (property === undefined) {
      throw wrong('$orderby', `must be names of properties, each with 'asc' or 'desc' or neither, not ${quoted(part)}`)
    }
    return { property, descending: direction.toLowerCase() === 'desc' }
  })
  distinct(
    '$orderby',
    orders.map(({ property }) => property),
  )
  return orders
}

/**
 * `$select=id,displayName` (OData URL §5.1.4), each name once; `*` stands for all.
 * @throws Request_BadRequest
 */
export function parseSelect(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.length > mostNames || names.some((name) => !/^(?:\*|[A-Za-z][A-Za-z0-9]{0,99})$/.test(name))) {
    throw wrong('$select', `must be names of properties, separated by commas, at most ${mostNames}`)
  }
  return [...new Set(names)]
}

/**
 * `$expand=owners,sponsors($select=id,displayName;$top=5)`.
 * @throws Request_BadRequest
 */
export function parseExpand(text: string): readonly Expand[] {
  const parts: string[] = []
  for (const piece of split('$expand', text)) {
    // A comma inside of parentheses belongs to what stands there.
    const open = parts.at(-1)
    if (open?.includes('(') && !open.includes(')')) parts[parts.length - 1] = `${open},${piece}`
    else parts.push(piece)
  }
  if (parts.length > mostExpands) throw wrong('$expand', `names at most ${mostExpands} relations`)
  const expands = parts.map((part) => {
    const [, navigation, options] = /^([A-Za-z]\w{0,99})[ \t]*(?:\(([^()]*)\))?$/.exec(part) ?? []
    if (navigation === undefined) {
      throw wrong('$expand', `must be names of relations such as sponsors($select=id;$top=5), not ${quoted(part)}`)
    }
    return options === undefined ? { navigation } : { navigation, ...expandOptions(options) }
  })
  distinct(
    '$expand',
    expands.map(({ navigation }) => navigation),
  )
  return expands
}

function expandOptions(text: string): Omit<Expand, 'navigation'> {
  const options = text.split(';').map((option): [string, string] => {
    const [name = '', ...value] = option.split('=')
    return [name.trim().toLowerCase(), value.join('=').trim()]
  })
  distinct(
    '$expand',
    options.map(([name]) => name),
  )
  return Object.assign(
    {},
    ...options.map(([name, value]) => {
      if (name === '$select') return { select: parseSelect(value) }
      if (name !== '$top') throw wrong('$expand', `supports $select and $top in parentheses, not ${quoted(name)}`)
      if (!/^[1-9]\d{0,2}$/.test(value)) throw wrong('$expand', "with '$top': must be a number from 1 to 999")
      return { top: Number(value) }
    }),
  )
}

/**
 * `$count=true` (OData URL §5.1.6), with nothing but these two values.
 * @throws Request_BadRequest
 */
export function parseCount(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw wrong('$count', `must be true or false, not ${quoted(text)}`)
  return text === 'true'
}

/** The order that `$orderby` puts objects into: null first, then texts without regard to letter case; ISO dates are texts. */
export const compareBy =
  (orders: readonly Order[]) =>
  (a: Properties, b: Properties): number => {
    for (const { property, descending } of orders) {
      const order = compareValues(a[property], b[property])
      if (order !== 0) return descending ? -order : order
    }
    return 0
  }

function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(fold(a), fold(b))
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  return rank(a) - rank(b)
}

/** Values of different types keep apart, so that there is one order whatever is stored. */
function rank(value: unknown): number {
  if (value === undefined || value === null) return 0
  return 1 + ['boolean', 'number', 'string', 'object'].indexOf(typeof value)
}

function split(option: string, text: string): string[] {
  if (text.length > mostCharacters) throw wrong(option, `must have at most ${mostCharacters} characters`)
  return text.split(',').map((part) => part.trim())
}

function distinct(option: string, names: readonly string[]): void {
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated !== undefined) throw wrong(option, `names ${quoted(repeated)} more than once`)
}

const wrong = (option: string, what: string): Refusal => new Refusal('Request_BadRequest', `'${option}' ${what}`)
