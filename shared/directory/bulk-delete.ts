import * as v from 'valibot'
import { authorize } from '../auth/authorize.ts'
import type { DirectoryObject } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'
import type { Response } from '../http/response.ts'
import type { Change } from '../store/store.ts'
import { auditOf } from './audit.ts'
import { agentsAt, answered, bytesOf, each, ids, isOver, ofNamed, patient, required } from './bulk.ts'
import type { Part, Work } from './bulk-groups.ts'
import { agentDeletion, principalActivity } from './cascade.ts'
import { recount } from './counters.ts'
import { withUsers } from './dependents.ts'

export const bulkDeleteBody = v.strictObject({ ids })

/** An agent, and its user where it has one. */
type Deleting = Part & { objects: readonly DirectoryObject[]; changes: Change[] }

/** `POST /beta/sigil/agents/bulkDelete`: a soft delete of many, each with its agent user. */
export async function bulkDelete({
  body: { ids: named },
  ...given
}: ManagementRequest<v.InferOutput<typeof bulkDeleteBody>>): Promise<Response> {
  const request = patient({ ...given, body: undefined })
  return answered(request, await ofNamed(named, (distinct) => deleting(request, distinct)))
}

function deleting(request: ManagementRequest<unknown>, named: readonly unknown[]): Work<Deleting> {
  const { caller, world, now } = request
  const { tenantId } = caller
  const objectsOf = (parts: readonly Deleting[]) => parts.flatMap(({ objects }) => objects)
  const changesOf = (parts: readonly Deleting[]): Change[] => [
    ...parts.flatMap(({ changes }) => changes),
    ...recount(tenantId, objectsOf(parts), { live: -1 }),
  ]
  return {
    forAll: false,
    isOver: () => isOver(request),
    oneByOne: () => false,
    // Each counter that some of them are counted on is an action of its own.
    together: ({ objects }) => JSON.stringify(objects.map(({ counted }) => counted)),
    plan: async (indices) => {
      const found = await agentsAt(request, named, indices)
      const owns = await withUsers(world.table, tenantId, [...found.values()])
      const users = new Map(owns.map(({ agent, user }) => [agent.id, user]))
      return each<Deleting>(indices, async (index) => {
        const agent = required(found, named[index])
        await authorize(request, 'delete', agent)
        const user = users.get(agent.id)
        return {
          index,
          objects: user ? [agent, user] : [agent],
          changes: agentDeletion(tenantId, { agent, user }, now),
          bytes: bytesOf(agent) + bytesOf(user),
          done: { status: 204, id: agent.id },
        }
      })
    },
    actions: (parts) => changesOf(parts).length,
    commit: (parts) => world.table.commit(changesOf(parts), auditOf(request, principalActivity, objectsOf(parts))),
  }
}
