import * as v from 'valibot'
import { authorize } from '../auth/authorize.ts'
import { type Client, rolesOn } from '../domain/client.ts'
import type { DirectoryObject, ObjectType, Properties } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import type { Response } from '../http/response.ts'
import { parse } from '../http/shape.ts'
import { managementApi, roleId } from '../permissions.ts'
import { Refusal } from '../refusal.ts'
import type { Change, Table } from '../store/store.ts'
import { keys } from '../store/table.ts'
import { updateAgentIdentity } from './agent-identities.ts'
import { assignmentChanges, newAssignment } from './app-role-assignments.ts'
import { copiedToPrincipal, joinedTags, requirePrincipalRoom, resourcesOf } from './application.ts'
import { appIdOf, conflict, requireOneCommit } from './applications.ts'
import { attributesShape, mergedAttributes } from './attributes.ts'
import { auditOf } from './audit.ts'
import { commitAdding, countedOn } from './counters.ts'
import { withCreator } from './creator.ts'
import { insertion, replacement } from './object-changes.ts'
import { changedObject, createdObject, requireMatch } from './objects.ts'
import { typeOf } from './odata-type.ts'
import { activityOf, authorizeChange } from './principal-target.ts'
import { byId, find, principalOf, principalTypes } from './read.ts'
import { byService, type ReadOnly, readOnly, refuseReadOnly } from './read-only.ts'
import { relationChanges } from './relations.ts'
import { guid, references, tags } from './shape.ts'

export const principalCreate = v.strictObject({
  appId: guid,
  accountEnabled: v.optional(v.boolean(), true),
  appRoleAssignmentRequired: v.optional(v.boolean(), false),
  tags: v.optional(tags, []),
  'sponsors@odata.bind': v.optional(references),
  'owners@odata.bind': v.optional(references),
  '@odata.type': v.optional(v.string()),
})

export const principalPatch = v.partial(
  v.strictObject({
    accountEnabled: v.boolean(),
    appRoleAssignmentRequired: v.boolean(),
    tags,
    customSecurityAttributes: attributesShape,
    '@odata.type': v.optional(v.string()),
  }),
)

/** What of a principal is not its callers' to set: most of it is copied from its application (reference §1.3). */
const always = readOnly(['appOwnerOrganizationId', 'publisherName', 'servicePrincipalNames', 'servicePrincipalType'], {
  ...Object.fromEntries(
    [
      'appDescription',
      'appDisplayName',
      'appRoles',
      'displayName',
      'info',
      'oauth2PermissionScopes',
      'publishedPermissionScopes',
      'signInAudience',
      'verifiedPublisher',
    ].map((name) => [name, 'it is copied from the application; change it there']),
  ),
  owners: 'add and remove them at /servicePrincipals/{id}/owners/$ref',
  sponsors: 'add and remove them at /servicePrincipals/{id}/sponsors/$ref',
})
const atCreation: ReadOnly = { ...always, customSecurityAttributes: 'assign them by PATCH when the principal is there' }
const afterwards: ReadOnly = { ...always, appId: byService }

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
  refuseReadOnly(raw.body, atCreation)
  const request = { ...raw, body: parse(principalCreate, raw.body) }
  const { body, caller, world } = request
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
  await authorize(request, 'create', { type, properties: { appId: body.appId } })
  const object: DirectoryObject = { type, id: world.newId(), version: 1, properties: {} }
  object.properties = principalProperties(request, application, object.id)
  const client: Client = {
    type,
    clientId: body.appId,
    objectId: object.id,
    displayName: application.properties.displayName as string,
    enabled: body.accountEnabled,
  }
  const relations = await relationChanges(world.table, tenantId, object, withCreator(caller, type, body))
  const granted = type === 'agentIdentityBlueprintPrincipal' ? await birthright(request, client) : []
  const resources = resourceRewrites(tenantId, application, object)
  requireOneCommit(relations.length + granted.length + resources.length)
  await commitAdding(
    world.table,
    caller.tenant,
    new Map([[type, 1]]),
    object.id,
    (places) => [
      {
        action: 'put',
        key: keys.client(tenantId, body.appId),
        item: client,
        when: 'absent',
        otherwise: () => conflict(`a service principal for the appId '${body.appId}'`),
      },
      ...insertion(tenantId, { ...object, counted: countedOn(places, [type]) }),
      {
        action: 'check',
        key: keys.object(tenantId, application.type, application.id),
        when: { version: application.version },
      },
      ...resources,
      ...granted,
      ...relations,
    ],
    auditOf(request, 'Add service principal', object),
  )
  return createdObject(request, object)
}

/** `PATCH` of a principal: what is disabled gets no token, nor do a blueprint's agents, nor does anyone for it. */
async function updatePrincipal(request: ManagementRequest<Properties>, before: DirectoryObject): Promise<Response> {
  const { caller, world } = request
  const { tenantId } = caller
  refuseForeign(before.type, request.body)
  refuseReadOnly(request.body, afterwards)
  typeOf(request.body, [before.type, 'servicePrincipal'])
  const { '@odata.type': _type, customSecurityAttributes: attributes, ...own } = parse(principalPatch, request.body)
  await authorizeChange(request, before, own, attributes)
  requireMatch(request, before)
  const patch = {
    ...own,
    ...(attributes && { customSecurityAttributes: mergedAttributes(before.properties, attributes) }),
  }
  const appId = appIdOf(before)
  refuseBuiltIn(appId)
  const application = await homeApplication(world.table, tenantId, appId)
  const tags = application && patch.tags && { tags: joinedTags(application.properties, patch.tags) }
  const after = { ...before, version: before.version + 1, properties: { ...before.properties, ...patch, ...tags } }
  requirePrincipalRoom(after.properties)
  await world.table.commit(
    [
      ...replacement(tenantId, before, after),
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
  return changedObject(request, after)
}

/** `PATCH /servicePrincipals/{id}`: each type of principal has its own properties. */
export async function updateAnyPrincipal(
  request: ManagementRequest<Properties>,
  types: readonly PrincipalType[],
): Promise<Response> {
  const before = await find(request.world.table, request.caller.tenantId, types, request.path.id)
  return before.type === 'agentIdentity' ? updateAgentIdentity(request, before) : updatePrincipal(request, before)
}

/**
 * `POST /servicePrincipals/{id}/addPassword` and its like: no principal has credentials here, and an agent identity has none anywhere
 * (reference §1.3, §1.4).
 */
export async function refuseCredential(request: ManagementRequest<unknown>): Promise<Response> {
  const { world, caller, path } = request
  const object = await find(world.table, caller.tenantId, principalTypes, path.id)
  await authorize(request, 'read', object)
  if (object.type === 'agentIdentity')
    throw new Refusal(
      'AgentIdentity_CredentialsNotSupported',
      'an agent identity has no credentials; add them to its blueprint, at /applications/{id}',
    )
  if (object.type === 'agentIdentityBlueprintPrincipal')
    throw new Refusal(
      'AgentBlueprintPrincipal_IncompatibleProperty',
      'credentials live on the blueprint, not on its principal; add them at /applications/{id}',
    )
  throw new Refusal(
    'Request_BadRequest',
    'credentials live on the application, not on its principal; add them at /applications/{id}',
  )
}

export async function homeApplication(
  table: Table,
  tenantId: TenantId,
  appId: string,
): Promise<DirectoryObject | undefined> {
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

export function resourceRewrites(
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
  if (type !== 'agentIdentityBlueprintPrincipal') return
  const property = credentials.find((each) => each in body)
  if (property)
    throw new Refusal(
      'AgentBlueprintPrincipal_IncompatibleProperty',
      `property '${property}': credentials live on the blueprint, not on its principal`,
    )
  const foreign = Object.keys(body).find((each) => notOnBlueprintPrincipals.has(each))
  if (foreign)
    throw new Refusal(
      'AgentBlueprintPrincipal_IncompatibleProperty',
      `property '${foreign}': the principal of an agent identity blueprint has no such property`,
    )
}

const credentials = ['keyCredentials', 'passwordCredentials', 'federatedIdentityCredentials']

/** Properties of service principals that sign people in, which a blueprint's does not (reference §1.3 has none of them). */
const notOnBlueprintPrincipals = new Set([
  'addIns',
  'alternativeNames',
  'homepage',
  'loginUrl',
  'logoutUrl',
  'notificationEmailAddresses',
  'preferredSingleSignOnMode',
  'preferredTokenSigningKeyThumbprint',
  'replyUrls',
  'samlSingleSignOnSettings',
  'tokenEncryptionKeyId',
])

export function refuseBuiltIn(appId: string): void {
  if (appId === managementApi.appId)
    throw new Refusal('Request_BadRequest', 'the principal of the management API itself cannot be changed')
}
