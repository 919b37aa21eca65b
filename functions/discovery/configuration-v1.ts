import { active, resolveTenant } from '../../shared/auth/tenant.ts'
import { operation } from '../../shared/http/operation.ts'
import { ok } from '../../shared/http/response.ts'
import { keys } from '../../shared/store/table.ts'
import { configuration } from '../../shared/tokens/discovery.ts'

/** OpenID Connect Discovery §4: what a client needs to know of a tenant, for tokens of version 1. */
export const handler = operation('discovery/configuration-v1', 'oauth', async ({ world, event }) => {
  const named = event.pathParameters?.tenant
  const tenantId = await resolveTenant(world.table, named)
  const [tenant] = await world.table.snapshot([keys.tenant(tenantId)])
  active(tenant, named)
  return ok(configuration(world.origin, tenantId, 1), { 'cache-control': 'public, max-age=3600' })
})
