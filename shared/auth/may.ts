/**
 * Which permissions of the management API allow what, by the type of the object concerned (reference §2.2 to §2.9, §5.7), last
 * those over what is no directory object. One of those named is enough, as an application permission or as a scope. Data alone:
 * who is asking and how they stand to the object is decided in `authorize.ts`.
 */
export const may = {
  application: {
    read: ['Application.Read.All', 'Application.ReadWrite.All', 'Directory.Read.All'],
    create: ['Application.ReadWrite.All'],
    update: ['Application.ReadWrite.All'],
    delete: ['Application.ReadWrite.All'],
    restore: ['Application.ReadWrite.All'],
    credentials: ['Application.ReadWrite.All'],
    owners: ['Application.ReadWrite.All'],
  },
  agentIdentityBlueprint: {
    read: ['AgentIdentityBlueprint.Read.All', 'AgentIdentityBlueprint.ReadWrite.All'],
    create: ['AgentIdentityBlueprint.Create', 'AgentIdentityBlueprint.ReadWrite.All'],
    update: [
      'AgentIdentityBlueprint.UpdateBranding.All',
      'AgentIdentityBlueprint.UpdateAuthProperties.All',
      'AgentIdentityBlueprint.AddRemoveCreds.All',
      'AgentIdentityBlueprint.ReadWrite.All',
    ],
    delete: ['AgentIdentityBlueprint.DeleteRestore.All', 'AgentIdentityBlueprint.ReadWrite.All'],
    restore: ['AgentIdentityBlueprint.DeleteRestore.All', 'AgentIdentityBlueprint.ReadWrite.All'],
    credentials: ['AgentIdentityBlueprint.AddRemoveCreds.All', 'AgentIdentityBlueprint.ReadWrite.All'],
    owners: ['AgentIdentityBlueprint.ReadWrite.All'],
    sponsors: ['AgentIdentityBlueprint.UpdateSponsors.All', 'AgentIdentityBlueprint.ReadWrite.All'],
  },
  servicePrincipal: {
    read: ['Application.Read.All', 'Application.ReadWrite.All', 'Directory.Read.All'],
    create: ['Application.ReadWrite.All'],
    update: ['Application.ReadWrite.All'],
    delete: ['Application.ReadWrite.All'],
    restore: ['Application.ReadWrite.All'],
    owners: ['Application.ReadWrite.All'],
    assign: ['AppRoleAssignment.ReadWrite.All'],
    grant: ['DelegatedPermissionGrant.ReadWrite.All'],
    attributes: ['CustomSecAttributeAssignment.ReadWrite.All'],
  },
  agentIdentityBlueprintPrincipal: {
    read: ['AgentIdentityBlueprintPrincipal.Read.All', 'AgentIdentityBlueprintPrincipal.ReadWrite.All'],
    create: ['AgentIdentityBlueprintPrincipal.Create', 'AgentIdentityBlueprintPrincipal.ReadWrite.All'],
    update: ['AgentIdentityBlueprintPrincipal.EnableDisable.All', 'AgentIdentityBlueprintPrincipal.ReadWrite.All'],
    delete: ['AgentIdentityBlueprintPrincipal.DeleteRestore.All', 'AgentIdentityBlueprintPrincipal.ReadWrite.All'],
    restore: ['AgentIdentityBlueprintPrincipal.DeleteRestore.All', 'AgentIdentityBlueprintPrincipal.ReadWrite.All'],
    owners: ['AgentIdentityBlueprintPrincipal.ReadWrite.All'],
    // There is no `UpdateSponsors` for principals (reference §2.5).
    sponsors: ['AgentIdentityBlueprintPrincipal.ReadWrite.All'],
    assign: ['AppRoleAssignment.ReadWrite.All'],
    grant: ['DelegatedPermissionGrant.ReadWrite.All'],
    attributes: ['CustomSecAttributeAssignment.ReadWrite.All'],
  },
  agentIdentity: {
    read: ['AgentIdentity.Read.All', 'AgentIdentity.ReadWrite.All', 'AgentIdentity.CreateAsManager'],
    create: ['AgentIdentity.Create.All', 'AgentIdentity.ReadWrite.All', 'AgentIdentity.CreateAsManager'],
    update: ['AgentIdentity.EnableDisable.All', 'AgentIdentity.ReadWrite.All', 'AgentIdentity.CreateAsManager'],
    delete: ['AgentIdentity.DeleteRestore.All', 'AgentIdentity.ReadWrite.All', 'AgentIdentity.CreateAsManager'],
    restore: ['AgentIdentity.DeleteRestore.All', 'AgentIdentity.ReadWrite.All'],
    owners: ['AgentIdentity.ReadWrite.All'],
    sponsors: ['AgentIdentity.UpdateSponsors.All', 'AgentIdentity.ReadWrite.All'],
    grant: ['DelegatedPermissionGrant.ReadWrite.All'],
    attributes: ['CustomSecAttributeAssignment.ReadWrite.All'],
  },
  user: {
    read: ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All'],
    create: ['User.ReadWrite.All'],
    update: ['User.EnableDisableAccount.All', 'User.ReadWrite.All'],
    delete: ['User.DeleteRestore.All', 'User.ReadWrite.All'],
    restore: ['User.DeleteRestore.All', 'User.ReadWrite.All'],
    sponsors: ['User.ReadWrite.All'],
    revokeSessions: ['User.RevokeSessions.All'],
  },
  agentUser: {
    read: [
      'AgentIdUser.ReadWrite.All',
      'AgentIdUser.ReadWrite.IdentityParentedBy',
      'User.Read.All',
      'User.ReadWrite.All',
      'Directory.Read.All',
    ],
    create: ['AgentIdUser.ReadWrite.All', 'AgentIdUser.ReadWrite.IdentityParentedBy', 'User.ReadWrite.All'],
    update: ['AgentIdUser.ReadWrite.All', 'AgentIdUser.ReadWrite.IdentityParentedBy', 'User.ReadWrite.All'],
    delete: ['AgentIdUser.ReadWrite.All', 'AgentIdUser.ReadWrite.IdentityParentedBy', 'User.ReadWrite.All'],
    restore: ['AgentIdUser.ReadWrite.All', 'AgentIdUser.ReadWrite.IdentityParentedBy', 'User.ReadWrite.All'],
    sponsors: ['AgentIdUser.ReadWrite.All', 'AgentIdUser.ReadWrite.IdentityParentedBy', 'User.ReadWrite.All'],
    revokeSessions: [
      'AgentIdUser.ReadWrite.All',
      'AgentIdUser.ReadWrite.IdentityParentedBy',
      'User.RevokeSessions.All',
    ],
  },
  group: {
    read: ['Group.Read.All', 'Group.ReadWrite.All', 'Directory.Read.All'],
    create: ['Group.Create', 'Group.ReadWrite.All'],
    update: ['GroupMember.ReadWrite.All', 'Group.ReadWrite.All'],
    delete: ['Group.ReadWrite.All'],
    restore: ['Group.ReadWrite.All'],
    owners: ['Group.ReadWrite.All'],
  },

  appRoleAssignment: {
    read: [
      'Application.Read.All',
      'Application.ReadWrite.All',
      'Directory.Read.All',
      'AppRoleAssignment.ReadWrite.All',
    ],
    write: ['AppRoleAssignment.ReadWrite.All'],
  },
  oauth2PermissionGrant: {
    read: ['DelegatedPermissionGrant.ReadWrite.All', 'Directory.Read.All'],
    write: ['DelegatedPermissionGrant.ReadWrite.All'],
  },
  /** Of directory roles. */
  roleAssignment: {
    read: ['RoleManagement.Read.Directory', 'RoleManagement.ReadWrite.Directory', 'Directory.Read.All'],
    write: ['RoleManagement.ReadWrite.Directory'],
  },
  organization: {
    read: ['User.Read', 'Organization.Read.All', 'Organization.ReadWrite.All', 'Directory.Read.All'],
  },
  /** Oneself. */
  me: {
    read: ['User.Read', 'User.Read.All', 'User.ReadWrite.All', 'AgentIdUser.ReadWrite.All', 'Directory.Read.All'],
  },
} as const

/**
 * Permissions that change some properties of an object and no others; what is named nowhere here needs the type's
 * `ReadWrite.All` (reference §2.2, §2.5, §2.6). A group's `members` are changed as a property would be.
 */
export const narrowUpdates: Readonly<Record<string, readonly string[]>> = {
  'AgentIdentityBlueprint.UpdateBranding.All': [
    'displayName',
    'description',
    'info',
    'tags',
    'serviceManagementReference',
  ],
  'AgentIdentityBlueprint.UpdateAuthProperties.All': [
    'api',
    'appRoles',
    'groupMembershipClaims',
    'identifierUris',
    'inheritablePermissions',
    'optionalClaims',
    'requiredResourceAccess',
    'signInAudience',
    'web',
  ],
  'AgentIdentityBlueprint.AddRemoveCreds.All': ['keyCredentials'],
  'AgentIdentityBlueprintPrincipal.EnableDisable.All': ['accountEnabled'],
  'AgentIdentity.EnableDisable.All': ['accountEnabled'],
  // A blueprint may stop its own agents; to start one again is for whoever may have stopped it (`updateAgentIdentity`).
  'AgentIdentity.CreateAsManager': ['accountEnabled', 'displayName', 'tags'],
  'User.EnableDisableAccount.All': ['accountEnabled'],
  'GroupMember.ReadWrite.All': ['members'],
}

/** As a scope it gives nothing: on behalf of a user an agent is made with `AgentIdentity.Create.All` (reference §2.6). */
export const applicationOnly: ReadonlySet<string> = new Set(['AgentIdentity.CreateAsManager'])
