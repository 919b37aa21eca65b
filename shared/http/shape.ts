import * as v from 'valibot'
import { Refusal } from '../refusal.ts'

/**
 * A body as its shape has it.
 * @throws Request_BadRequest naming the first property that does not fit
 */
export function parse<Body extends v.GenericSchema>(shape: Body, value: unknown): v.InferOutput<Body> {
  const result = v.safeParse(shape, value, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const path = issue.path?.map(({ key }) => String(key)).join('.') ?? ''
  throw new Refusal(
    'Request_BadRequest',
    path ? `property '${path.slice(0, 200)}': ${describe(issue)}` : describe(issue),
  )
}

/** What is wrong, without the value: a value may be a secret that was put into the wrong place. */
function describe(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'strict_object') {
    return issue.expected === 'never' ? 'there is no such property, or it cannot be set here' : 'is required'
  }
  if (issue.kind === 'schema') return `must be ${issue.expected?.replaceAll('"', "'") ?? 'of another type'}`
  return issue.message
}
