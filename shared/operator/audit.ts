import type { Tenant } from '../domain/tenant.ts'
import type { OperatorRequest } from '../http/operator.ts'
import type { AuditRecord } from '../store/audit.ts'

/** The record of what an operator did to a tenant, in that tenant's own log. */
export function tenantAudit(
  { world, now, correlationId, userArn }: OperatorRequest<unknown>,
  activityDisplayName: string,
  tenant: Tenant,
  modifiedProperties: readonly string[] = ['state'],
): AuditRecord {
  return {
    id: world.newId(),
    tenantId: tenant.tenantId,
    activityDateTime: now.toISOString(),
    activityDisplayName,
    category: 'DirectoryManagement',
    correlationId,
    initiatedBy: { operator: { userArn } },
    targetResources: [{ id: tenant.tenantId, type: 'tenant', displayName: tenant.displayName, modifiedProperties }],
  }
}
