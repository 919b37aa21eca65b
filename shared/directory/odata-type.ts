import * as v from 'valibot'
import { type ObjectType, objectTypes, type Properties } from '../domain/directory-object.ts'
import { Refusal } from '../refusal.ts'

/** A JSON object whose shape depends on the type of the object that it is for. */
export const anyObject = v.record(v.string(), v.unknown())

/**
 * The type that a body says it is (`@odata.type`, OData JSON §4.6.3): with or without `#`, with Graph's namespace or its
 * alias, in any letter case; undefined where it says nothing.
 * @throws Request_BadRequest where it is none of those allowed here
 */
export function typeOf<Type extends ObjectType>(body: Properties, allowed: readonly Type[]): Type | undefined {
  const named = body['@odata.type']
  if (named === undefined) return undefined
  const type = typeof named === 'string' ? castType(named.replace(/^#/, '')) : undefined
  const found = allowed.find((each) => each === type)
  if (!found) {
    const names = allowed.map((each) => `#microsoft.graph.${each}`).join(', ')
    throw new Refusal('Request_BadRequest', `property '@odata.type': must be one of ${names}`)
  }
  return found
}

/** A type by its qualified name (`microsoft.graph.user`, `graph.user`), as casts in paths have it; undefined where it is none. */
export function castType(named: string | undefined): ObjectType | undefined {
  const short = /^(?:microsoft\.)?graph\.(\w{1,60})$/i.exec(named ?? '')?.[1]?.toLowerCase()
  return objectTypes.find((each) => each.toLowerCase() === short)
}
