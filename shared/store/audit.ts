import type { ClientType } from '../domain/client.ts'
import type { ObjectType } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'

/** One committed change, written with it (Graph `directoryAudit`; reference §8.2). */
export type AuditRecord = {
  id: string
  tenantId: TenantId
  activityDateTime: string
  /** The documented name: `Add service principal`, `Update application – Certificates and secrets management`, … */
  activityDisplayName: string
  category: 'ApplicationManagement' | 'UserManagement' | 'DirectoryManagement'
  correlationId: string
  /** An application, or one on behalf of a person or agent user; the service itself for what follows by itself. */
  initiatedBy: { app: AuditApp; user?: AuditUser } | { operator: { userArn: string } }
  targetResources: readonly AuditTarget[]
  additionalDetails?: readonly { key: string; value: string }[]
}

type AuditApp = {
  appId: string
  servicePrincipalId: string
  displayName: string
  agentType: AgentType
  blueprintId?: string
}

type AuditUser = { id: string; displayName: string; userPrincipalName: string; agentType: AgentType }

type AuditTarget = {
  id: string
  type: ObjectType | 'tenant'
  displayName: string
  /** The names of the properties that the change touched; values only where they are no secret and short. */
  modifiedProperties: readonly string[]
}

/** Graph `agentType` (reference §8.1). */
export type AgentType =
  | 'notAgentic'
  | 'agenticApp'
  | 'agenticAppInstance'
  | 'agentIdentityBlueprintPrincipal'
  | 'agentIDuser'

export const agentTypeOf: Record<ClientType, AgentType> = {
  servicePrincipal: 'notAgentic',
  agentIdentityBlueprintPrincipal: 'agenticApp',
  agentIdentity: 'agenticAppInstance',
}
