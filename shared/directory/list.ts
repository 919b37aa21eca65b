import { mayRead } from '../auth/authorize.ts'
import type { Caller } from '../auth/bearer.ts'
import type { DirectoryObject, ObjectType } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'
import { type QueryOption, readTop } from '../http/query.ts'
import { ok, type Response } from '../http/response.ts'
import { matches } from '../odata/evaluate.ts'
import { checkFilter, checkOrderBy, checkSearch, normalise, requireEventual } from '../odata/fields.ts'
import { type Filter, parseFilter } from '../odata/filter.ts'
import { found, type Order, parseCount, parseOrderBy, parseSearch, type Search } from '../odata/options.ts'
import { Refusal } from '../refusal.ts'
import type { Page, Position } from '../store/store.ts'
import { wholeName } from '../store/table.ts'
import { requireAttributes, selectedAttributes } from './attributes.ts'
import { countOf } from './counters.ts'
import { expanded, readExpand } from './expand.ts'
import { type Plan, planFor, refuseRelations } from './plan.ts'
import { collectionContext, shown } from './render.ts'
import { fingerprint, readToken, writeToken } from './skip-token.ts'
import { inMemory, inNameOrder, inSegments, type Segment, type Source, seenBy } from './source.ts'
import { collect, inOrder, parsed, walk } from './walk.ts'

export const listOptions = [
  '$top',
  '$skiptoken',
  '$select',
  '$filter',
  '$orderby',
  '$count',
  '$search',
  '$expand',
] as const satisfies readonly QueryOption[]

/** What a listing asks for, besides how it is shown. */
type Asked = {
  filter: Filter | undefined
  search: Search | undefined
  order: Order | undefined
  count: boolean
}

/** `GET` of an entity set or of its cast, and of its `$count`: the objects of some types that the caller may see. */
export async function listObjects(
  request: ManagementRequest<unknown>,
  types: readonly ObjectType[],
): Promise<Response> {
  const { caller, world } = request
  const { tenantId } = caller
  const visible = types.filter((type) => mayReadSome(caller, type))
  const asked = readAsked(request, visible)
  await requireAttributes(request, visible.map(ofType), asked.filter)
  const own = ownAgents(caller, visible)
  const plan = await planFor(world.table, tenantId, visible, own ? and(asked.filter, own) : asked.filter)
  // What a blueprint sees of agents among other objects is no whole either.
  const seesAll = caller.type !== 'agentIdentityBlueprintPrincipal' || !visible.includes('agentIdentity')
  const isWhole = !asked.filter && !asked.search && seesAll
  const all = () => liveCount(request, visible)
  if (isCount(request)) {
    return countResponse(isWhole ? await all() : await countIn(plan, asked, caller))
  }
  const page = await pageOf(request, plan, asked, visible)
  const count = asked.count ? (isWhole ? await all() : await countIn(plan, asked, caller)) : undefined
  return listing(request, types, page, count)
}

/**
 * The objects that some rows name (`/owners`, `/memberOf`, `/deletedItems`, …), of the type that a cast names where there is one,
 * by the rules of every other listing.
 */
export async function listSegments(
  request: ManagementRequest<unknown>,
  segments: readonly Segment[],
  types: readonly ObjectType[],
  context: string,
): Promise<Response> {
  return listFrom(request, inSegments(request.world.table, request.caller.tenantId, segments), types, context)
}

/**
 * What is related to an object that the caller may read, likewise: rows that name objects, or objects that are known already. Of
 * those that the caller may not read it says that they are there, so that nobody takes a list for empty that is not.
 */
export function listRelations(
  request: ManagementRequest<unknown>,
  related: readonly Segment[] | { objects: readonly DirectoryObject[] },
  types: readonly ObjectType[],
): Promise<Response> {
  const { caller, world } = request
  const source = 'objects' in related ? inMemory(related.objects) : inSegments(world.table, caller.tenantId, related)
  return listFrom(request, seenBy(caller, source), types, 'directoryObjects', true)
}

async function listFrom(
  request: ManagementRequest<unknown>,
  source: Source,
  types: readonly ObjectType[],
  context: string,
  open = false,
): Promise<Response> {
  const { caller, world, path } = request
  const asked = readAsked(request, types)
  await requireAttributes(request, types.map(ofType), asked.filter)
  refuseRelations(asked.filter)
  const ofTypes: Filter = { op: 'or', of: types.map((type) => ({ op: 'isof', type })) }
  const plan: Plan = { source, filter: and(asked.filter, ofTypes), narrow: true, open, types: [] }
  if (isCount(request)) return countResponse(await countIn(plan, asked, caller))
  const page = await pageOf(request, plan, asked, types)
  const count = asked.count ? await countIn(plan, asked, caller) : undefined
  return listing(request, types, page, count, `${world.origin}/${path.version}/$metadata#${context}`)
}

const ofType = (type: ObjectType) => ({ type })

function readAsked(request: ManagementRequest<unknown>, types: readonly ObjectType[]): Asked {
  const { query, event } = request
  const count = query.$count !== undefined && parseCount(query.$count)
  const isEventual = event.headers.consistencylevel?.toLowerCase() === 'eventual'
  const eventual = isEventual && (count || isCount(request))
  const filter = query.$filter === undefined ? undefined : normalise(parseFilter(query.$filter))
  if (filter) checkFilter(filter, types, { eventual })
  const search = query.$search === undefined ? undefined : parseSearch(query.$search)
  if (search) {
    checkSearch(search, types)
    requireEventual("'$search'", isEventual)
  }
  const orders = query.$orderby === undefined ? [] : parseOrderBy(query.$orderby)
  checkOrderBy(orders, types)
  if (orders.length > 1) throw new Refusal('Request_BadRequest', "'$orderby' is supported here by one property")
  if (orders.length > 0 && filter) requireEventual("'$orderby' together with '$filter'", eventual)
  return { filter, search, order: orders[0], count }
}

async function pageOf(
  request: ManagementRequest<unknown>,
  plan: Plan,
  asked: Asked,
  types: readonly ObjectType[],
): Promise<Page<DirectoryObject> & { token?: string }> {
  const { caller, query, event } = request
  const of = fingerprint(caller.tenantId, caller.objectId, event.rawPath.replace(/^\/[^/]+/, ''), types, asked)
  const from = query.$skiptoken === undefined ? undefined : readToken(query.$skiptoken, of)
  const limit = readTop(query.$top)
  const page = asked.order
    ? await ordered(request, plan, asked, asked.order, limit, from)
    : await walk(plan.source, keeper(plan, asked, caller), limit, from, plan.filter !== undefined || !!asked.search)
  return page.next ? { ...page, token: writeToken(page.next, of) } : page
}

/** In an order: that of names from their own rows; any other, and names of few objects, by sorting what there is. */
async function ordered(
  { caller, world }: ManagementRequest<unknown>,
  plan: Plan,
  asked: Asked,
  order: Order,
  limit: number,
  from: Position | undefined,
): Promise<Page<DirectoryObject>> {
  const byName = order.property === 'displayName'
  const keep = keeper(plan, asked, caller)
  const isSorted = from?.after.startsWith('{') === true
  if (plan.narrow || !byName || isSorted) {
    const all = await collect(plan.source, keep)
    if (all) return inOrder(all, order, limit, from)
    if (!byName || plan.types.length === 0)
      throw new Refusal(
        'Request_BadRequest',
        `there are too many objects to order them by '${order.property}'; filter them`,
      )
  }
  const names = inNameOrder(world.table, caller.tenantId, plan.types, { descending: order.descending })
  const at = from && isSorted ? nameOf(from) : from
  return walk(names, keep, limit, at, plan.filter !== undefined || asked.search !== undefined)
}

/** Where a name that was sorted is among the names' own rows. */
function nameOf({ partition, after }: Position): Position {
  const { id, value } = parsed(after)
  return { partition, after: wholeName(String(value ?? '')) + id }
}

const keeper =
  ({ filter, open }: Plan, { search }: Asked, caller: Caller) =>
  (object: DirectoryObject): boolean =>
    (!filter || matches(filter, object)) &&
    (!search || found(search, object.properties)) &&
    (open || mayRead(caller, object))

async function countIn(plan: Plan, asked: Asked, caller: Caller): Promise<number> {
  const all = await collect(plan.source, keeper(plan, asked, caller))
  if (!all)
    throw new Refusal('Request_BadRequest', 'there are too many objects to count them with this filter; narrow it')
  return all.length
}

async function liveCount({ caller, world }: ManagementRequest<unknown>, types: readonly ObjectType[]): Promise<number> {
  let sum = 0
  for (const type of types) sum += (await countOf(world.table, caller.tenantId, type)).live
  return sum
}

async function listing(
  request: ManagementRequest<unknown>,
  types: readonly ObjectType[],
  page: Page<DirectoryObject> & { token?: string },
  count: number | undefined,
  context?: string,
): Promise<Response> {
  const { world, path, query } = request
  const expand = readExpand(query.$expand)
  const value = await Promise.all(
    page.items.map(async (object) => ({
      ...shown(object, query.$select, context !== undefined),
      ...selectedAttributes(request, object),
      ...(await expanded(request, object, expand)),
    })),
  )
  return ok({
    '@odata.context': context ?? collectionContext({ origin: world.origin, version: path.version ?? '' }, types),
    ...(count !== undefined && { '@odata.count': count }),
    ...nextLink(request, page),
    value,
  })
}

/** `/$count` (OData URL §4.8): a number as plain text. */
const countResponse = (count: number): Response => ({
  status: 200,
  text: String(count),
})

const isCount = ({ event }: ManagementRequest<unknown>): boolean => /\/count$/.test(event.rawPath)

/** A blueprint sees its own agents alone, which their own rows name. */
function ownAgents(caller: Caller, types: readonly ObjectType[]): Filter | undefined {
  const isOnly = types.length === 1 && types[0] === 'agentIdentity'
  return caller.type === 'agentIdentityBlueprintPrincipal' && isOnly
    ? { op: 'eq', path: ['agentIdentityBlueprintId'], value: caller.clientId }
    : undefined
}

const and = (one: Filter | undefined, other: Filter): Filter => (one ? { op: 'and', of: [one, other] } : other)

function mayReadSome(caller: Caller, type: ObjectType): boolean {
  return mayRead(caller, { type, properties: { agentIdentityBlueprintId: caller.clientId } })
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

/** A page of rows that are no directory objects: assignments, grants, role assignments. */
export async function readPage<Item>(
  { caller, query }: Pick<ManagementRequest<unknown>, 'caller' | 'query'>,
  listingName: string,
  read: (limit: number, from: Position | undefined) => Promise<Page<Item>>,
): Promise<Page<Item> & { token?: string }> {
  const of = fingerprint(caller.tenantId, listingName, query.$filter)
  const from = query.$skiptoken === undefined ? undefined : readToken(query.$skiptoken, of)
  const page = await read(readTop(query.$top), from)
  return page.next ? { ...page, token: writeToken(page.next, of) } : page
}
