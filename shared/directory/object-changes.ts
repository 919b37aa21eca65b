import type { ApplicationCredentials } from '../domain/application.ts'
import type { DirectoryObject } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { Change, Key } from '../store/store.ts'
import { type DeletedObject, keys, type ListedRow } from '../store/table.ts'

/*
 * What a change of a directory object writes: the object itself, the rows that it is listed by, and when it ends. Whatever
 * else there is of it (what tokens read, unique names, relations) is its own type's.
 */

/** How long a deleted object can be restored (reference §1.12). */
const retentionDays = 30

/** When a deleted object is purged. */
export const purgeTime = (deletedDateTime: string): string =>
  new Date(Date.parse(deletedDateTime) + retentionDays * 86_400_000).toISOString()

export function insertion(tenantId: TenantId, object: DirectoryObject): Change[] {
  return [
    { action: 'put', key: keys.object(tenantId, object.type, object.id), item: object, when: 'absent' },
    ...listingRows(tenantId, object).map((key) => listed(key, object)),
  ]
}

/** @param before as it was read: another change since then makes this one stale */
export function replacement(tenantId: TenantId, before: DirectoryObject, after: DirectoryObject): Change[] {
  return [
    {
      action: 'put',
      key: keys.object(tenantId, before.type, before.id),
      item: after,
      when: { version: before.version },
    },
    ...listingChanges(tenantId, before, after),
  ]
}

/** Into the deleted items. The rows that it is listed by stay until it is purged: they name what is restored as well. */
export function deletion(
  tenantId: TenantId,
  object: DirectoryObject,
  now: Date,
  kept: {
    app?: ApplicationCredentials | undefined
    deletedWith?: string | undefined
    companion?: DirectoryObject | undefined
  } = {},
): Change[] {
  const item: DeletedObject = {
    ...object,
    deletedDateTime: now.toISOString(),
    ...(kept.deletedWith !== undefined && { deletedWith: kept.deletedWith }),
    ...(kept.companion && { companion: { id: kept.companion.id, type: kept.companion.type } }),
    ...(kept.app && { app: kept.app }),
  }
  const { type, id, expiresAt } = object
  return [
    { action: 'delete', key: keys.object(tenantId, type, id), when: { version: object.version } },
    { action: 'put', key: keys.deleted(tenantId, type, id), item, when: 'absent' },
    due(tenantId, object, purgeTime(item.deletedDateTime), 'purge'),
    ...(expiresAt === undefined ? [] : [notDue(id, expiresAt)]),
  ]
}

/** Out of the deleted items again, as `after`, whose version is new. */
export function restoration(tenantId: TenantId, before: DeletedObject, after: DirectoryObject): Change[] {
  const { type, id } = before
  return [
    { action: 'delete', key: keys.deleted(tenantId, type, id), when: { version: before.version } },
    { action: 'put', key: keys.object(tenantId, type, id), item: after, when: 'absent' },
    notDue(id, purgeTime(before.deletedDateTime)),
    ...(after.expiresAt === undefined ? [] : [due(tenantId, after, after.expiresAt, 'expire')]),
    ...listingChanges(tenantId, before, after),
  ]
}

/** For good: the deleted object and all rows that it is listed by. */
export const erasure = (tenantId: TenantId, object: DeletedObject): Change[] => [
  { action: 'delete', key: keys.deleted(tenantId, object.type, object.id), when: { version: object.version } },
  notDue(object.id, purgeTime(object.deletedDateTime)),
  ...listingRows(tenantId, object).map(gone),
]

/** For good, and at once: a living object that nothing can be done with any more. */
export const removal = (tenantId: TenantId, object: DirectoryObject): Change[] => [
  { action: 'delete', key: keys.object(tenantId, object.type, object.id), when: { version: object.version } },
  ...(object.expiresAt === undefined ? [] : [notDue(object.id, object.expiresAt)]),
  ...listingRows(tenantId, object).map(gone),
]

export const due = (
  tenantId: TenantId,
  { type, id }: DirectoryObject,
  at: string,
  what: 'purge' | 'expire',
): Change => ({
  action: 'put',
  key: keys.due(at, id),
  item: { tenantId, type, id, what, at },
  when: 'absent',
})

const notDue = (id: string, at: string): Change => ({ action: 'delete', key: keys.due(at, id), when: 'present' })

/** The rows by which an object is found without a walk through all of its type. */
function listingRows(tenantId: TenantId, { type, id, properties }: DirectoryObject): Key<ListedRow>[] {
  const { displayName, agentIdentityBlueprintId, createdByAppId, accountEnabled } = properties
  return [
    ...(typeof displayName === 'string' ? [keys.name(tenantId, type, displayName, id)] : []),
    ...(typeof agentIdentityBlueprintId === 'string'
      ? [keys.index(tenantId, type, 'agentIdentityBlueprintId', agentIdentityBlueprintId, id)]
      : []),
    ...(typeof createdByAppId === 'string' ? [keys.index(tenantId, type, 'createdByAppId', createdByAppId, id)] : []),
    ...(accountEnabled === false ? [keys.index(tenantId, type, 'disabled', 'true', id)] : []),
  ]
}

function listingChanges(tenantId: TenantId, before: DirectoryObject, after: DirectoryObject): Change[] {
  const nameOf = ({ pk, sk }: Key<unknown>) => `${pk} ${sk}`
  const old = new Map(listingRows(tenantId, before).map((key) => [nameOf(key), key]))
  const current = new Map(listingRows(tenantId, after).map((key) => [nameOf(key), key]))
  const left = [...old].filter(([name]) => !current.has(name))
  const added = [...current].filter(([name]) => !old.has(name))
  return [...left.map(([, key]) => gone(key)), ...added.map(([, key]) => listed(key, after))]
}

const listed = (key: Key<ListedRow>, { id, type }: DirectoryObject): Change => ({
  action: 'put',
  key,
  item: { id, type } satisfies ListedRow,
  when: 'absent',
})

const gone = (key: Key<ListedRow>): Change => ({ action: 'delete', key, when: 'present' })
