/** The types of directory object that there are; the names are Graph's own, without their namespace. */
export const objectTypes = [
  'application',
  'agentIdentityBlueprint',
  'servicePrincipal',
  'agentIdentityBlueprintPrincipal',
  'agentIdentity',
  'user',
] as const

export type ObjectType = (typeof objectTypes)[number]

/** The base collection in which Graph clients look for a type. */
export const collectionOf = {
  application: 'applications',
  agentIdentityBlueprint: 'applications',
  servicePrincipal: 'servicePrincipals',
  agentIdentityBlueprintPrincipal: 'servicePrincipals',
  agentIdentity: 'servicePrincipals',
  user: 'users',
} as const satisfies Record<ObjectType, string>

/** One object of a tenant's directory: its Graph properties, and the version that the next change must find unchanged. */
export type DirectoryObject = {
  type: ObjectType
  id: string
  version: number
  properties: Properties
}

/** Graph properties by name. What may stand in them is said by each type's schema under `shared/directory/`. */
export type Properties = Record<string, unknown>
