import { type Position, positions, schemaOf } from './schema.ts'

/** A body that was made wrong at one place. */
export type Variant = { title: string; text: string }

/** Stands where the wrong thing was put: where secrets are expected, no answer repeats it. */
export const canary = 'Canary7d1f0c'

const wrongTypes: readonly unknown[] = [canary, 7, true, null, [canary], { unheardOf: canary }]

const controls = { NUL: '\u0000', 'an escape': '\u001b', 'a line break': '\n', DEL: '\u007f' }

/**
 * Bodies that are made from one that its operation takes, each wrong at one place of its shape, in every way that a value of the
 * place can be wrong. Some are taken nevertheless: where the place takes what is wrong at most others.
 * @param known places that other operations have too, and that were gone through with them
 */
export function hostile(valid: object, shape: string, known: Set<string>): Variant[] {
  return positions(schemaOf(shape)).flatMap((position) => {
    const name = JSON.stringify(position)
    const isKnown = position.path.length > 0 && known.has(name)
    known.add(name)
    const makers = isKnown ? [wrongType, missing] : [wrongType, tooLarge, missing, unknown, notText, notNumber]
    return makers.flatMap((make) => make(valid, position, isKnown))
  })
}

/** Two of them, where all were tried elsewhere or would be too many. */
function wrongType(valid: object, { path }: Position, isKnown: boolean): Variant[] {
  const few = wrongTypes.filter((_, index) => (index + path.join('').length) % 3 === 0)
  const some = isKnown || path.length > 1 ? few : wrongTypes
  return some.map((value) => variant(valid, path, value, JSON.stringify(value)))
}

/** One more than there may be; and where the document has no limit, more than the table could keep. */
function tooLarge(valid: object, { path, branches }: Position): Variant[] {
  return branches.flatMap(({ type, enum: values, maxLength, maxItems, items }) => {
    if (type === 'string' && !values) {
      const lengths = maxLength === undefined ? [900_000] : path.length > 1 ? [maxLength + 1] : [maxLength + 1, 100_000]
      return lengths.map((length) => variant(valid, path, 'x'.repeat(length), `${length} characters`))
    }
    if (!items) return []
    const members = Array.from({ length: (maxItems ?? 8_999) + 1 }, () => sample(valid, [...path, 0]))
    return [variant(valid, path, members, `${members.length} members`)]
  })
}

function missing(valid: object, { path, branches }: Position): Variant[] {
  const there = valueAt(valid, path)
  if (typeof there !== 'object' || there === null) return []
  return branches.flatMap(({ required = [] }) =>
    required.map((name) => {
      const { [name]: _, ...rest } = there as Record<string, unknown>
      return variant(valid, path, rest, `without ${name}`)
    }),
  )
}

function unknown(valid: object, { path, branches }: Position): Variant[] {
  if (!branches.some(({ type }) => type === 'object')) return []
  const members = {
    'an unknown member': '"unheardOf":1',
    'an unknown annotation': '"@unheard.of":1',
    [hidden('__proto__')]: '"__proto__":{"isAdmin":true}',
    [hidden('constructor')]: '"constructor":{"prototype":{}}',
    [hidden('a member twice')]: '"twice":1,"twice":1',
    [hidden('a member twice, once escaped')]: '"twice":1,"tw\\u0069ce":1',
    [hidden('a member named by half a surrogate pair')]: '"\\ud83d":1',
  }
  return Object.entries(members).map(([title, member]) => {
    const { text } = variant(valid, [...path, marker], 0, title)
    return { title: `${nameOf(path)}: ${title}`, text: text.replace(`"${marker}":0`, () => member) }
  })
}
const marker = 'a member of which only the text is known'

/** Annotations are passed over, but for those that name an object; scopes stand between white space of any kind. */
function notText(valid: object, { path, branches }: Position): Variant[] {
  const isPlain = branches.some(({ type, enum: values }) => type === 'string' && !values)
  const isNoText = /^(@odata\.(type|context)|kind)$/.test(String(path.at(-1))) || asSent.has(nameOf(path))
  if (!isPlain || isNoText) return []
  const there = String(sample(valid, path))
  return [
    ...Object.entries(controls)
      .filter(([title]) => path.at(-1) !== 'scope' || title !== 'a line break')
      .filter((_, index) => path.length === 1 || index === path.join('').length % 4)
      .map(([title, control]) => variant(valid, path, `${there}${control}`, hidden(title))),
    ...(path.length === 1 ? [variant(valid, path, `${there}\ud83d`, hidden('half a surrogate pair'))] : []),
  ]
}

/** The names that a client has for the requests of a batch, and one that is not looked at. */
const asSent = new Set(['requests.0.id', 'requests.0.dependsOn.0', 'id'])

function notNumber(valid: object, { path, branches }: Position): Variant[] {
  if (!branches.some(({ type }) => type === 'number' || type === 'integer')) return []
  const { title, text } = variant(valid, path, markerNumber, hidden('1e400'))
  return [
    { title, text: text.replace(String(markerNumber), '1e400') },
    ...[1.5, -1e308, Number.MAX_SAFE_INTEGER + 1].map((value) => variant(valid, path, value, String(value))),
  ]
}
const markerNumber = 424_242_424_242

/** What is wrong in JSON's text, or with any text at all, and so not told by the shape. */
const hidden = (title: string): string => `${title}, whatever the shape`
export const isHidden = ({ title }: Variant): boolean => title.endsWith(hidden(''))

/** What stands there now, or something like it. */
const sample = (valid: object, path: Position['path']): unknown =>
  valueAt(valid, path) ?? valueAt(valid, [...path, 0]) ?? 'x'

function variant(valid: object, path: Position['path'], value: unknown, what: string): Variant {
  return { title: `${nameOf(path)}: ${what.slice(0, 80)}`, text: JSON.stringify(withValue(valid, path, value)) }
}

const nameOf = (path: Position['path']): string => path.join('.') || 'the body'

function valueAt(whole: unknown, [first, ...rest]: Position['path']): unknown {
  if (first === undefined) return whole
  if (typeof whole !== 'object' || whole === null) return undefined
  return valueAt((whole as Record<string, unknown>)[first], rest)
}

/** The same value but for one place, which is made where there is none. */
export function withValue(whole: unknown, [first, ...rest]: Position['path'], value: unknown): unknown {
  if (first === undefined) return value
  const within = withValue(valueAt(whole, [first]), rest, value)
  if (typeof first === 'number') return [within]
  return { ...(typeof whole === 'object' && !Array.isArray(whole) ? whole : {}), [first]: within }
}

/** What is wrong with a body as a whole, whatever it is for; with the status that says so. */
export function wholly(valid: object): (Variant & { headers?: Record<string, string>; status: number })[] {
  const text = JSON.stringify(valid)
  const member = (json: string) => `{"unheardOf":${json},${text.slice(1)}`
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  return [
    ...Object.entries({
      none: '',
      null: 'null',
      'a number': '7',
      'a text': '"x"',
      'a list': `[${text}]`,
      'no JSON': text.replace('{', '{x'),
      'half of it': text.slice(0, -1),
      two: `${text}${text}`,
      'a comment': `${text}//`,
      'a byte order mark': `\ufeff${text}`,
      'half a surrogate pair, as it stands': member('"\ud83d"'),
      '33 levels': member(nested(32)),
      '5,000 levels': member(nested(5_000)),
      '20,000 members': member(`{${Array.from({ length: 20_000 }, (_, each) => `"${each.toString(36)}":0`).join()}}`),
      NaN: member('NaN'),
    }).map(([title, body]) => ({ title, text: body, status: 400 })),
    { title: 'a megabyte and more', text: member(`"${'x'.repeat(1024 * 1024)}"`), status: 413 },
    ...Object.entries({
      text: { 'content-type': 'text/plain' },
      'a form': { 'content-type': 'application/x-www-form-urlencoded' },
      XML: { 'content-type': 'application/xml' },
      'UTF-16': { 'content-type': 'application/json; charset=utf-16' },
      'no type': { 'content-type': '' },
      compressed: { 'content-encoding': 'gzip' },
      'compressed twice': { 'content-encoding': 'br, gzip' },
    }).map(([title, headers]) => ({ title, text, headers, status: 415 })),
  ]
}
