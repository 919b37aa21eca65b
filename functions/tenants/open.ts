import * as v from 'valibot'
import { isDomain } from '../../shared/auth/tenant.ts'
import { commitAdding } from '../../shared/directory/counters.ts'
import { displayName, text } from '../../shared/directory/shape.ts'
import type { Tenant, TenantId } from '../../shared/domain/tenant.ts'
import { operatorOperation } from '../../shared/http/operator.ts'
import { created } from '../../shared/http/response.ts'
import { tenantAudit } from '../../shared/operator/audit.ts'
import {
  administratorChanges,
  administratorCounts,
  keyPublication,
  managementApiChanges,
} from '../../shared/operator/open-tenant.ts'
import { Refusal } from '../../shared/refusal.ts'
import { keys } from '../../shared/store/table.ts'
import { kmsOf } from '../../shared/tokens/signer.ts'

const body = v.strictObject({
  displayName,
  domain: v.pipe(
    text(253),
    v.transform((value) => value.toLowerCase()),
    v.check(isDomain, 'must be a domain name such as contoso.example'),
  ),
})

/** Opens a tenant, whole in one commit: its domain, the management API in it, and a first administrator, whose secret is shown here alone. */
export const handler = operatorOperation('tenants/open', { body }, async (request) => {
  const { world, now, body } = request
  if (!world.signingKeys) throw new Error('the ARNs of the signing keys are not configured')
  const tenant: Tenant = {
    tenantId: world.newId() as TenantId,
    displayName: body.displayName,
    domain: body.domain,
    state: 'active',
    createdDateTime: now.toISOString(),
  }
  const publication = await keyPublication(world.table, kmsOf(world), world.signingKeys, now)
  const api = managementApiChanges(tenant.tenantId, world.origin, now)
  const administrator = administratorChanges(tenant, api.object, world, now)
  const { clientId, clientSecret } = administrator
  await commitAdding(
    world.table,
    tenant,
    administratorCounts,
    clientId,
    (places) => [
      {
        action: 'put',
        key: keys.domain(tenant.domain),
        item: { tenantId: tenant.tenantId },
        when: 'absent',
        otherwise: () =>
          new Refusal(
            'Request_MultipleObjectsWithSameKeyValue',
            `a tenant with the domain '${tenant.domain}' already exists`,
          ),
      },
      { action: 'put', key: keys.tenant(tenant.tenantId), item: tenant, when: 'absent' },
      ...publication,
      ...api.changes,
      ...administrator.changes(places),
    ],
    tenantAudit(request, 'Open tenant', tenant),
  )
  return created({ ...tenant, admin: { clientId, clientSecret } })
})
