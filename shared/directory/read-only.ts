import type { Properties } from '../domain/directory-object.ts'
import { Refusal } from '../refusal.ts'

/** Properties that no body may name, each with who or what changes it instead. */
export type ReadOnly = Readonly<Record<string, string>>

export const byService = 'the service alone sets it'

/**
 * What is shown of every object and never set, with what else is so of a type. A value that is already there is refused as well:
 * which of two clients was right about it is not for us to guess.
 */
export const readOnly = (names: readonly string[], others: ReadOnly = {}): ReadOnly => ({
  ...Object.fromEntries([...everywhere, ...names].map((name) => [name, byService])),
  ...others,
})

const everywhere = ['id', 'createdByAppId', 'createdDateTime', 'deletedDateTime', 'disabledByMicrosoftStatus'] as const

/** @throws Request_BadRequest naming the property */
export function refuseReadOnly(body: Properties, names: ReadOnly): void {
  const name = Object.keys(body).find((each) => Object.hasOwn(names, each))
  if (name !== undefined) {
    throw new Refusal('Request_BadRequest', `property '${name}': cannot be changed here; ${names[name]}`)
  }
}

/**
 * What only clients of beta know (reference §1, "beta").
 * @throws Request_BadRequest naming the property
 */
export function refuseBetaOnly(body: Properties, version: string | undefined, names: readonly string[]): void {
  const name = version === 'beta' ? undefined : names.find((each) => body[each] !== undefined && body[each] !== null)
  if (name !== undefined) {
    throw new Refusal('Request_BadRequest', `property '${name}': is a property of beta; send the request to /beta`)
  }
}
