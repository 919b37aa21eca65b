import type { DirectoryObject, ObjectType } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { Change, Edit, Table } from '../store/store.ts'
import { type DeletedObject, keys } from '../store/table.ts'
import { appIdOf } from './applications.ts'
import { userTypes } from './read.ts'

/*
 * Those who hold roles and grants. What they hold stands while they are deleted, for their restoration, and can be taken away
 * from them meanwhile.
 */

export type Holder = { living?: DirectoryObject; deleted?: DeletedObject }

export async function holderOf(
  table: Table,
  tenantId: TenantId,
  types: readonly ObjectType[],
  id: string,
): Promise<Holder> {
  const found = await table.snapshot([
    ...types.map((type) => keys.object(tenantId, type, id)),
    ...types.map((type) => keys.deleted(tenantId, type, id)),
  ])
  const living = found.slice(0, types.length).find((each) => each !== undefined)
  const deleted = found.slice(types.length).find((each) => each !== undefined)
  return { ...(living && { living }), ...(deleted && { deleted: deleted as DeletedObject }) }
}

/** The holder as an object, whatever is left of it: of one that is purged, its id. */
export const objectOf = ({ living, deleted }: Holder, id: string): DirectoryObject =>
  living ?? deleted ?? { type: 'servicePrincipal', id, version: 0, properties: {} }

/** A change of what tokens read of a principal or user, as long as it is this very one that lives. */
export function effectOn(tenantId: TenantId, object: DirectoryObject, edit: Edit): Change {
  const isUser = userTypes.some((type) => type === object.type)
  return isUser
    ? { action: 'update', key: keys.user(tenantId, object.id), ...edit, when: 'present' }
    : { action: 'update', key: keys.client(tenantId, appIdOf(object)), ...edit, when: { objectId: object.id } }
}

/** The same of something taken away. A deleted holder has no effect; its restoration, which reads what stands, begins anew. */
export function effectOnAny(tenantId: TenantId, { living, deleted }: Holder, edit: Edit): Change[] {
  if (living) return [effectOn(tenantId, living, edit)]
  if (!deleted) return []
  return [
    { action: 'update', key: keys.deleted(tenantId, deleted.type, deleted.id), count: { version: 1 }, when: 'present' },
  ]
}
