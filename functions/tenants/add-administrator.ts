import { commitAdding } from '../../shared/directory/counters.ts'
import { operatorOperation } from '../../shared/http/operator.ts'
import { created } from '../../shared/http/response.ts'
import { tenantAudit } from '../../shared/operator/audit.ts'
import { findTenant } from '../../shared/operator/find-tenant.ts'
import { administratorChanges, administratorCounts, managementApiChanges } from '../../shared/operator/open-tenant.ts'
import { Refusal } from '../../shared/refusal.ts'
import { keys } from '../../shared/store/table.ts'

/**
 * Makes a tenant another administrator, whose secret is shown here alone: for when the answer that had the first one's was
 * lost, or everyone has been locked out.
 */
export const handler = operatorOperation('tenants/add-administrator', {}, async (request) => {
  const { world, now, path } = request
  const tenant = await findTenant(world.table, path.tenantId)
  const { tenantId, state } = tenant
  if (state === 'closed') throw new Refusal('Request_Conflict', 'the tenant is closed')
  const api = managementApiChanges(tenantId, world.origin, now)
  const administrator = administratorChanges(tenant, api.object, world, now)
  const { clientId, clientSecret } = administrator
  await commitAdding(
    world.table,
    tenant,
    administratorCounts,
    clientId,
    (places) => [{ action: 'check', key: keys.tenant(tenantId), when: { state } }, ...administrator.changes(places)],
    tenantAudit(request, 'Add tenant administrator', tenant),
  )
  return created({ ...tenant, admin: { clientId, clientSecret } })
})
