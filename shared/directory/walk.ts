import type { DirectoryObject } from '../domain/directory-object.ts'
import { compareBy, type Order } from '../odata/options.ts'
import { compareText } from '../odata/text.ts'
import { Refusal } from '../refusal.ts'
import type { Page, Position } from '../store/store.ts'
import type { Source } from './source.ts'

type Keep = (object: DirectoryObject) => boolean

/** Rows that one request reads for a page, however few of them it keeps: the page is short, and says where it goes on. */
const mostRows = 1000
const chunk = 100

/** A Lambda function answers with 6 MB at most: pages of large objects hold fewer of them. */
const mostBytes = 4 * 1024 * 1024

/** The next `limit` objects of a source that are kept, from a position. No object is left out, whatever a page holds. */
export async function walk<Item = DirectoryObject>(
  source: (limit: number, from: Position | undefined) => Promise<Page<Item>>,
  keep: (item: Item) => boolean,
  limit: number,
  from: Position | undefined,
  selective: boolean,
): Promise<Page<Item>> {
  const page: Page<Item> = { items: [], positions: [] }
  let at = from
  let bytes = 0
  for (let read = 0; read < mostRows; read += chunk) {
    const rows = await source(selective ? chunk : limit - page.items.length, at)
    for (const [index, object] of rows.items.entries()) {
      if (!keep(object)) continue
      const isFull = page.items.length === limit
      bytes += isFull ? 0 : Buffer.byteLength(JSON.stringify(object))
      if (isFull || (bytes > mostBytes && page.items.length > 0))
        return { ...page, next: page.positions.at(-1) as Position }
      page.items.push(object)
      page.positions.push(rows.positions[index] as Position)
    }
    if (!rows.next) return page
    at = rows.next
    if (page.items.length === limit) break
  }
  return { ...page, next: at as Position }
}

/** As many as are sorted or counted in one request, for want of an index that has them so. */
const mostAtOnce = 5000

/**
 * All objects of a source that are kept.
 * @returns undefined where there are more than one request looks at
 */
export async function collect(source: Source, keep: Keep, most = mostAtOnce): Promise<DirectoryObject[] | undefined> {
  const all: DirectoryObject[] = []
  let at: Position | undefined
  let read = 0
  do {
    const rows = await source(most === mostAtOnce ? 1000 : chunk, at)
    all.push(...rows.items.filter(keep))
    read += rows.items.length
    at = rows.next
    if (read > most || (at && read >= most)) return undefined
  } while (at)
  return all
}

/** The next `limit` of these objects in an order. A position is what the last one was ordered by, so that it holds when others come and go. */
export function inOrder(
  objects: DirectoryObject[],
  order: Order,
  limit: number,
  from: Position | undefined,
): Page<DirectoryObject> {
  const byProperty = compareBy([order])
  const compare = (one: DirectoryObject, other: DirectoryObject) =>
    byProperty(one.properties, other.properties) || compareText(one.id, other.id)
  const last = from && parsed(from.after)
  const rest = objects
    .filter(
      (object) =>
        !last || compare(object, { ...object, id: last.id, properties: { [order.property]: last.value } }) > 0,
    )
    .sort(compare)
  const items = rest.slice(0, limit)
  const positions = items.map(({ id, properties }) => ({
    partition: 0,
    after: JSON.stringify({ id, value: properties[order.property] ?? null }),
  }))
  const next = positions.at(-1)
  return rest.length <= limit || !next ? { items, positions } : { items, positions, next }
}

/** What an object at a position of `inOrder` was ordered by. */
export function parsed(after: string): { id: string; value: unknown } {
  try {
    const { id, value } = JSON.parse(after) as { id: string; value: unknown }
    if (typeof id === 'string' && id.isWellFormed()) return { id, value }
  } catch {
    // Told below.
  }
  throw new Refusal('Request_BadRequest', "'$skiptoken' is not one of this listing; follow @odata.nextLink as it is")
}
