import type { DirectoryObject, ObjectType, Properties } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'
import { type Expand, parseExpand } from '../odata/options.ts'
import { Refusal } from '../refusal.ts'
import { partitions, type Relation } from '../store/table.ts'
import { shown } from './render.ts'
import { inSegments, seenBy } from './source.ts'

/** Related objects that come with an object: at most so many (reference §2.1). */
const most = 20

/** Relations that `$expand` knows, and the types of object that have them. */
const expandable: Partial<Record<Relation, readonly ObjectType[]>> = {
  owners: [
    'application',
    'agentIdentityBlueprint',
    'servicePrincipal',
    'agentIdentityBlueprintPrincipal',
    'agentIdentity',
    'group',
  ],
  sponsors: ['agentIdentityBlueprint', 'agentIdentityBlueprintPrincipal', 'agentIdentity', 'user', 'agentUser'],
}

/**
 * `$expand`, as far as it is understood.
 * @throws Request_BadRequest
 */
export function readExpand(text: string | undefined): readonly (Expand & { navigation: Relation })[] {
  if (text === undefined) return []
  return parseExpand(text).map((each) => {
    const navigation = (Object.keys(expandable) as Relation[]).find(
      (name) => name.toLowerCase() === each.navigation.toLowerCase(),
    )
    if (navigation) return { ...each, navigation }
    const names = Object.keys(expandable).join(', ')
    throw new Refusal('Request_BadRequest', `'$expand' supports ${names} here, not '${each.navigation}'`)
  })
}

/** What `$expand` adds to an object. */
export async function expanded(
  { caller, world }: ManagementRequest<unknown>,
  object: DirectoryObject,
  expand: readonly (Expand & { navigation: Relation })[],
): Promise<Properties> {
  const own = expand.filter(({ navigation }) => expandable[navigation]?.includes(object.type))
  const found = await Promise.all(
    own.map(async ({ navigation, select, top = most }) => {
      const rows = partitions.relations(caller.tenantId, object.id)
      const segments = [{ partitions: rows, prefix: `${navigation}#`, rows: 'named' as const }]
      const source = seenBy(caller, inSegments(world.table, caller.tenantId, segments))
      const { items } = await source(Math.min(top, most), undefined)
      return [navigation, items.map((each) => shown(each, select?.join(','), true))] as const
    }),
  )
  return Object.fromEntries(found)
}
