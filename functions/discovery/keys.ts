import { active, resolveTenant } from '../../shared/auth/tenant.ts'
import { operation } from '../../shared/http/operation.ts'
import { ok } from '../../shared/http/response.ts'
import { keys } from '../../shared/store/table.ts'

/** The keys that verify resource tokens (RFC 7517 §5). Keys for exchange tokens are nobody's business but ours. */
export const handler = operation('discovery/keys', 'oauth', async ({ world, event }) => {
  const named = event.pathParameters?.tenant
  const tenantId = await resolveTenant(world.table, named)
  const [tenant] = await world.table.snapshot([keys.tenant(tenantId)])
  active(tenant, named)
  return ok({ keys: await world.keySet.publicKeys() }, { 'cache-control': 'public, max-age=3600' })
})
