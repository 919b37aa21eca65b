import * as v from 'valibot'
import { authorize } from '../auth/authorize.ts'
import type { DirectoryObject, ObjectType, Properties } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'
import { attributed } from '../odata/fields.data.ts'
import type { Filter } from '../odata/filter.ts'
import { parseSelect } from '../odata/options.ts'
import { Refusal } from '../refusal.ts'

/** Custom security attributes of a principal (reference §5.7): sets of attributes, which a PATCH changes one by one. */
export const attributesShape = v.record(v.string(), v.record(v.string(), v.unknown()))

/** What is kept and shown: in each set the attributes, with their types where JSON does not say them (OData JSON §4.6.3). */
type Attributes = Record<string, Record<string, Value | Value[]>>
type Value = string | number | boolean

const setType = '#microsoft.graph.customSecurityAttributeValue'
/** What clients send it as. */
const setTypes = [
  'microsoft.graph.customsecurityattributevalue',
  'microsoft.directoryservices.customsecurityattributevalue',
]
const suffix = '@odata.type'

const nameOf = /^[A-Za-z0-9]{1,32}$/
const longestValue = 64
const mostValues = 50
const mostAttributes = 500

/**
 * To look at them, or to choose objects by them, is for those who may assign them, who need be nobody else.
 * @throws Authorization_RequestDenied
 */
export async function requireAttributes(
  request: ManagementRequest<unknown>,
  targets: readonly { type: ObjectType }[],
  filter?: Filter,
): Promise<void> {
  if (!isSelected(request) && !(filter && asksFor(filter))) return
  for (const target of targets.filter(({ type }) => attributed.has(type)))
    await authorize(request, 'attributes', target)
}

/** What is shown of an object's attributes to a request that asks for them, and that {@link requireAttributes} let through. */
export const selectedAttributes = (request: ManagementRequest<unknown>, { properties }: DirectoryObject): Properties =>
  isSelected(request) && properties.customSecurityAttributes !== undefined
    ? { customSecurityAttributes: properties.customSecurityAttributes }
    : {}

const isSelected = ({ query }: ManagementRequest<unknown>): boolean =>
  query.$select !== undefined && parseSelect(query.$select).includes('customSecurityAttributes')

function asksFor(filter: Filter): boolean {
  if ('path' in filter) return filter.path[0] === 'customSecurityAttributes'
  if (filter.op === 'isof') return false
  return filter.op === 'not' ? asksFor(filter.of) : filter.of.some(asksFor)
}

/**
 * The attributes after a change: those that it names set, or with null or no values removed, and the others as they were.
 * @throws Request_BadRequest naming the attribute
 */
export function mergedAttributes(before: Properties, change: v.InferOutput<typeof attributesShape>): Attributes {
  const after = new Map(Object.entries((before.customSecurityAttributes ?? {}) as Attributes))
  for (const [set, attributes] of Object.entries(change)) {
    if (!nameOf.test(set)) throw wrong('', 'the names of sets must be 1 to 32 letters and digits')
    checkSetType(set, attributes['@odata.type'])
    const merged = new Map(Object.entries(after.get(set) ?? {}))
    for (const [name, given] of Object.entries(attributes)) {
      if (name.endsWith(suffix)) continue
      if (!nameOf.test(name)) throw wrong(`.${set}`, 'the names of attributes must be 1 to 32 letters and digits')
      merged.delete(name)
      merged.delete(`${name}${suffix}`)
      const value = readValue(given, `.${set}.${name}`)
      const type = checkType(value, attributes[`${name}${suffix}`], `.${set}.${name}`)
      if (value === undefined) continue
      if (type !== undefined) merged.set(`${name}${suffix}`, type)
      merged.set(name, value)
    }
    const typed = Object.keys(attributes).find(
      (each) => each.endsWith(suffix) && each !== suffix && !(each.slice(0, -suffix.length) in attributes),
    )
    if (typed !== undefined) throw wrong(`.${set}`, 'has the type of an attribute without its value')
    merged.delete(suffix)
    if (merged.size > 0) after.set(set, { [suffix]: setType, ...Object.fromEntries(merged) })
    else after.delete(set)
  }
  const all = Object.fromEntries(after)
  const count = Object.values(all).flatMap((set) => Object.keys(set).filter((name) => !name.endsWith(suffix))).length
  if (count > mostAttributes) throw wrong('', `an object may have at most ${mostAttributes} of them`)
  return all
}

function checkSetType(set: string, type: unknown): void {
  const isKnown =
    type === undefined || (typeof type === 'string' && setTypes.includes(type.replace(/^#/, '').toLowerCase()))
  if (!isKnown) throw wrong(`.${set}.${suffix}`, 'must be #Microsoft.DirectoryServices.CustomSecurityAttributeValue')
}

/** Undefined: to be removed. */
function readValue(given: unknown, at: string): Value | Value[] | undefined {
  if (given === null || (Array.isArray(given) && given.length === 0)) return undefined
  const values = Array.isArray(given) ? (given as unknown[]) : [given]
  if (values.length > mostValues) throw wrong(at, `must have at most ${mostValues} values`)
  if (!values.every(isValue)) {
    throw wrong(
      at,
      `must be a text of 1 to ${longestValue} characters, a whole number of 32 bits, true or false, or a list of such`,
    )
  }
  if (new Set(values.map((each) => typeof each)).size > 1) throw wrong(at, 'must be values of one type')
  if (new Set(values).size < values.length) throw wrong(at, 'must be values that differ from each other')
  return Array.isArray(given) ? values : values[0]
}

function isValue(value: unknown): value is Value {
  if (typeof value === 'string') {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
    return value.length > 0 && value.length <= longestValue && /^[^\u0000-\u001f\u007f]*$/.test(value)
  }
  return typeof value === 'boolean' || (Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31)
}

/** The annotation of an attribute's type, where it has one; what a client says it is, it must be. */
function checkType(value: Value | Value[] | undefined, said: unknown, at: string): string | undefined {
  const type = typeNameOf(value)
  const isSaid =
    typeof said === 'string' && said.replace(/^#/, '').toLowerCase() === type?.replace(/^#/, '').toLowerCase()
  if (said !== undefined && value !== undefined && !isSaid)
    throw wrong(`${at}${suffix}`, `must be ${type}, which the value is`)
  return type === '#String' || type === '#Boolean' ? undefined : type
}

function typeNameOf(value: Value | Value[] | undefined): string | undefined {
  const [first] = [value].flat()
  if (first === undefined) return undefined
  const name = { string: 'String', number: 'Int32', boolean: 'Boolean' }[
    typeof first as 'string' | 'number' | 'boolean'
  ]
  return Array.isArray(value) ? `#Collection(${name})` : `#${name}`
}

const wrong = (at: string, why: string): Refusal =>
  new Refusal('Request_BadRequest', `property 'customSecurityAttributes${at}': ${why}`)
