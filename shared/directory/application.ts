import type { DirectoryObject, Properties } from '../domain/directory-object.ts'
import { parseGuid } from '../domain/guid.ts'
import { type Resource, resourceKey } from '../domain/resource.ts'
import { tokenExchange } from '../domain/scope.ts'
import { managementApi } from '../permissions.ts'
import { Refusal } from '../refusal.ts'
import type { ApplicationCreate, ApplicationPatch, AppRole, PermissionScope } from './application-shape.ts'
import type { KeyCredential } from './certificates.ts'

/** An application's or blueprint's own properties: what was set, over what Graph shows of one that was just made. */
export function applicationProperties(
  { keyCredentials: _keys, ...body }: ApplicationCreate,
  facts: { id: string; appId: string; createdByAppId: string; createdDateTime: string; publisherDomain: string },
  keyCredentials: readonly KeyCredential[] = [],
): Properties {
  const { 'sponsors@odata.bind': _sponsors, 'owners@odata.bind': _owners, ...given } = settable(body)
  const properties: Properties = {
    ...facts,
    description: null,
    disabledByMicrosoftStatus: null,
    signInAudience: 'AzureADMyOrg',
    uniqueName: null,
    tags: [],
    serviceManagementReference: null,
    groupMembershipClaims: null,
    verifiedPublisher: { ...noPublisher },
    certification: null,
    optionalClaims: null,
    requiredResourceAccess: [],
    tokenEncryptionKeyId: null,
    passwordCredentials: [],
    keyCredentials,
    ...given,
    info: { ...noInfo, ...given.info },
    web: { ...noWeb, ...given.web },
    api: { ...noApi, ...given.api },
    appRoles: given.appRoles ?? [],
    identifierUris: given.identifierUris ?? [],
  }
  checkCredentials(properties)
  requireRoom(properties)
  return properties
}

/** The properties after a change. Complex ones are merged member by member, as Graph does. */
export function patchedProperties(
  before: Properties,
  { keyCredentials: _keys, ...body }: Omit<ApplicationPatch, 'appRoleAssignmentRequired'>,
  keyCredentials: readonly KeyCredential[],
): Properties {
  const patch = settable(body)
  const after: Properties = {
    ...before,
    ...patch,
    keyCredentials,
    ...(patch.info && { info: { ...(before.info as object), ...patch.info } }),
    ...(patch.web && { web: { ...(before.web as object), ...patch.web } }),
    ...(patch.api && { api: { ...(before.api as object), ...patch.api } }),
  }
  refuseRemovalWhileEnabled('app role', rolesOf(before), rolesOf(after))
  refuseRemovalWhileEnabled('scope', scopesOf(before), scopesOf(after))
  checkCredentials(after)
  requireRoom(after)
  return after
}

/**
 * What a body sets: without its type, and without what "older tools still send" of a time before inheritable permissions, to be
 * accepted and ignored (reference §5.2).
 */
export function settable<Body extends object>(body: Body): Omit<Body, Ignored> {
  const kept = Object.entries(body).filter(([name]) => !ignored.some((each) => each === name))
  return Object.fromEntries(kept) as Omit<Body, Ignored>
}

const ignored = ['@odata.type', 'inheritDelegatedPermissions', 'InheritDelegatedPermissions'] as const
type Ignored = (typeof ignored)[number]

/** The token path reads all secrets and certificates of an application at once; so many keep that item small (20 KB). */
const mostCredentials = 16

/**
 * How many secrets and certificates there are, each known by its keyId, and that `tokenEncryptionKeyId` is one of those.
 * @throws Request_BadRequest
 */
export function checkCredentials({ passwordCredentials, keyCredentials, tokenEncryptionKeyId }: Properties): void {
  const [secrets, certificates] = [passwordCredentials, keyCredentials].map((each) => each as { keyId: string }[])
  const keyIds = [...(certificates ?? []), ...(secrets ?? [])].map(({ keyId }) => keyId)
  if (keyIds.length > mostCredentials) {
    throw new Refusal(
      'Request_BadRequest',
      `an application may have at most ${mostCredentials} secrets and certificates together; remove one first`,
    )
  }
  if (new Set(keyIds).size < keyIds.length) {
    throw new Refusal('Request_BadRequest', "property 'keyCredentials': a keyId is that of another credential already")
  }
  if (tokenEncryptionKeyId !== null && !certificates?.some(({ keyId }) => keyId === tokenEncryptionKeyId)) {
    throw new Refusal(
      'Request_BadRequest',
      `property 'tokenEncryptionKeyId': '${tokenEncryptionKeyId}' must be the keyId of one of the application's keyCredentials, or null`,
    )
  }
}

/** A principal's tags: those of its application, and its own. */
export const joinedTags = (application: Properties, own: readonly string[]): string[] => [
  ...new Set([...(application.tags as string[]), ...own]),
]

/** What its principals show of an application; copied in the commit that changes it, so that it never lags. */
export function copiedToPrincipal(application: Properties): Properties {
  return {
    displayName: application.displayName,
    appDisplayName: application.displayName,
    appDescription: application.description,
    info: application.info,
    verifiedPublisher: application.verifiedPublisher,
    signInAudience: application.signInAudience,
    appRoles: application.appRoles,
    oauth2PermissionScopes: scopesOf(application),
    servicePrincipalNames: [...(application.identifierUris as string[]), application.appId],
  }
}

/**
 * What the token path reads of an application as a resource: one item per identifier URI and one for the appId, by the key
 * under which each is found.
 */
export function resourcesOf(
  application: DirectoryObject,
  principal: DirectoryObject | undefined,
): Map<string, Resource> {
  const { properties } = application
  const appId = properties.appId as string
  const api = properties.api as { requestedAccessTokenVersion: 1 | 2 | null }
  const resource: Omit<Resource, 'identifier'> = {
    appId,
    displayName: properties.displayName as string,
    enabled: principal?.properties.accountEnabled === true,
    tokenVersion: api.requestedAccessTokenVersion === 2 ? 2 : 1,
    assignmentRequired: principal?.properties.appRoleAssignmentRequired === true,
    roles: Object.fromEntries(
      rolesOf(properties)
        .filter((role) => role.isEnabled && role.value && role.allowedMemberTypes.includes('Application'))
        .map((role) => [role.id, role.value ?? '']),
    ),
    ...(principal && { objectId: principal.id }),
  }
  const identifiers = [appId, ...(properties.identifierUris as string[])]
  return new Map(identifiers.map((identifier) => [resourceKey(identifier), { ...resource, identifier }]))
}

export const rolesOf = (properties: Properties): AppRole[] => properties.appRoles as AppRole[]
const scopesOf = (properties: Properties): PermissionScope[] =>
  (properties.api as { oauth2PermissionScopes: PermissionScope[] }).oauth2PermissionScopes

/** A role or scope is disabled first and removed in a second change, so that nobody loses one by a slip (reference §1.2.1). */
function refuseRemovalWhileEnabled(what: string, before: Offer[], after: Offer[]): void {
  const kept = new Set(after.map(({ id }) => id))
  const removed = before.find(({ id, isEnabled }) => isEnabled && !kept.has(id))
  if (removed) {
    throw new Refusal(
      'Request_BadRequest',
      `the ${what} '${removed.id}' is enabled; set its isEnabled to false first, then remove it in a second change`,
    )
  }
}

type Offer = { id: string; isEnabled: boolean }

/** Nobody may take a URI that stands for another application, for the management API, this service or the token exchange. */
export function checkIdentifierUris(properties: Properties, origin: string): void {
  for (const uri of properties.identifierUris as string[]) {
    const key = resourceKey(uri)
    const named = parseGuid(/^api:\/\/([^/]+)/.exec(key)?.[1])
    const reserved =
      key.startsWith(tokenExchange.identifierUri) ||
      [...managementApi.identifierUris, origin].some((each) => key === each || key.startsWith(`${each}/`)) ||
      (named !== undefined && named !== properties.appId)
    if (reserved)
      throw new Refusal(
        'Request_BadRequest',
        `property 'identifierUris': '${uri}' is reserved; api://${properties.appId} is free`,
      )
  }
}

/**
 * An item holds 400 KB and a commit 4 MB, which the application, its principal and one resource item for each of its names
 * must fit into together.
 */
const largest = { properties: 256 * 1024, principal: 288 * 1024, resources: 2 * 1024 * 1024 }

/** @throws Request_BadRequest where an application would not fit into its items */
export function requireRoom(properties: Properties): void {
  if (bytesOf(properties) > largest.properties) {
    throw new Refusal(
      'Request_BadRequest',
      `the application's properties are larger than ${largest.properties / 1024} KB in all; shorten or remove app roles, scopes or credentials`,
    )
  }
  const offered = rolesOf(properties).map(({ id, value }) => [id, value])
  if (bytesOf(offered) * (1 + (properties.identifierUris as string[]).length) > largest.resources) {
    throw new Refusal(
      'Request_BadRequest',
      'the application has too many app roles for so many identifier URIs; remove some of either',
    )
  }
}

/** A principal has the copies of its application's properties, its own, and custom security attributes. */
export function requirePrincipalRoom(properties: Properties): void {
  if (bytesOf(properties) <= largest.principal) return
  throw new Refusal(
    'Request_BadRequest',
    `the principal's properties are larger than ${largest.principal / 1024} KB in all; remove some tags, custom security attributes, or app roles of its application`,
  )
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

export const noPublisher = { displayName: null, verifiedPublisherId: null, addedDateTime: null }

const noInfo = {
  logoUrl: null,
  marketingUrl: null,
  privacyStatementUrl: null,
  supportUrl: null,
  termsOfServiceUrl: null,
}

const noWeb = {
  homePageUrl: null,
  logoutUrl: null,
  redirectUris: [],
  implicitGrantSettings: { enableAccessTokenIssuance: false, enableIdTokenIssuance: false },
  redirectUriSettings: [],
}

const noApi = {
  acceptMappedClaims: null,
  knownClientApplications: [],
  requestedAccessTokenVersion: null,
  oauth2PermissionScopes: [],
  preAuthorizedApplications: [],
  tokenEncryptionSetting: null,
}
