import * as v from 'valibot'
import { limitsOf } from '../directory/counters.ts'
import { type Limits, usualLimits } from '../domain/limits.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { OperatorRequest } from '../http/operator.ts'
import { ok, type Response } from '../http/response.ts'
import { Refusal } from '../refusal.ts'
import { keys } from '../store/table.ts'
import { tenantAudit } from './audit.ts'
import { findTenant } from './find-tenant.ts'

const limit = v.optional(
  v.nullable(
    v.pipe(
      v.number(),
      v.safeInteger('must be a whole number'),
      v.minValue(0, 'must not be negative'),
      v.maxValue(1_000_000_000, 'must be at most 1,000,000,000'),
    ),
  ),
)

/** Each limit, or null for the usual one; what is not named stays. */
export const limitsBody = v.strictObject(
  Object.fromEntries(Object.keys(usualLimits).map((name) => [name, limit])) as Record<keyof Limits, typeof limit>,
)

/** A limit below what there is takes nothing away: there may be no more until there are less. */
export async function setLimits(request: OperatorRequest<v.InferOutput<typeof limitsBody>>): Promise<Response> {
  const { world, path, body } = request
  const before = await findTenant(world.table, path.tenantId)
  const { tenantId, limitsVersion } = before
  const named = Object.entries(body).filter(([, value]) => value !== undefined)
  if (named.length === 0) throw new Refusal('Request_BadRequest', 'no limit is named')
  const limits = Object.fromEntries(
    Object.entries({ ...before.limits, ...Object.fromEntries(named) }).filter(([, value]) => value !== null),
  ) as Partial<Limits>
  const after: Tenant = { ...before, limits }
  await world.table.commit(
    [
      {
        action: 'update',
        key: keys.tenant(tenantId),
        set: { limits },
        count: { limitsVersion: 1 },
        when: limitsVersion === undefined ? ['atMost', 'limitsVersion', 0] : { limitsVersion },
      },
    ],
    tenantAudit(request, 'Update tenant limits', after, ['limits']),
  )
  return ok({ tenantId, limits: limitsOf(after) })
}
