/** The types of directory object that there are; the names are Graph's own, without their namespace. */
export const objectTypes = [
  'application',
  'agentIdentityBlueprint',
  'servicePrincipal',
  'agentIdentityBlueprintPrincipal',
  'agentIdentity',
  'user',
  'agentUser',
  'group',
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
  agentUser: 'users',
  group: 'groups',
} as const satisfies Record<ObjectType, string>

/** One object of a tenant's directory: its Graph properties, and the version that the next change must find unchanged. */
export type DirectoryObject = {
  type: ObjectType
  id: string
  version: number
  properties: Properties
  /** Of an agent identity: the object id of the principal that it was made under. No Graph property. */
  parentId?: string
  /** Of an ephemeral agent identity: when it is deleted by itself. */
  expiresAt?: string
  /** Which of the counters of a kind it is counted on. */
  counted?: Readonly<Record<string, number>>
}

/** Graph properties by name. What may stand in them is said by each type's schema under `shared/directory/`. */
export type Properties = Record<string, unknown>
