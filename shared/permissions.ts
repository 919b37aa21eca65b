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
export function isBlockedForAgents(roleId: string): boolean {
  const blocked = byRoleId.get(roleId)?.blocked
  return blocked === 'application' || blocked === 'both'
}

const lifecyclePrefixes = [
  'AgentIdentity.',
  'AgentIdentityBlueprint.',
  'AgentIdentityBlueprintPrincipal.',
  'AgentIdUser.',
]

/** The permissions over agents' own lives: of all that it holds, the only ones in a blueprint's own token (reference §3.5). */
export const lifecycleFamily = (value: string): boolean => lifecyclePrefixes.some((prefix) => value.startsWith(prefix))

/**
 * What a tenant's first administrator holds: everything that an operation asks for, but not to be an agent's manager, which
 * blueprints alone are. A tenant is opened in one commit of at most 100 items, two of them for each of these.
 */
export const administratorPermissions: readonly string[] = [
  'AgentIdentity.Create.All',
  'AgentIdentity.DeleteRestore.All',
  'AgentIdentity.EnableDisable.All',
  'AgentIdentity.Read.All',
  'AgentIdentity.ReadWrite.All',
  'AgentIdentity.UpdateSponsors.All',
  'AgentIdentityBlueprint.AddRemoveCreds.All',
  'AgentIdentityBlueprint.Create',
  'AgentIdentityBlueprint.DeleteRestore.All',
  'AgentIdentityBlueprint.Read.All',
  'AgentIdentityBlueprint.ReadWrite.All',
  'AgentIdentityBlueprint.UpdateAuthProperties.All',
  'AgentIdentityBlueprint.UpdateBranding.All',
  'AgentIdentityBlueprint.UpdateSponsors.All',
  'AgentIdentityBlueprintPrincipal.Create',
  'AgentIdentityBlueprintPrincipal.DeleteRestore.All',
  'AgentIdentityBlueprintPrincipal.EnableDisable.All',
  'AgentIdentityBlueprintPrincipal.Read.All',
  'AgentIdentityBlueprintPrincipal.ReadWrite.All',
  'AgentIdUser.ReadWrite.All',
  'AgentCardManifest.ReadWrite.All',
  'AgentCollection.ReadWrite.All',
  'AgentInstance.ReadWrite.All',
  'AppRoleAssignment.ReadWrite.All',
  'Application.Read.All',
  'Application.ReadWrite.All',
  'AuditLog.Read.All',
  'CustomSecAttributeAssignment.ReadWrite.All',
  'DelegatedPermissionGrant.ReadWrite.All',
  'Directory.Read.All',
  'IdentityRiskEvent.ReadWrite.All',
  'IdentityRiskyAgent.ReadWrite.All',
  'Policy.Read.All',
  'Policy.ReadWrite.ApplicationConfiguration',
  'Policy.ReadWrite.ConditionalAccess',
  'RoleManagement.ReadWrite.Directory',
  'User.Read.All',
  'User.ReadWrite.All',
  'User.RevokeSessions.All',
]
