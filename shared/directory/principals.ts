import * as v from 'valibot'
import { authorize } from '../auth/authorize.ts'
import { type Client, rolesOn } from '../domain/client.ts'
import type { DirectoryObject, ObjectType, Properties } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import { created, noContent, ok, type Response } from '../http/response.ts'
import { parse } from '../http/shape.ts'
import { managementApi, roleId } from '../permissions.ts'
import { Refusal } from '../refusal.ts'
import type { Change, Table } from '../store/store.ts'
import { keys } from '../store/table.ts'
import { deleteAgentIdentity, updateAgentIdentity } from './agent-identities.ts'
import { assignmentChanges, newAssignment } from './app-role-assignments.ts'
import { copiedToPrincipal, joinedTags, resourcesOf } from './application.ts'
import { appIdOf, conflict } from './applications.ts'
import { auditOf } from './audit.ts'
import { deletedObject } from './deletion.ts'
import { typeOf } from './odata-type.ts'
import { activityOf, targetOf } from './principal-target.ts'
import { byId, find, principalOf, type principalTypes } from './read.ts'
import { relationChanges } from './relations.ts'
import { entity } from './render.ts'
import { guid, references, tags } from './shape.ts'

const principalCreate = v.strictObject({
  appId: guid,
  accountEnabled: v.optional(v.boolean(), true),
  appRoleAssignmentRequired: v.optional(v.boolean(), false),
  tags: v.optional(tags, []),
  'sponsors@odata.bind': v.optional(references),
  'owners@odata.bind': v.optional(references),
  '@odata.type': v.optional(v.string()),
})

const principalPatch = v.partial(
  v.strictObject({
    accountEnabled: v.boolean(),
    appRoleAssignmentRequired: v.boolean(),
    tags,
    '@odata.type': v.optional(v.string()),
  }),
)

type Create = v.InferOutput<typeof principalCreate>
type PrincipalType = (typeof principalTypes)[number]

/** The permission that every blueprint principal is given, and keeps, to make its own agents (reference §1.3). */
const createAsManager = 'AgentIdentity.CreateAsManager'

/**
 * `POST /servicePrincipals` with an appId: the principal of an application or blueprint in this tenant.
 * @param expected which of the two the cast in the path insists on
 */
export async function createPrincipal(
  raw: ManagementRequest<Properties>,
  expected?: 'agentIdentityBlueprintPrincipal',
): Promise<Response> {
  if (expected) refuseForeign(expected, raw.body)
  const request = { ...raw, body: parse(principalCreate, raw.body) }
  const { body, caller, world, path } = request
  const { tenantId } = caller
  const application = await homeApplication(world.table, tenantId, body.appId)
  if (expected && application?.type !== 'agentIdentityBlueprint') {
    throw new Refusal(
      'AgentBlueprintPrincipal_RequireAgentBlueprint',
      `the appId '${body.appId}' is not that of an agent identity blueprint`,
    )
  }
  if (!application)
    throw new Refusal('Request_BadRequest', `the appId '${body.appId}' does not reference an application of the tenant`)
  const type = application.type === 'agentIdentityBlueprint' ? 'agentIdentityBlueprintPrincipal' : 'servicePrincipal'
  authorize(caller, 'create', { type })
  const object: DirectoryObject = { type, id: world.newId(), version: 1, properties: {} }
  object.properties = principalProperties(request, application, object.id)
  const client: Client = {
    type,
    clientId: body.appId,
    objectId: object.id,
    displayName: application.properties.displayName as string,
    enabled: body.accountEnabled,
  }
  const relations = await relationChanges(world.table, tenantId, object.id, body)
  const granted = type === 'agentIdentityBlueprintPrincipal' ? await birthright(request, client) : []
  await world.table.commit(
    [
      {
        action: 'put',
        key: keys.client(tenantId, body.appId),
        item: client,
        when: 'absent',
        otherwise: () => conflict(`a service principal for the appId '${body.appId}'`),
      },
      { action: 'put', key: keys.object(tenantId, type, object.id), item: object, when: 'absent' },
      {
        action: 'check',
        key: keys.object(tenantId, application.type, application.id),
        when: { version: application.version },
      },
      ...resourceRewrites(tenantId, application, object),
      ...granted,
      ...relations,
    ],
    auditOf(request, 'Add service principal', object),
  )
  return created(entity(object, { origin: world.origin, version: path.version ?? '' }))
}

/** `PATCH` of a principal: what is disabled gets no token, nor do a blueprint's agents, nor does anyone for it. */
async function updatePrincipal(request: ManagementRequest<Properties>, before: DirectoryObject): Promise<Response> {
  const { caller, world } = request
  const { tenantId } = caller
  refuseForeign(before.type, request.body)
  typeOf(request.body, [before.type, 'servicePrincipal'])
  const { '@odata.type': _type, ...patch } = parse(principalPatch, request.body)
  authorize(caller, 'update', before, Object.keys(patch))
  const appId = appIdOf(before)
  refuseBuiltIn(appId)
  const application = await homeApplication(world.table, tenantId, appId)
  const tags = application && patch.tags && { tags: joinedTags(application.properties, patch.tags) }
  const after = { ...before, version: before.version + 1, properties: { ...before.properties, ...patch, ...tags } }
  await world.table.commit(
    [
      {
        action: 'put',
        key: keys.object(tenantId, before.type, before.id),
        item: after,
        when: { version: before.version },
      },
      ...(patch.accountEnabled === undefined
        ? []
        : [
            {
              action: 'update',
              key: keys.client(tenantId, appId),
              set: { enabled: patch.accountEnabled },
              when: 'present',
            } as const,
          ]),
      ...(application
        ? [
            {
              action: 'check',
              key: keys.object(tenantId, application.type, application.id),
              when: { version: application.version },
            } as const,
            ...resourceRewrites(tenantId, application, after),
          ]
        : []),
    ],
    auditOf(request, activityOf(patch), after, Object.keys(patch)),
  )
  return noContent()
}

/** `DELETE` of a principal: a soft delete; its application stays, without effect in this tenant. */
async function deletePrincipal(request: ManagementRequest<unknown>, object: DirectoryObject): Promise<Response> {
  const { caller, world, now } = request
  const { tenantId } = caller
  authorize(caller, 'delete', object)
  const appId = appIdOf(object)
  refuseBuiltIn(appId)
  const principal = await principalOf(world.table, tenantId, appId)
  const application = await homeApplication(world.table, tenantId, appId)
  await world.table.commit(
    [
      ...deletedObject(tenantId, object, now, { client: principal?.client }),
      { action: 'delete', key: keys.client(tenantId, appId), when: 'present' },
      ...(application
        ? [
            {
              action: 'check',
              key: keys.object(tenantId, application.type, application.id),
              when: { version: application.version },
            } as const,
            ...resourceRewrites(tenantId, application, undefined),
          ]
        : []),
    ],
    auditOf(request, 'Remove service principal', object),
  )
  return noContent()
}

/** `PATCH /servicePrincipals/{id}`: each type of principal has its own properties. */
export async function updateAnyPrincipal(
  request: ManagementRequest<Properties>,
  types: readonly PrincipalType[],
): Promise<Response> {
  const before = await find(request.world.table, request.caller.tenantId, types, request.path.id)
  return before.type === 'agentIdentity' ? updateAgentIdentity(request, before) : updatePrincipal(request, before)
}

/** `DELETE /servicePrincipals/{id}`. */
export async function deleteAnyPrincipal(
  request: ManagementRequest<unknown>,
  types: readonly PrincipalType[],
): Promise<Response> {
  const object = await find(request.world.table, request.caller.tenantId, types, request.path.id)
  return object.type === 'agentIdentity' ? deleteAgentIdentity(request, object) : deletePrincipal(request, object)
}

/** `GET /servicePrincipals/{id}`. */
export async function readPrincipal(
  { caller, world, path, query }: ManagementRequest<unknown>,
  types: readonly PrincipalType[],
): Promise<Response> {
  const object = await find(world.table, caller.tenantId, types, path.id)
  authorize(caller, 'read', targetOf(object))
  return ok(entity(object, { origin: world.origin, version: path.version ?? '' }, query.$select))
}

async function homeApplication(table: Table, tenantId: TenantId, appId: string): Promise<DirectoryObject | undefined> {
  const [app] = await table.snapshot([keys.app(appId)])
  return app?.homeTenantId === tenantId ? byId(table, tenantId, [app.type], app.objectId) : undefined
}

function principalProperties(
  { body, caller, now }: ManagementRequest<Create>,
  application: DirectoryObject,
  id: string,
): Properties {
  return {
    id,
    appId: body.appId,
    accountEnabled: body.accountEnabled,
    appRoleAssignmentRequired: body.appRoleAssignmentRequired,
    appOwnerOrganizationId: caller.tenantId,
    createdByAppId: caller.clientId,
    createdDateTime: now.toISOString(),
    disabledByMicrosoftStatus: null,
    servicePrincipalType: 'Application',
    publisherName: null,
    tags: joinedTags(application.properties, body.tags),
    ...copiedToPrincipal(application.properties),
  }
}

function resourceRewrites(
  tenantId: TenantId,
  application: DirectoryObject,
  principal: DirectoryObject | undefined,
): Change[] {
  return [...resourcesOf(application, principal)].map(([identifier, item]) => ({
    action: 'put',
    key: keys.resource(tenantId, identifier),
    item,
    when: 'present',
  }))
}

/** The grant that a blueprint principal is born with. */
async function birthright({ caller, world, now }: ManagementRequest<unknown>, client: Client): Promise<Change[]> {
  const api = await principalOf(world.table, caller.tenantId, managementApi.appId)
  const appRoleId = roleId(createAsManager)
  if (!api || !appRoleId) throw new Error('the tenant has no principal of the management API')
  client[rolesOn(managementApi.objectId)] = new Set([appRoleId])
  const assignment = newAssignment(
    { id: client.objectId, displayName: client.displayName, type: 'ServicePrincipal', clientId: client.clientId },
    api.object,
    appRoleId,
    now,
  )
  return assignmentChanges(caller.tenantId, assignment)
}

/** Credentials live on the blueprint, never on its principal (reference §1.3). */
function refuseForeign(type: ObjectType, body: Properties): void {
  const property = ['keyCredentials', 'passwordCredentials'].find((each) => each in body)
  if (property && type === 'agentIdentityBlueprintPrincipal')
    throw new Refusal(
      'AgentBlueprintPrincipal_IncompatibleProperty',
      `property '${property}': credentials live on the blueprint, not on its principal`,
    )
}

function refuseBuiltIn(appId: string): void {
  if (appId === managementApi.appId)
    throw new Refusal('Request_BadRequest', 'the principal of the management API itself cannot be changed')
}
