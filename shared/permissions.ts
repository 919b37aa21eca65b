import { rows } from './permissions.data.ts'

/** A permission of the management API: for an application as itself (app role), on behalf of a person (scope), or both. */
export type Permission = {
  value: string
  applicationId: string | undefined
  delegatedId: string | undefined
  /** In which form no agent may hold it (reference §5.5). */
  blocked: 'application' | 'delegated' | 'both' | undefined
}

/** The resource that stands for the management API in every tenant, by Microsoft Graph's names: clients ask for those. */
export const managementApi: {
  readonly appId: string
  /** Of its principal, in every tenant: there is one in each, and it can be neither removed nor made again. */
  readonly objectId: string
  readonly displayName: string
  readonly identifierUris: readonly string[]
} = {
  appId: '00000003-0000-0000-c000-000000000000',
  objectId: '00000003-0000-0000-c000-000000000000',
  displayName: 'Microsoft Graph',
  identifierUris: ['https://graph.microsoft.com'],
}

export const permissions: readonly Permission[] = rows.map(([value, applicationId, delegatedId, blocked]) => ({
  value,
  applicationId,
  delegatedId,
  blocked,
}))

const byRoleId = new Map(permissions.map((permission) => [permission.applicationId, permission]))
const byValue = new Map(permissions.map((permission) => [permission.value, permission]))

/** What an app role's id stands for in `roles`. */
export const roleValue = (id: string): string | undefined => byRoleId.get(id)?.value

export const roleId = (value: string): string | undefined => byValue.get(value)?.applicationId

/** Whether an app role may never be an agent's: given to it, inherited by it, or carried in its token. */
export const isBlockedForAgents = (roleId: string): boolean => isBlockedAs('application', byRoleId.get(roleId))

/** The same of a delegated permission, by its value: granted, inherited, or named one by one in a blueprint. */
export const isScopeBlockedForAgents = (value: string): boolean => isBlockedAs('delegated', byValue.get(value))

const isBlockedAs = (form: 'application' | 'delegated', permission: Permission | undefined): boolean =>
  permission?.blocked === form || permission?.blocked === 'both'

const lifecyclePrefixes = [
  'AgentIdentity.',
  'AgentIdentityBlueprint.',
  'AgentIdentityBlueprintPrincipal.',
  'AgentIdUser.',
]

/** The permissions over agents' own lives: of all that it holds, the only ones in a blueprint's own token (reference §3.5). */
export const lifecycleFamily = (value: string): boolean => lifecyclePrefixes.some((prefix) => value.startsWith(prefix))

/**
 * What a tenant's first administrator holds: what every operation asks for, each at its broadest, but not to be an agent's
 * manager, which blueprints alone are. A tenant is opened in one commit of at most 100 items, two of them for each of these.
 */
export const administratorPermissions: readonly string[] = [
  'AgentIdUser.ReadWrite.All',
  'AgentIdentity.ReadWrite.All',
  'AgentIdentityBlueprint.ReadWrite.All',
  'AgentIdentityBlueprintPrincipal.ReadWrite.All',
  'AppRoleAssignment.ReadWrite.All',
  'Application.ReadWrite.All',
  'CustomSecAttributeAssignment.ReadWrite.All',
  'DelegatedPermissionGrant.ReadWrite.All',
  'Directory.Read.All',
  'Group.ReadWrite.All',
  'Organization.Read.All',
  'RoleManagement.ReadWrite.Directory',
  'User.ReadWrite.All',
  'User.RevokeSessions.All',
]
