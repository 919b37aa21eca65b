import type { DirectoryObject } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'
import { type AuditRecord, agentTypeOf } from '../store/audit.ts'

/** The record of a change that a caller of the management API makes; an agent shows up as the agent it is. */
export function auditOf(
  { caller, world, now, correlationId }: ManagementRequest<unknown>,
  activityDisplayName: string,
  target: DirectoryObject,
  modifiedProperties: readonly string[] = [],
): AuditRecord {
  return {
    id: world.newId(),
    tenantId: caller.tenantId,
    activityDateTime: now.toISOString(),
    activityDisplayName,
    category: target.type === 'user' ? 'UserManagement' : 'ApplicationManagement',
    correlationId,
    initiatedBy: {
      app: {
        appId: caller.clientId,
        servicePrincipalId: caller.objectId,
        displayName: caller.displayName,
        agentType: agentTypeOf[caller.type],
        ...(caller.parentAppId && { blueprintId: caller.parentAppId }),
      },
    },
    targetResources: [
      {
        id: target.id,
        type: target.type,
        displayName: String(target.properties.displayName ?? ''),
        modifiedProperties,
      },
    ],
  }
}
