import { type ObjectType, objectTypes, type Properties } from '../domain/directory-object.ts'
import { managementApi } from '../permissions.ts'
import { Refusal } from '../refusal.ts'
import { keys, partitions, type RelationRow } from '../store/table.ts'
import type { World } from '../world.ts'
import type { Caller, CallerUser } from './bearer.ts'
import { applicationOnly, may, narrowUpdates } from './may.ts'
import {
  type Action,
  agentIdDeveloper,
  ownersMay,
  parentOwnersMay,
  type RecordType,
  roleAllows,
  sponsorsMay,
} from './powers.ts'

export type { Action } from './powers.ts'

/**
 * What an action is done to, as far as it decides who may: its type, and where one of these matters its id and properties (`appId`
 * of a principal, `agentIdentityBlueprintId` of an agent identity, `identityParentId` of an agent user).
 */
export type Target = { type: ObjectType; id?: string; properties?: Properties; parentId?: string }

type Request = { caller: Caller; world: World }

/**
 * Whether this caller may do this to this object. Path and cast do not matter here: the object's own type does, so that
 * every way to an object gives the same answer (design D11). The store is asked only when what the caller brings is not enough.
 * @param changed of an update: the names of the properties that it would change
 * @throws Authorization_RequestDenied
 */
export async function authorize(
  request: Request,
  action: Action,
  target: Target,
  changed: readonly string[] = [],
): Promise<void> {
  const decided = (standing: Standing) => decide(request.caller, action, target, changed, standing)
  if (decided(stranger) === undefined) return
  const anyway = decided(closest)
  if (anyway !== undefined) throw denied(anyway)
  const standing = await standingOf(request, target)
  const asGroupSponsor = decided(standing) !== undefined && decided({ ...standing, sponsor: true }) === undefined
  const why = decided(asGroupSponsor ? { ...standing, sponsor: await sponsorsByGroup(request, target) } : standing)
  if (why !== undefined) throw denied(why)
}

/** Whether a caller sees an object in a listing: by what the caller and the object are, and nothing else that would have to be read. */
export const mayRead = (caller: Caller, target: Target): boolean =>
  decide(caller, 'read', target, [], stranger) === undefined

/**
 * Whether a route is open to a caller, by the permissions that it asks for. Over a directory object the operation then decides,
 * with `authorize`, by what the object is; over anything else this is the whole decision.
 * @throws Authorization_RequestDenied
 */
export function admit(caller: Caller, allow: readonly string[]): void {
  const record = recordOf.get(allow)
  if (record) {
    const why = decideRecord(caller, record.verb, record.type)
    if (why !== undefined) throw denied(why)
    return
  }
  const held = allow.filter((permission) => counts(caller, permission))
  if (held.length === 0 && !(caller.user === undefined && someRoleFits(caller, allow))) throw denied(needs(allow))
}

/** How a caller stands to an object. */
export type Standing = {
  /** The user is an owner of it, */
  owner: boolean
  /** of the blueprint above it or of that one's principal, */
  parentOwner: boolean
  /** or a sponsor. */
  sponsor: boolean
  /** Of an agent user: its agent identity is one of the calling blueprint's. */
  child: boolean
}

export const stranger: Standing = { owner: false, parentOwner: false, sponsor: false, child: false }
const closest: Standing = { owner: true, parentOwner: true, sponsor: true, child: true }

/** The decision, from facts alone: why not, or undefined where it is allowed. What is not named is not allowed. */
export function decide(
  caller: Caller,
  action: Action,
  target: Target,
  changed: readonly string[],
  standing: Standing,
): string | undefined {
  const isAgent = caller.type === 'agentIdentity' || caller.user?.isAgentUser === true
  if (isAgent && (action === 'create' || action === 'credentials')) {
    return 'an agent identity makes neither directory objects nor credentials'
  }
  const allowed = allowedFor(caller, action, target)
  if (allowed.length === 0) return `nobody may do this to an object of the type ${target.type}`
  const isOwn = isChild(caller, target, standing)
  const held = allowed.filter((each) => counts(caller, each) && (isOwn || !ofOwnAlone.has(each)))
  const enough = action === 'update' ? coversUpdate(held, changed) : held.length > 0
  const byRole = roleAllows(caller.directoryRoles, action, target.type, { isManagementApi: isManagementApi(target) })
  if (caller.user) {
    if (!enough) return needs(allowed)
    const { user } = caller
    if (byRole || userMay({ ...caller, user }, action, target, changed, standing)) return undefined
    return 'neither a directory role of the user allows it, nor that they own or sponsor the object'
  }
  if (byRole) return undefined
  if (!enough) return allowed.some((each) => ofOwnAlone.has(each) && counts(caller, each)) ? ownAlone : needs(allowed)
  // A blueprint manages itself and its own agents and no others, whatever else it was given.
  const isBlueprint = caller.type === 'agentIdentityBlueprintPrincipal'
  return isBlueprint && !isOwn && !(action === 'read' && readByBlueprints.has(target.type)) ? ownAlone : undefined
}

/** Permissions over what is the caller's own, and nothing else. */
const ofOwnAlone: ReadonlySet<string> = new Set([
  'AgentIdentity.CreateAsManager',
  'AgentIdUser.ReadWrite.IdentityParentedBy',
])

/** What a blueprint may read that is not its own; of agents it sees its own alone. */
const readByBlueprints: ReadonlySet<string> = new Set(
  objectTypes.filter((type) => type !== 'agentIdentity' && type !== 'agentUser'),
)

const ownAlone = 'a blueprint may manage itself and its own agent identities alone'
const needs = (allowed: readonly string[]): string => `this needs one of ${allowed.join(', ')}`

function allowedFor({ user }: Caller, action: Action, { type, id }: Target): readonly string[] {
  const allowed: readonly string[] = (may[type] as Partial<Record<Action, readonly string[]>>)[action] ?? []
  return action === 'read' && user !== undefined && user.id === id ? [...allowed, ...may.me.read] : allowed
}

const counts = ({ user, permissions }: Caller, permission: string): boolean =>
  permissions.has(permission) && !(user && applicationOnly.has(permission))

/** Whether an object is the calling blueprint itself, its principal, or an agent or agent user of it. */
function isChild({ clientId, objectId }: Caller, { type, id, properties }: Target, { child }: Standing): boolean {
  if (type === 'agentUser') return child
  if (type === 'agentIdentity') return properties?.agentIdentityBlueprintId === clientId
  return id !== undefined && id === (type === 'agentIdentityBlueprint' ? clientId : objectId)
}

const isManagementApi = ({ id }: Target): boolean => id === managementApi.objectId

/** Every property that changes must be covered by some permission held; those that are not narrow cover all. */
function coversUpdate(held: readonly string[], changed: readonly string[]): boolean {
  if (held.some((permission) => !(permission in narrowUpdates))) return true
  return (
    held.length > 0 &&
    changed.every((property) => held.some((permission) => narrowUpdates[permission]?.includes(property)))
  )
}

/** What a user may do by being who they are to the object (reference §7.1), where a scope lets the client do it for them. */
function userMay(
  { user, directoryRoles }: Caller & { user: CallerUser },
  action: Action,
  { type, id }: Target,
  changed: readonly string[],
  { owner, parentOwner, sponsor }: Standing,
): boolean {
  const isSelf = user.id === id
  // Every member of a tenant may look around in it; a guest sees themselves.
  if (action === 'read') return isSelf || !user.isGuest
  if (action === 'revokeSessions' && isSelf) return true
  if (owner && ownersMay[type]?.includes(action)) return true
  if (parentOwner && parentOwnersMay[type]?.includes(action)) return true
  // Reference §2.14: a developer creates a blueprint "and its principal, becoming owner".
  if (parentOwner && type === 'agentIdentityBlueprintPrincipal' && action === 'create') {
    return directoryRoles.has(agentIdDeveloper)
  }
  const onlyState = changed.length > 0 && changed.every((property) => property === 'accountEnabled')
  return sponsor && sponsorsMay[type]?.includes(action) === true && (action !== 'update' || onlyState)
}

const recordTypes = ['appRoleAssignment', 'oauth2PermissionGrant', 'roleAssignment', 'organization', 'me'] as const
type Verb = 'read' | 'write'

/** Routes over what is no directory object ask for the very list of `may`. */
const recordOf: ReadonlyMap<readonly string[], { type: RecordType; verb: Verb }> = new Map(
  recordTypes.flatMap((type) =>
    Object.entries(may[type]).map(([verb, allow]) => [allow, { type, verb: verb as Verb }] as const),
  ),
)

/** The same decision over what is no directory object. */
export function decideRecord(caller: Caller, verb: Verb, type: RecordType): string | undefined {
  const allowed: readonly string[] = (may[type] as Partial<Record<Verb, readonly string[]>>)[verb] ?? []
  if (allowed.length === 0) return `nobody may do this to ${type}`
  const enough = allowed.some((each) => counts(caller, each))
  const byRole = roleAllows(caller.directoryRoles, verb, type)
  if (!caller.user) {
    if (type === 'me') return 'an application as itself is no user'
    return enough || byRole ? undefined : needs(allowed)
  }
  if (!enough) return needs(allowed)
  if (byRole || type === 'me' || (verb === 'read' && !caller.user.isGuest)) return undefined
  return 'no directory role of the user allows it'
}

/** Whether a directory role of the caller allows something that the route is for. */
const someRoleFits = ({ directoryRoles }: Caller, allow: readonly string[]): boolean =>
  objectTypes.some((type) =>
    Object.entries(may[type]).some(
      ([action, list]) =>
        (list as readonly string[]).every((each) => allow.includes(each)) &&
        roleAllows(directoryRoles, action as Action, type),
    ),
  )

/** What the store says of the two, in one snapshot; what a group has to do with it is a question of its own. */
async function standingOf({ caller, world }: Request, target: Target): Promise<Standing> {
  const { tenantId: t, user } = caller
  const { type, id, properties, parentId } = target
  if (!user) return { ...stranger, child: await isChildsUser({ caller, world }, target) }
  const blueprintId = blueprintOf(type, properties)
  const relation = (objectId: string | undefined, name: 'owners' | 'sponsors') =>
    objectId === undefined ? [] : [keys.relation(t, objectId, name, user.id)]
  const owned = ownersMay[type] ? relation(id, 'owners') : []
  const sponsored = sponsorsMay[type] ? relation(id, 'sponsors') : []
  const principalId =
    type === 'agentIdentity' ? (parentId ?? (await principalOf({ caller, world }, blueprintId))) : undefined
  const above = [...relation(blueprintId, 'owners'), ...relation(principalId, 'owners')]
  const wanted = [...owned, ...sponsored, ...above]
  const rows: readonly unknown[] = wanted.length > 0 ? await world.table.snapshot(wanted) : []
  const holds = (asked: readonly unknown[]) => asked.some((key) => rows[wanted.indexOf(key as never)] !== undefined)
  return { owner: holds(owned), sponsor: holds(sponsored), parentOwner: holds(above), child: false }
}

/** The id of the blueprint above an object, which is its appId too (reference §1.1). */
function blueprintOf(type: ObjectType, properties: Properties = {}): string | undefined {
  if (type === 'agentIdentity') return properties.agentIdentityBlueprintId as string | undefined
  return type === 'agentIdentityBlueprintPrincipal' ? (properties.appId as string | undefined) : undefined
}

/** The principal under which an agent identity would be made. */
async function principalOf({ caller, world }: Request, blueprintId: string | undefined): Promise<string | undefined> {
  if (blueprintId === undefined) return undefined
  const [client] = await world.table.snapshot([keys.client(caller.tenantId, blueprintId)])
  return client?.objectId
}

async function isChildsUser({ caller, world }: Request, { type, properties }: Target): Promise<boolean> {
  const agentId = type === 'agentUser' ? (properties?.identityParentId as string | undefined) : undefined
  if (agentId === undefined) return false
  const [agent] = await world.table.snapshot([keys.client(caller.tenantId, agentId)])
  return agent?.parentAppId === caller.clientId && agent.parentObjectId === caller.objectId
}

/** An object has at most 100 sponsors, of which 5 are groups (reference §1.9); direct members count. */
const mostSponsors = 100

async function sponsorsByGroup({ caller, world }: Request, { id }: Target): Promise<boolean> {
  const { tenantId: t, user } = caller
  // An agent user sponsors nothing (reference §1.9), nor by being in a group that does.
  if (!user || user.isAgentUser || id === undefined) return false
  const { items } = await world.table.query<RelationRow>(partitions.relations(t, id), {
    limit: mostSponsors,
    prefix: 'sponsors#',
  })
  const groups = items.filter(({ targetType }) => targetType === 'group').map(({ targetId }) => targetId)
  if (groups.length === 0) return false
  const [living, memberships] = [
    groups.map((each) => keys.object(t, 'group', each)),
    groups.map((each) => keys.relation(t, each, 'members', user.id)),
  ]
  const rows: readonly unknown[] = await world.table.snapshot([...living, ...memberships])
  // A group that is deleted keeps its members until it is purged, and sponsors nothing.
  return groups.some((_, index) => rows[index] !== undefined && rows[groups.length + index] !== undefined)
}

export const denied = (why: string): Refusal =>
  new Refusal('Authorization_RequestDenied', `insufficient privileges to complete the operation: ${why}`)
