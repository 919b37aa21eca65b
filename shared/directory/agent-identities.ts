import * as v from 'valibot'
import { authorize, denied } from '../auth/authorize.ts'
import type { Caller } from '../auth/bearer.ts'
import type { Client } from '../domain/client.ts'
import type { DirectoryObject, Properties } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import type { Response } from '../http/response.ts'
import { parse } from '../http/shape.ts'
import { Refusal } from '../refusal.ts'
import type { Change } from '../store/store.ts'
import { keys } from '../store/table.ts'
import { requirePrincipalRoom } from './application.ts'
import { attributesShape, mergedAttributes } from './attributes.ts'
import { auditOf } from './audit.ts'
import { commitAdding } from './counters.ts'
import { withCreator } from './creator.ts'
import { agentCounts, agentInsertion, newAgent } from './new-agent.ts'
import { replacement } from './object-changes.ts'
import { changedObject, createdObject, requireMatch } from './objects.ts'
import { typeOf } from './odata-type.ts'
import { activityOf, authorizeChange } from './principal-target.ts'
import { type ReadOnly, readOnly, refuseBetaOnly, refuseReadOnly } from './read-only.ts'
import { relationChanges, requireSponsors } from './relations.ts'
import { dateTime, displayName, guid, references, tags } from './shape.ts'

export const agentIdentityCreate = v.strictObject({
  displayName,
  agentIdentityBlueprintId: guid,
  accountEnabled: v.optional(v.boolean(), true),
  tags: v.optional(tags, []),
  appRoleAssignmentRequired: v.optional(v.boolean(), false),
  expiresAt: v.optional(dateTime),
  'sponsors@odata.bind': v.optional(references),
  'owners@odata.bind': v.optional(references),
  '@odata.type': v.optional(v.string()),
})

export const agentIdentityPatch = v.partial(
  v.strictObject({
    displayName,
    accountEnabled: v.boolean(),
    tags,
    appRoleAssignmentRequired: v.boolean(),
    customSecurityAttributes: attributesShape,
    '@odata.type': v.optional(v.string()),
  }),
)

/** What of an agent identity is not its callers' to set (reference §1.4). */
const always = readOnly(['appId', 'servicePrincipalType', 'lifecycle'], {
  managerApplications: 'they are those of its blueprint; change them there',
  owners: 'add and remove them at /servicePrincipals/{id}/owners/$ref',
  sponsors: 'add and remove them at /servicePrincipals/{id}/sponsors/$ref',
})
const atCreation: ReadOnly = {
  ...always,
  customSecurityAttributes: 'assign them by PATCH when the agent identity is there',
}
const afterwards: ReadOnly = {
  ...always,
  agentIdentityBlueprintId: 'an agent identity stays under the blueprint that it was made under',
  expiresAt: 'when an agent identity ends is said at its creation',
}

const betaOnly = ['appRoleAssignmentRequired']

/** An ephemeral agent that ends later than this is no ephemeral one. */
const longestLifeYears = 10

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
  const { caller, world, now } = request
  const { tenantId } = caller
  const agents = refuseAgents(caller)
  if (agents) throw agents
  const body = readNewAgent(request, agentIdentityCreate, withOwnNames(request.body))
  const blueprintId = body.agentIdentityBlueprintId
  await authorizeCreation(request, blueprintId)
  const binds = withCreator(caller, 'agentIdentity', body)
  requireSponsors(binds['sponsors@odata.bind'])
  const principal = await parentOf(request, blueprintId)
  const id = world.newId()
  const agent = newAgent(id, body, principal, { createdByAppId: caller.clientId, now })
  const relations = await relationChanges(world.table, tenantId, agent.object, binds)
  await commitAdding(
    world.table,
    caller.tenant,
    new Map(agentCounts(blueprintId).map((what) => [what, 1])),
    id,
    (places) => [parentCheck(tenantId, principal), ...agentInsertion(tenantId, agent, places), ...relations],
    auditOf(request, 'Add service principal', agent.object),
  )
  return createdObject(request, agent.object)
}

/** What a body says of a new agent identity, in the shape of the operation that makes it. */
export function readNewAgent<Shape extends v.GenericSchema<unknown, { expiresAt?: string | undefined }>>(
  { path, now }: Pick<ManagementRequest<unknown>, 'path' | 'now'>,
  shape: Shape,
  given: unknown,
): v.InferOutput<Shape> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new Refusal('Request_BadRequest', 'an agent identity must be an object')
  }
  const raw = given as Properties
  refuseIncompatible(raw)
  refuseReadOnly(raw, atCreation)
  refuseBetaOnly(raw, path.version, betaOnly)
  const body = parse(shape, raw)
  if (body.expiresAt !== undefined) requireNear(body.expiresAt, now)
  return body
}

/** Whether the caller may make agent identities of this blueprint. */
export async function authorizeCreation(request: ManagementRequest<unknown>, blueprintId: string): Promise<void> {
  requireOwnBlueprint(request.caller, blueprintId)
  await authorize(request, 'create', { type: 'agentIdentity', properties: { agentIdentityBlueprintId: blueprintId } })
}

/** The principal of a blueprint, under which its agent identities are made. */
export async function parentOf({ caller, world }: ManagementRequest<unknown>, blueprintId: string): Promise<Client> {
  const { tenantId } = caller
  const [blueprint, principal] = await world.table.snapshot([keys.app(blueprintId), keys.client(tenantId, blueprintId)])
  if (principal?.type !== 'agentIdentityBlueprintPrincipal')
    throw noPrincipal(blueprintId, blueprint?.homeTenantId === tenantId && blueprint.type)
  return principal
}

/** On the principal's own row, which no token reads: tokens of a blueprint never wait for the creation of its agents. */
export const parentCheck = (tenantId: TenantId, { type, objectId, clientId }: Client): Change => ({
  action: 'check',
  key: keys.object(tenantId, type, objectId),
  when: 'present',
  otherwise: () => noPrincipal(clientId, 'agentIdentityBlueprint'),
})

export async function updateAgentIdentity(
  request: ManagementRequest<Properties>,
  before: DirectoryObject,
): Promise<Response> {
  const raw = withOwnNames(request.body)
  refuseIncompatible(raw)
  refuseReadOnly(raw, afterwards)
  refuseBetaOnly(raw, request.path.version, betaOnly)
  typeOf(raw, ['agentIdentity', 'servicePrincipal'])
  const { '@odata.type': _type, customSecurityAttributes: attributes, ...own } = parse(agentIdentityPatch, raw)
  await authorizeChange(request, before, own, attributes)
  requireMatch(request, before)
  const patch = {
    ...own,
    ...(attributes && { customSecurityAttributes: mergedAttributes(before.properties, attributes) }),
  }
  const { after, changes } = agentReplacement(request.caller, before, patch)
  await request.world.table.commit(changes, auditOf(request, activityOf(patch), after, Object.keys(patch)))
  return changedObject(request, after)
}

/**
 * An agent identity as it is after a change, and all that this writes.
 * @throws Authorization_RequestDenied where the caller may not start it
 */
export function agentReplacement(
  caller: Caller,
  before: DirectoryObject,
  patch: Properties,
): { after: DirectoryObject; changes: Change[] } {
  const { tenantId } = caller
  const starts = patch.accountEnabled === true && before.properties.accountEnabled !== true
  const isBlueprint = caller.type === 'agentIdentityBlueprintPrincipal'
  if (starts && isBlueprint && !mayEnable.some((permission) => caller.permissions.has(permission))) {
    throw denied(`to enable an agent identity needs one of ${mayEnable.join(', ')}`)
  }
  const after = { ...before, version: before.version + 1, properties: { ...before.properties, ...patch } }
  requirePrincipalRoom(after.properties)
  const { displayName, accountEnabled } = after.properties as { displayName: string; accountEnabled: boolean }
  return {
    after,
    changes: [
      ...replacement(tenantId, before, after),
      {
        action: 'update',
        key: keys.client(tenantId, before.id),
        set: { displayName, enabled: accountEnabled },
        when: 'present',
      },
    ],
  }
}

/** Older names under which the blueprint is still sent (reference §1.4). */
const blueprintAliases = ['agentAppId', 'agentIdentityBlueprintAppId']

/** @throws Request_BadRequest where the blueprint is named twice, and not the same */
function withOwnNames(body: Properties): Properties {
  const given = Object.keys(body).filter((name) => blueprintAliases.includes(name))
  if (given.length === 0) return body
  const named = [...given, 'agentIdentityBlueprintId'].filter((name) => name in body).map((name) => body[name])
  if (new Set(named).size > 1) {
    throw new Refusal(
      'Request_BadRequest',
      `property '${given[0]}': names another blueprint than is named besides; send agentIdentityBlueprintId alone`,
    )
  }
  const rest = Object.entries(body).filter(([name]) => !given.includes(name))
  return { ...Object.fromEntries(rest), agentIdentityBlueprintId: named[0] }
}

function requireNear(expiresAt: string, now: Date): void {
  const latest = new Date(now)
  latest.setUTCFullYear(latest.getUTCFullYear() + longestLifeYears)
  if (Date.parse(expiresAt) > now.getTime() && Date.parse(expiresAt) <= latest.getTime()) return
  throw new Refusal(
    'Request_BadRequest',
    `property 'expiresAt': must be in the future, and within ${longestLifeYears} years`,
  )
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
