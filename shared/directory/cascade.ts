import type { DirectoryObject } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import { noContent, type Response } from '../http/response.ts'
import { Refusal } from '../refusal.ts'
import type { Change, Page } from '../store/store.ts'
import { keys } from '../store/table.ts'
import { appIdOf } from './applications.ts'
import { auditOf, initiatorOf } from './audit.ts'
import { recount } from './counters.ts'
import { type AgentWithUser, agentsUnder } from './dependents.ts'
import { mostActions } from './fitting.ts'
import { newOperation, operationLocation } from './long-operations.ts'
import { deletion } from './object-changes.ts'
import { preference } from './objects.ts'
import { userDeletion } from './users.ts'

/*
 * What an object takes with it when it is deleted (reference §1.12, §10.2 #4): a blueprint its principal, a principal its agent
 * identities, an agent identity its agent user. All of it is without effect from the commit that deletes the root, since tokens
 * are issued on the whole chain; what fits into that commit is deleted with it, and the rest goes on by itself afterwards.
 */

/** A client that would rather be refused than take dependents along. */
const refuseDependents = 'refuse-dependents'

export const principalActivity = 'Remove service principal'

type Root = {
  object: DirectoryObject
  /** All that its own deletion writes, but for counters. */
  changes: Change[]
  /** What is deleted by those changes: the root, of a blueprint its principal, of an agent identity its user. */
  deleted: readonly DirectoryObject[]
  /** The blueprint principal among these, whose agent identities follow. */
  principal?: DirectoryObject | undefined
}

/** Deletes an object with everything under it, at once or begun. */
export async function commitDeletion(
  request: ManagementRequest<unknown>,
  { object, changes, deleted, principal: parent }: Root,
  activity: string,
): Promise<Response> {
  const { caller, world, now } = request
  const { tenantId } = caller
  const principal = parent?.type === 'agentIdentityBlueprintPrincipal' ? parent : undefined
  const agents: Page<AgentWithUser> = principal
    ? await agentsUnder(world.table, tenantId, { id: principal.id, appId: appIdOf(principal) })
    : { items: [], positions: [] }
  const dependents = deleted.length - 1 + agents.items.reduce((sum, { user }) => sum + (user ? 2 : 1), 0)
  if (dependents > 0 && preference(request, refuseDependents)) {
    throw new Refusal(
      'Request_Conflict',
      `the object has ${agents.next ? 'more than ' : ''}${dependents} dependents, which would be deleted with it; GET /beta/directoryObjects/${object.id}/dependents lists them`,
    )
  }
  const all = agents.items.flatMap(({ agent, user }) => (user ? [agent, user] : [agent]))
  // Begun in any case: an agent identity that was made after this look, and before the commit, is found then.
  const operation = principal && newOperation(request, tenantId, 'delete', principal, initiatorOf(caller))
  const begun = [...changes, ...(operation?.changes ?? [])]
  const whole = [
    ...begun,
    ...agents.items.flatMap((each) => agentDeletion(tenantId, each, now, principal?.id)),
    ...recount(tenantId, [...deleted, ...all], { live: -1 }),
  ]
  if (!agents.next && whole.length <= mostActions) {
    await world.table.commit(whole, auditOf(request, activity, [...deleted, ...all]))
    return noContent()
  }
  await world.table.commit([...begun, ...recount(tenantId, deleted, { live: -1 })], auditOf(request, activity, deleted))
  return { ...noContent(), ...(operation && { headers: operationLocation(request, operation.id) }) }
}

/** What the deletion of an agent identity and its user writes, but for counters. */
export function agentDeletion(
  tenantId: TenantId,
  { agent, user }: AgentWithUser,
  now: Date,
  deletedWith?: string,
): Change[] {
  return [
    ...deletion(tenantId, agent, now, { deletedWith, companion: user }),
    { action: 'delete', key: keys.client(tenantId, agent.id), when: { objectId: agent.id } },
    // That it has none is told by the same row: one that is made meanwhile is not left behind.
    ...(user
      ? userDeletion(tenantId, user, now, { deletedWith: agent.id })
      : [{ action: 'check', key: keys.agentUser(tenantId, agent.id), when: 'absent' } as const]),
  ]
}
