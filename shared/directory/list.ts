import { createHash } from 'node:crypto'
import { authorize } from '../auth/authorize.ts'
import type { Caller } from '../auth/bearer.ts'
import type { DirectoryObject, ObjectType } from '../domain/directory-object.ts'
import { parseGuid } from '../domain/guid.ts'
import type { ManagementRequest } from '../http/management.ts'
import { type QueryOption, readTop } from '../http/query.ts'
import { ok, type Response } from '../http/response.ts'
import { Refusal } from '../refusal.ts'
import type { Page, Position } from '../store/store.ts'
import { partitions } from '../store/table.ts'
import { find, notFound } from './read.ts'
import { collectionContext, shown } from './render.ts'

export const listOptions = ['$top', '$skiptoken', '$select', '$filter'] as const satisfies readonly QueryOption[]

/** A page of the objects of some types that the caller may see, read from rows that their own commits wrote. */
export async function listObjects(
  request: ManagementRequest<unknown>,
  types: readonly ObjectType[],
): Promise<Response> {
  const { caller, query, world } = request
  const visible = types.filter((type) => mayReadSome(caller, type))
  if (query.$filter !== undefined) return listFiltered(request, visible, types)
  const all = visible.flatMap((type) => partitions.objects(caller.tenantId, type))
  const page = await readPage<DirectoryObject>(request, `objects ${visible.join(' ')}`, (limit, from) =>
    world.table.query(all, { limit, ...(from && { from }) }),
  )
  const own = page.items.filter((object) => isVisible(caller, object))
  return listing(request, types, own, page)
}

/** `$filter=appId eq '…'`: what clients look a principal or application up with. It names one object at most. */
async function listFiltered(
  request: ManagementRequest<unknown>,
  visible: readonly ObjectType[],
  types: readonly ObjectType[],
): Promise<Response> {
  const { caller, query, world } = request
  const match = /^\s*(appId|id)\s+eq\s+'([^']*)'\s*$/i.exec(query.$filter ?? '')
  if (!match)
    throw new Refusal('Request_BadRequest', "'$filter' is supported here as appId eq '{guid}' or id eq '{guid}'")
  const id = parseGuid(match[2]) ?? ''
  const segment = match[1]?.toLowerCase() === 'id' ? id : `appId=${id}`
  const found = await find(world.table, caller.tenantId, visible, segment).catch((error: unknown) => {
    if (error instanceof Refusal && error.code === notFound('').code) return undefined
    throw error
  })
  const items = found && isVisible(caller, found) ? [found] : []
  return listing(request, types, items, {})
}

function listing(
  request: ManagementRequest<unknown>,
  types: readonly ObjectType[],
  objects: DirectoryObject[],
  page: { token?: string },
): Response {
  const { world, path, query } = request
  return ok({
    '@odata.context': collectionContext({ origin: world.origin, version: path.version ?? '' }, types),
    ...nextLink(request, page),
    value: objects.map((object) => shown(object, query.$select)),
  })
}

function mayReadSome(caller: Caller, type: ObjectType): boolean {
  return isVisible(caller, { type, properties: { agentIdentityBlueprintId: caller.clientId } })
}

function isVisible(caller: Caller, { type, properties }: Pick<DirectoryObject, 'type' | 'properties'>): boolean {
  try {
    authorize(caller, 'read', { type, agentIdentityBlueprintId: properties.agentIdentityBlueprintId as string })
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

/** A page, from the position that `$skiptoken` holds. A token counts for the listing that it came from alone. */
export async function readPage<Item>(
  { caller, query }: Pick<ManagementRequest<unknown>, 'caller' | 'query'>,
  listingName: string,
  read: (limit: number, from: Position | undefined) => Promise<Page<Item>>,
): Promise<Page<Item> & { token?: string }> {
  const of = fingerprint(`${caller.tenantId} ${listingName}`)
  const from = query.$skiptoken === undefined ? undefined : readToken(query.$skiptoken, of)
  const page = await fitting((limit) => read(limit, from), readTop(query.$top))
  return page.next ? { ...page, token: writeToken(page.next, of) } : page
}

/** A Lambda function answers with 6 MB at most: pages of large objects hold fewer of them. */
const mostBytes = 4 * 1024 * 1024

async function fitting<Item>(read: (limit: number) => Promise<Page<Item>>, limit: number): Promise<Page<Item>> {
  const page = await read(limit)
  const isLarge = Buffer.byteLength(JSON.stringify(page.items)) > mostBytes
  return isLarge && limit > 1 ? fitting(read, Math.floor(limit / 2)) : page
}

/** `@odata.nextLink` (OData JSON §4.5.5): the same address with the position after this page. */
export function nextLink(
  { world, path, event }: ManagementRequest<unknown>,
  { token }: { token?: string },
): { '@odata.nextLink'?: string } {
  if (token === undefined) return {}
  const query = new URLSearchParams(event.rawQueryString)
  query.delete('$skiptoken')
  query.append('$skiptoken', token)
  const address = event.rawPath.replace(/^\/[^/]+/, `/${path.version}`)
  return { '@odata.nextLink': `${world.origin}${address}?${query}` }
}

const fingerprint = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 11)

const writeToken = ({ partition, after }: Position, of: string): string =>
  Buffer.from(JSON.stringify([of, partition, after])).toString('base64url')

function readToken(token: string, of: string): Position {
  try {
    const [from, partition, after] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[]
    if (
      from === of &&
      Number.isInteger(partition) &&
      (partition as number) >= 0 &&
      typeof after === 'string' &&
      /^[\w-]{1,64}$/.test(after)
    ) {
      return { partition: partition as number, after }
    }
  } catch {
    // Told below: a damaged token is as little one of ours as a foreign one.
  }
  throw new Refusal('Request_BadRequest', "'$skiptoken' is not one of this listing; follow @odata.nextLink as it is")
}
