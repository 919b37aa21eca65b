import { mayRead } from '../auth/authorize.ts'
import type { Caller } from '../auth/bearer.ts'
import type { DirectoryObject, ObjectType } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import { compareText } from '../odata/text.ts'
import type { Page, Position, Table } from '../store/store.ts'
import { type DeletedObject, keys, type ListedRow, partitions, type RelationRow } from '../store/table.ts'

/** Where the objects of a listing come from: rows in an order that does not change, from any of its positions. */
export type Source = (limit: number, from: Position | undefined) => Promise<Page<DirectoryObject>>

/** Some partitions, whose rows are the objects themselves, or name them. */
export type Segment = { partitions: readonly string[]; prefix?: string; rows: 'objects' | 'named' }

/** One snapshot reads at most 100 items. */
const mostAtOnce = 100

/** The rows of some segments, one after the other. */
export function inSegments(table: Table, tenantId: TenantId, segments: readonly Segment[]): Source {
  return async (limit, from) => {
    const page: Page<DirectoryObject> = { items: [], positions: [] }
    let offset = 0
    for (const { partitions: own, prefix, rows } of segments) {
      const begin = Math.max(0, (from?.partition ?? 0) - offset)
      const room = limit - page.positions.length
      if (begin < own.length && room > 0) {
        const here = from && from.partition >= offset ? { partition: begin, after: from.after } : undefined
        const read = await readSegment(
          table,
          tenantId,
          { partitions: own, rows, ...(prefix && { prefix }) },
          room,
          here,
        )
        page.items.push(...read.items)
        page.positions.push(...read.positions.map((each) => ({ ...each, partition: each.partition + offset })))
        if (read.next) return { ...page, next: { ...read.next, partition: read.next.partition + offset } }
      } else if (begin < own.length) {
        const last = page.positions.at(-1)
        return last ? { ...page, next: last } : page
      }
      offset += own.length
    }
    return page
  }
}

/** By name: the rows of all types in one order. */
export function inNameOrder(
  table: Table,
  tenantId: TenantId,
  types: readonly ObjectType[],
  { prefix, descending }: { prefix?: string; descending?: boolean },
): Source {
  const names = types.flatMap((type) => partitions.names(tenantId, type))
  return async (limit, from) => {
    const rows = await table.ordered<ListedRow>(names, {
      limit: Math.min(limit, mostAtOnce),
      ...(from && { after: from.after }),
      ...(prefix !== undefined && { prefix }),
      ...(descending && { descending }),
    })
    return named(table, tenantId, rows)
  }
}

/** Some objects in the order of their ids. */
export const inMemory = (objects: readonly DirectoryObject[]): Source => {
  const sorted = [...objects].sort((one, other) => compareText(one.id, other.id))
  return async (limit, from) => {
    const rest = sorted.filter(({ id }) => !from || id > from.after)
    const items = rest.slice(0, limit)
    const positions = items.map(({ id }) => ({ partition: 0, after: id }))
    const next = positions.at(-1)
    return rest.length <= limit || !next ? { items, positions } : { items, positions, next }
  }
}

/** Related objects as a caller sees them: of one that they may not read, that it is there and of which type, as Graph has it. */
export const seenBy =
  (caller: Caller, source: Source): Source =>
  async (limit, from) => {
    const page = await source(limit, from)
    const items = page.items.map((object) =>
      mayRead(caller, object) ? object : { ...object, properties: { id: object.id } },
    )
    return { ...page, items }
  }

/** One object, or none. */
export const only = (object: DirectoryObject | undefined): Source => {
  return async (_, from) =>
    object && !from
      ? { items: [object], positions: [{ partition: 0, after: object.id }] }
      : { items: [], positions: [] }
}

async function readSegment(
  table: Table,
  tenantId: TenantId,
  { partitions: own, prefix, rows }: Segment,
  limit: number,
  from: Position | undefined,
): Promise<Page<DirectoryObject>> {
  const options = { ...(from && { from }), ...(prefix !== undefined && { prefix }) }
  if (rows === 'objects') {
    const page = await table.query<DirectoryObject | DeletedObject>(own, { limit, ...options })
    return { ...page, items: page.items.map(dated) }
  }
  const page = await table.query<ListedRow | RelationRow>(own, { limit: Math.min(limit, mostAtOnce), ...options })
  return named(table, tenantId, { ...page, items: page.items.map(listedRow) })
}

/** A deleted object says when it was deleted. */
const dated = (object: DirectoryObject | DeletedObject): DirectoryObject =>
  'deletedDateTime' in object
    ? { ...object, properties: { ...object.properties, deletedDateTime: object.deletedDateTime } }
    : object

export const listedRow = (row: ListedRow | RelationRow): ListedRow =>
  'targetId' in row ? { id: row.targetId, type: row.targetType } : row

/** Those of some objects that live. */
export async function living(table: Table, tenantId: TenantId, rows: readonly ListedRow[]): Promise<DirectoryObject[]> {
  const found: DirectoryObject[] = []
  for (let at = 0; at < rows.length; at += mostAtOnce) {
    const own = rows.slice(at, at + mostAtOnce).map(({ type, id }) => keys.object(tenantId, type, id))
    found.push(...(await table.snapshot(own)).filter((object) => object !== undefined))
  }
  return found
}

/** The living objects that some rows name. A row whose object is deleted stays until that is purged. */
async function named(table: Table, tenantId: TenantId, page: Page<ListedRow>): Promise<Page<DirectoryObject>> {
  if (page.items.length === 0) return { ...page, items: [] }
  const objects = await table.snapshot(page.items.map(({ type, id }) => keys.object(tenantId, type, id)))
  const found = objects.map((object, index) => ({ object, position: page.positions[index] as Position }))
  const living = found.filter(
    (each): each is { object: DirectoryObject; position: Position } => each.object !== undefined,
  )
  return {
    ...page,
    items: living.map(({ object }) => object),
    positions: living.map(({ position }) => position),
  }
}
