import * as v from 'valibot'
import { denied } from '../auth/authorize.ts'
import { type DirectoryRole, directoryRole, directoryRoles, isAllowedForAgents } from '../directory-roles.ts'
import { collectionOf, type DirectoryObject } from '../domain/directory-object.ts'
import { parseGuid } from '../domain/guid.ts'
import type { RoleAssignment } from '../domain/role-assignment.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import { parseKeySegment } from '../http/path.ts'
import { created, noContent, ok, type Response } from '../http/response.ts'
import { Refusal } from '../refusal.ts'
import type { Table } from '../store/store.ts'
import { keys, partitions } from '../store/table.ts'
import { auditOf } from './audit.ts'
import { effectOn, effectOnAny, holderOf, objectOf } from './holders.ts'
import { listSegments } from './list.ts'
import { byId, notFound, principalTypes, userTypes } from './read.ts'
import { guidsOfId, idOfGuids } from './record-id.ts'
import { idAskedFor, isAsked, listRecords, readEqualities } from './records.ts'
import { guid, type referenceBody } from './shape.ts'

/*
 * Directory roles (reference §5.6): the same in every tenant, each by the id of its template. Graph has two collections of them and two
 * ways to give them; here they are one.
 */

export const roleAssignmentBody = v.strictObject({
  roleDefinitionId: guid,
  principalId: guid,
  directoryScopeId: v.optional(v.literal('/', "must be '/': roles are given in the whole tenant"), '/'),
  '@odata.type': v.optional(v.string()),
})

const holderTypes = [...principalTypes, ...userTypes]
const memberTypes = [...holderTypes, 'group'] as const

/** `GET /directoryRoles`. All of them are active, whether anyone holds them or not. */
export function listDirectoryRoles(request: ManagementRequest<unknown>): Response {
  return listData(request, 'directoryRoles', directoryRoles.map(shownRole), ['displayName', 'id', 'roleTemplateId'])
}

export function readDirectoryRole(request: ManagementRequest<unknown>): Response {
  return readData(request, 'directoryRoles', shownRole(roleAt(request.path.id)))
}

/** `GET /roleManagement/directory/roleDefinitions`. */
export function listRoleDefinitions(request: ManagementRequest<unknown>): Response {
  const shown = directoryRoles.map(shownDefinition)
  return listData(request, definitions, shown, ['displayName', 'id', 'isBuiltIn', 'templateId'])
}

export function readRoleDefinition(request: ManagementRequest<unknown>): Response {
  return readData(request, definitions, shownDefinition(roleAt(request.path.id)))
}

/** `GET /directoryRoles/{id}/members`. */
export function listMembers(request: ManagementRequest<unknown>): Promise<Response> {
  const { templateId } = roleAt(request.path.id)
  const rows = partitions.roleAssignments(request.caller.tenantId)
  return listSegments(
    request,
    [{ partitions: rows, prefix: `${templateId}#`, rows: 'named' }],
    holderTypes,
    'directoryObjects',
  )
}

/** `POST /directoryRoles/{id}/members/$ref`. */
export async function addMember(request: ManagementRequest<v.InferOutput<typeof referenceBody>>): Promise<Response> {
  const { caller, world, path, body } = request
  const role = roleAt(path.id)
  const { collection, id } = body['@odata.id']
  const types = memberTypes.filter((type) => collection === 'directoryObjects' || collection === collectionOf[type])
  const principal = await byId(world.table, caller.tenantId, types, id)
  if (!principal) {
    throw new Refusal(
      'Request_BadRequest',
      `property '@odata.id': there is no object with the id '${id}' in the tenant`,
    )
  }
  await assign(request, role, principal)
  return noContent()
}

/** `DELETE /directoryRoles/{id}/members/{memberId}/$ref`. */
export async function removeMember(request: ManagementRequest<unknown>): Promise<Response> {
  const { path } = request
  const { templateId } = roleAt(path.id)
  const memberId = parseGuid(path.memberId)
  if (memberId === undefined) throw notFound(path.memberId ?? '')
  return remove(request, templateId, memberId, memberId)
}

/** `POST /roleManagement/directory/roleAssignments`. In force for the next token. */
export async function createRoleAssignment(
  request: ManagementRequest<v.InferOutput<typeof roleAssignmentBody>>,
): Promise<Response> {
  const { caller, world, body, path } = request
  const role = directoryRole(body.roleDefinitionId)
  if (!role) {
    throw new Refusal(
      'Request_BadRequest',
      `property 'roleDefinitionId': '${body.roleDefinitionId}' is no directory role; see /roleManagement/directory/roleDefinitions`,
    )
  }
  const principal = await byId(world.table, caller.tenantId, memberTypes, body.principalId)
  if (!principal) throw notFound(body.principalId)
  const assignment = await assign(request, role, principal)
  return created({
    '@odata.context': `${world.origin}/${path.version}/$metadata#${assignments}/$entity`,
    ...shownAssignment(assignment),
  })
}

export function listRoleAssignments(request: ManagementRequest<unknown>): Promise<Response> {
  const filter = readEqualities(request, ['principalId', 'roleDefinitionId', 'directoryScopeId'])
  const roleId = idAskedFor(filter, 'roleDefinitionId')
  return listRecords<RoleAssignment>(request, {
    context: assignments,
    rows: {
      partitions: partitions.roleAssignments(request.caller.tenantId),
      ...(roleId !== undefined && { prefix: `${roleId}#` }),
    },
    filter,
    show: shownAssignment,
  })
}

export async function readRoleAssignment(request: ManagementRequest<unknown>): Promise<Response> {
  const { caller, world, path } = request
  const [roleId, principalId] = idsIn(path.id)
  const [assignment] = await world.table.snapshot([keys.roleAssignment(caller.tenantId, roleId, principalId)])
  if (!assignment) throw notFound(path.id ?? '')
  return ok({
    '@odata.context': `${world.origin}/${path.version}/$metadata#${assignments}/$entity`,
    ...shownAssignment(assignment),
  })
}

/** `DELETE /roleManagement/directory/roleAssignments/{id}`: gone at the holder's next call, whatever its token says. */
export function deleteRoleAssignment(request: ManagementRequest<unknown>): Promise<Response> {
  const id = request.path.id ?? ''
  const [roleId, principalId] = idsIn(id)
  return remove(request, roleId, principalId, id)
}

/** The directory roles (template ids) of a principal: what tokens read of it when it is restored. */
export async function heldDirectoryRoles(table: Table, tenantId: TenantId, principalId: string): Promise<Set<string>> {
  const wanted = directoryRoles.map(({ templateId }) => keys.roleAssignment(tenantId, templateId, principalId))
  const rows: (RoleAssignment | undefined)[] = []
  // A snapshot holds 100 items.
  for (let at = 0; at < wanted.length; at += 100) rows.push(...(await table.snapshot(wanted.slice(at, at + 100))))
  return new Set(rows.flatMap((row) => (row ? [row.roleDefinitionId] : [])))
}

async function assign(
  request: ManagementRequest<unknown>,
  role: DirectoryRole,
  principal: DirectoryObject,
): Promise<RoleAssignment> {
  const { caller, world, now } = request
  const { tenantId } = caller
  checkHolder(role, principal)
  // Security AA-27: whoever may give roles to others gives none to themselves.
  if (principal.id === caller.objectId || principal.id === caller.user?.id) {
    throw denied('nobody gives a directory role to themselves')
  }
  const assignment: RoleAssignment = {
    id: idOfGuids(role.templateId, principal.id),
    roleDefinitionId: role.templateId,
    principalId: principal.id,
    directoryScopeId: '/',
    createdDateTime: now.toISOString(),
    targetId: principal.id,
    targetType: principal.type,
  }
  await world.table.commit(
    [
      {
        action: 'put',
        key: keys.roleAssignment(tenantId, role.templateId, principal.id),
        item: assignment,
        when: 'absent',
        otherwise: () =>
          new Refusal(
            'Request_MultipleObjectsWithSameKeyValue',
            `'${principal.id}' holds the directory role '${role.displayName}' already`,
          ),
      },
      effectOn(tenantId, principal, { add: { directoryRoles: new Set([role.templateId]) } }),
    ],
    auditOfRole(request, 'Add member to role', role, principal),
  )
  return assignment
}

async function remove(
  request: ManagementRequest<unknown>,
  roleId: string,
  principalId: string,
  named: string,
): Promise<Response> {
  const { caller, world } = request
  const { tenantId } = caller
  const key = keys.roleAssignment(tenantId, roleId, principalId)
  const [assignment] = await world.table.snapshot([key])
  const role = directoryRole(roleId)
  if (!assignment || !role) throw notFound(named)
  const holder = await holderOf(world.table, tenantId, [assignment.targetType], principalId)
  await world.table.commit(
    [
      { action: 'delete', key, when: 'present', otherwise: () => notFound(named) },
      ...effectOnAny(tenantId, holder, { take: { directoryRoles: new Set([roleId]) } }),
    ],
    auditOfRole(request, 'Remove member from role', role, objectOf(holder, principalId)),
  )
  return noContent()
}

/** Reference §5.1, §5.6: who may hold which role. */
function checkHolder({ templateId, displayName }: DirectoryRole, { type, id }: DirectoryObject): void {
  if (type === 'group') {
    throw new Refusal('Request_BadRequest', `'${id}' is a group; directory roles go to users and service principals`)
  }
  if (type === 'agentIdentityBlueprintPrincipal') {
    throw new Refusal(
      'Request_BadRequest',
      'a blueprint principal holds no directory role; give it to the agent identities that need it',
    )
  }
  if ((type === 'agentIdentity' || type === 'agentUser') && !isAllowedForAgents(templateId)) {
    throw new Refusal(
      'Request_BadRequest',
      `the directory role '${displayName}' is too powerful for agents and cannot be given to one`,
    )
  }
}

const auditOfRole = (
  request: ManagementRequest<unknown>,
  activity: string,
  { templateId, displayName }: DirectoryRole,
  principal: DirectoryObject,
) => ({
  ...auditOf(request, activity, principal, ['directoryRoles']),
  additionalDetails: [
    { key: 'Role.TemplateId', value: templateId },
    { key: 'Role.DisplayName', value: displayName },
  ],
})

function roleAt(segment = ''): DirectoryRole {
  const { property, value } = parseKeySegment(segment)
  const isId = property === undefined || property === 'roleTemplateId'
  const role = isId ? directoryRole(parseGuid(value) ?? '') : undefined
  if (!role) throw notFound(segment)
  return role
}

function idsIn(id = ''): [roleId: string, principalId: string] {
  const [roleId, principalId] = guidsOfId(id, 2) ?? []
  if (!roleId || !principalId) throw notFound(id)
  return [roleId, principalId]
}

const definitions = 'roleManagement/directory/roleDefinitions'
const assignments = 'roleManagement/directory/roleAssignments'

const shownRole = ({ templateId, displayName }: DirectoryRole) => ({
  id: templateId,
  deletedDateTime: null,
  description: null,
  displayName,
  roleTemplateId: templateId,
})

const shownDefinition = ({ templateId, displayName }: DirectoryRole) => ({
  id: templateId,
  description: null,
  displayName,
  isBuiltIn: true,
  isEnabled: true,
  resourceScopes: ['/'],
  templateId,
  version: '1',
})

const shownAssignment = ({ targetId: _id, targetType: _type, ...shown }: RoleAssignment): object => shown

/** What is data in the code fits on one page. */
function listData(
  request: ManagementRequest<unknown>,
  context: string,
  all: readonly object[],
  filtered: readonly string[],
): Response {
  const { world, path } = request
  const filter = readEqualities(request, filtered)
  return ok({
    '@odata.context': `${world.origin}/${path.version}/$metadata#${context}`,
    value: filter ? all.filter((each) => isAsked(filter, each)) : all,
  })
}

const readData = ({ world, path }: ManagementRequest<unknown>, context: string, shown: object): Response =>
  ok({ '@odata.context': `${world.origin}/${path.version}/$metadata#${context}/$entity`, ...shown })
