import { isAllowedForAgents } from '../directory-roles.ts'
import { type Client, rolesOn } from '../domain/client.ts'
import { matchSecret, stateOf } from '../domain/client-secret.ts'
import { parseGuid } from '../domain/guid.ts'
import { effectiveRoles, withInherited } from '../domain/permission.ts'
import type { Resource } from '../domain/resource.ts'
import { resourceOfScope, tokenExchange } from '../domain/scope.ts'
import { quoted, shown } from '../domain/shown.ts'
import type { Form } from '../http/body.ts'
import { isBlockedForAgents, lifecycleFamily, managementApi, roleValue } from '../permissions.ts'
import { Refusal } from '../refusal.ts'
import type { Table } from '../store/store.ts'
import { keys } from '../store/table.ts'
import type { Authentication, Issuance } from '../tokens/claims.ts'
import type { Facts, Grant, TokenRequest } from './grant.ts'

/** RFC 6749 §4.4, and the two app-only legs of reference §3.2 and §3.5. */
type Parameters = {
  /** The resource named by `scope`, as a key. */
  resource: string
  /** The agent identity that a blueprint asks a T1 for. */
  fmiPath: string | undefined
}

type Request = TokenRequest<Parameters>

export const clientCredentials: Grant<Parameters> = {
  grantType: 'client_credentials',
  readParameters,
  gather,
  decide,
  describe,
}

function readParameters(form: Form): Parameters {
  const scope = form.text('scope')
  if (!scope?.trim())
    throw new Refusal('AADSTS900144', "the request body must contain the parameter 'scope': {resource}/.default")
  const resource = resourceOfScope(scope)
  if (!form.has('fmi_path')) return { resource, fmiPath: undefined }
  const fmiPath = parseGuid(form.text('fmi_path'))
  if (!fmiPath) {
    throw new Refusal('AADSTS9002313', "fmi_path must be the id (a GUID) of one of the blueprint's agent identities")
  }
  if (resource !== tokenExchange.identifierUri) {
    throw new Refusal('AADSTS9002313', 'fmi_path goes with the scope api://AzureADTokenExchange/.default alone')
  }
  return { resource, fmiPath }
}

/** One snapshot: exact keys, all known from the request (design §4). Whatever names nothing gathers the tenant alone. */
async function gather(table: Table, { tenantId, clientId, credential, parameters }: Request): Promise<Facts> {
  const tenantKey = keys.tenant(tenantId)
  if (clientId === undefined || credential.kind === 'badAssertion') {
    const [tenant] = await table.snapshot([tenantKey])
    return { tenant }
  }
  const clientKey = keys.client(tenantId, clientId)
  const resourceKey = keys.resource(tenantId, parameters.resource)
  if (credential.kind === 'exchangeToken') {
    const { blueprintAppId } = credential.token
    if (blueprintAppId === clientId) {
      const [tenant, client] = await table.snapshot([tenantKey, clientKey])
      return { tenant, client }
    }
    const [tenant, application, parent, client, resource] = await table.snapshot([
      tenantKey,
      keys.app(blueprintAppId),
      keys.client(tenantId, blueprintAppId),
      clientKey,
      resourceKey,
    ])
    return { tenant, application, parent, client, resource }
  }
  if (parameters.fmiPath === undefined) {
    const [tenant, application, client, resource] = await table.snapshot([
      tenantKey,
      keys.app(clientId),
      clientKey,
      resourceKey,
    ])
    return { tenant, application, client, resource }
  }
  // A transaction takes no key twice: a blueprint that names itself as its agent is simply not its own child.
  const childId = parameters.fmiPath === clientId ? tenantId : parameters.fmiPath
  const [tenant, application, client, child] = await table.snapshot([
    tenantKey,
    keys.app(clientId),
    clientKey,
    keys.client(tenantId, childId),
  ])
  return { tenant, application, client, child }
}

/** Reference §3.12, in its order: the client, its credential, the resource, the agent, the roles. */
function decide(facts: Facts, request: Request, now: Date): Issuance {
  if (!facts.tenant || facts.tenant.state === 'closed') {
    throw new Refusal('AADSTS90002', 'the tenant is closed')
  }
  if (facts.tenant.state === 'suspended') {
    throw new Refusal('AADSTS7000112', 'the tenant is suspended; its operator can resume it')
  }
  if (request.credential.kind === 'badAssertion') throw request.credential.refusal
  const client = knownClient(facts, request)
  if (client.type === 'agentIdentity') return agentToken(facts, client, request, now)
  const authenticatedBy = authenticateBySecret(facts, request, now)
  if (request.parameters.fmiPath !== undefined) return exchangeTokenFor(facts, client, authenticatedBy, request, now)
  const resource = knownResource(facts, request)
  return issueFor(facts, client, authenticatedBy, resource, request)
}

/** RFC 6749 §5.2 `unauthorized_client`: an unknown client, one of another tenant and a deleted one look the same. */
function knownClient({ client, application, tenant }: Facts, { named, credential }: Request): Client {
  const isForeign = credential.kind === 'secret' && application && application.homeTenantId !== tenant?.tenantId
  if (!client || isForeign) {
    throw new Refusal(
      'AADSTS700016',
      `application ${quoted(named)} was not found in the tenant; check client_id and the tenant in the path`,
    )
  }
  if (!client.enabled) throw disabled(`the client '${client.clientId}'`)
  return client
}

function authenticateBySecret({ application }: Facts, { credential }: Request, now: Date): Authentication {
  if (credential.kind !== 'secret') {
    throw new Refusal(
      'AADSTS700213',
      'the assertion was made for an agent identity; client_id must be that agent identity',
    )
  }
  const match = matchSecret(credential.secret.reveal(), application?.secrets ?? {}, now)
  if (match?.state === 'expired') {
    throw new Refusal('AADSTS7000222', 'the client secret has expired; make a new one with addPassword', {
      detail: `secret ${match.keyId}`,
    })
  }
  if (match?.state !== 'live') {
    throw new Refusal(
      'AADSTS7000215',
      'invalid client secret; send the secretText that addPassword answered with, not its keyId',
    )
  }
  return { acr: '1', credentialId: match.keyId }
}

/** Step 1 (reference §3.2): a blueprint asks to act as one of its agents. A stranger's agent looks like none at all. */
function exchangeTokenFor(
  { child }: Facts,
  blueprint: Client,
  authenticatedBy: Authentication,
  { parameters }: Request,
  now: Date,
): Issuance {
  const isBlueprint = blueprint.type === 'agentIdentityBlueprintPrincipal'
  if (!isBlueprint || !child || !isParent(blueprint, child)) {
    throw new Refusal(
      'AADSTS700016',
      `agent identity '${parameters.fmiPath}' in fmi_path was not found among those of the client`,
    )
  }
  if (!child.enabled) throw disabled(`the agent identity '${child.clientId}'`)
  refuseEnded(child, now)
  return { kind: 'exchange', blueprint, authenticatedBy, agent: child }
}

/** The principal that an agent was made under, and no other of the same blueprint. */
const isParent = (blueprint: Client, agent: Client): boolean =>
  agent.type === 'agentIdentity' &&
  agent.parentAppId === blueprint.clientId &&
  agent.parentObjectId === blueprint.objectId

/** Step 2 (reference §3.2): the agent acts as itself. The parent comes from the store; the token must agree with it. */
function agentToken(facts: Facts, agent: Client, request: Request, now: Date): Issuance {
  const { credential, parameters } = request
  if (credential.kind !== 'exchangeToken') {
    throw new Refusal(
      'AADSTS7000215',
      'an agent identity has no secret of its own; present the T1 that its blueprint got as client_assertion',
    )
  }
  const { token } = credential
  if (token.agentId !== agent.clientId || token.blueprintAppId !== agent.parentAppId) {
    throw new Refusal(
      'AADSTS700213',
      `the T1 was not made for the agent identity '${agent.clientId}'; ask for one with its id as fmi_path`,
    )
  }
  refuseEnded(agent, now)
  if (!facts.parent?.enabled || !isParent(facts.parent, agent)) {
    throw disabled(`the blueprint '${token.blueprintAppId}' of the agent identity`)
  }
  const secrets = facts.application?.secrets ?? {}
  const made = Object.hasOwn(secrets, token.credentialId) ? secrets[token.credentialId] : undefined
  if (!made || stateOf(made, now) !== 'live') {
    throw new Refusal(
      'AADSTS700027',
      'the credential that made the T1 has been removed or has expired; ask for a new T1',
      {
        detail: `credential ${token.credentialId}`,
      },
    )
  }
  if (parameters.fmiPath !== undefined) {
    throw new Refusal('AADSTS9002313', 'an agent identity cannot act as another one; fmi_path is for blueprints')
  }
  const authenticatedBy: Authentication = { acr: '2', credentialId: token.credentialId }
  const resource = knownResource(facts, request)
  return issueFor(facts, agent, authenticatedBy, resource, request)
}

function knownResource({ resource }: Facts, { parameters }: Request): KnownResource {
  if (parameters.resource === tokenExchange.identifierUri) {
    throw new Refusal(
      'AADSTS9002313',
      'only a blueprint, naming one of its agent identities in fmi_path, may ask for api://AzureADTokenExchange',
    )
  }
  if (!isKnown(resource)) {
    throw new Refusal(
      'AADSTS500011',
      `the resource principal named ${quoted(parameters.resource)} was not found in the tenant; create a service principal for it, or check the scope`,
    )
  }
  if (!resource.enabled)
    throw new Refusal('AADSTS500014', `the resource ${quoted(parameters.resource)} is disabled in the tenant`)
  return resource
}

/** A resource that has a principal in the tenant. */
type KnownResource = Resource & { objectId: string }

const isKnown = (resource: Resource | undefined): resource is KnownResource => resource?.objectId !== undefined

function issueFor(
  facts: Facts,
  client: Client,
  authenticatedBy: Authentication,
  resource: KnownResource,
  { parameters }: Request,
): Issuance {
  const held = heldOn(resource, client, facts)
  // Any assignment counts, that of default access (the all-zero role) too, which shows in no token.
  if (resource.assignmentRequired && held.size === 0) {
    throw new Refusal(
      'AADSTS501051',
      `the client '${client.clientId}' holds no app role on '${resource.displayName}', which requires one; assign it with appRoleAssignments`,
    )
  }
  const audience = parameters.resource === resource.appId ? resource.appId : resource.identifier
  const roles = rolesIn(held, client, resource)
  return {
    kind: 'resource',
    client,
    authenticatedBy,
    resource,
    audience,
    roles,
    directoryRoles: directoryRolesOf(client),
  }
}

/** The roles (ids) that a client holds on a resource; of an agent with those that it inherits. */
function heldOn({ appId, objectId }: KnownResource, client: Client, facts: Facts): ReadonlySet<string> {
  const own = client[rolesOn(objectId)] ?? new Set<string>()
  if (client.type !== 'agentIdentity') return own
  return withInherited(own, facts.parent?.[rolesOn(objectId)] ?? [], facts.application?.inheritable?.[appId]?.roles)
}

/**
 * The values of the roles that a client's token carries. Agents never act with a blocked permission, whatever the store
 * says; a blueprint acts for itself only to manage its own agents (reference §3.5, §5.5).
 */
function rolesIn(held: ReadonlySet<string>, client: Client, resource: KnownResource): string[] {
  if (resource.appId !== managementApi.appId) {
    return client.type === 'agentIdentityBlueprintPrincipal' ? [] : effectiveRoles(held, (id) => resource.roles[id])
  }
  switch (client.type) {
    case 'servicePrincipal':
      return effectiveRoles(held, roleValue)
    case 'agentIdentityBlueprintPrincipal':
      return effectiveRoles(held, roleValue).filter(lifecycleFamily)
    case 'agentIdentity':
      return effectiveRoles(new Set([...held].filter((id) => !isBlockedForAgents(id))), roleValue)
  }
}

/** Reference §5.1, §5.6: directory roles are held by applications and agents, by agents the allowed ones alone. */
function directoryRolesOf({ type, directoryRoles = new Set<string>() }: Client): string[] {
  if (type === 'agentIdentityBlueprintPrincipal') return []
  return [...directoryRoles].filter((each) => type !== 'agentIdentity' || isAllowedForAgents(each)).sort()
}

function describe({ parameters }: Request) {
  const isExchange = parameters.resource === tokenExchange.identifierUri
  const resource = isExchange
    ? { res: tokenExchange.appId, resName: tokenExchange.displayName }
    : { res: shown(parameters.resource) }
  return { ...resource, ...(parameters.fmiPath !== undefined && { fmi: parameters.fmiPath }) }
}

const disabled = (what: string): Refusal =>
  new Refusal('AADSTS7000112', `${what} is disabled; set its accountEnabled to true to enable it`)

/** An ephemeral agent identity is nobody from its time on, also before it is removed. */
function refuseEnded({ clientId, expiresAt }: Client, now: Date): void {
  if (expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime()) {
    throw new Refusal(
      'AADSTS7000112',
      `the agent identity '${clientId}' ended at ${expiresAt}, as was said when it was made; create another one`,
    )
  }
}
