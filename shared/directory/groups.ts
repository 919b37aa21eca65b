import * as v from 'valibot'
import { admit, authorize } from '../auth/authorize.ts'
import { may } from '../auth/may.ts'
import type { DirectoryObject, ObjectType, Properties } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'
import { noContent, type Response } from '../http/response.ts'
import { Refusal } from '../refusal.ts'
import type { Change } from '../store/store.ts'
import { auditOf } from './audit.ts'
import { commitAdding, countedOn, recount } from './counters.ts'
import { deletion, insertion, replacement } from './object-changes.ts'
import { changedObject, createdObject, requireMatch } from './objects.ts'
import { typeOf } from './odata-type.ts'
import { find, groupTypes } from './read.ts'
import { relationChanges, relationRows, relationTarget } from './relations.ts'
import { description, displayName, distinct, name, type Reference, references, text } from './shape.ts'

const required = {
  displayName,
  mailEnabled: v.boolean(),
  mailNickname: v.pipe(name(64), v.regex(/^[^\s@]+$/, "must hold no spaces and no '@'")),
  securityEnabled: v.boolean(),
}

const further = {
  description,
  groupTypes: v.pipe(
    v.array(v.picklist(['Unified', 'DynamicMembership'])),
    distinct((each) => each, 'they'),
  ),
  membershipRule: v.nullable(text(3072)),
  membershipRuleProcessingState: v.nullable(v.picklist(['On', 'Paused'])),
  visibility: v.nullable(v.picklist(['Public', 'Private', 'HiddenMembership'])),
}

export const groupCreate = v.strictObject({
  ...required,
  ...v.partial(v.object(further)).entries,
  isAssignableToRole: v.optional(v.boolean()),
  'owners@odata.bind': v.optional(references),
  'members@odata.bind': v.optional(references),
  '@odata.type': v.optional(v.string()),
})

export const groupPatch = v.strictObject({
  ...v.partial(v.object({ ...required, ...further })).entries,
  '@odata.type': v.optional(v.string()),
})

const unset = {
  description: null,
  groupTypes: [],
  isAssignableToRole: null,
  membershipRule: null,
  membershipRuleProcessingState: null,
  visibility: null,
}

/** `POST /groups`. */
export async function createGroup(request: ManagementRequest<v.InferOutput<typeof groupCreate>>): Promise<Response> {
  const { caller, world, now, body } = request
  const { tenantId } = caller
  typeOf(body, groupTypes)
  await authorize(request, 'create', { type: 'group' })
  const {
    '@odata.type': _type,
    'owners@odata.bind': owners = [],
    'members@odata.bind': members = [],
    ...properties
  } = body
  const id = world.newId()
  const object: DirectoryObject = {
    type: 'group',
    id,
    version: 1,
    properties: {
      ...unset,
      ...properties,
      id,
      createdDateTime: now.toISOString(),
      deletedDateTime: null,
      mail: isUnified(properties) ? `${properties.mailNickname}@${caller.tenant.domain}` : null,
    },
  }
  requireRoleManagement(request, object)
  requireWhole(object.properties)
  const ruled = (['membershipRule', 'membershipRuleProcessingState'] as const).find((each) => properties[each] != null)
  if (ruled && !isDynamic(properties)) throw invalid(ruled, "belongs to groups of the type 'DynamicMembership'")
  if (owners.length + members.length > mostAtOnce)
    throw invalid('members@odata.bind', `at most ${mostAtOnce} owners and members can be named at creation`)
  const relations = [
    ...(await relationChanges(world.table, tenantId, object, { 'owners@odata.bind': owners })),
    ...(await memberChanges(request, object, members)),
  ]
  await commitAdding(
    world.table,
    caller.tenant,
    new Map([['group', 1]]),
    id,
    (places) => [...insertion(tenantId, { ...object, counted: countedOn(places, ['group']) }), ...relations],
    auditOf(request, 'Add group', object),
  )
  return createdObject(request, object)
}

/** `PATCH /groups/{id}`. */
export async function updateGroup(request: ManagementRequest<v.InferOutput<typeof groupPatch>>): Promise<Response> {
  const { caller, world, path, body } = request
  const { tenantId } = caller
  const before = await find(world.table, tenantId, groupTypes, path.id)
  typeOf(body, groupTypes)
  const { '@odata.type': _type, ...patch } = body
  await authorize(request, 'update', before, Object.keys(patch))
  requireRoleManagement(request, before)
  requireMatch(request, before)
  const after = { ...before, version: before.version + 1, properties: { ...before.properties, ...patch } }
  if (isUnified(after.properties) !== isUnified(before.properties))
    throw invalid('groupTypes', "'Unified' stays what it was when the group was made")
  requireWhole(after.properties)
  await world.table.commit(
    replacement(tenantId, before, after),
    auditOf(request, 'Update group', after, Object.keys(patch)),
  )
  return changedObject(request, after)
}

/** `DELETE /groups/{id}`: a soft delete; its members stay its members until it is purged. */
export async function deleteGroup(request: ManagementRequest<unknown>): Promise<Response> {
  const { caller, world, now, path } = request
  const { tenantId } = caller
  const object = await find(world.table, tenantId, groupTypes, path.id)
  await authorize(request, 'delete', object)
  requireRoleManagement(request, object)
  requireMatch(request, object)
  await world.table.commit(
    [...deletion(tenantId, object, now), ...recount(tenantId, [object], { live: -1 })],
    auditOf(request, 'Delete group', object),
  )
  return noContent()
}

/** Who is in a group that can hold directory roles holds them too: that is for those who give such roles. */
export function requireRoleManagement({ caller }: ManagementRequest<unknown>, { properties }: DirectoryObject): void {
  if (properties.isAssignableToRole === true) admit(caller, may.roleAssignment.write)
}

/** Owners and members that a group is born with, as Graph has it. */
const mostAtOnce = 20

/** What comes to no directory role by way of a group: agents in any form (reference §1.5, §5.6), and groups. */
const neverAssigned: readonly ObjectType[] = ['agentIdentity', 'agentIdentityBlueprintPrincipal', 'agentUser', 'group']

/** Whether a group may have this member. */
export function requireFit(group: DirectoryObject, { id, type }: DirectoryObject, property: string): void {
  if (isDynamic(group.properties))
    throw invalid(property, 'the members of a group with dynamic membership follow from its rule')
  if (group.properties.isAssignableToRole === true && neverAssigned.includes(type))
    throw invalid(property, `'${id}': neither agents of any kind nor groups may be in a role-assignable group`)
}

async function memberChanges(
  { caller, world }: ManagementRequest<unknown>,
  object: DirectoryObject,
  members: readonly Reference[],
): Promise<Change[]> {
  const { tenantId } = caller
  const property = 'members@odata.bind'
  const each = [...new Map(members.map((member) => [member.id, member])).values()]
  const targets = await Promise.all(
    each.map((member) => relationTarget(world.table, tenantId, 'members', member, property)),
  )
  for (const target of targets) requireFit(object, target, property)
  return targets.flatMap((target) => relationRows(tenantId, object, 'members', target))
}

/** Properties of a group that must fit to each other. */
function requireWhole(properties: Properties): void {
  const { mailEnabled, securityEnabled, isAssignableToRole, membershipRule } = properties
  if (isUnified(properties) !== mailEnabled)
    throw invalid('mailEnabled', "must be true of a Microsoft 365 group ('Unified'), and false of any other")
  if (!mailEnabled && !securityEnabled)
    throw invalid('securityEnabled', 'must be true of a group that is no Microsoft 365 group')
  if (isDynamic(properties) && String(membershipRule ?? '').trim() === '')
    throw invalid('membershipRule', "is required of a group of the type 'DynamicMembership'")
  if (isAssignableToRole === true && (!securityEnabled || isDynamic(properties)))
    throw invalid('isAssignableToRole', 'such a group must be securityEnabled, and its members not follow from a rule')
}

const isUnified = (properties: Properties): boolean => hasType(properties, 'Unified')
const isDynamic = (properties: Properties): boolean => hasType(properties, 'DynamicMembership')
const hasType = ({ groupTypes: types = [] }: Properties, type: string): boolean =>
  (types as readonly string[]).includes(type)

const invalid = (property: string, why: string): Refusal =>
  new Refusal('Request_BadRequest', `property '${property}': ${why}`)
