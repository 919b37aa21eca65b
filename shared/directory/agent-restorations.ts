import type { DirectoryObject } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { Failure } from '../store/long-operation.ts'
import type { Change, Position, Table } from '../store/store.ts'
import { type DeletedObject, keys } from '../store/table.ts'
import { recount } from './counters.ts'
import { agentsDeletedWith, companionOf, type Parent } from './dependents.ts'
import { type Restoration, restorationOf } from './restoration.ts'

type Looked = Restoration & {
  failures: Failure[]
  /** There are more where it looked. */
  isFull: boolean
  /** And behind. */
  next: Position | undefined
}

/**
 * Of the agent identities that were deleted with a principal, those that are looked at from a position, and their users: as many
 * as fit into `room` actions together with their counters. Each brings back all that it may do.
 * @param others objects that are counted in the same commit
 */
export async function agentRestorations(
  table: Table,
  tenantId: TenantId,
  principal: Parent,
  {
    from,
    now,
    room,
    others = [],
  }: { from?: Position | undefined; now: Date; room: number; others?: readonly DirectoryObject[] },
): Promise<Looked> {
  const page = await agentsDeletedWith(table, tenantId, principal, from)
  const changes: Change[] = []
  const objects: DirectoryObject[] = []
  const failures: Failure[] = []
  for (const agent of page.items) {
    // An ephemeral one whose time is over stays where it is.
    if (agent.expiresAt !== undefined && Date.parse(agent.expiresAt) <= now.getTime()) continue
    const user = await companionOf(table, tenantId, agent)
    const why = user && (await hindrance(table, tenantId, agent, user))
    const own = await restorationOf(table, tenantId, agent, why === undefined ? user : undefined)
    const counted = recount(tenantId, [...others, ...objects, ...own.objects], { live: 1 })
    if (changes.length + own.changes.length + counted.length > room) {
      return { changes, objects, failures, isFull: true, next: page.next }
    }
    changes.push(...own.changes)
    objects.push(...own.objects)
    if (user && why !== undefined) failures.push({ id: user.id, type: user.type, message: why })
  }
  return { changes, objects, failures, isFull: false, next: page.next }
}

/** Why an agent user cannot come back with its agent identity: the first of the two that is not free any more. */
async function hindrance(
  table: Table,
  tenantId: TenantId,
  agent: DeletedObject,
  { properties }: DeletedObject,
): Promise<string | undefined> {
  const name = String(properties.userPrincipalName).toLowerCase()
  const [taken, other] = await table.snapshot([
    keys.unique(tenantId, 'userPrincipalName', name),
    keys.agentUser(tenantId, agent.id),
  ])
  if (other) return `the agent identity '${agent.id}' has another user`
  return taken && `the userPrincipalName '${name}' has been given to another user`
}
