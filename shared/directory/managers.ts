import type * as v from 'valibot'
import { authorize } from '../auth/authorize.ts'
import type { DirectoryObject } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import { noContent, ok, type Response } from '../http/response.ts'
import { Refusal } from '../refusal.ts'
import type { Change, Table } from '../store/store.ts'
import { keys, partitions, type RelationRow } from '../store/table.ts'
import { auditOf } from './audit.ts'
import { listSegments } from './list.ts'
import { replacement } from './object-changes.ts'
import { byId, find, notFound, userTypes } from './read.ts'
import { relationRows, relationRules, relationTarget } from './relations.ts'
import { shown } from './render.ts'
import type { referenceBody } from './shape.ts'

/** `GET /users/{id}/manager`, and of its `$ref` the address alone. */
export async function readManager(request: ManagementRequest<unknown>): Promise<Response> {
  const { caller, world, path, query, event } = request
  const object = await find(world.table, caller.tenantId, userTypes, path.id)
  await authorize(request, 'read', object)
  const row = await managerRow(world.table, caller.tenantId, object)
  const manager = row && (await byId(world.table, caller.tenantId, relationRules.manager.types, row.targetId))
  if (!manager) throw notFound('manager')
  await authorize(request, 'read', manager)
  const root = `${world.origin}/${path.version}`
  if (event.rawPath.endsWith('/ref'))
    return ok({ '@odata.context': `${root}/$metadata#$ref`, '@odata.id': `${root}/directoryObjects/${manager.id}` })
  return ok({
    '@odata.context': `${root}/$metadata#directoryObjects/$entity`,
    ...shown(manager, query.$select, true),
  })
}

/** `PUT /users/{id}/manager/$ref`: in place of the one that there is, in one commit. */
export async function setManager(request: ManagementRequest<v.InferOutput<typeof referenceBody>>): Promise<Response> {
  const { caller, world, path, body } = request
  const { tenantId } = caller
  const before = await find(world.table, tenantId, userTypes, path.id)
  await authorize(request, 'update', before, ['manager'])
  const target = await relationTarget(world.table, tenantId, 'manager', body['@odata.id'], '@odata.id')
  if (target.id === before.id)
    throw new Refusal('Request_BadRequest', "property '@odata.id': nobody manages themselves")
  const row = await managerRow(world.table, tenantId, before)
  if (row?.targetId === target.id) return noContent()
  await commitManager(request, before, [
    ...(row ? removal(tenantId, before, row) : []),
    { action: 'check', key: keys.object(tenantId, target.type, target.id), when: 'present' },
    ...relationRows(tenantId, before, 'manager', target),
  ])
  return noContent()
}

/** `DELETE /users/{id}/manager/$ref`. */
export async function removeManager(request: ManagementRequest<unknown>): Promise<Response> {
  const { caller, world, path } = request
  const { tenantId } = caller
  const before = await find(world.table, tenantId, userTypes, path.id)
  await authorize(request, 'update', before, ['manager'])
  const row = await managerRow(world.table, tenantId, before)
  if (!row) throw notFound('manager')
  await commitManager(request, before, removal(tenantId, before, row))
  return noContent()
}

/** `GET /users/{id}/directReports`, and its `$count`: whose manager this user is. */
export async function listDirectReports(request: ManagementRequest<unknown>): Promise<Response> {
  const { caller, world, path } = request
  const object = await find(world.table, caller.tenantId, userTypes, path.id)
  await authorize(request, 'read', object)
  const reports = partitions.inverse(caller.tenantId, object.id, 'manager')
  return listSegments(request, [{ partitions: reports, rows: 'named' }], userTypes, 'directoryObjects')
}

/** With a new version of the user: of two who would give the same user a manager, one comes second and replaces the other's. */
async function commitManager(
  request: ManagementRequest<unknown>,
  before: DirectoryObject,
  changes: readonly Change[],
): Promise<void> {
  const { caller, world } = request
  const after = { ...before, version: before.version + 1 }
  await world.table.commit(
    [...replacement(caller.tenantId, before, after), ...changes],
    auditOf(request, 'Update user', after, ['manager']),
  )
}

async function managerRow(table: Table, tenantId: TenantId, { id }: DirectoryObject): Promise<RelationRow | undefined> {
  const { items } = await table.query<RelationRow>(partitions.relations(tenantId, id), { limit: 1, prefix: 'manager#' })
  return items[0]
}

const removal = (tenantId: TenantId, { id }: DirectoryObject, { targetId }: RelationRow): Change[] => [
  { action: 'delete', key: keys.relation(tenantId, id, 'manager', targetId), when: 'present' },
  { action: 'delete', key: keys.inverse(tenantId, targetId, 'manager', id), when: 'present' },
]
