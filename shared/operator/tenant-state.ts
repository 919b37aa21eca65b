import type { Tenant } from '../domain/tenant.ts'
import type { OperatorRequest } from '../http/operator.ts'
import { ok, type Response } from '../http/response.ts'
import { Refusal } from '../refusal.ts'
import { keys } from '../store/table.ts'
import { tenantAudit } from './audit.ts'
import { findTenant } from './find-tenant.ts'

/** Where a tenant may go from each state: closed is for good. */
const next: Record<Tenant['state'], readonly Tenant['state'][]> = {
  active: ['suspended', 'closed'],
  suspended: ['active', 'closed'],
  closed: [],
}

/** Changes a tenant's state; asking for the state that it is in already changes nothing and says so by the same answer. */
export async function changeState(
  request: OperatorRequest<unknown>,
  state: Tenant['state'],
  activity: string,
): Promise<Response> {
  const { world, path } = request
  const before = await findTenant(world.table, path.tenantId)
  const after: Tenant = { ...before, state }
  if (before.state === state) return ok(after)
  if (!next[before.state].includes(state)) {
    throw new Refusal('Request_Conflict', `the tenant is ${before.state} and cannot become ${state}`)
  }
  await world.table.commit(
    [{ action: 'update', key: keys.tenant(before.tenantId), set: { state }, when: { state: before.state } }],
    tenantAudit(request, activity, after),
  )
  return ok(after)
}
