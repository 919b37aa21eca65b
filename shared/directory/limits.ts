import { objectTypes } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'
import { ok, type Response } from '../http/response.ts'
import { countOf, limitsOf } from './counters.ts'

/** `GET /beta/sigil/limits`: of each type how many there may be, and how many there are: without, and with the deleted ones. */
export async function readLimits({ caller, world, path }: ManagementRequest<unknown>): Promise<Response> {
  const { tenant, tenantId } = caller
  const { agentIdentitiesPerBlueprint, ...limits } = limitsOf(tenant)
  const counted = await Promise.all(
    objectTypes.map(async (type) => ({
      name: type,
      limit: limits[type],
      ...(await countOf(world.table, tenantId, type)),
    })),
  )
  return ok({
    '@odata.context': `${world.origin}/${path.version}/$metadata#sigil/limits`,
    value: [...counted, { name: 'agentIdentitiesPerBlueprint', limit: agentIdentitiesPerBlueprint }],
  })
}
