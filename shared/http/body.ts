import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { Refusal, type RefusalCode } from '../refusal.ts'
import { Secret } from '../secret.ts'

const maximumFormBytes = 64 * 1024
const maximumPairs = 100
const maximumNameLength = 100
const maximumJsonBytes = 1024 * 1024
const maximumDepth = 32
const maximumValues = 10_000

/** What of an HTTP API event (payload 2.0) a body is read from. */
type Message = Pick<APIGatewayProxyEventV2, 'headers' | 'body' | 'isBase64Encoded'>

/** Where an endpoint says no in its own words. */
type Codes = { malformed: RefusalCode; tooLarge: RefusalCode; mediaType: RefusalCode }

const formCodes: Codes = {
  malformed: 'AADSTS9002313',
  tooLarge: 'AADSTS9002313_TooLarge',
  mediaType: 'AADSTS9002313_MediaType',
}
const jsonCodes: Codes = {
  malformed: 'Request_BadRequest',
  tooLarge: 'Request_EntityTooLarge',
  mediaType: 'Request_UnsupportedMediaType',
}

/** Parameters whose values are never shown, logged or taken from an address. */
export const secretParameters: readonly string[] = [
  'client_secret',
  'client_assertion',
  'assertion',
  'refresh_token',
  'user_federated_identity_credential',
]

/** The parameters of a token request. "Parameters sent without a value MUST be treated as if they were omitted" (RFC 6749 §3.2). */
export class Form {
  readonly #texts = new Map<string, string>()
  readonly #secrets = new Map<string, Secret>()

  constructor(pairs: Iterable<readonly [name: string, value: string]>) {
    for (const [name, value] of pairs) {
      if (value === '') continue
      if (secretParameters.includes(name)) this.#secrets.set(name, new Secret(value))
      else this.#texts.set(name, value)
    }
  }

  /** A parameter that is no secret. */
  text(name: string): string | undefined {
    return this.#texts.get(name)
  }

  secret(name: string): Secret | undefined {
    return this.#secrets.get(name)
  }

  has(name: string): boolean {
    return this.#texts.has(name) || this.#secrets.has(name)
  }
}

/**
 * A body of `application/x-www-form-urlencoded`. "Request and response parameters MUST NOT be included more than once"
 * (RFC 6749 §3.2): which of two values counts, two readers may see differently, also when names differ in letter case alone.
 * @throws AADSTS9002313 in its forms
 */
export function readForm(message: Message): Form {
  const { type, parameters } = mediaType(message)
  if (type !== 'application/x-www-form-urlencoded' || !parameters.every(isUtf8)) {
    throw new Refusal(formCodes.mediaType, "send the parameters as 'application/x-www-form-urlencoded' in UTF-8")
  }
  const pieces = readText(message, formCodes, maximumFormBytes).split('&').filter(Boolean)
  if (pieces.length > maximumPairs) {
    throw new Refusal(formCodes.malformed, `the body has more than ${maximumPairs} parameters`)
  }
  const seen = new Set<string>()
  return new Form(
    pieces.map((piece) => {
      const [name, value] = readPair(piece)
      const key = name.toLowerCase()
      if (seen.has(key))
        throw new Refusal(formCodes.malformed, `${parameter(name)} is given more than once; send it once`)
      seen.add(key)
      return [name, value] as const
    }),
  )
}

function readPair(piece: string): [name: string, value: string] {
  const equals = piece.includes('=') ? piece.indexOf('=') : piece.length
  const name = decodeForm(piece.slice(0, equals))
  if (name === undefined || name === '' || name.length > maximumNameLength || /\p{Cc}/u.test(name)) {
    throw new Refusal(
      formCodes.malformed,
      `a parameter's name is empty, longer than ${maximumNameLength} characters or not well encoded`,
    )
  }
  const value = decodeForm(piece.slice(equals + 1))
  if (value === undefined) {
    throw new Refusal(
      formCodes.malformed,
      `${parameter(name)} is not well encoded; write '%' as '%25' and other special characters as UTF-8 percent escapes`,
    )
  }
  // Line breaks and tabs are well within `claims`, which is JSON; the other control characters are nowhere.
  if (/[^\P{Cc}\t\n\r]/u.test(value)) {
    throw new Refusal(formCodes.malformed, `${parameter(name)} contains a control character; remove it`)
  }
  return [name, value]
}

function decodeForm(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** A parameter by its name, when it looks like one: an unescaped `&` makes names out of pieces of secrets. */
const parameter = (name: string): string => (/^[a-z_]{1,40}$/.test(name) ? `the parameter '${name}'` : 'a parameter')

/**
 * A body of `application/json`: one object, its members unique, without prototypes anywhere.
 * @throws Request_BadRequest, Request_EntityTooLarge, Request_UnsupportedMediaType
 */
export function readJson(message: Message): Record<string, unknown> {
  const { type, parameters } = mediaType(message)
  if (!message.body) throw new Refusal(jsonCodes.malformed, 'the request has no body; send a JSON object')
  if (type !== 'application/json' || !parameters.filter((each) => /^charset=/i.test(each)).every(isUtf8)) {
    throw new Refusal(jsonCodes.mediaType, "send the body as 'application/json' in UTF-8")
  }
  const text = readText(message, jsonCodes, maximumJsonBytes)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Not the parser's own words: they quote the body.
    throw new Refusal(jsonCodes.malformed, 'the body is not valid JSON')
  }
  checkStructure(text)
  if (!isObject(value)) throw new Refusal(jsonCodes.malformed, 'the body must be a JSON object')
  return harden(value) as Record<string, unknown>
}

/** What is lost once parsed: how deep, how much, and whether a name stood twice (RFC 8259 §4). The text is valid JSON. */
function checkStructure(text: string): void {
  /** For each object that is open, its names so far; for an array, none. */
  const open: (Set<string> | undefined)[] = []
  let values = 0
  let lastString = ''
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '"') {
      const end = endOfString(text, i)
      lastString = text.slice(i, end)
      i = end - 1
    } else if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : undefined)
      if (open.length > maximumDepth) {
        throw new Refusal(jsonCodes.malformed, `the body is nested deeper than ${maximumDepth} levels`)
      }
    } else if (character === '}' || character === ']') {
      open.pop()
    } else if (character === ':') {
      addName(open.at(-1), JSON.parse(lastString) as string)
    } else if (character === ',' && ++values >= maximumValues) {
      throw new Refusal(jsonCodes.malformed, `the body has more than ${maximumValues} values`)
    }
  }
}

function endOfString(text: string, start: number): number {
  let i = start + 1
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1
  return i + 1
}

function addName(names: Set<string> | undefined, name: string): void {
  if (['__proto__', 'constructor', 'prototype'].includes(name)) {
    throw new Refusal(jsonCodes.malformed, `the body has a property '${name}', which no object here has; remove it`)
  }
  if (names?.has(name)) {
    throw new Refusal(jsonCodes.malformed, `${property(name)} is given more than once in the same object; send it once`)
  }
  names?.add(name)
}

const property = (name: string): string => (/^[\w@.]{1,80}$/.test(name) ? `the property '${name}'` : 'a property')

/** The same value with nothing inherited, and nothing in it that cannot be written again. */
function harden(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(harden)
  if (isObject(value)) {
    const copy: Record<string, unknown> = Object.create(null)
    for (const [name, member] of Object.entries(value)) copy[wellFormed(name)] = harden(member)
    return copy
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new Refusal(jsonCodes.malformed, 'the body has a number that is too large to be kept')
  }
  return typeof value === 'string' ? wellFormed(value) : value
}

function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw new Refusal(jsonCodes.malformed, 'the body has a text with half of a surrogate pair')
  return text
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** RFC 9110 §8.3.1: type and parameter names in any letter case. */
function mediaType({ headers }: Message): { type: string; parameters: string[] } {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').split(';').map((part) => part.trim())
  return { type: type.toLowerCase(), parameters: parameters.filter(Boolean) }
}

const isUtf8 = (parameter: string): boolean => /^charset=("?)utf-8\1$/i.test(parameter)

/** The body as text, never larger than it may be and never inflated. */
function readText({ headers, body = '', isBase64Encoded }: Message, codes: Codes, maximumBytes: number): string {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw new Refusal(codes.mediaType, "send the body without 'Content-Encoding': it is not inflated here")
  }
  // An event that was made by hand may hold anything.
  if (typeof body !== 'string') throw new Refusal(codes.malformed, 'the body is not text')
  // Before decoding: four characters of base64 are three bytes, and one character of text is at least one.
  if (body.length > (isBase64Encoded === true ? Math.ceil(maximumBytes / 3) * 4 : maximumBytes))
    throw tooLarge(codes, maximumBytes)
  const bytes = Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8')
  if (bytes.length > maximumBytes) throw tooLarge(codes, maximumBytes)
  if (isBase64Encoded === true ? bytes.toString('base64') !== body : !body.isWellFormed()) {
    throw new Refusal(codes.malformed, 'the body did not arrive whole: it is not well encoded')
  }
  const text = decodeUtf8(bytes)
  if (text === undefined) throw new Refusal(codes.malformed, 'the body is not UTF-8')
  if (text.startsWith('\uFEFF')) {
    throw new Refusal(codes.malformed, 'the body begins with a byte order mark; send UTF-8 without one')
  }
  return text
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const tooLarge = (codes: Codes, maximumBytes: number): Refusal =>
  new Refusal(codes.tooLarge, `the body is larger than ${maximumBytes / 1024} KB`)
