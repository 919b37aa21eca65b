import * as v from 'valibot'
import { fitCounters, limitsOf } from '../directory/counters.ts'
import { mostActions } from '../directory/fitting.ts'
import { objectTypes } from '../domain/directory-object.ts'
import { type Limits, usualLimits } from '../domain/limits.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { OperatorRequest } from '../http/operator.ts'
import { ok, type Response } from '../http/response.ts'
import { Refusal } from '../refusal.ts'
import type { Change } from '../store/store.ts'
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

/**
 * A limit is for requests that begin afterwards, and for what there is: it cannot be less. Of a blueprint's agents, whose
 * counters are as many as there are blueprints, a lower limit stops each counter at its own part.
 */
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
  const all = limitsOf(after)
  const fitted: Change[] = []
  for (const type of objectTypes.filter((each) => body[each] !== undefined)) {
    fitted.push(...(await fitCounters(world.table, tenantId, type, all[type])))
  }
  if (fitted.length >= mostActions) {
    throw new Refusal('Request_BadRequest', 'these are too many limits for one commit; set some of them first')
  }
  await world.table.commit(
    [
      ...fitted,
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
  return ok({ tenantId, limits: all })
}
