import { directoryRoles } from '../directory-roles.ts'
import type { ObjectType } from '../domain/directory-object.ts'

/**
 * What can be done to a directory object. `update` is of its properties, a group's `members` among them. `credentials` are secrets,
 * keys and federated credentials; `owners` and `sponsors` are added and removed; `assign` gives and takes app roles of the object,
 * which is the resource that offers them; `grant` gives and takes scopes that the object, a client, may use; `attributes` are
 * its custom security attributes, to read and to write. `restore` is also what purges.
 */
export type Action =
  | 'read'
  | 'create'
  | 'update'
  | 'delete'
  | 'restore'
  | 'credentials'
  | 'owners'
  | 'sponsors'
  | 'assign'
  | 'grant'
  | 'attributes'
  | 'revokeSessions'

/** What is no directory object; it is read or written. */
export type RecordType = 'appRoleAssignment' | 'oauth2PermissionGrant' | 'roleAssignment' | 'organization' | 'me'

type Powers = Partial<Record<ObjectType | RecordType, readonly (Action | 'write')[]>>

const read = ['read'] as const
const manage = ['read', 'create', 'update', 'delete', 'restore'] as const

/** Whoever reads everything: also the typed list of agent identities, which Entra refuses to a Global Reader (reference §10.2 (13)). */
const readAll: Powers = {
  application: read,
  agentIdentityBlueprint: read,
  servicePrincipal: read,
  agentIdentityBlueprintPrincipal: read,
  agentIdentity: read,
  user: read,
  agentUser: read,
  group: read,
  appRoleAssignment: read,
  oauth2PermissionGrant: read,
  roleAssignment: read,
  organization: read,
}

/** Objects of agents and no others: an ordinary application or service principal is none of theirs (Silverfort's finding). */
const agentAdministrator: Powers = {
  agentIdentityBlueprint: [...manage, 'credentials', 'owners', 'sponsors'],
  agentIdentityBlueprintPrincipal: [...manage, 'owners', 'sponsors'],
  agentIdentity: [...manage, 'owners', 'sponsors'],
  agentUser: [...manage, 'sponsors', 'revokeSessions'],
}

/** Who manages applications also stops and starts agent identities and restores what was deleted of agents (reference §1.12). */
const applicationAdministrator: Powers = {
  application: [...manage, 'credentials', 'owners'],
  servicePrincipal: [...manage, 'owners', 'assign', 'grant'],
  agentIdentityBlueprint: ['read', 'restore'],
  agentIdentityBlueprintPrincipal: ['read', 'restore', 'assign', 'grant'],
  agentIdentity: ['read', 'update', 'restore', 'grant'],
  appRoleAssignment: ['read', 'write'],
  oauth2PermissionGrant: ['read', 'write'],
}

/** What directory roles allow, by name and by the type of what it is done to (reference §2.14). What is not here is not allowed. */
const powers: Readonly<Record<string, Powers>> = {
  'Agent ID Administrator': agentAdministrator,
  // Its principal too, where the blueprint is their own; and as its owner what owners may.
  'Agent ID Developer': { agentIdentityBlueprint: ['create'] },
  'AI Administrator': agentAdministrator,
  'Application Administrator': applicationAdministrator,
  'Attribute Assignment Administrator': {
    servicePrincipal: ['read', 'attributes'],
    agentIdentityBlueprintPrincipal: ['read', 'attributes'],
    agentIdentity: ['read', 'attributes'],
  },
  'Cloud Application Administrator': applicationAdministrator,
  'Directory Readers': readAll,
  'Global Reader': readAll,
  'Groups Administrator': { group: [...manage, 'owners'] },
  'Privileged Role Administrator': {
    application: read,
    servicePrincipal: ['read', 'assign', 'grant'],
    agentIdentityBlueprintPrincipal: ['read', 'assign', 'grant'],
    agentIdentity: ['read', 'grant'],
    appRoleAssignment: ['read', 'write'],
    oauth2PermissionGrant: ['read', 'write'],
    roleAssignment: ['read', 'write'],
  },
  'User Administrator': {
    user: [...manage, 'sponsors', 'revokeSessions'],
    agentUser: ['read', 'update', 'delete', 'revokeSessions'],
  },
}

const templateIds = new Map(directoryRoles.map(({ displayName, templateId }) => [displayName, templateId]))
const idOf = (name: string): string => templateIds.get(name) ?? ''

const globalAdministrator = idOf('Global Administrator')
export const agentIdDeveloper = idOf('Agent ID Developer')
/** App roles of the management API are given by these alone: whoever gives them could give themselves anything. */
const privileged: readonly string[] = [globalAdministrator, idOf('Privileged Role Administrator')]

const byTemplateId = new Map(Object.entries(powers).map(([name, each]) => [idOf(name), each]))

/** Whether one of these directory roles allows to do this to an object of this type. */
export function roleAllows(
  held: ReadonlySet<string>,
  action: Action | 'write',
  type: ObjectType | RecordType,
  { isManagementApi = false } = {},
): boolean {
  return [...held].some((role) => {
    if (role === globalAdministrator) return true
    if (action === 'assign' && isManagementApi && !privileged.includes(role)) return false
    return byTemplateId.get(role)?.[type]?.includes(action) === true
  })
}

/** What the owners of an object may do to it (reference §7.1). */
export const ownersMay: Partial<Record<ObjectType, readonly Action[]>> = {
  application: ['update', 'delete', 'restore', 'credentials', 'owners'],
  agentIdentityBlueprint: ['update', 'delete', 'restore', 'credentials', 'owners', 'sponsors'],
  servicePrincipal: ['update', 'delete', 'restore', 'owners'],
  agentIdentityBlueprintPrincipal: ['update', 'delete', 'restore', 'owners', 'sponsors'],
  agentIdentity: ['update', 'delete', 'restore', 'owners', 'sponsors'],
  group: ['update', 'delete', 'restore', 'owners'],
}

/** And the owners of a blueprint, or of its principal, to the agent identities under it. */
export const parentOwnersMay: Partial<Record<ObjectType, readonly Action[]>> = {
  agentIdentity: ['create', 'update', 'delete', 'restore', 'owners', 'sponsors'],
}

/**
 * And sponsors, people or the direct members of a group: `update` to stop and start, and nothing else. Blueprints and principals
 * stand for many agents: to stop or delete one of those is more than its sponsor's.
 */
export const sponsorsMay: Partial<Record<ObjectType, readonly Action[]>> = {
  agentIdentityBlueprint: ['sponsors'],
  agentIdentityBlueprintPrincipal: ['sponsors'],
  agentIdentity: ['update', 'delete', 'sponsors'],
  agentUser: ['update', 'delete', 'sponsors'],
}
