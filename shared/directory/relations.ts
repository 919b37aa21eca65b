import { collectionOf, type ObjectType } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import { Refusal } from '../refusal.ts'
import type { Change, Table } from '../store/store.ts'
import { keys, type Relation } from '../store/table.ts'
import { byId, principalTypes, userTypes } from './read.ts'
import type { Reference } from './shape.ts'

type Binds = { 'sponsors@odata.bind'?: Reference[] | undefined; 'owners@odata.bind'?: Reference[] | undefined }

/** A transaction holds 100 actions; what an object brings with it at its creation leaves room for the object itself. */
const mostAtOnce = 60

/** Reference §1.9: without a person who signs in there is no default sponsor, so that one must be named. */
export function requireSponsors(sponsors: Reference[] | undefined): void {
  if (!sponsors?.length) {
    throw new Refusal(
      'Request_BadRequest',
      "property 'sponsors@odata.bind': at least one sponsor is required, as https://{host}/v1.0/users/{id}",
    )
  }
}

/** The rows of an object's first sponsors (people) and owners (people and principals), each checked to exist in the tenant. */
export async function relationChanges(
  table: Table,
  tenantId: TenantId,
  objectId: string,
  binds: Binds,
): Promise<Change[]> {
  const sponsors = distinct(binds['sponsors@odata.bind'])
  const owners = distinct(binds['owners@odata.bind'])
  if (sponsors.length + owners.length > mostAtOnce) {
    throw new Refusal(
      'Request_BadRequest',
      `at most ${mostAtOnce} sponsors and owners can be named at creation; add the others afterwards`,
    )
  }
  await Promise.all([
    ...sponsors.map((each) => requireExisting(table, tenantId, 'sponsors', userTypes, each)),
    ...owners.map((each) => requireExisting(table, tenantId, 'owners', [...userTypes, ...principalTypes], each)),
  ])
  return [
    ...sponsors.map(({ id }) => row(tenantId, objectId, 'sponsors', id)),
    ...owners.map(({ id }) => row(tenantId, objectId, 'owners', id)),
  ]
}

async function requireExisting(
  table: Table,
  tenantId: TenantId,
  relation: Relation,
  types: readonly ObjectType[],
  { collection, id }: Reference,
): Promise<void> {
  const named = types.filter((type) => collection === 'directoryObjects' || collection === collectionOf[type])
  if (named.length > 0 && (await byId(table, tenantId, named, id))) return
  const kind = relation === 'sponsors' ? 'user' : 'user or service principal'
  throw new Refusal(
    'Request_BadRequest',
    `property '${relation}@odata.bind': object with id '${id}' is no ${kind} of the tenant`,
  )
}

const row = (tenantId: TenantId, objectId: string, relation: Relation, targetId: string): Change => ({
  action: 'put',
  key: keys.relation(tenantId, objectId, relation, targetId),
  item: { targetId },
  when: 'absent',
})

const distinct = (references: Reference[] = []): Reference[] => [
  ...new Map(references.map((each) => [each.id, each])).values(),
]
