import { type ObjectType, objectTypes } from '../domain/directory-object.ts'
import { quoted } from '../domain/shown.ts'
import { Refusal } from '../refusal.ts'
import { dateTime } from './date-time.ts'
import { type Token, Tokens, wrong } from './tokens.ts'

/** A value in a filter. A date is a DateTimeOffset that stood there without quotes, in ISO form. */
export type Literal = string | number | boolean | null | { date: string }

/** What `$filter` says (OData URL §5.1.1), as far as it is understood. */
export type Filter =
  | { op: Comparison; path: readonly string[]; value: Literal }
  | { op: 'in'; path: readonly string[]; values: readonly Literal[] }
  | { op: 'startsWith' | 'endsWith'; path: readonly string[]; value: string }
  | { op: 'isof'; type: ObjectType }
  // Inside `of` the path [] is the element itself, and ['id'] a member of it. Without `of`, that there is an element.
  | { op: 'any'; path: readonly string[]; of: Filter | undefined }
  | { op: 'and' | 'or'; of: readonly Filter[] }
  | { op: 'not'; of: Filter }

export type Comparison = 'eq' | 'ne' | 'ge' | 'le' | 'gt' | 'lt'

/** Each comparison with its operands the other way round. */
const mirrored = { eq: 'eq', ne: 'ne', ge: 'le', le: 'ge', gt: 'lt', lt: 'gt' } as const satisfies Record<
  Comparison,
  Comparison
>

const comparisons = Object.keys(mirrored) as Comparison[]

const most = { characters: 4096, nodes: 100, depth: 16, values: 50, segments: 4 }

/** @throws Request_BadRequest that says where the text goes wrong and what is supported */
export function parseFilter(text: string): Filter {
  if (text.length > most.characters) {
    throw new Refusal('Request_BadRequest', `'$filter' must have at most ${most.characters} characters`)
  }
  return new Parser(new Tokens(text)).filter()
}

type Operand = { path: readonly string[] } | { value: Literal }

/** Recursive descent: `or` binds least, then `and`; `not` stands before parentheses or a function. */
class Parser {
  readonly #tokens: Tokens
  #nodes = 0
  #depth = 0
  /** The name that the elements of the collection have inside `any()`. */
  #element: string | undefined

  constructor(tokens: Tokens) {
    this.#tokens = tokens
  }

  filter(): Filter {
    const filter = this.#either()
    if (this.#tokens.peek().kind !== 'end') throw this.#tokens.unexpected("'and', 'or' or the end")
    return filter
  }

  #either(): Filter {
    return this.#series('or', () => this.#series('and', () => this.#term()))
  }

  #series(op: 'and' | 'or', part: () => Filter): Filter {
    const first = part()
    if (!this.#tokens.sees(op)) return first
    const of = [first]
    while (this.#tokens.accepts(op)) of.push(part())
    return this.#node({ op, of })
  }

  #term(): Filter {
    return this.#whole() ?? this.#comparison()
  }

  /** A term that says by itself where it ends. */
  #whole(): Filter | undefined {
    if (this.#tokens.accepts('not')) {
      const of = this.#nested(() => this.#whole())
      if (!of) throw this.#tokens.unexpected("'(' or a function after 'not', as in not (displayName eq 'x')")
      return this.#node({ op: 'not', of })
    }
    if (this.#tokens.accepts('(')) {
      const inner = this.#nested(() => this.#either())
      this.#tokens.expect(')')
      return inner
    }
    return this.#tokens.peek().kind === 'name' && this.#tokens.sees('(', 1) ? this.#call() : undefined
  }

  #call(): Filter {
    const name = this.#tokens.take()
    this.#tokens.expect('(')
    const called = name.text.toLowerCase()
    if (called === 'startswith') return this.#affix('startsWith')
    if (called === 'endswith') return this.#affix('endsWith')
    if (called === 'isof') return this.#isof(name)
    if (called.endsWith('/any')) return this.#any({ ...name, text: name.text.slice(0, -'/any'.length) })
    throw unsupported(name)
  }

  #affix(op: 'startsWith' | 'endsWith'): Filter {
    const path = this.#path(this.#tokens.take())
    this.#tokens.expect(',')
    const token = this.#tokens.peek()
    if (token.kind !== 'text') throw this.#tokens.unexpected('a text in single quotes')
    this.#tokens.take()
    this.#tokens.expect(')')
    return this.#node({ op, path, value: textOf(token) })
  }

  #isof(name: Token): Filter {
    if (this.#element !== undefined) throw wrong(name.at, 'isof() is about the listed object and cannot be in any()')
    const token = this.#tokens.take()
    const named = token.kind === 'text' ? textOf(token) : token.text
    const short = /^#?(?:microsoft\.)?graph\.(\w{1,60})$/i.exec(named)?.[1]?.toLowerCase()
    const type = objectTypes.find((each) => each.toLowerCase() === short)
    if (!type) {
      const names = objectTypes.map((each) => `'microsoft.graph.${each}'`).join(', ')
      throw wrong(token.at, `isof() takes one of ${names}`)
    }
    this.#tokens.expect(')')
    return this.#node({ op: 'isof', type })
  }

  #any(collection: Token): Filter {
    const path = this.#path(collection)
    if (this.#tokens.accepts(')')) return this.#node({ op: 'any', path, of: undefined })
    const element = this.#tokens.peek()
    if (element.kind !== 'name' || !/^\w+$/.test(element.text)) {
      throw this.#tokens.unexpected("a name for the element, as in any(x:x eq 'y')")
    }
    this.#tokens.take()
    this.#tokens.expect(':')
    const around = this.#element
    this.#element = element.text
    const of = this.#nested(() => this.#either())
    this.#element = around
    this.#tokens.expect(')')
    return this.#node({ op: 'any', path, of })
  }

  #comparison(): Filter {
    const left = this.#operand()
    const { at } = this.#tokens.peek()
    if (this.#tokens.accepts('in')) {
      if (!('path' in left)) throw wrong(at, "before 'in' stands a property")
      return this.#node({ op: 'in', path: left.path, values: this.#values() })
    }
    const op = comparisons.find((each) => this.#tokens.accepts(each))
    if (!op) throw this.#tokens.unexpected('an operator')
    const right = this.#operand()
    if ('path' in left && 'value' in right) return this.#node({ op, path: left.path, value: right.value })
    if ('value' in left && 'path' in right) return this.#node({ op: mirrored[op], path: right.path, value: left.value })
    throw wrong(at, `'${op}' must stand between a property and a value (texts are in single quotes)`)
  }

  #values(): Literal[] {
    this.#tokens.expect('(')
    const values: Literal[] = []
    do {
      const token = this.#tokens.peek()
      const value = literal(token)
      if (value === undefined) throw this.#tokens.unexpected('a value')
      if (values.length === most.values) throw wrong(token.at, `'in' takes at most ${most.values} values`)
      this.#tokens.take()
      values.push(value)
    } while (this.#tokens.accepts(','))
    this.#tokens.expect(')')
    return values
  }

  #operand(): Operand {
    const token = this.#tokens.peek()
    const value = literal(token)
    if (value === undefined && token.kind !== 'name') throw this.#tokens.unexpected('a property or a value')
    this.#tokens.take()
    if (value !== undefined) return { value }
    if (this.#tokens.sees('(')) throw unsupported(token)
    return { path: this.#path(token) }
  }

  /** A property by its path; inside `any()`, of the element. */
  #path(token: Token): readonly string[] {
    const { kind, text, at } = token
    if (kind !== 'name' || /[#.]/.test(text)) throw this.#tokens.unexpected('the name of a property', token)
    const segments = text.split('/')
    if (this.#element !== undefined && segments.shift() !== this.#element) {
      throw wrong(at, `inside any() a property is one of the element: '${this.#element.slice(0, 100)}/…'`)
    }
    if (segments.length > most.segments) throw wrong(at, `a path has at most ${most.segments} segments`)
    return segments
  }

  #node(filter: Filter): Filter {
    this.#nodes++
    if (this.#nodes > most.nodes) {
      throw new Refusal('Request_BadRequest', `'$filter' must have at most ${most.nodes} conditions and connectives`)
    }
    return filter
  }

  #nested<Inner>(read: () => Inner): Inner {
    this.#depth++
    if (this.#depth > most.depth) {
      throw wrong(this.#tokens.peek().at, `at most ${most.depth} parentheses, not and any() may stand in each other`)
    }
    const inner = read()
    this.#depth--
    return inner
  }
}

const unsupported = ({ text, at }: Token): Refusal => wrong(at, `the function ${quoted(text)} is not supported`)

const textOf = ({ text }: Token): string => text.slice(1, -1).replaceAll("''", "'")

const named = new Map<string, Literal>([
  ['true', true],
  ['false', false],
  ['null', null],
])

/** The value that a token is, or undefined where it is none. */
function literal(token: Token): Literal | undefined {
  if (token.kind === 'text') return textOf(token)
  if (token.kind === 'guid') return token.text.toLowerCase()
  if (token.kind === 'name') return named.get(token.text.toLowerCase())
  if (token.kind === 'number') {
    // The sum makes 0 of -0.
    const number = Number(token.text) + 0
    if (!Number.isFinite(number)) throw wrong(token.at, `${quoted(token.text)} is too large a number`)
    return number
  }
  if (token.kind !== 'date') return undefined
  const date = dateTime(token.text)
  if (date === undefined) {
    throw wrong(token.at, `${quoted(token.text)} is no date and time such as 2026-01-01T00:00:00Z`)
  }
  return { date }
}
