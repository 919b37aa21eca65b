import type * as v from 'valibot'
import { authorize } from '../auth/authorize.ts'
import type { DirectoryObject, Properties } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import { noContent, ok, type Response } from '../http/response.ts'
import { parse } from '../http/shape.ts'
import { Refusal } from '../refusal.ts'
import type { Change } from '../store/store.ts'
import { type AgentUserState, type DeletedObject, keys, type UserState } from '../store/table.ts'
import { conflict } from './applications.ts'
import { auditOf } from './audit.ts'
import { commitAdding, countedOn, type Places, recount } from './counters.ts'
import { deletion, insertion, replacement } from './object-changes.ts'
import { changedObject, createdObject, requireMatch } from './objects.ts'
import { typeOf } from './odata-type.ts'
import { find, userTypes } from './read.ts'
import { relationChanges } from './relations.ts'
import { type agentUserCreate, agentUserPatch, userCreate, userPatch } from './user-shape.ts'

type UserType = (typeof userTypes)[number]

/** What Graph shows of a user of whom it is not known. */
const emptyProfile = {
  businessPhones: [],
  givenName: null,
  jobTitle: null,
  mail: null,
  mobilePhone: null,
  officeLocation: null,
  preferredLanguage: null,
  surname: null,
  userType: 'Member',
}

/** `POST /users`, for a person. */
export async function createUser(request: ManagementRequest<Properties>): Promise<Response> {
  const body = parse(userCreate, request.body)
  await authorize(request, 'create', { type: 'user' })
  return addUser(request, 'user', body, () => [])
}

/** What people and agent users have in common at their creation. */
export async function addUser(
  request: ManagementRequest<unknown>,
  type: UserType,
  body: v.InferOutput<typeof userCreate> | v.InferOutput<typeof agentUserCreate>,
  own: (object: DirectoryObject) => Change[],
): Promise<Response> {
  const { caller, world } = request
  const { tenantId } = caller
  const object = newUser(request, type, body)
  const relations = await relationChanges(world.table, tenantId, object, body)
  await commitAdding(
    world.table,
    caller.tenant,
    new Map([[type, 1]]),
    object.id,
    (places) => [...own(object), ...userInsertion(tenantId, object, places), ...relations],
    auditOf(request, 'Add user', object),
  )
  return createdObject(request, object)
}

/** A new person or agent user, as the directory shows it. */
export function newUser(
  request: ManagementRequest<unknown>,
  type: UserType,
  body: Omit<v.InferOutput<typeof userCreate> | v.InferOutput<typeof agentUserCreate>, 'sponsors@odata.bind'>,
): DirectoryObject {
  const { world, now } = request
  requireOwnDomain(request, body.userPrincipalName)
  const {
    '@odata.type': _type,
    'sponsors@odata.bind': _sponsors,
    ...properties
  } = withoutPassword(body) as typeof body & { 'sponsors@odata.bind'?: unknown }
  const id = world.newId()
  return {
    type,
    id,
    version: 1,
    properties: { ...emptyProfile, ...properties, id, createdDateTime: now.toISOString() },
  }
}

/** All that the creation of a user writes, but for relations and counters, and what ties an agent user to its agent identity. */
export const userInsertion = (tenantId: TenantId, object: DirectoryObject, places: Places): Change[] => [
  takeName(tenantId, object),
  ...insertion(tenantId, { ...object, counted: countedOn(places, [object.type]) }),
  { action: 'put', key: keys.user(tenantId, object.id), item: stateOf(object), when: 'absent' },
]

/** `PATCH /users/{id}`: what tokens read of the user changes in the same commit. */
export async function updateUser(
  request: ManagementRequest<Properties>,
  types: readonly UserType[],
): Promise<Response> {
  const { caller, world, path, body } = request
  const { tenantId } = caller
  const before = await find(world.table, tenantId, types, path.id)
  const isAgentUser = before.type === 'agentUser'
  typeOf(body, isAgentUser ? userTypes : ['user'])
  if (isAgentUser) refusePassword(body)
  const { '@odata.type': _type, ...patch } = parse(isAgentUser ? agentUserPatch : userPatch, body)
  await authorize(request, 'update', before, Object.keys(patch))
  requireMatch(request, before)
  if (patch.userPrincipalName !== undefined) requireOwnDomain(request, patch.userPrincipalName)
  const changed = withoutPassword(patch)
  const after = { ...before, version: before.version + 1, properties: { ...before.properties, ...changed } }
  await world.table.commit(
    [...replacement(tenantId, before, after), ...stateChanges(tenantId, before, after)],
    auditOf(request, 'Update user', after, Object.keys(changed)),
  )
  return changedObject(request, after)
}

/** `DELETE /users/{id}`: a soft delete; the name is free again. */
export async function deleteUser(request: ManagementRequest<unknown>, types: readonly UserType[]): Promise<Response> {
  const { caller, world, now, path } = request
  const { tenantId } = caller
  const object = await find(world.table, tenantId, types, path.id)
  await authorize(request, 'delete', object)
  requireMatch(request, object)
  await world.table.commit(
    [...userDeletion(tenantId, object, now), ...recount(tenantId, [object], { live: -1 })],
    auditOf(request, 'Delete user', object),
  )
  return noContent()
}

/** `POST /users/{id}/revokeSignInSessions`: no session or refresh token from before now is good any more. */
export async function revokeSignInSessions(request: ManagementRequest<unknown>): Promise<Response> {
  const { caller, world, now, path } = request
  const object = await find(world.table, caller.tenantId, userTypes, path.id ?? signedInUser(request))
  await authorize(request, 'revokeSessions', object)
  await world.table.commit(
    [
      {
        action: 'update',
        key: keys.user(caller.tenantId, object.id),
        set: { sessionsValidFrom: now.toISOString() } satisfies Partial<UserState>,
        when: 'present',
      },
    ],
    auditOf(request, 'Update user', object, ['signInSessionsValidFromDateTime']),
  )
  return ok({ '@odata.context': `${world.origin}/${path.version}/$metadata#Edm.Boolean`, value: true })
}

/**
 * The id of the user on whose behalf `/me` is asked.
 * @throws Request_BadRequest where an application asks as itself
 */
export function signedInUser({ caller }: ManagementRequest<unknown>): string {
  if (caller.user) return caller.user.id
  throw new Refusal(
    'Request_BadRequest',
    '/me request is only valid with delegated authentication flow; an application finds a user at /users/{id}',
  )
}

/** What the deletion of a user writes, of either type. */
export function userDeletion(
  tenantId: TenantId,
  object: DirectoryObject,
  now: Date,
  kept: { deletedWith?: string | undefined } = {},
): Change[] {
  return [...deletion(tenantId, object, now, kept), ...userStateRemoval(tenantId, object)]
}

/** What tokens know of a user, and its name. */
export function userStateRemoval(tenantId: TenantId, object: DirectoryObject): Change[] {
  const { id } = object
  return [
    { action: 'delete', key: keys.user(tenantId, id), when: 'present' },
    { action: 'delete', key: keys.unique(tenantId, 'userPrincipalName', nameOf(object)), when: { id } },
    ...agentUserRow(tenantId, object, (key) => ({ action: 'delete', key, when: { id } })),
  ]
}

/**
 * And what their restoration writes beside the object `after`: where the name, or the agent identity of an agent user, has not
 * been given to another since. The sessions that ended with the deletion stay at their end.
 * @param directoryRoles those that the user holds
 */
export function userRestoration(
  tenantId: TenantId,
  deleted: DeletedObject,
  after: DirectoryObject,
  directoryRoles: ReadonlySet<string> = new Set(),
): Change[] {
  const state: UserState = {
    ...stateOf(after),
    sessionsValidFrom: deleted.deletedDateTime,
    ...(directoryRoles.size > 0 && { directoryRoles }),
  }
  return [
    takeName(tenantId, after),
    { action: 'put', key: keys.user(tenantId, after.id), item: state, when: 'absent' },
    ...agentUserRow(tenantId, after, (key) => ({
      action: 'put',
      key,
      item: agentUserStateOf(after),
      when: 'absent',
      otherwise: () => conflict(`another user of the agent identity '${after.properties.identityParentId}'`),
    })),
  ]
}

export const agentUserStateOf = (object: DirectoryObject): AgentUserState => ({ id: object.id, ...stateOf(object) })

/** An agent user has no password or other credential that a person could sign in with (reference §1.5). */
export function refusePassword(body: Properties): void {
  if ('passwordProfile' in body)
    throw new Refusal(
      'Request_BadRequest',
      "property 'passwordProfile': an agent user has no password; its agent identity gets tokens for it",
    )
}

/** What the token path reads of a user, where it is not what it was. */
function stateChanges(tenantId: TenantId, before: DirectoryObject, after: DirectoryObject): Change[] {
  const { id } = after
  const set = stateOf(after)
  const isRenamed = nameOf(before) !== nameOf(after)
  const unchanged = !isRenamed && set.enabled === stateOf(before).enabled
  return [
    ...(isRenamed
      ? [
          {
            action: 'delete',
            key: keys.unique(tenantId, 'userPrincipalName', nameOf(before)),
            when: { id },
          } as const,
          takeName(tenantId, after),
        ]
      : []),
    ...(unchanged
      ? []
      : [
          { action: 'update', key: keys.user(tenantId, id), set, when: 'present' } as const,
          ...agentUserRow(tenantId, after, (key) => ({ action: 'update', key, set, when: { id } })),
        ]),
  ]
}

const stateOf = (object: DirectoryObject): { enabled: boolean; userPrincipalName: string } => ({
  enabled: object.properties.accountEnabled === true,
  userPrincipalName: nameOf(object),
})

/** Without letter case, as a name is the user's alone. */
const nameOf = ({ properties }: DirectoryObject): string => String(properties.userPrincipalName).toLowerCase()

const takeName = (tenantId: TenantId, object: DirectoryObject): Change => ({
  action: 'put',
  key: keys.unique(tenantId, 'userPrincipalName', nameOf(object)),
  item: { id: object.id },
  when: 'absent',
  otherwise: () => conflict(`a user with the userPrincipalName '${nameOf(object)}'`),
})

const agentUserRow = (
  tenantId: TenantId,
  { properties: { identityParentId } }: DirectoryObject,
  change: (key: ReturnType<typeof keys.agentUser>) => Change,
): Change[] => (typeof identityParentId === 'string' ? [change(keys.agentUser(tenantId, identityParentId))] : [])

function requireOwnDomain({ caller: { tenant } }: ManagementRequest<unknown>, userPrincipalName: string): void {
  if (userPrincipalName.split('@')[1]?.toLowerCase() === tenant.domain) return
  throw new Refusal(
    'Request_BadRequest',
    `property 'userPrincipalName': the domain must be a verified one of the tenant: '${tenant.domain}'`,
  )
}

function withoutPassword<Body extends object>(body: Body): Omit<Body, 'passwordProfile'> {
  const { passwordProfile: _password, ...rest } = body as Body & { passwordProfile?: unknown }
  return rest
}
