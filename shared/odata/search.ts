import type { Properties } from '../domain/directory-object.ts'
import { quoted } from '../domain/shown.ts'
import { Refusal } from '../refusal.ts'
import { fold } from './text.ts'

type Term = { property: string; words: string }

/** What `$search` looks for: of each of these, one term at least. */
export type Search = readonly (readonly Term[])[]

const most = { characters: 4096, terms: 10, depth: 10 }

/**
 * `$search` as Graph has it: `"displayName:one two" AND ("mail:x" OR "mail:y")`, with each term in double quotes, the
 * connectives in capitals, and AND before OR.
 * @throws Request_BadRequest
 */
export function parseSearch(text: string): Search {
  if (text.length > most.characters) throw wrong(`must have at most ${most.characters} characters`)
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[()]|[^\s()"]+|"/gs) ?? []
  if (tokens.filter((each) => each.startsWith('"')).length > most.terms) {
    throw wrong(`must have at most ${most.terms} terms`)
  }
  let next = 0
  const accepts = (token: string): boolean => {
    const isNext = tokens[next] === token
    if (isNext) next++
    return isNext
  }

  /** One of several searches is found: by the terms of each pair of their clauses. */
  function either(depth: number): Search {
    let search = all(depth)
    while (accepts('OR')) {
      const other = all(depth)
      search = search.flatMap((clause) => other.map((another) => [...clause, ...another]))
    }
    return search
  }

  function all(depth: number): Search {
    const search = [...one(depth)]
    while (accepts('AND')) search.push(...one(depth))
    return search
  }

  function one(depth: number): Search {
    if (!accepts('(')) return [[term(tokens[next++])]]
    if (depth === most.depth) throw wrong(`must have at most ${most.depth} parentheses in each other`)
    const search = either(depth + 1)
    if (!accepts(')')) throw unexpected(tokens[next])
    return search
  }

  const search = either(0)
  if (next < tokens.length) throw unexpected(tokens[next])
  return search
}

function term(token: string | undefined): Term {
  const content = /^"(.*)"$/s.exec(token ?? '')?.[1]?.replace(/\\(.)/gs, '$1')
  if (content === undefined) throw unexpected(token)
  const [, property, words] = /^([A-Za-z]\w{0,99}):(.*)$/s.exec(content) ?? []
  if (property === undefined || words === undefined || wordsOf(words).length === 0) {
    throw wrong(`must name a property and words in each term, like "displayName:sales", not ${quoted(content)}`)
  }
  return { property, words }
}

/** Whether a search finds an object: each word of a term begins one of the property. */
export const found = (search: Search, properties: Properties): boolean =>
  search.every((clause) =>
    clause.some(({ property, words }) => {
      const value = properties[property]
      if (typeof value !== 'string') return false
      const present = wordsOf(value)
      return wordsOf(words).every((word) => present.some((each) => each.startsWith(word)))
    }),
  )

/** The words of a text: letters and digits of any script, with the marks on them. */
const wordsOf = (text: string): string[] => fold(text).match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu) ?? []

const unexpected = (token: string | undefined): Refusal =>
  wrong(
    'must be terms in double quotes with AND or OR between them, like "displayName:sales" AND "mail:ann"; ' +
      `${token === undefined ? 'the end' : quoted(token)} does not fit where it stands`,
  )

const wrong = (what: string): Refusal => new Refusal('Request_BadRequest', `'$search' ${what}`)
