import { collectionOf, type DirectoryObject, type ObjectType } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import { Refusal } from '../refusal.ts'
import type { Change, Table } from '../store/store.ts'
import { keys, type Relation } from '../store/table.ts'
import { byId, principalTypes } from './read.ts'
import type { Reference } from './shape.ts'

export type Binds = { 'sponsors@odata.bind'?: Reference[] | undefined; 'owners@odata.bind'?: Reference[] | undefined }

/** Those that are for all of some objects, and one's own beside them. */
export const withCommon = (own: Binds, common: Binds): Binds => ({
  'sponsors@odata.bind': [...(common['sponsors@odata.bind'] ?? []), ...(own['sponsors@odata.bind'] ?? [])],
  'owners@odata.bind': [...(common['owners@odata.bind'] ?? []), ...(own['owners@odata.bind'] ?? [])],
})

/** A transaction holds 100 actions; what an object brings with it at its creation leaves room for the object itself. */
const mostAtOnce = 40

/** Reference §1.9: who may be what to an object, and how many of them. */
export const relationRules: Record<Relation, { types: readonly ObjectType[]; kind: string; most: number }> = {
  sponsors: { types: ['user', 'group'], kind: 'user or Microsoft 365 group', most: 100 },
  owners: { types: ['user', ...principalTypes], kind: 'user or service principal', most: 100 },
  members: {
    types: ['user', 'agentUser', 'group', ...principalTypes],
    kind: 'user, group or service principal',
    most: Number.POSITIVE_INFINITY,
  },
  manager: { types: ['user'], kind: 'user', most: 1 },
}

/** Of the sponsors of one object. */
export const mostGroupSponsors = 5

/** Reference §1.9: without a person who signs in there is no default sponsor, so that one must be named. */
export function requireSponsors(sponsors: Reference[] | undefined): void {
  if (!sponsors?.length) {
    throw new Refusal(
      'Request_BadRequest',
      "property 'sponsors@odata.bind': at least one sponsor is required, as https://{host}/v1.0/users/{id}",
    )
  }
}

/**
 * The rows of an object's first sponsors and owners, each checked to exist in the tenant and to be fit for it.
 * @param lookUp what finds them, where that is not the store each time
 */
export async function relationChanges(
  table: Table,
  tenantId: TenantId,
  object: Pick<DirectoryObject, 'id' | 'type'>,
  binds: Binds,
  lookUp: typeof relationTarget = relationTarget,
): Promise<Change[]> {
  const sponsors = distinct(binds['sponsors@odata.bind'])
  const owners = distinct(binds['owners@odata.bind'])
  if (sponsors.length + owners.length > mostAtOnce) {
    throw new Refusal(
      'Request_BadRequest',
      `at most ${mostAtOnce} sponsors and owners can be named at creation; add the others afterwards`,
    )
  }
  const targets = await Promise.all([
    ...sponsors.map((each) => lookUp(table, tenantId, 'sponsors', each, 'sponsors@odata.bind')),
    ...owners.map((each) => lookUp(table, tenantId, 'owners', each, 'owners@odata.bind')),
  ])
  if (targets.slice(0, sponsors.length).filter(({ type }) => type === 'group').length > mostGroupSponsors) {
    throw new Refusal('Request_BadRequest', `at most ${mostGroupSponsors} groups may sponsor one object`)
  }
  return targets.flatMap((target, index) =>
    relationRows(tenantId, object, index < sponsors.length ? 'sponsors' : 'owners', target),
  )
}

/** The same look-up, to each reference once: thousands of objects that are made together have few sponsors. */
export function remembering(): typeof relationTarget {
  const known = new Map<string, Promise<DirectoryObject>>()
  return (table, tenantId, relation, reference, property) => {
    const name = `${relation} ${reference.collection} ${reference.id} ${property}`
    const target = known.get(name) ?? relationTarget(table, tenantId, relation, reference, property)
    known.set(name, target)
    return target
  }
}

/** Both rows of a relation: the one that the object is asked for, and the one that its target is asked for. */
export function relationRows(
  tenantId: TenantId,
  { id, type }: Pick<DirectoryObject, 'id' | 'type'>,
  relation: Relation,
  target: Pick<DirectoryObject, 'id' | 'type'>,
): Change[] {
  return [
    {
      action: 'put',
      key: keys.relation(tenantId, id, relation, target.id),
      item: { targetId: target.id, targetType: target.type },
      when: 'absent',
    },
    { action: 'put', key: keys.inverse(tenantId, target.id, relation, id), item: { id, type }, when: 'absent' },
  ]
}

/**
 * The object that a reference names, if it may stand in this relation. The address is never fetched: its host says nothing.
 * @throws Request_BadRequest naming the property
 */
export async function relationTarget(
  table: Table,
  tenantId: TenantId,
  relation: Relation,
  { collection, id }: Reference,
  property: string,
): Promise<DirectoryObject> {
  const { types, kind } = relationRules[relation]
  const named = types.filter((type) => collection === 'directoryObjects' || collection === collectionOf[type])
  const target = named.length > 0 ? await byId(table, tenantId, named, id) : undefined
  if (!target) {
    throw new Refusal(
      'Request_BadRequest',
      `property '${property}': object with id '${id}' is no ${kind} of the tenant`,
    )
  }
  if (relation === 'sponsors' && target.type === 'group' && !maySponsor(target)) {
    throw new Refusal(
      'Request_BadRequest',
      `property '${property}': the group '${id}' may not sponsor; only Microsoft 365 groups and groups with dynamic membership may, and none that is role-assignable`,
    )
  }
  return target
}

function maySponsor({ properties }: DirectoryObject): boolean {
  const groupTypes = properties.groupTypes as readonly string[]
  return (
    properties.isAssignableToRole !== true &&
    (groupTypes.includes('Unified') || groupTypes.includes('DynamicMembership'))
  )
}

const distinct = (references: Reference[] = []): Reference[] => [
  ...new Map(references.map((each) => [each.id, each])).values(),
]
