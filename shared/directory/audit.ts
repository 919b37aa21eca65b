import type { Caller } from '../auth/bearer.ts'
import type { DirectoryObject } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'
import { type AuditRecord, agentTypeOf } from '../store/audit.ts'

/** The record of a change that a caller of the management API makes; an agent shows up as the agent it is. */
export function auditOf(
  { caller, world, now, correlationId }: Pick<ManagementRequest<unknown>, 'caller' | 'world' | 'now' | 'correlationId'>,
  activityDisplayName: string,
  targets: DirectoryObject | readonly DirectoryObject[],
  modifiedProperties: readonly string[] = [],
): AuditRecord {
  const all = [targets].flat() as readonly DirectoryObject[]
  return {
    id: world.newId(),
    tenantId: caller.tenantId,
    activityDateTime: now.toISOString(),
    activityDisplayName,
    category: all.every(({ type }) => type === 'user' || type === 'agentUser' || type === 'group')
      ? 'UserManagement'
      : 'ApplicationManagement',
    correlationId,
    initiatedBy: initiatorOf(caller),
    targetResources: all.map(({ id, type, properties }) => ({
      id,
      type,
      displayName: String(properties.displayName ?? ''),
      modifiedProperties,
    })),
  }
}

export function initiatorOf(caller: Caller): AuditRecord['initiatedBy'] {
  const app = {
    appId: caller.clientId,
    servicePrincipalId: caller.objectId,
    displayName: caller.displayName,
    agentType: agentTypeOf[caller.type],
    ...(caller.parentAppId && { blueprintId: caller.parentAppId }),
  }
  if (!caller.user) return { app }
  const { id, displayName, userPrincipalName, isAgentUser } = caller.user
  return { user: { id, displayName, userPrincipalName, agentType: isAgentUser ? 'agentIDuser' : 'notAgentic' }, app }
}
