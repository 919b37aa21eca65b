import type { ApplicationCredentials } from '../domain/application.ts'
import type { Client } from '../domain/client.ts'
import type { DirectoryObject } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { Change } from '../store/store.ts'
import { type DeletedObject, keys } from '../store/table.ts'

/** How long a deleted object can be restored (reference §1.12). */
const retentionDays = 30

/** Moves an object out of the directory into the deleted items, with what the token path knew of it. */
export function deletedObject(
  tenantId: TenantId,
  object: DirectoryObject,
  now: Date,
  { client, app }: { client?: Client | undefined; app?: ApplicationCredentials | undefined },
): Change[] {
  const item: DeletedObject = {
    ...object,
    deletedDateTime: now.toISOString(),
    ttl: Math.floor(now.getTime() / 1000) + retentionDays * 86_400,
    ...(client && { client }),
    ...(app && { app }),
  }
  return [
    { action: 'delete', key: keys.object(tenantId, object.type, object.id), when: { version: object.version } },
    { action: 'put', key: keys.deleted(tenantId, object.type, object.id), item, when: 'absent' },
  ]
}
