import type { ObjectType, Properties } from '../domain/directory-object.ts'
import { dateTime } from './date-time.ts'
import type { Comparison, Filter, Literal } from './filter.ts'
import { compareText, fold } from './text.ts'

/** The type that each derived one is also of (reference §1.1). */
const baseOf: Partial<Record<ObjectType, ObjectType>> = {
  agentIdentityBlueprint: 'application',
  agentIdentityBlueprintPrincipal: 'servicePrincipal',
  agentIdentity: 'servicePrincipal',
  agentUser: 'user',
}

/** Whether a type is another, or derived from it. */
export const isA = (type: ObjectType, other: ObjectType): boolean => type === other || baseOf[type] === other

/** What the paths of a filter begin at: an object, or inside `any()` an element of a collection. */
type Subject = { value: unknown; type: ObjectType }

/**
 * Whether an object satisfies a filter. Texts compare without regard to letter case, as Graph does; null and absent are
 * the same.
 */
export function matches(filter: Filter, object: { type: ObjectType; properties: Properties }): boolean {
  return holds(filter, { value: object.properties, type: object.type })
}

function holds(filter: Filter, subject: Subject): boolean {
  switch (filter.op) {
    case 'and':
      return filter.of.every((each) => holds(each, subject))
    case 'or':
      return filter.of.some((each) => holds(each, subject))
    case 'not':
      return !holds(filter.of, subject)
    case 'isof':
      return isA(subject.type, filter.type)
    case 'any': {
      const { of } = filter
      const elements = at(filter.path, subject.value)
      return Array.isArray(elements) && elements.some((value) => !of || holds(of, { value, type: subject.type }))
    }
    case 'in': {
      const stored = at(filter.path, subject.value)
      return filter.values.some((value) => compares(stored, 'eq', value))
    }
    case 'startsWith':
    case 'endsWith': {
      const stored = at(filter.path, subject.value)
      if (typeof stored !== 'string') return false
      const value = fold(filter.value)
      return filter.op === 'startsWith' ? fold(stored).startsWith(value) : fold(stored).endsWith(value)
    }
    default:
      return compares(at(filter.path, subject.value), filter.op, filter.value)
  }
}

/** What a filter requires to be equal to a value whatever else holds, for whoever looks for an index that has it. */
export function required(filter: Filter): readonly { path: string; value: Literal }[] {
  if (filter.op === 'and') return filter.of.flatMap(required)
  return filter.op === 'eq' ? [{ path: filter.path.join('/'), value: filter.value }] : []
}

/** What stands at a path; undefined where nothing does. What every object inherits from its prototype is no property. */
function at(path: readonly string[], from: unknown): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? (value as Properties)[name]
        : undefined,
    from,
  )
}

function compares(stored: unknown, op: Comparison, value: Literal): boolean {
  const order = orderOf(stored, value)
  if (op === 'eq') return order === 0
  if (op === 'ne') return order !== 0
  if (order === undefined || value === null || typeof value === 'boolean') return false
  return op === 'ge' ? order >= 0 : op === 'le' ? order <= 0 : op === 'gt' ? order > 0 : order < 0
}

/** How a stored value stands to one of a filter: below 0, 0 or above; undefined where they can only be unequal. */
function orderOf(stored: unknown, value: Literal): number | undefined {
  if (value === null) return stored === undefined || stored === null ? 0 : undefined
  if (typeof value === 'object') {
    const date = typeof stored === 'string' ? dateTime(stored) : undefined
    return date === undefined ? undefined : compareText(date, value.date)
  }
  if (typeof value === 'string') return typeof stored === 'string' ? compareText(fold(stored), fold(value)) : undefined
  if (typeof value === 'number') return typeof stored === 'number' ? stored - value : undefined
  return stored === value ? 0 : undefined
}
