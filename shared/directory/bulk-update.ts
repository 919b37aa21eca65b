import * as v from 'valibot'
import type { DirectoryObject, Properties } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'
import type { Response } from '../http/response.ts'
import { Refusal } from '../refusal.ts'
import type { Change } from '../store/store.ts'
import { agentReplacement } from './agent-identities.ts'
import { auditOf } from './audit.ts'
import { agentsAt, answered, bytesOf, each, ids, isOver, ofNamed, patient, required } from './bulk.ts'
import type { Part, Work } from './bulk-groups.ts'
import { activityOf, authorizeChange } from './principal-target.ts'
import { tags } from './shape.ts'

export const bulkUpdateBody = v.strictObject({
  ids,
  accountEnabled: v.optional(v.boolean()),
  tags: v.optional(tags),
})

type Changing = Part & { after: DirectoryObject; changes: Change[] }

/** `POST /beta/sigil/agents/bulkUpdate`: the same change of many. */
export async function bulkUpdate({
  body: { ids: named, ...all },
  ...given
}: ManagementRequest<v.InferOutput<typeof bulkUpdateBody>>): Promise<Response> {
  const request = patient({ ...given, body: undefined })
  const patch = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  if (Object.keys(patch).length === 0) {
    throw new Refusal('Request_BadRequest', 'nothing is to be changed; send accountEnabled or tags')
  }
  return answered(request, await ofNamed(named, (distinct) => changing(request, distinct, patch)))
}

const changing = (
  request: ManagementRequest<unknown>,
  named: readonly unknown[],
  patch: Properties & { accountEnabled?: boolean },
): Work<Changing> => ({
  forAll: false,
  isOver: () => isOver(request),
  oneByOne: () => false,
  plan: async (indices) => {
    const found = await agentsAt(request, named, indices)
    return each<Changing>(indices, async (index) => {
      const before = required(found, named[index])
      await authorizeChange(request, before, patch, undefined)
      const { after, changes } = agentReplacement(request.caller, before, patch)
      return { index, after, changes, bytes: bytesOf(after), done: { status: 204, id: before.id } }
    })
  },
  actions: (parts) => parts.reduce((sum, { changes }) => sum + changes.length, 0),
  commit: (parts) => {
    const objects = parts.map(({ after }) => after)
    return request.world.table.commit(
      parts.flatMap(({ changes }) => changes),
      auditOf(request, activityOf(patch), objects, Object.keys(patch)),
    )
  },
})
