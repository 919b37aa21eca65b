import * as v from 'valibot'
import { authorize, denied } from '../auth/authorize.ts'
import type { Caller } from '../auth/bearer.ts'
import type { Client } from '../domain/client.ts'
import type { DirectoryObject, Properties } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'
import { created, noContent, type Response } from '../http/response.ts'
import { parse } from '../http/shape.ts'
import { Refusal } from '../refusal.ts'
import { keys } from '../store/table.ts'
import { auditOf } from './audit.ts'
import { deletedObject } from './deletion.ts'
import { typeOf } from './odata-type.ts'
import { activityOf, targetOf } from './principal-target.ts'
import { relationChanges, requireSponsors } from './relations.ts'
import { entity } from './render.ts'
import { displayName, guid, references, tags } from './shape.ts'

const agentIdentityCreate = v.strictObject({
  displayName,
  agentIdentityBlueprintId: guid,
  accountEnabled: v.optional(v.boolean(), true),
  tags: v.optional(tags, []),
  'sponsors@odata.bind': v.optional(references),
  'owners@odata.bind': v.optional(references),
  '@odata.type': v.optional(v.string()),
})

const agentIdentityPatch = v.partial(
  v.strictObject({ displayName, accountEnabled: v.boolean(), tags, '@odata.type': v.optional(v.string()) }),
)

/** Agents make no agents (reference §2.6), with whatever permission. */
export const refuseAgents = (caller: Caller): Refusal | undefined =>
  caller.type === 'agentIdentity'
    ? new Refusal(
        'Error_AgentIdentitiesCreatingAgentIdentitiesNotAllowed',
        'an agent identity cannot create agent identities; its blueprint can',
      )
    : undefined

/** `POST /servicePrincipals/microsoft.graph.agentIdentity`: usable for a token the moment that this answers. */
export async function createAgentIdentity(request: ManagementRequest<Properties>): Promise<Response> {
  const { caller, world, now, path } = request
  const { tenantId } = caller
  const agents = refuseAgents(caller)
  if (agents) throw agents
  refuseIncompatible(request.body)
  const body = parse(agentIdentityCreate, request.body)
  const blueprintId = body.agentIdentityBlueprintId
  requireOwnBlueprint(caller, blueprintId)
  authorize(caller, 'create', { type: 'agentIdentity', agentIdentityBlueprintId: blueprintId })
  requireSponsors(body['sponsors@odata.bind'])
  const [blueprint, principal] = await world.table.snapshot([keys.app(blueprintId), keys.client(tenantId, blueprintId)])
  if (principal?.type !== 'agentIdentityBlueprintPrincipal')
    throw noPrincipal(blueprintId, blueprint?.homeTenantId === tenantId && blueprint.type)
  const id = world.newId()
  const object: DirectoryObject = {
    type: 'agentIdentity',
    id,
    version: 1,
    properties: {
      id,
      appId: id,
      displayName: body.displayName,
      accountEnabled: body.accountEnabled,
      agentIdentityBlueprintId: blueprintId,
      createdByAppId: caller.clientId,
      createdDateTime: now.toISOString(),
      disabledByMicrosoftStatus: null,
      servicePrincipalType: 'ServiceIdentity',
      tags: body.tags,
    },
  }
  const client: Client = {
    type: 'agentIdentity',
    clientId: id,
    objectId: id,
    displayName: body.displayName,
    enabled: body.accountEnabled,
    parentAppId: blueprintId,
    parentObjectId: principal.objectId,
  }
  const relations = await relationChanges(world.table, tenantId, id, body)
  await world.table.commit(
    [
      // On the principal's own row, which no token reads: tokens of a blueprint never wait for the creation of its agents.
      {
        action: 'check',
        key: keys.object(tenantId, principal.type, principal.objectId),
        when: 'present',
        otherwise: () => noPrincipal(blueprintId, 'agentIdentityBlueprint'),
      },
      { action: 'put', key: keys.object(tenantId, 'agentIdentity', id), item: object, when: 'absent' },
      { action: 'put', key: keys.client(tenantId, id), item: client, when: 'absent' },
      ...relations,
    ],
    auditOf(request, 'Add service principal', object),
  )
  return created(entity(object, { origin: world.origin, version: path.version ?? '' }))
}

export async function updateAgentIdentity(
  request: ManagementRequest<Properties>,
  before: DirectoryObject,
): Promise<Response> {
  const { caller, world } = request
  const { tenantId } = caller
  refuseIncompatible(request.body)
  typeOf(request.body, ['agentIdentity', 'servicePrincipal'])
  const { '@odata.type': _type, ...patch } = parse(agentIdentityPatch, request.body)
  authorize(caller, 'update', targetOf(before), Object.keys(patch))
  const starts = patch.accountEnabled === true && before.properties.accountEnabled !== true
  if (starts && !mayEnable.some((permission) => caller.permissions.has(permission))) {
    throw denied(`to enable an agent identity needs one of ${mayEnable.join(', ')}`)
  }
  const after = { ...before, version: before.version + 1, properties: { ...before.properties, ...patch } }
  const { displayName, accountEnabled } = after.properties as { displayName: string; accountEnabled: boolean }
  await world.table.commit(
    [
      {
        action: 'put',
        key: keys.object(tenantId, before.type, before.id),
        item: after,
        when: { version: before.version },
      },
      {
        action: 'update',
        key: keys.client(tenantId, before.id),
        set: { displayName, enabled: accountEnabled },
        when: 'present',
      },
    ],
    auditOf(request, activityOf(patch), after, Object.keys(patch)),
  )
  return noContent()
}

export async function deleteAgentIdentity(
  request: ManagementRequest<unknown>,
  object: DirectoryObject,
): Promise<Response> {
  const { caller, world, now } = request
  const { tenantId } = caller
  authorize(caller, 'delete', targetOf(object))
  const [client] = await world.table.snapshot([keys.client(tenantId, object.id)])
  await world.table.commit(
    [
      ...deletedObject(tenantId, object, now, { client }),
      { action: 'delete', key: keys.client(tenantId, object.id), when: 'present' },
    ],
    auditOf(request, 'Remove service principal', object),
  )
  return noContent()
}

/** What an administrator has stopped, a blueprint with its birthright alone does not start again. */
const mayEnable = ['AgentIdentity.EnableDisable.All', 'AgentIdentity.ReadWrite.All']

/** Reference §2.6: with its birthright alone, or as a blueprint, a caller makes agents under itself only. */
function requireOwnBlueprint(caller: Caller, blueprintId: string): void {
  if (blueprintId === caller.clientId) return
  if (caller.type === 'agentIdentityBlueprintPrincipal') {
    throw new Refusal(
      'Error_AgentBlueprintCannotCreateAssociatedIdentity',
      `a blueprint creates agent identities under itself alone; agentIdentityBlueprintId must be '${caller.clientId}'`,
    )
  }
  const broad = ['AgentIdentity.Create.All', 'AgentIdentity.ReadWrite.All'].some((each) => caller.permissions.has(each))
  if (!broad && caller.permissions.has('AgentIdentity.CreateAsManager')) {
    throw new Refusal(
      'Error_AgentIdentitySelfCreateRequired',
      'AgentIdentity.CreateAsManager creates agent identities under the caller itself alone; other blueprints need AgentIdentity.Create.All',
    )
  }
}

/** An agent identity has no credentials of any kind (reference §1.4), and nothing that an application behind it would give it. */
function refuseIncompatible(body: Properties): void {
  const property = ['keyCredentials', 'passwordCredentials', 'federatedIdentityCredentials'].find(
    (each) => each in body,
  )
  if (property)
    throw new Refusal(
      'AgentIdentity_CredentialsNotSupported',
      `property '${property}': an agent identity has no credentials; they live on its blueprint`,
    )
  const foreign = Object.keys(body).find((each) => notOnAgentIdentities.has(each))
  if (foreign)
    throw new Refusal(
      'AgentBlueprintPrincipal_AgentIdentity_IncompatibleProperty',
      `property '${foreign}': an agent identity has no such property; see its blueprint`,
    )
}

/** Properties of service principals that an application gives them (reference §1.4 has none of them). */
const notOnAgentIdentities = new Set([
  'addIns',
  'alternativeNames',
  'appRoles',
  'homepage',
  'info',
  'loginUrl',
  'logoutUrl',
  'notificationEmailAddresses',
  'oauth2PermissionScopes',
  'preferredSingleSignOnMode',
  'publishedPermissionScopes',
  'replyUrls',
  'samlSingleSignOnSettings',
  'servicePrincipalNames',
  'tokenEncryptionKeyId',
])

function noPrincipal(blueprintId: string, type: string | false | undefined): Refusal {
  if (type !== 'agentIdentityBlueprint') {
    return new Refusal(
      'AgentIdentity_IncompatibleParentType',
      `property 'agentIdentityBlueprintId': '${blueprintId}' is not the appId of an agent identity blueprint`,
    )
  }
  return new Refusal(
    'AgentIdentity_AgentBlueprintPrincipalDoesNotExist',
    `the blueprint '${blueprintId}' has no principal in the tenant; create one with POST /servicePrincipals and its appId`,
  )
}
