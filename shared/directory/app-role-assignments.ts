import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { authorize } from '../auth/authorize.ts'
import type { AppRoleAssignment } from '../domain/app-role-assignment.ts'
import { rolesOn } from '../domain/client.ts'
import type { DirectoryObject, ObjectType } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import { created, noContent, type Response } from '../http/response.ts'
import { isBlockedForAgents, managementApi, roleId, roleValue } from '../permissions.ts'
import { Refusal } from '../refusal.ts'
import type { Change, Key, Table } from '../store/store.ts'
import { keys, partitions } from '../store/table.ts'
import { rolesOf } from './application.ts'
import { auditOf } from './audit.ts'
import { effectOn, effectOnAny, holderOf, objectOf } from './holders.ts'
import { byId, find, groupTypes, notFound, principalTypes, userTypes } from './read.ts'
import { listRecords, readEqualities } from './records.ts'
import { guid } from './shape.ts'

export const assignmentBody = v.strictObject({
  principalId: guid,
  resourceId: guid,
  appRoleId: guid,
  '@odata.type': v.optional(v.string()),
})

/** Which end of the assignment the path names: the one who holds the role, or the resource that offers it. */
export type Side = 'principal' | 'resource'

/** Graph's role of plain access, which carries no value. */
const defaultAccess = '00000000-0000-0000-0000-000000000000'

const holderTypes = [...principalTypes, ...userTypes, ...groupTypes]

/** Roles are held by what any of these collections holds, and offered by service principals alone. */
function typesAt({ event }: ManagementRequest<unknown>): readonly ObjectType[] {
  const [, collection] = /^\/[^/]+\/(users|groups)\//.exec(event.rawPath) ?? []
  return collection === 'users' ? userTypes : collection === 'groups' ? groupTypes : principalTypes
}

/** `POST …/appRoleAssignments` and `…/appRoleAssignedTo` (reference §2.8). In force for the next token. */
export async function createAssignment(
  request: ManagementRequest<v.InferOutput<typeof assignmentBody>>,
  side: Side,
): Promise<Response> {
  const { body, caller, world, now, path } = request
  const { tenantId } = caller
  const named = await find(world.table, tenantId, typesAt(request), path.id)
  const bodyId = side === 'principal' ? body.principalId : body.resourceId
  if (named.id !== bodyId)
    throw new Refusal(
      'Request_BadRequest',
      `property '${side}Id': must be the id of the ${side} that the path names, '${named.id}'`,
    )
  const principal = side === 'principal' ? named : await byId(world.table, tenantId, holderTypes, body.principalId)
  const resource = side === 'resource' ? named : await byId(world.table, tenantId, principalTypes, body.resourceId)
  if (!principal) throw notFound(body.principalId)
  if (!resource) throw notFound(body.resourceId)
  if (resource.type === 'agentIdentity') {
    throw new Refusal(
      'Request_BadRequest',
      "an agent identity offers no app roles; assign those of its blueprint's principal",
    )
  }
  await authorize(request, 'assign', resource)
  checkRole(principal, resource, body.appRoleId)
  const assignment = newAssignment(holderFrom(principal), resource, body.appRoleId, now)
  if (assignment.clientId !== undefined) await requireRoom(world.table, tenantId, assignment.clientId)
  await world.table.commit(
    [
      ...assignmentChanges(tenantId, assignment),
      assignment.clientId === undefined
        ? { action: 'check', key: keys.object(tenantId, principal.type, principal.id), when: 'present' }
        : effectOn(tenantId, principal, { add: rolesEdit(assignment) }),
      // The role must still be offered: a change of the application's roles gives its principal another version.
      { action: 'check', key: keys.object(tenantId, resource.type, resource.id), when: { version: resource.version } },
    ],
    auditOf(request, activities[assignment.principalType].add, principal, ['appRoleAssignments']),
  )
  return created({
    '@odata.context': `${world.origin}/${path.version}/$metadata#appRoleAssignments/$entity`,
    ...shownAssignment(assignment),
  })
}

/** Reference §10.1. All of a client's roles are in one item, which the token path reads whole. */
const mostRoles = 1500

async function requireRoom(table: Table, tenantId: TenantId, clientId: string): Promise<void> {
  const [client] = await table.snapshot([keys.client(tenantId, clientId)])
  const held = Object.values(client ?? {}).reduce((sum, each) => sum + (each instanceof Set ? each.size : 0), 0)
  if (held >= mostRoles) {
    throw new Refusal('Request_BadRequest', `a principal may hold at most ${mostRoles} app roles; take some away first`)
  }
}

export async function listAssignments(request: ManagementRequest<unknown>, side: Side): Promise<Response> {
  const { caller, world, path } = request
  const object = await find(world.table, caller.tenantId, typesAt(request), path.id)
  const rows =
    side === 'principal'
      ? partitions.assignments(caller.tenantId, object.id)
      : partitions.assignees(caller.tenantId, object.id)
  return listRecords<AppRoleAssignment>(request, {
    context: 'appRoleAssignments',
    rows: { partitions: rows },
    filter: readEqualities(request, ['appRoleId', 'principalId', 'principalType', 'resourceId']),
    show: shownAssignment,
  })
}

/** `DELETE` from either side; from the resource's also where the holder is deleted, and the other way round. */
export async function deleteAssignment(request: ManagementRequest<unknown>, side: Side): Promise<Response> {
  const { caller, world, path } = request
  const { tenantId } = caller
  const object = await find(world.table, tenantId, typesAt(request), path.id)
  const id = path.assignmentId ?? ''
  if (!/^[\w-]{43}$/.test(id)) throw notFound(id)
  const [assignment] = await world.table.snapshot([
    side === 'principal' ? keys.assignment(tenantId, object.id, id) : keys.assignee(tenantId, object.id, id),
  ])
  if (!assignment) throw notFound(id)
  const { principalId, principalType, resourceId, appRoleId, clientId } = assignment
  // By its id alone: the resource may be deleted, and then its roles can still be taken away.
  await authorize(request, 'assign', { type: 'servicePrincipal', id: resourceId })
  const holder =
    side === 'principal' ? { living: object } : await holderOf(world.table, tenantId, holderTypes, principalId)
  const principal = objectOf(holder, principalId)
  const isBirthright = resourceId === managementApi.objectId && appRoleId === roleId('AgentIdentity.CreateAsManager')
  if (principal.type === 'agentIdentityBlueprintPrincipal' && isBirthright) {
    throw new Refusal(
      'Request_BadRequest',
      'a blueprint principal keeps AgentIdentity.CreateAsManager; disable the principal to stop it',
    )
  }
  const gone = (key: Key<AppRoleAssignment>): Change => ({
    action: 'delete',
    key,
    when: 'present',
    otherwise: () => notFound(id),
  })
  await world.table.commit(
    [
      gone(keys.assignment(tenantId, principalId, id)),
      gone(keys.assignee(tenantId, resourceId, id)),
      ...(clientId === undefined ? [] : effectOnAny(tenantId, holder, { take: rolesEdit(assignment) })),
    ],
    auditOf(request, activities[principalType].remove, principal, ['appRoleAssignments']),
  )
  return noContent()
}

/** All that a principal holds, by the object id of the resource: what tokens read of it when it is restored. */
export async function heldRoles(
  table: Table,
  tenantId: TenantId,
  principalId: string,
): Promise<Map<string, Set<string>>> {
  const { items } = await table.query<AppRoleAssignment>(partitions.assignments(tenantId, principalId), {
    limit: mostRoles * 2,
  })
  const byResource = Map.groupBy(items, ({ resourceId }) => resourceId)
  return new Map([...byResource].map(([id, held]) => [id, new Set(held.map(({ appRoleId }) => appRoleId))]))
}

/** Reference §8.2. */
const activities: Record<AppRoleAssignment['principalType'], { add: string; remove: string }> = {
  ServicePrincipal: {
    add: 'Add app role assignment to service principal',
    remove: 'Remove app role assignment from service principal',
  },
  User: { add: 'Add app role assignment grant to user', remove: 'Remove app role assignment from user' },
  Group: { add: 'Add app role assignment to group', remove: 'Remove app role assignment from group' },
}

type RoleHolder = { id: string; displayName: string; type: AppRoleAssignment['principalType']; clientId?: string }

function holderFrom({ id, type, properties }: DirectoryObject): RoleHolder {
  const displayName = properties.displayName as string
  if (type === 'user' || type === 'agentUser') return { id, displayName, type: 'User' }
  if (type === 'group') return { id, displayName, type: 'Group' }
  return {
    id,
    displayName,
    type: 'ServicePrincipal',
    clientId: type === 'agentIdentity' ? id : (properties.appId as string),
  }
}

export function newAssignment(
  holder: RoleHolder,
  resource: DirectoryObject,
  appRoleId: string,
  now: Date,
): AppRoleAssignment {
  return {
    id: createHash('sha256').update(`${holder.id} ${resource.id} ${appRoleId}`).digest('base64url'),
    appRoleId,
    principalId: holder.id,
    principalType: holder.type,
    principalDisplayName: holder.displayName,
    resourceId: resource.id,
    resourceDisplayName: resource.properties.displayName as string,
    createdDateTime: now.toISOString(),
    ...(holder.clientId !== undefined && { clientId: holder.clientId }),
  }
}

/** The assignment's two rows: the one that its holder is asked for, and the one that its resource is asked for. */
export function assignmentChanges(tenantId: TenantId, assignment: AppRoleAssignment): Change[] {
  const { principalId, resourceId, id } = assignment
  const exists = () => new Refusal('Request_BadRequest', 'Permission being assigned already exists on the object')
  return [
    {
      action: 'put',
      key: keys.assignment(tenantId, principalId, id),
      item: assignment,
      when: 'absent',
      otherwise: exists,
    },
    {
      action: 'put',
      key: keys.assignee(tenantId, resourceId, id),
      item: assignment,
      when: 'absent',
      otherwise: exists,
    },
  ]
}

/** What the token path knows of it: a member of one set on the holder's item, so that no two changes undo each other. */
const rolesEdit = ({ resourceId, appRoleId }: AppRoleAssignment) => ({
  [rolesOn(resourceId)]: new Set([appRoleId]),
})

/** Reference §1.2.2, §5.4, §5.5: who may hold which role of which resource. */
export function checkRole(principal: DirectoryObject, resource: DirectoryObject, appRoleId: string): void {
  const isClient = principalTypes.some((type) => type === principal.type)
  const member = isClient ? 'Application' : 'User'
  const isAgent = principal.type === 'agentIdentity' || principal.type === 'agentIdentityBlueprintPrincipal'
  if (resource.properties.appId === managementApi.appId) {
    const value = roleValue(appRoleId)
    if (value === undefined || member === 'User') throw noSuchRole(appRoleId)
    if (isAgent && isBlockedForAgents(appRoleId)) {
      throw new Refusal(
        'Request_BadRequest',
        `the permission '${value}' is too powerful for agents and cannot be given to one, nor to its blueprint`,
      )
    }
    return
  }
  if (appRoleId === defaultAccess) return
  const role = rolesOf(resource.properties).find(({ id }) => id === appRoleId)
  if (!role?.isEnabled || !role.allowedMemberTypes.includes(member)) throw noSuchRole(appRoleId)
}

const noSuchRole = (appRoleId: string): Refusal =>
  new Refusal(
    'Request_BadRequest',
    `property 'appRoleId': '${appRoleId}' is no enabled role of the resource for this kind of principal`,
  )

export function shownAssignment({ clientId: _clientId, ...shown }: AppRoleAssignment): object {
  return { deletedDateTime: null, ...shown }
}
