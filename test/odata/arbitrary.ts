import fc from 'fast-check'
import { objectTypes } from '../../shared/domain/directory-object.ts'
import type { Filter, Literal } from '../../shared/odata/filter.ts'
import { Refusal } from '../../shared/refusal.ts'

/** The message of the 400 that something is answered with; undefined where it is not refused. Other errors are thrown. */
export function refusalOf(run: () => unknown): string | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof Refusal && error.code === 'Request_BadRequest') return error.message
    throw error
  }
}

const literals = new Set(['not', 'true', 'false', 'null'])

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,7}$/)
const path = fc.array(name, { minLength: 1, maxLength: 4 }).filter(([first = '', second]) => {
  return second !== undefined || !literals.has(first.toLowerCase())
})
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom("'", "''", "a'b", ' and ', '😀'))

export const literal: fc.Arbitrary<Literal> = fc.oneof(
  text,
  fc.boolean(),
  fc.constant(null),
  fc.integer(),
  // The sum makes 0 of -0, which no text is read as.
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc
    .date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
    .map((date) => ({ date: date.toISOString() })),
)

const comparison = fc.constantFrom('eq', 'ne', 'ge', 'le', 'gt', 'lt')

/** Conditions whose paths are those given. */
const conditions = (paths: fc.Arbitrary<string[]>): fc.Arbitrary<Filter>[] => [
  fc.record({ op: comparison, path: paths, value: literal }),
  fc.record({ op: fc.constant('in' as const), path: paths, values: fc.array(literal, { minLength: 1, maxLength: 5 }) }),
  fc.record({ op: fc.constantFrom('startsWith', 'endsWith'), path: paths, value: text }),
]

const connected = (some: fc.Arbitrary<Filter>): fc.Arbitrary<Filter>[] => [
  fc.record({ op: fc.constantFrom('and', 'or'), of: fc.array(some, { minLength: 2, maxLength: 3 }) }),
  fc.record({ op: fc.constant('not' as const), of: some }),
]

const anyOf = (paths: fc.Arbitrary<string[]>, of: fc.Arbitrary<Filter>): fc.Arbitrary<Filter> =>
  fc.record({ op: fc.constant('any' as const), path: paths, of: fc.option(of, { nil: undefined }) })

const withinPath = fc.oneof(fc.constant<string[]>([]), path)

/** Filters of every form, at most as large as the parser takes them. */
export const filter: fc.Arbitrary<Filter> = fc.letrec<{ whole: Filter; within: Filter }>((tie) => ({
  whole: fc.oneof(
    { maxDepth: 3 },
    ...conditions(path),
    fc.record({ op: fc.constant('isof' as const), type: fc.constantFrom(...objectTypes) }),
    ...connected(tie('whole')),
    anyOf(path, tie('within')),
  ),
  within: fc.oneof(
    { maxDepth: 3 },
    ...conditions(withinPath),
    ...connected(tie('within')),
    anyOf(withinPath, tie('within')),
  ),
})).whole

const mirrored = { eq: 'eq', ne: 'ne', ge: 'le', le: 'ge', gt: 'lt', lt: 'gt' } as const

/** Ways to write the same filter down. */
export type Hand = { capitals: boolean; valueFirst: boolean; space: ' ' | '\t' | '   ' }
export const hand: fc.Arbitrary<Hand> = fc.record({
  capitals: fc.boolean(),
  valueFirst: fc.boolean(),
  space: fc.constantFrom(' ', '\t', '   '),
})

/** A filter as text, with every part of a connective in parentheses. */
export function print(filter: Filter, hand: Hand, element?: string): string {
  const word = (text: string): string => (hand.capitals ? text.toUpperCase() : text)
  const spaced = (...parts: string[]): string => parts.join(hand.space)
  const at = 'path' in filter ? [...(element === undefined ? [] : [element]), ...filter.path].join('/') : ''
  switch (filter.op) {
    case 'and':
    case 'or':
      return spaced(filter.of.map((each) => `(${print(each, hand, element)})`).join(spaced('', word(filter.op), '')))
    case 'not':
      return `${word('not')}${hand.space}(${print(filter.of, hand, element)})`
    case 'isof':
      return `${word('isof')}(${hand.capitals ? `'#microsoft.graph.${filter.type}'` : `microsoft.graph.${filter.type}`})`
    case 'any': {
      const inner = `${element ?? 'e'}x`
      return `${at}/${word('any')}(${filter.of ? `${inner}:${print(filter.of, hand, inner)}` : ''})`
    }
    case 'in':
      return spaced(at, word('in'), `(${filter.values.map(printLiteral).join(`,${hand.space}`)})`)
    case 'startsWith':
    case 'endsWith':
      return `${word(filter.op)}(${at},${printLiteral(filter.value)})`
    default:
      return hand.valueFirst
        ? spaced(printLiteral(filter.value), word(mirrored[filter.op]), at)
        : spaced(at, word(filter.op), printLiteral(filter.value))
  }
}

function printLiteral(value: Literal): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  return typeof value === 'object' && value !== null ? value.date : String(value)
}
