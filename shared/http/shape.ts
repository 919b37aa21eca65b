import * as v from 'valibot'
import { Refusal } from '../refusal.ts'

/**
 * A body as its shape has it.
 * @throws Request_BadRequest naming the first property that does not fit
 */
export function parse<Body extends v.GenericSchema>(shape: Body, value: unknown): v.InferOutput<Body> {
  const result = v.safeParse(shape, value, { abortEarly: true })
  if (result.success) {
    const list = listForObject(value, result.output)
    if (list === undefined) return result.output
    throw new Refusal('Request_BadRequest', `property '${list.slice(0, 200)}': must be an object, not a list`)
  }
  const [issue] = result.issues
  const path = issue.path?.map(({ key }) => String(key)).join('.') ?? ''
  throw new Refusal(
    'Request_BadRequest',
    path ? `property '${path.slice(0, 200)}': ${describe(issue)}` : describe(issue),
  )
}

/** Where a list was taken for an object: to valibot it is one, and without members where all of those may be left out. */
function listForObject(given: unknown, taken: unknown, path: readonly string[] = []): string | undefined {
  if (!isObject(given) || !isObject(taken)) return undefined
  if (Array.isArray(given) && !Array.isArray(taken)) return path.join('.')
  for (const [name, member] of Object.entries(taken)) {
    const found = listForObject((given as Record<string, unknown>)[name], member, [...path, name])
    if (found !== undefined) return found
  }
  return undefined
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** What is wrong, without the value: a value may be a secret that was put into the wrong place. */
function describe(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'strict_object') {
    return issue.expected === 'never' ? 'there is no such property, or it cannot be set here' : 'is required'
  }
  if (issue.kind === 'schema') return `must be ${issue.expected?.replaceAll('"', "'") ?? 'of another type'}`
  return issue.message
}
