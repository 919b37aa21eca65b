import { createHash } from 'node:crypto'
import * as v from 'valibot'
import type { AppRoleAssignment } from '../domain/app-role-assignment.ts'
import { rolesOn } from '../domain/client.ts'
import type { DirectoryObject } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import { created, noContent, ok, type Response } from '../http/response.ts'
import { isBlockedForAgents, managementApi, roleId, roleValue } from '../permissions.ts'
import { Refusal } from '../refusal.ts'
import type { Change, Table } from '../store/store.ts'
import { keys, partitions } from '../store/table.ts'
import { rolesOf } from './application.ts'
import { auditOf } from './audit.ts'
import { nextLink, readPage } from './list.ts'
import { byId, find, notFound, principalTypes, userTypes } from './read.ts'
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

/** `POST …/appRoleAssignments` and `…/appRoleAssignedTo` (reference §2.8). In force for the next token. */
export async function createAssignment(
  request: ManagementRequest<v.InferOutput<typeof assignmentBody>>,
  side: Side,
): Promise<Response> {
  const { body, caller, world, now, path } = request
  const { tenantId } = caller
  const named = await find(world.table, tenantId, principalTypes, path.id)
  const bodyId = side === 'principal' ? body.principalId : body.resourceId
  if (named.id !== bodyId)
    throw new Refusal(
      'Request_BadRequest',
      `property '${side}Id': must be the id of the ${side} that the path names, '${named.id}'`,
    )
  const principal =
    side === 'principal'
      ? named
      : await byId(world.table, tenantId, [...principalTypes, ...userTypes], body.principalId)
  const resource = side === 'resource' ? named : await byId(world.table, tenantId, principalTypes, body.resourceId)
  if (!principal) throw notFound(body.principalId)
  if (!resource) throw notFound(body.resourceId)
  checkRole(principal, resource, body.appRoleId)
  const assignment = newAssignment(holderOf(principal), resource, body.appRoleId, now)
  if (assignment.clientId !== undefined) await requireRoom(world.table, tenantId, assignment.clientId)
  const clientChange = clientEdit(tenantId, assignment, 'add')
  await world.table.commit(
    [
      ...assignmentChanges(tenantId, assignment),
      ...(clientChange
        ? [clientChange]
        : [{ action: 'check', key: keys.object(tenantId, principal.type, principal.id), when: 'present' } as const]),
      // The role must still be offered: a change of the application's roles gives its principal another version.
      { action: 'check', key: keys.object(tenantId, resource.type, resource.id), when: { version: resource.version } },
    ],
    auditOf(request, 'Add app role assignment to service principal', principal, ['appRoleAssignments']),
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
  const object = await find(world.table, caller.tenantId, principalTypes, path.id)
  const rows =
    side === 'principal'
      ? partitions.assignments(caller.tenantId, object.id)
      : partitions.assignees(caller.tenantId, object.id)
  const page = await readPage<AppRoleAssignment>(request, `${side} ${object.id}`, (limit, from) =>
    world.table.query(rows, { limit, ...(from && { from }) }),
  )
  return ok({
    '@odata.context': `${world.origin}/${path.version}/$metadata#appRoleAssignments`,
    ...nextLink(request, page),
    value: page.items.map(shownAssignment),
  })
}

export async function deleteAssignment(request: ManagementRequest<unknown>, side: Side): Promise<Response> {
  const { caller, world, path } = request
  const { tenantId } = caller
  const object = await find(world.table, tenantId, principalTypes, path.id)
  const id = path.assignmentId ?? ''
  if (!/^[\w-]{43}$/.test(id)) throw notFound(id)
  const [assignment] = await world.table.snapshot([
    side === 'principal' ? keys.assignment(tenantId, object.id, id) : keys.assignee(tenantId, object.id, id),
  ])
  if (!assignment) throw notFound(id)
  const { principalId, resourceId, appRoleId, clientId } = assignment
  const principal =
    side === 'principal' ? object : await byId(world.table, tenantId, [...principalTypes, ...userTypes], principalId)
  const isBirthright = resourceId === managementApi.objectId && appRoleId === roleId('AgentIdentity.CreateAsManager')
  if (principal?.type === 'agentIdentityBlueprintPrincipal' && isBirthright) {
    throw new Refusal(
      'Request_BadRequest',
      'a blueprint principal keeps AgentIdentity.CreateAsManager; disable the principal to stop it',
    )
  }
  const edit = principal && clientId ? clientEdit(tenantId, assignment, 'take') : undefined
  await world.table.commit(
    [
      {
        action: 'delete',
        key: keys.assignment(tenantId, principalId, id),
        when: 'present',
        otherwise: () => notFound(id),
      },
      {
        action: 'delete',
        key: keys.assignee(tenantId, resourceId, id),
        when: 'present',
        otherwise: () => notFound(id),
      },
      ...(edit ? [edit] : []),
    ],
    auditOf(request, 'Remove app role assignment from service principal', principal ?? object, ['appRoleAssignments']),
  )
  return noContent()
}

type Holder = { id: string; displayName: string; type: AppRoleAssignment['principalType']; clientId?: string }

function holderOf({ id, type, properties }: DirectoryObject): Holder {
  const displayName = properties.displayName as string
  if (type === 'user') return { id, displayName, type: 'User' }
  return {
    id,
    displayName,
    type: 'ServicePrincipal',
    clientId: type === 'agentIdentity' ? id : (properties.appId as string),
  }
}

export function newAssignment(
  holder: Holder,
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
function clientEdit(
  tenantId: TenantId,
  { clientId, principalId, resourceId, appRoleId }: AppRoleAssignment,
  verb: 'add' | 'take',
): Change | undefined {
  if (clientId === undefined) return undefined
  const edit = { [rolesOn(resourceId)]: new Set([appRoleId]) }
  const key = keys.client(tenantId, clientId)
  // Still this very principal: another one may have been made for the application meanwhile.
  const when = { objectId: principalId }
  return verb === 'add' ? { action: 'update', key, add: edit, when } : { action: 'update', key, take: edit, when }
}

/** Reference §1.2.2, §5.4, §5.5: who may hold which role of which resource. */
function checkRole(principal: DirectoryObject, resource: DirectoryObject, appRoleId: string): void {
  if (resource.type === 'agentIdentity') {
    throw new Refusal(
      'Request_BadRequest',
      "an agent identity offers no app roles; assign those of its blueprint's principal",
    )
  }
  const member = principal.type === 'user' ? 'User' : 'Application'
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

function shownAssignment({ clientId: _clientId, ...shown }: AppRoleAssignment): object {
  return { deletedDateTime: null, ...shown }
}
