/**
 * Which application permissions of the management API allow what, by the type of the object concerned (reference §2.2 to
 * §2.8). One of those named is enough. Data alone: who is asking and whether it is their own is decided in `authorize.ts`.
 */
export const may = {
  application: {
    read: ['Application.Read.All', 'Application.ReadWrite.All', 'Directory.Read.All'],
    create: ['Application.ReadWrite.All'],
    update: ['Application.ReadWrite.All'],
    delete: ['Application.ReadWrite.All'],
    credentials: ['Application.ReadWrite.All'],
  },
  agentIdentityBlueprint: {
    read: ['AgentIdentityBlueprint.Read.All', 'AgentIdentityBlueprint.ReadWrite.All'],
    create: ['AgentIdentityBlueprint.Create', 'AgentIdentityBlueprint.ReadWrite.All'],
    update: [
      'AgentIdentityBlueprint.UpdateBranding.All',
      'AgentIdentityBlueprint.UpdateAuthProperties.All',
      'AgentIdentityBlueprint.ReadWrite.All',
    ],
    delete: ['AgentIdentityBlueprint.DeleteRestore.All', 'AgentIdentityBlueprint.ReadWrite.All'],
    credentials: ['AgentIdentityBlueprint.AddRemoveCreds.All', 'AgentIdentityBlueprint.ReadWrite.All'],
  },
  servicePrincipal: {
    read: ['Application.Read.All', 'Application.ReadWrite.All', 'Directory.Read.All'],
    create: ['Application.ReadWrite.All'],
    update: ['Application.ReadWrite.All'],
    delete: ['Application.ReadWrite.All'],
  },
  agentIdentityBlueprintPrincipal: {
    read: ['AgentIdentityBlueprintPrincipal.Read.All', 'AgentIdentityBlueprintPrincipal.ReadWrite.All'],
    create: ['AgentIdentityBlueprintPrincipal.Create', 'AgentIdentityBlueprintPrincipal.ReadWrite.All'],
    update: ['AgentIdentityBlueprintPrincipal.EnableDisable.All', 'AgentIdentityBlueprintPrincipal.ReadWrite.All'],
    delete: ['AgentIdentityBlueprintPrincipal.DeleteRestore.All', 'AgentIdentityBlueprintPrincipal.ReadWrite.All'],
  },
  agentIdentity: {
    read: ['AgentIdentity.Read.All', 'AgentIdentity.ReadWrite.All', 'AgentIdentity.CreateAsManager'],
    create: ['AgentIdentity.Create.All', 'AgentIdentity.ReadWrite.All', 'AgentIdentity.CreateAsManager'],
    update: ['AgentIdentity.EnableDisable.All', 'AgentIdentity.ReadWrite.All', 'AgentIdentity.CreateAsManager'],
    delete: ['AgentIdentity.DeleteRestore.All', 'AgentIdentity.ReadWrite.All', 'AgentIdentity.CreateAsManager'],
  },
  user: {
    read: ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All'],
    create: ['User.ReadWrite.All'],
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
} as const

/**
 * Permissions that change some properties of an object and no others; what is named nowhere here needs the type's
 * `ReadWrite.All` (reference §2.2, §2.5, §2.6).
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
    'optionalClaims',
    'requiredResourceAccess',
    'signInAudience',
    'web',
  ],
  'AgentIdentityBlueprintPrincipal.EnableDisable.All': ['accountEnabled'],
  'AgentIdentity.EnableDisable.All': ['accountEnabled'],
  // A blueprint may stop its own agents; to start one again is for whoever may have stopped it (`updateAgentIdentity`).
  'AgentIdentity.CreateAsManager': ['accountEnabled', 'displayName', 'tags'],
}
