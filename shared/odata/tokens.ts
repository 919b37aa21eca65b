import { quoted, shown } from '../domain/shown.ts'
import { Refusal } from '../refusal.ts'

export type Token = { kind: 'text' | 'guid' | 'date' | 'number' | 'name' | 'mark' | 'end'; text: string; at: number }

/** OData ABNF, as far as it is understood here. A name is a path with its slashes, or a type with its dots. */
const form = new RegExp(
  [
    "(?<text>'(?:[^']|'')*')",
    '(?<guid>[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})',
    '(?<date>\\d{4}-\\d\\d-\\d\\d[\\dTtZz:.+-]*)',
    '(?<number>-?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)',
    '(?<name>#?[A-Za-z]\\w*(?:[./][A-Za-z]\\w*)*)',
    '(?<mark>[(),:])',
  ].join('|'),
  'y',
)

const supported =
  'supported are eq, ne, gt, ge, lt, le, in, startsWith(), endsWith(), isof(), any() on collections, and, or, not'

/** What is wrong with a `$filter`, where in it, and what would be right. */
export const wrong = (at: number, what: string): Refusal =>
  new Refusal('Request_BadRequest', `'$filter', character ${at + 1}: ${what}; ${supported}`)

/** The tokens of a `$filter`, read from the first to the last. */
export class Tokens {
  readonly #tokens: readonly Token[]
  readonly #end: Token
  #next = 0

  constructor(text: string) {
    this.#tokens = split(text)
    this.#end = { kind: 'end', text: '', at: text.length }
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#next + ahead] ?? this.#end
  }

  take(): Token {
    const token = this.peek()
    this.#next++
    return token
  }

  /** Whether a mark or a keyword comes next, in any letter case. */
  sees(word: string, ahead = 0): boolean {
    const { kind, text } = this.peek(ahead)
    return (kind === 'mark' || kind === 'name') && text.toLowerCase() === word
  }

  /** The same, and it is taken. */
  accepts(word: string): boolean {
    const isNext = this.sees(word)
    if (isNext) this.#next++
    return isNext
  }

  expect(word: string): void {
    if (!this.accepts(word)) throw this.unexpected(`'${word}'`)
  }

  unexpected(wanted: string, { kind, text, at } = this.peek()): Refusal {
    const found = kind === 'end' ? 'the end' : kind === 'text' ? `the text ${shown(text)}` : quoted(text)
    return wrong(at, `expected ${wanted}, found ${found}`)
  }
}

function split(text: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < text.length; ) {
    if (text[at] === ' ' || text[at] === '\t') {
      at++
      continue
    }
    const token = tokenAt(text, at)
    const last = tokens.at(-1)
    if (last && last.kind !== 'mark' && token.kind !== 'mark' && last.at + last.text.length === at) {
      throw wrong(at, `expected a space before ${quoted(token.text)}`)
    }
    tokens.push(token)
    at += token.text.length
  }
  return tokens
}

function tokenAt(text: string, at: number): Token {
  form.lastIndex = at
  const groups = Object.entries(form.exec(text)?.groups ?? {}) as [Token['kind'], string | undefined][]
  for (const [kind, matched] of groups) {
    if (matched !== undefined) return { kind, text: matched, at }
  }
  if (text[at] === "'") throw wrong(at, 'the text that begins here has no closing quote')
  throw wrong(at, `'${String.fromCodePoint(text.codePointAt(at) ?? 0)}' cannot stand here`)
}
