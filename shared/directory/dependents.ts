import type { DirectoryObject } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { Key, Page, Position, Table } from '../store/store.ts'
import { type DeletedObject, keys, type ListedRow, partitions } from '../store/table.ts'

/** An agent identity, and the agent user that it has. */
export type AgentWithUser = { agent: DirectoryObject; user: DirectoryObject | undefined }

/** An object wherever it is: one of these, or neither. */
export type Whereabouts = { living: DirectoryObject | undefined; deleted: DeletedObject | undefined }

/** What names a blueprint's agent identities: its principal in the tenant, by which they were made, and its appId. */
export type Parent = { id: string; appId: string }

/** Rows that one look goes through: each may be of an object that lives or is deleted, and one snapshot reads a hundred items. */
const pageSize = 50

/**
 * The living agent identities that were made under a principal, with their users. What is deleted meanwhile is left out; nothing
 * is made under a principal that is deleted.
 */
export async function agentsUnder(
  table: Table,
  tenantId: TenantId,
  principal: Parent,
  from?: Position,
): Promise<Page<AgentWithUser>> {
  const rows = await agentRows(table, tenantId, principal.appId, from)
  const agents = await table.snapshot(rows.items.map(({ id }) => keys.object(tenantId, 'agentIdentity', id)))
  const own = agents.filter((agent): agent is DirectoryObject => agent?.parentId === principal.id)
  return { items: await withUsers(table, tenantId, own), positions: [], ...(rows.next && { next: rows.next }) }
}

/** Those that were deleted with it. */
export async function agentsDeletedWith(
  table: Table,
  tenantId: TenantId,
  principal: Parent,
  from?: Position,
): Promise<Page<DeletedObject>> {
  const rows = await agentRows(table, tenantId, principal.appId, from)
  const agents = await table.snapshot(rows.items.map(({ id }) => keys.deleted(tenantId, 'agentIdentity', id)))
  const items = agents.filter((agent): agent is DeletedObject => agent?.deletedWith === principal.id)
  return { items, positions: [], ...(rows.next && { next: rows.next }) }
}

/** All of a blueprint's, living or deleted; of one principal where it is named. */
export async function agentsOf(
  table: Table,
  tenantId: TenantId,
  { appId, principalId }: { appId: string; principalId: string | undefined },
  from?: Position,
): Promise<Page<Whereabouts>> {
  const rows = await agentRows(table, tenantId, appId, from)
  const agents = await whereabouts(table, tenantId, rows.items)
  const items = agents.filter(({ living, deleted }) => {
    const agent = living ?? deleted
    return agent !== undefined && (principalId === undefined || agent.parentId === principalId)
  })
  return { items, positions: [], ...(rows.next && { next: rows.next }) }
}

/** The agent users of some agent identities. */
export async function withUsers(
  table: Table,
  tenantId: TenantId,
  agents: readonly DirectoryObject[],
): Promise<AgentWithUser[]> {
  const known = await table.snapshot(agents.map(({ id }) => keys.agentUser(tenantId, id)))
  const ids = known.flatMap((each) => each?.id ?? [])
  const users = await table.snapshot(ids.map((id) => keys.object(tenantId, 'agentUser', id)))
  return agents.map((agent, index) => ({ agent, user: users[ids.indexOf(known[index]?.id ?? '')] }))
}

/** What was deleted with an object as its own, where it is still deleted: a blueprint's principal, an agent identity's user. */
export async function companionOf(
  table: Table,
  tenantId: TenantId,
  object: DeletedObject,
): Promise<DeletedObject | undefined> {
  if (!object.companion) return undefined
  const [companion] = await table.snapshot([keys.deleted(tenantId, object.companion.type, object.companion.id)])
  return companion?.deletedWith === object.id ? companion : undefined
}

/** At most fifty objects, wherever they are. */
export async function whereabouts(
  table: Table,
  tenantId: TenantId,
  objects: readonly ListedRow[],
): Promise<Whereabouts[]> {
  const living: Key<DirectoryObject>[] = objects.map(({ type, id }) => keys.object(tenantId, type, id))
  const deleted = objects.map(({ type, id }) => keys.deleted(tenantId, type, id))
  const found: (DirectoryObject | undefined)[] = await table.snapshot([...living, ...deleted])
  return objects.map((_, index) => ({
    living: found[index],
    deleted: found[objects.length + index] as DeletedObject | undefined,
  }))
}

function agentRows(
  table: Table,
  tenantId: TenantId,
  appId: string,
  from: Position | undefined,
): Promise<Page<ListedRow>> {
  const rows = partitions.index(tenantId, 'agentIdentity', 'agentIdentityBlueprintId', appId)
  return table.query<ListedRow>(rows, { limit: pageSize, ...(from && { from }) })
}
