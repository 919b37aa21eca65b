import { collectionOf, type DirectoryObject, type ObjectType, type Properties } from '../domain/directory-object.ts'
import { managementApi } from '../permissions.ts'
import { Refusal } from '../refusal.ts'
import { managementApiProperties } from './management-api.ts'

/** Types that Graph tells apart from their base by a discriminator. */
const derived = new Set<ObjectType>(['agentIdentityBlueprint', 'agentIdentityBlueprintPrincipal', 'agentIdentity'])

/** Where a Graph answer says what it is (`@odata.context`): the service's own address, not Microsoft's. */
export type Context = { origin: string; version: string }

/** An object as Graph shows it, alone. */
export function entity(object: DirectoryObject, context: Context, select?: string): Properties {
  const fragment = select === undefined ? '' : `(${selected(select).join(',')})`
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

/** An object's properties, with its discriminator, and of those the ones that `$select` names. */
export function shown({ type, properties }: DirectoryObject, select?: string): Properties {
  const discriminator = derived.has(type) ? { '@odata.type': `#microsoft.graph.${type}` } : {}
  const { selectOnly, ...rest } = split(complete(properties))
  if (select === undefined) return { ...discriminator, ...rest }
  const all = { ...rest, ...selectOnly }
  return {
    ...discriminator,
    ...Object.fromEntries(
      selected(select)
        .filter((name) => name in all)
        .map((name) => [name, all[name]]),
    ),
  }
}

/** The management API's own principal keeps what it offers in the code. */
const complete = (properties: Properties): Properties =>
  properties.appId === managementApi.appId ? { ...properties, ...managementApiProperties() } : properties

/** `key` of a key credential comes only when it is asked for by name (reference §1.2). */
function split(properties: Properties): Properties & { selectOnly: Properties } {
  const keyCredentials = properties.keyCredentials as { key?: unknown }[] | undefined
  if (!keyCredentials) return { ...properties, selectOnly: {} }
  return {
    ...properties,
    keyCredentials: keyCredentials.map((each) => ({ ...each, key: null })),
    selectOnly: { keyCredentials },
  }
}

function selected(select: string): string[] {
  const names = select.split(',').map((name) => name.trim())
  if (names.length > 100 || names.some((name) => !/^[A-Za-z][A-Za-z0-9]{0,99}$/.test(name))) {
    throw new Refusal('Request_BadRequest', "'$select' must be names of properties, separated by commas")
  }
  return [...new Set(names)]
}

const setOf = (type: ObjectType): string =>
  derived.has(type) ? `${collectionOf[type]}/microsoft.graph.${type}` : collectionOf[type]
