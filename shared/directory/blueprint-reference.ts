import * as v from 'valibot'
import type { ManagementRequest } from '../http/management.ts'
import { canonicalPath } from '../http/path.ts'
import { Refusal } from '../refusal.ts'
import { appIdOf } from './applications.ts'
import { find, isNotFound } from './read.ts'
import { guid } from './shape.ts'

/**
 * Under which blueprint agents are to be made, in one of two ways: by its appId, or as the address of its application, by id
 * or by an alternate key (`/applications(uniqueName='…')`).
 */
export const blueprintNames = {
  agentIdentityBlueprintId: v.optional(guid),
  'blueprint@odata.bind': v.optional(
    v.pipe(
      v.string(),
      v.maxLength(1024, 'must have at most 1024 characters'),
      v.transform(segmentOf),
      v.check((segment) => segment !== '', 'must be an address such as https://{host}/v1.0/applications/{id}'),
    ),
  ),
}

type Named = { agentIdentityBlueprintId?: string | undefined; 'blueprint@odata.bind'?: string | undefined }

/** The appId of the blueprint that a body names. */
export async function blueprintNamed({ caller, world }: ManagementRequest<unknown>, body: Named): Promise<string> {
  const { agentIdentityBlueprintId: appId, 'blueprint@odata.bind': segment } = body
  if ((appId === undefined) === (segment === undefined)) {
    throw new Refusal(
      'Request_BadRequest',
      "property 'agentIdentityBlueprintId': the blueprint is named once, by this property or by blueprint@odata.bind",
    )
  }
  if (appId !== undefined) return appId
  try {
    return appIdOf(await find(world.table, caller.tenantId, ['agentIdentityBlueprint'], segment))
  } catch (error) {
    if (!isNotFound(error)) throw error
    throw new Refusal(
      'AgentIdentity_IncompatibleParentType',
      "property 'blueprint@odata.bind': there is no such agent identity blueprint in the tenant",
    )
  }
}

/** The segment that names the application in its address, whose host says nothing; empty where it is no such address. */
function segmentOf(address: string): string {
  const path = address.replace(/^https:\/\/[^/?#\s]+\/(v1\.0|beta)\/|^\//i, '')
  const found = /^\/v1\.0\/applications\/(?:microsoft\.graph\.agentIdentityBlueprint\/)?([^/]+)$/.exec(
    canonicalPath(`/v1.0/${path}`),
  )
  try {
    return decodeURIComponent(found?.[1] ?? '')
  } catch {
    return ''
  }
}
