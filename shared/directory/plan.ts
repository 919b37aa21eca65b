import type { ObjectType } from '../domain/directory-object.ts'
import { parseGuid } from '../domain/guid.ts'
import type { TenantId } from '../domain/tenant.ts'
import { isA, required } from '../odata/evaluate.ts'
import type { Filter } from '../odata/filter.ts'
import { Refusal } from '../refusal.ts'
import type { Table } from '../store/store.ts'
import { keys, nameKey, partitions, type Relation, wholeName } from '../store/table.ts'
import { byId, find, idOfAppId, isNotFound } from './read.ts'
import { inNameOrder, inSegments, only, type Segment, type Source } from './source.ts'

/** Where to look for what a filter lets through, and what then remains to be asked of each object. */
export type Plan = {
  source: Source
  filter: Filter | undefined
  /** Whether the source holds not much more than what is looked for, so that it can be read to its end. */
  narrow: boolean
  /** Whether it shows no more than the caller may see. */
  open?: boolean
  /** Of which types it holds all that the filter lets through: those can be gone through by name as well. */
  types: readonly ObjectType[]
}

/**
 * The narrowest rows that hold all objects of some types that a filter lets through (design D9: each `eq` from rows of the
 * object's own commit). Without any, all of those types.
 */
export async function planFor(
  table: Table,
  tenantId: TenantId,
  listed: readonly ObjectType[],
  filter: Filter | undefined,
): Promise<Plan> {
  const asked = filter ? conjuncts(filter) : []
  const types = typesLeft(listed, asked)
  const equals = new Map(filter ? required(filter).map(({ path, value }) => [path, value] as const) : [])
  const text = (property: string): string | undefined => {
    const value = equals.get(property)
    return typeof value === 'string' ? value : undefined
  }
  const narrowed = (segments: readonly Segment[], rest = filter): Plan => ({
    source: inSegments(table, tenantId, segments),
    filter: rest,
    narrow: true,
    types,
  })

  const relation = asked.find((each) => each.op === 'any' && isRelation(each.path))
  refuseRelations(without(filter, relation))
  const single = await singleObject(table, tenantId, types, text)
  if (single && !relation) return { source: single, filter, narrow: true, types }

  if (relation?.op === 'any') {
    const id = idAskedFor(relation.of)
    if (id === undefined) throw relationsAlone()
    // The rows say by themselves that it holds.
    const rows = [
      { partitions: partitions.inverse(tenantId, id, relation.path[0] as Relation), rows: 'named' as const },
    ]
    const ofTypes: Filter = { op: 'or', of: types.map((type) => ({ op: 'isof', type })) }
    const rest = without(filter, relation)
    return { ...narrowed(rows, rest ? { op: 'and', of: [rest, ofTypes] } : ofTypes), types: [] }
  }
  const blueprintId = text('agentIdentityBlueprintId')
  if (blueprintId !== undefined) {
    return narrowed(indexed(tenantId, types, 'agentIdentityBlueprintId', parseGuid(blueprintId) ?? ''))
  }
  const creator = text('createdByAppId')
  if (creator !== undefined) return narrowed(indexed(tenantId, types, 'createdByAppId', parseGuid(creator) ?? ''))
  const name = text('displayName')
  if (name !== undefined) return byName(table, tenantId, types, wholeName(name), filter)
  const beginning = asked.find((each) => each.op === 'startsWith' && each.path.join('/') === 'displayName')
  if (beginning?.op === 'startsWith') return byName(table, tenantId, types, nameKey(beginning.value), filter)
  if (equals.get('accountEnabled') === false) return narrowed(indexed(tenantId, types, 'disabled', 'true'))
  return { source: inSegments(table, tenantId, ofTypes(tenantId, types)), filter, narrow: false, types }
}

/** All objects of some types. */
const ofTypes = (tenantId: TenantId, types: readonly ObjectType[]): Segment[] =>
  types.map((type) => ({ partitions: partitions.objects(tenantId, type), rows: 'objects' }))

const indexed = (
  tenantId: TenantId,
  types: readonly ObjectType[],
  property: Parameters<typeof partitions.index>[2],
  value: string,
): Segment[] => types.map((type) => ({ partitions: partitions.index(tenantId, type, property, value), rows: 'named' }))

const byName = (
  table: Table,
  tenantId: TenantId,
  types: readonly ObjectType[],
  prefix: string,
  filter: Filter | undefined,
): Plan => ({ source: inNameOrder(table, tenantId, types, { prefix }), filter, narrow: true, types })

/** What is unique names one object at most. */
async function singleObject(
  table: Table,
  tenantId: TenantId,
  types: readonly ObjectType[],
  text: (property: string) => string | undefined,
): Promise<Source | undefined> {
  const id = text('id')
  if (id !== undefined) return only(await byGuid(table, tenantId, types, parseGuid(id)))
  const appId = text('appId')
  if (appId !== undefined) {
    const found = await idOfAppId(table, tenantId, types, parseGuid(appId))
    return only(await byGuid(table, tenantId, types, found))
  }
  const parentId = text('identityParentId')
  if (parentId !== undefined) {
    const [user] = await table.snapshot([keys.agentUser(tenantId, parseGuid(parentId) ?? '')])
    return only(await byGuid(table, tenantId, types, user?.id))
  }
  for (const property of ['uniqueName', 'userPrincipalName']) {
    const value = text(property)
    if (value !== undefined) {
      const found = await find(table, tenantId, types, `${property}=${value}`).catch((error: unknown) => {
        if (isNotFound(error)) return undefined
        throw error
      })
      return only(found)
    }
  }
  return undefined
}

const byGuid = async (table: Table, tenantId: TenantId, types: readonly ObjectType[], id: string | undefined) =>
  id === undefined || types.length === 0 ? undefined : byId(table, tenantId, types, id)

/** The types that are left of those listed: what asks for one type, or for what one type alone has, leaves out the others. */
function typesLeft(listed: readonly ObjectType[], asked: readonly Filter[]): readonly ObjectType[] {
  return asked.reduce<readonly ObjectType[]>((left, each) => {
    if (each.op === 'isof') return left.filter((type) => isA(type, each.type))
    const property = each.op === 'eq' ? each.path.join('/') : ''
    if (property === 'agentIdentityBlueprintId') return left.filter((type) => type === 'agentIdentity')
    return property === 'identityParentId' ? left.filter((type) => type === 'agentUser') : left
  }, listed)
}

const isRelation = ([first]: readonly string[]): boolean => first === 'sponsors' || first === 'owners'

/** Who sponsors or owns an object is told by rows of their own, which are read once: where that does not answer, nothing does. */
export function refuseRelations(filter: Filter | undefined): void {
  if (!filter || filter.op === 'isof') return
  if ('path' in filter && isRelation(filter.path)) throw relationsAlone()
  if (filter.op === 'not') refuseRelations(filter.of)
  if (filter.op === 'and' || filter.op === 'or') filter.of.forEach(refuseRelations)
}

const relationsAlone = (): Refusal =>
  new Refusal(
    'Request_BadRequest',
    "'$filter' by sponsors or owners is supported once, over an entity set, as sponsors/any(s:s/id eq '{id}'), alone or joined to others with 'and'",
  )

/** The parts that must hold each, whatever the others say. */
const conjuncts = (filter: Filter): readonly Filter[] => (filter.op === 'and' ? filter.of.flatMap(conjuncts) : [filter])

function without(filter: Filter | undefined, part: Filter | undefined): Filter | undefined {
  if (!filter || filter === part) return undefined
  const rest = conjuncts(filter).filter((each) => each !== part)
  return rest.length === 0 ? undefined : { op: 'and', of: rest }
}

const idAskedFor = (of: Filter | undefined): string | undefined =>
  of?.op === 'eq' && of.path.join('/') === 'id' && typeof of.value === 'string' ? parseGuid(of.value) : undefined
