import { collectionOf, type DirectoryObject, type ObjectType, type Properties } from '../domain/directory-object.ts'
import { parseSelect } from '../odata/options.ts'
import { managementApi } from '../permissions.ts'
import { managementApiProperties } from './management-api.ts'

/** Types that Graph tells apart from their base by a discriminator. */
const derived = new Set<ObjectType>([
  'agentIdentityBlueprint',
  'agentIdentityBlueprintPrincipal',
  'agentIdentity',
  'agentUser',
])

/** Where a Graph answer says what it is (`@odata.context`): the service's own address, not Microsoft's. */
export type Context = { origin: string; version: string }

/** An object as Graph shows it, alone. */
export function entity(object: DirectoryObject, context: Context, select?: string): Properties {
  const fragment = select === undefined ? '' : `(${parseSelect(select).join(',')})`
  return {
    '@odata.context': `${context.origin}/${context.version}/$metadata#${setOf(object.type)}${fragment}/$entity`,
    ...shown(object, select),
  }
}

/** The context of a collection of one type, or of several. */
export const collectionContext = (context: Context, types: readonly ObjectType[]): string => {
  const [only, another] = types
  const set = only === undefined ? '' : another === undefined ? setOf(only) : collectionOf[only]
  return `${context.origin}/${context.version}/$metadata#${set}`
}

/**
 * An object's properties, with its discriminator, and of those the ones that `$select` names.
 * @param mixed whether it stands among objects of other types, so that it must say which it is
 */
export function shown({ type, properties }: DirectoryObject, select?: string, mixed = false): Properties {
  const discriminator = derived.has(type) || mixed ? { '@odata.type': `#microsoft.graph.${type}` } : {}
  const all = withoutHidden(complete(properties))
  if (select === undefined) return { ...discriminator, ...withoutSelectOnly(all) }
  const names = parseSelect(select)
  const whole = names.includes('*') ? withoutSelectOnly(all) : {}
  const asked = names.filter((name) => Object.hasOwn(all, name)).map((name) => [name, all[name]])
  return { ...discriminator, ...whole, ...Object.fromEntries(asked) }
}

/** The management API's own principal keeps what it offers in the code. */
const complete = (properties: Properties): Properties =>
  properties.appId === managementApi.appId ? { ...properties, ...managementApiProperties() } : properties

/** What is kept with an object and shown elsewhere: at addresses of its own, or to some callers alone (`attributes.ts`). */
const hidden = new Set(['customSecurityAttributes', 'inheritablePermissions', 'federatedIdentityCredentials'])

const withoutHidden = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([name]) => !hidden.has(name)))

/** Properties that come only when they are asked for by name (reference §1.2, §1.4). */
const selectOnly = new Set(['managerApplications'])

/** Likewise the `key` of a key credential. */
function withoutSelectOnly(properties: Properties): Properties {
  const rest = Object.fromEntries(Object.entries(properties).filter(([name]) => !selectOnly.has(name)))
  const keyCredentials = properties.keyCredentials as object[] | undefined
  return keyCredentials ? { ...rest, keyCredentials: keyCredentials.map((each) => ({ ...each, key: null })) } : rest
}

const setOf = (type: ObjectType): string =>
  derived.has(type) ? `${collectionOf[type]}/microsoft.graph.${type}` : collectionOf[type]
