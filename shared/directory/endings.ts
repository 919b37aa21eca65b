import type { DirectoryObject } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { Change, Table } from '../store/store.ts'
import { type DeletedObject, keys } from '../store/table.ts'
import { companionOf, type Whereabouts, withUsers } from './dependents.ts'
import { erasure, removal } from './object-changes.ts'
import { userStateRemoval } from './users.ts'

/** What ends for good: what was deleted before, what lived until now, and all that it writes, but for counters. */
export type Ending = { deleted: readonly DeletedObject[]; living: readonly DirectoryObject[]; changes: Change[] }

/** The end of a deleted object, and of what is its own: with a blueprint goes its principal, with an agent identity its user. */
export async function endingOf(table: Table, tenantId: TenantId, object: DeletedObject): Promise<Ending> {
  if (object.type === 'agentIdentity') return agentEnding(table, tenantId, { living: undefined, deleted: object })
  const companion = await companionOf(table, tenantId, object)
  const deleted = companion ? [object, companion] : [object]
  return { deleted, living: [], changes: deleted.flatMap((each) => erasure(tenantId, each)) }
}

/** Likewise of an agent identity that lives or is deleted: without its principal it can do nothing any more, nor can its user. */
export async function agentEnding(
  table: Table,
  tenantId: TenantId,
  { living: agent, deleted }: Whereabouts,
): Promise<Ending> {
  const either = agent ?? deleted
  if (!either) return { deleted: [], living: [], changes: [] }
  const [own] = await withUsers(table, tenantId, [either])
  const user = own?.user
  // A user that came back alone is there under the agent identity's id, and no other is.
  const companion = deleted && !user ? await companionOf(table, tenantId, deleted) : undefined
  const ended = [deleted, companion].filter((each) => each !== undefined)
  const ending = [agent, user].filter((each) => each !== undefined)
  return {
    deleted: ended,
    living: ending,
    changes: [
      ...ended.flatMap((each) => erasure(tenantId, each)),
      ...ending.flatMap((each) => removal(tenantId, each)),
      ...(agent
        ? [{ action: 'delete', key: keys.client(tenantId, agent.id), when: { objectId: agent.id } } as const]
        : []),
      ...(user
        ? userStateRemoval(tenantId, user)
        : [{ action: 'check', key: keys.agentUser(tenantId, either.id), when: 'absent' } as const]),
    ],
  }
}
