import { parseGuid } from '../domain/guid.ts'
import type { ManagementRequest } from '../http/management.ts'
import type { QueryOption } from '../http/query.ts'
import { ok, type Response } from '../http/response.ts'
import { matches, required } from '../odata/evaluate.ts'
import { checkFields } from '../odata/fields.ts'
import { type Filter, parseFilter } from '../odata/filter.ts'
import { nextLink, readPage } from './list.ts'
import { walk } from './walk.ts'

/* Listings of what is no directory object: grants, and assignments of app roles and directory roles. */

export const recordOptions = ['$top', '$skiptoken', '$filter'] as const satisfies readonly QueryOption[]

type Rows = { partitions: readonly string[]; prefix?: string }

type Listing<Item> = {
  /** The end of its `@odata.context`. */
  context: string
  rows: Rows
  filter: Filter | undefined
  show: (item: Item) => object
}

/** A page of rows. One that is filtered reads a bounded number of them, and may be short with a next one. */
export async function listRecords<Item extends object>(
  request: ManagementRequest<unknown>,
  { context, rows: { partitions, prefix }, filter, show }: Listing<Item>,
): Promise<Response> {
  const { world, path } = request
  const keep = (item: Item) => !filter || isAsked(filter, item)
  const page = await readPage<Item>(request, JSON.stringify([partitions, prefix, filter]), (limit, from) =>
    walk(
      (most, at) =>
        world.table.query<Item>(partitions, {
          limit: most,
          ...(at && { from: at }),
          ...(prefix !== undefined && { prefix }),
        }),
      keep,
      limit,
      from,
      filter !== undefined,
    ),
  )
  return ok({
    '@odata.context': `${world.origin}/${path.version}/$metadata#${context}`,
    ...nextLink(request, page),
    value: page.items.map(show),
  })
}

/** `$filter` by equality of some properties, combined by `and`. */
export function readEqualities(
  { query }: Pick<ManagementRequest<unknown>, 'query'>,
  properties: readonly string[],
): Filter | undefined {
  if (query.$filter === undefined) return undefined
  const filter = parseFilter(query.$filter)
  checkFields(filter, Object.fromEntries(properties.map((each) => [each, ['eq']])))
  return filter
}

/** The id that a filter asks a property to be equal to. */
export function idAskedFor(filter: Filter | undefined, property: string): string | undefined {
  const value = filter && required(filter).find(({ path }) => path === property)?.value
  return typeof value === 'string' ? parseGuid(value) : undefined
}

export const both = (one: Filter | undefined, other: Filter): Filter => (one ? { op: 'and', of: [one, other] } : other)

/** Their filters name no type: any will do. */
export const isAsked = (filter: Filter, item: object): boolean =>
  matches(filter, { type: 'servicePrincipal', properties: item as Record<string, unknown> })
