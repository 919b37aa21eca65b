import type { AppRoleAssignment } from '../domain/app-role-assignment.ts'
import { rolesOn } from '../domain/client.ts'
import type { DirectoryObject, ObjectType } from '../domain/directory-object.ts'
import { grantOn, type OAuth2PermissionGrant } from '../domain/oauth2-permission-grant.ts'
import type { RoleAssignment } from '../domain/role-assignment.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { Change, Key, Position, Table } from '../store/store.ts'
import { keys, type ListedRow, partitions, type Relation, type RelationRow, shards } from '../store/table.ts'
import { principalTypes, userTypes } from './read.ts'
import { relationRules } from './relations.ts'

type Named = Pick<DirectoryObject, 'id' | 'type'>

/** Rows to be taken away, and whether there are more of them. */
type Found = { changes: Change[]; isAll: boolean }

/**
 * Rows that still name an object which is purged: its relations from both ends, its roles and grants, and what others hold on it;
 * at most so many actions at a time. Grants on it or on behalf of it are found by `grantsOfNobody`.
 */
export async function leftovers(table: Table, tenantId: TenantId, object: Named, most: number): Promise<Found> {
  const found: Change[] = []
  for (const read of [relationsOf, relationsTo, assignmentsOf, assigneesOf, grantsOf, roleAssignmentsOf, countersOf]) {
    // A reader finds up to three actions for a row.
    const limit = Math.floor((most - found.length) / 3)
    if (limit < 1) return { changes: once(found), isAll: false }
    const { changes, isAll } = await read(table, tenantId, object, limit)
    found.push(...changes)
    if (!isAll) return { changes: once(found), isAll: false }
  }
  return { changes: once(found), isAll: true }
}

/** Each row once: a relation of two objects that both go is found from either end. */
export const once = (changes: readonly Change[]): Change[] => [
  ...new Map(changes.map((change) => [nameOf(change.key), change])).values(),
]

/** @param limit of rows */
type Reader = (table: Table, tenantId: TenantId, object: Named, limit: number) => Promise<Found>

const none: Found = { changes: [], isAll: true }

const relationsOf: Reader = async (table, tenantId, { id }, limit) => {
  const { items, positions, next } = await table.query<RelationRow>(partitions.relations(tenantId, id), { limit })
  const changes = items.flatMap(({ targetId }, index) => {
    const relation = positions[index]?.after.split('#', 1)[0] as Relation
    return both(keys.relation(tenantId, id, relation, targetId), keys.inverse(tenantId, targetId, relation, id))
  })
  return { changes, isAll: !next }
}

const relationsTo: Reader = async (table, tenantId, { id, type }, limit) => {
  const changes: Change[] = []
  const possible = Object.keys(relationRules).filter((name) => relationRules[name as Relation].types.includes(type))
  for (const relation of possible as Relation[]) {
    const room = limit - changes.length / 2
    if (room < 1) return { changes, isAll: false }
    const page = await table.query<ListedRow>(partitions.inverse(tenantId, id, relation), { limit: room })
    for (const source of page.items) {
      changes.push(
        ...both(keys.relation(tenantId, source.id, relation, id), keys.inverse(tenantId, id, relation, source.id)),
      )
    }
    if (page.next) return { changes, isAll: false }
  }
  return { changes, isAll: true }
}

const assignmentsOf: Reader = async (table, tenantId, { id }, limit) => {
  const { items, next } = await table.query<AppRoleAssignment>(partitions.assignments(tenantId, id), { limit })
  return { changes: items.flatMap((each) => assignment(tenantId, each)), isAll: !next }
}

const assigneesOf: Reader = async (table, tenantId, { id, type }, limit) => {
  if (!isResource(type)) return none
  const { items, next } = await table.query<AppRoleAssignment>(partitions.assignees(tenantId, id), { limit })
  const clientIds = [...new Set(items.flatMap(({ clientId }) => clientId ?? []))]
  const clients = await table.snapshot(clientIds.map((clientId) => keys.client(tenantId, clientId)))
  const held = clients.flatMap((client) =>
    client?.[rolesOn(id)] === undefined
      ? []
      : [without(keys.client(tenantId, client.clientId), client.objectId, rolesOn(id))],
  )
  return { changes: [...items.flatMap((each) => assignment(tenantId, each)), ...held], isAll: !next }
}

/** Of a client: for everybody, and by each user. */
const grantsOf: Reader = async (table, tenantId, { id, type }, limit) => {
  if (!principalTypes.includes(type as never)) return none
  const options = { limit, prefix: `${id}#` }
  const { items, next } = await table.query<OAuth2PermissionGrant>(partitions.grantsOf(tenantId, id), options)
  const changes = [...items.map((each) => grant(tenantId, each)), ...(await userGrantRows(table, tenantId, items))]
  return { changes, isAll: !next }
}

const roleAssignmentsOf: Reader = async (table, tenantId, { id, type }, limit) => {
  if (![...principalTypes, ...userTypes].includes(type as never)) return none
  const own: Change[] = []
  let from: Position | undefined
  do {
    const page = await table.query<RoleAssignment>(partitions.roleAssignments(tenantId), {
      limit: 1000,
      ...(from && { from }),
    })
    own.push(
      ...page.items
        .filter(({ principalId }) => principalId === id)
        .map(({ roleDefinitionId }) => gone(keys.roleAssignment(tenantId, roleDefinitionId, id))),
    )
    from = page.next
  } while (from)
  return { changes: own.slice(0, limit), isAll: own.length <= limit }
}

/** Of a blueprint whose agents are all gone: what they were counted on. */
const countersOf: Reader = async (table, tenantId, { id, type }, limit) => {
  if (type !== 'agentIdentityBlueprint') return none
  const all = Array.from({ length: shards.counter }, (_, shard) => keys.counter(tenantId, `agentsOf:${id}`, shard))
  const counters = await table.snapshot(all)
  const empty = all.filter((_, shard) => counters[shard]?.all === 0)
  const changes = empty.map((key): Change => ({ action: 'delete', key, when: { live: 0, all: 0 } }))
  return { changes: changes.slice(0, limit), isAll: changes.length <= limit }
}

/** Whether grants can be on an object of a type, or on behalf of one. */
export const isInGrants = (type: ObjectType): boolean => isResource(type) || userTypes.includes(type as never)

const isResource = (type: ObjectType): boolean =>
  type === 'servicePrincipal' || type === 'agentIdentityBlueprintPrincipal'

/** Grants that one look goes through, each with up to three actions; and how many one commit looks through for some to take away. */
const grantsAtOnce = 25
const mostGrants = 1000

/**
 * Of the next grants of the tenant those on a resource that is purged, and those on behalf of users who are: of all of these, so
 * that the users below a principal need no look of their own.
 */
export async function grantsOfNobody(
  table: Table,
  tenantId: TenantId,
  { id }: Named,
  from: Position | undefined,
): Promise<{ changes: Change[]; next: Position | undefined }> {
  let at = from
  for (let seen = 0; seen < mostGrants; seen += grantsAtOnce) {
    const page = await table.query<OAuth2PermissionGrant>(partitions.grants(tenantId), {
      limit: grantsAtOnce,
      ...(at && { from: at }),
    })
    const isGone = await usersGone(table, tenantId, page.items)
    const orphans = page.items.filter(({ principalId }) => principalId !== null && isGone.has(principalId))
    const others = page.items.filter((each) => each.resourceId === id && !orphans.includes(each))
    const changes = once([
      ...[...orphans, ...others].map((each) => grant(tenantId, each)),
      ...(await userGrantRows(table, tenantId, orphans)),
      ...(await effectsOf(table, tenantId, others)),
    ])
    at = page.next
    if (changes.length > 0 || !at) return { changes, next: at }
  }
  return { changes: [], next: at }
}

async function usersGone(
  table: Table,
  tenantId: TenantId,
  grants: readonly OAuth2PermissionGrant[],
): Promise<ReadonlySet<string>> {
  const ids = [...new Set(grants.flatMap(({ principalId }) => principalId ?? []))]
  const wanted: Key<DirectoryObject>[] = ids.flatMap((id) =>
    userTypes.flatMap((type) => [keys.object(tenantId, type, id), keys.deleted(tenantId, type, id)]),
  )
  const found: (DirectoryObject | undefined)[] = await table.snapshot(wanted)
  const known = new Set(found.map((each) => each?.id))
  return new Set(ids.filter((id) => !known.has(id)))
}

/** What tokens read of grants by users, as long as it is this very client's; whole, as either the client or the user is gone. */
async function userGrantRows(
  table: Table,
  tenantId: TenantId,
  grants: readonly OAuth2PermissionGrant[],
): Promise<Change[]> {
  const own = byUsers(tenantId, grants)
  const rows = await table.snapshot(own.map(({ key }) => key))
  return own.flatMap(({ key, clientId }, index): Change[] =>
    rows[index]?.objectId === clientId ? [{ action: 'delete', key, when: { objectId: clientId } }] : [],
  )
}

/** What tokens read of grants on one resource, which is gone. */
async function effectsOf(
  table: Table,
  tenantId: TenantId,
  grants: readonly OAuth2PermissionGrant[],
): Promise<Change[]> {
  const forAll = grants.filter(({ principalId }) => principalId === null)
  const wanted = [
    ...forAll.map(({ appId, clientId, resourceId }) => ({ key: keys.client(tenantId, appId), clientId, resourceId })),
    ...byUsers(tenantId, grants),
  ]
  const rows = await table.snapshot(wanted.map(({ key }) => key))
  return wanted.flatMap(({ key, clientId, resourceId }, index): Change[] => {
    const row = rows[index]
    return row?.objectId === clientId && row[grantOn(resourceId)] !== undefined
      ? [without(key, clientId, grantOn(resourceId))]
      : []
  })
}

/** The rows of the users' own grants among these, each once: a snapshot takes no key twice. */
function byUsers(tenantId: TenantId, grants: readonly OAuth2PermissionGrant[]) {
  const rows = grants.flatMap(({ appId, clientId, resourceId, principalId }) =>
    principalId === null ? [] : [{ key: keys.userGrant(tenantId, appId, principalId), clientId, resourceId }],
  )
  return [...new Map(rows.map((each) => [nameOf(each.key), each])).values()]
}

const assignment = (tenantId: TenantId, { id, principalId, resourceId }: AppRoleAssignment): Change[] =>
  both(keys.assignment(tenantId, principalId, id), keys.assignee(tenantId, resourceId, id))

const grant = (tenantId: TenantId, { clientId, resourceId, principalId }: OAuth2PermissionGrant): Change =>
  gone(keys.grant(tenantId, clientId, resourceId, principalId ?? '*'))

const without = (key: Key<unknown>, objectId: string, attribute: string): Change => ({
  action: 'update',
  key,
  unset: [attribute],
  when: { objectId },
})

const both = (one: Key<unknown>, other: Key<unknown>): Change[] => [gone(one), gone(other)]
const gone = (key: Key<unknown>): Change => ({ action: 'delete', key, when: 'present' })
const nameOf = ({ pk, sk }: Key<unknown>): string => `${pk} ${sk}`
