import * as v from 'valibot'
import { resourceKey } from '../domain/resource.ts'
import { keyCredentialShape } from './certificates.ts'
import { type ReadOnly, readOnly } from './read-only.ts'
import { description, displayName, distinct, guid, informationalUrl, name, references, tags, text } from './shape.ts'

/** What a caller may set on an application or blueprint (reference §1.2). */

const appRole = v.strictObject({
  id: guid,
  value: v.nullish(v.pipe(name(250), v.regex(/^[^\s]+$/, 'must hold no spaces'))),
  displayName: name(100),
  description: name(1024),
  isEnabled: v.optional(v.boolean(), true),
  allowedMemberTypes: v.pipe(
    v.array(v.picklist(['User', 'Application'])),
    v.minLength(1, 'must have at least one member'),
  ),
  origin: v.nullish(text(64)),
})

const permissionScope = v.strictObject({
  id: guid,
  value: v.nullish(v.pipe(name(120), v.regex(/^[^\s]+$/, 'must hold no spaces'))),
  type: v.optional(v.picklist(['User', 'Admin']), 'User'),
  isEnabled: v.optional(v.boolean(), true),
  adminConsentDisplayName: v.nullish(text(100)),
  adminConsentDescription: v.nullish(text(1024)),
  userConsentDisplayName: v.nullish(text(100)),
  userConsentDescription: v.nullish(text(1024)),
  origin: v.nullish(text(64)),
})

const api = v.partial(
  v.strictObject({
    requestedAccessTokenVersion: v.nullable(v.picklist([1, 2])),
    acceptMappedClaims: v.nullable(v.boolean()),
    knownClientApplications: v.array(guid),
    oauth2PermissionScopes: v.pipe(
      v.array(permissionScope),
      distinct((scope) => scope.id, 'the ids of scopes'),
    ),
    preAuthorizedApplications: v.array(
      v.strictObject({
        appId: guid,
        delegatedPermissionIds: v.optional(v.array(guid)),
        permissionIds: v.optional(v.array(guid)),
      }),
    ),
    // What could stand in it is documented nowhere.
    tokenEncryptionSetting: v.null(),
  }),
)

const requiredResourceAccess = v.pipe(
  v.array(
    v.strictObject({
      resourceAppId: guid,
      resourceAccess: v.array(v.strictObject({ id: guid, type: v.picklist(['Scope', 'Role']) })),
    }),
  ),
  v.maxLength(50, 'must name at most 50 resources'),
  v.check(
    (resources) => resources.reduce((sum, each) => sum + each.resourceAccess.length, 0) <= 400,
    'must name at most 400 permissions',
  ),
)

const optionalClaim = v.strictObject({
  name: name(120),
  source: v.nullish(text(120)),
  essential: v.optional(v.boolean(), false),
  additionalProperties: v.optional(v.array(text(120)), []),
})

const optionalClaims = v.nullable(
  v.partial(
    v.strictObject({
      accessToken: v.array(optionalClaim),
      idToken: v.array(optionalClaim),
      saml2Token: v.array(optionalClaim),
    }),
  ),
)

const redirectUri = v.pipe(text(2048), v.regex(/^[a-z][a-z0-9+.-]*:[^\s]+$/i, 'must be an address'))

const web = v.partial(
  v.strictObject({
    redirectUris: v.pipe(v.array(redirectUri), v.maxLength(256, 'must have at most 256 members')),
    homePageUrl: v.nullable(redirectUri),
    logoutUrl: v.nullable(redirectUri),
    implicitGrantSettings: v.partial(
      v.strictObject({ enableAccessTokenIssuance: v.boolean(), enableIdTokenIssuance: v.boolean() }),
    ),
    redirectUriSettings: v.array(
      v.strictObject({ uri: redirectUri, index: v.nullish(v.pipe(v.number(), v.safeInteger())) }),
    ),
  }),
)

/** `{scheme}:…` without spaces, wildcards or what scopes end with. Which ones are taken or reserved is decided apart. */
const identifierUri = v.pipe(
  text(255),
  v.regex(/^[a-z][a-z0-9+.-]*:[^\s*?#\\]+$/i, 'must be an absolute URI such as api://{appId}'),
  // What a scope may hold (RFC 6749 §3.3): under any other name no token could be asked for.
  v.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'must hold ASCII characters alone, without quotes and backslashes'),
  v.check((uri) => !uri.toLowerCase().endsWith('/.default'), "must not end in '/.default'"),
)

/** The alternate key for upsert. */
export const uniqueNameShape = name(256)

/** Properties that both creation and change may set. */
const properties = {
  displayName,
  description,
  signInAudience: v.picklist([
    'AzureADMyOrg',
    'AzureADMultipleOrgs',
    'AzureADandPersonalMicrosoftAccount',
    'PersonalMicrosoftAccount',
  ]),
  identifierUris: v.pipe(
    v.array(identifierUri),
    v.maxLength(30, 'must have at most 30 members'),
    distinct(resourceKey, 'identifier URIs'),
  ),
  tags,
  serviceManagementReference: v.nullable(text(256)),
  groupMembershipClaims: v.nullable(v.picklist(['None', 'SecurityGroup', 'All'])),
  info: informationalUrl,
  api,
  appRoles: v.pipe(
    v.array(appRole),
    v.maxLength(1200, 'must have at most 1200 members'),
    distinct((role) => role.id, 'the ids of app roles'),
    v.check((roles) => {
      const values = roles.map((role) => role.value).filter((value) => value)
      return new Set(values).size === values.length
    }, 'the values of app roles must differ from each other'),
  ),
  requiredResourceAccess,
  optionalClaims,
  web,
  uniqueName: uniqueNameShape,
  keyCredentials: v.pipe(v.array(keyCredentialShape), v.maxLength(16, 'must have at most 16 members')),
  tokenEncryptionKeyId: v.nullable(guid),
}

/** Of blueprints alone. */
const blueprintProperties = {
  managerApplications: v.pipe(
    v.array(guid),
    v.maxLength(10, 'must have at most 10 members'),
    distinct((appId) => appId, 'the appIds'),
  ),
  // Accepted and ignored (reference §5.2).
  inheritDelegatedPermissions: v.boolean(),
  InheritDelegatedPermissions: v.boolean(),
}

const type = v.optional(v.string())

export const applicationPatch = v.partial(v.strictObject({ ...properties, '@odata.type': type }))

export const blueprintPatch = v.partial(
  v.strictObject({
    ...properties,
    ...blueprintProperties,
    // Forwarded to its principal (reference §5.4).
    appRoleAssignmentRequired: v.boolean(),
    '@odata.type': type,
  }),
)

const binds = { 'sponsors@odata.bind': v.optional(references), 'owners@odata.bind': v.optional(references) }

export const applicationCreate = v.strictObject({
  ...v.partial(v.strictObject(properties)).entries,
  displayName,
  '@odata.type': type,
  ...binds,
})

/** Of a body, the sponsors and owners that it names. */
export const bindsShape = v.object(binds)

export const blueprintCreate = v.strictObject({
  ...applicationCreate.entries,
  ...v.partial(v.strictObject(blueprintProperties)).entries,
})

export type ApplicationPatch = v.InferOutput<typeof blueprintPatch>
export type ApplicationCreate = v.InferOutput<typeof blueprintCreate>
export type AppRole = v.InferOutput<typeof appRole>
export type PermissionScope = v.InferOutput<typeof permissionScope>

/** What of an application is not its callers' to set, or not by its properties (reference §1.2). */
export const applicationReadOnly: ReadOnly = readOnly(['appId', 'certification', 'publisherDomain'], {
  federatedIdentityCredentials: 'they have an address of their own, /applications/{id}/federatedIdentityCredentials',
  inheritablePermissions: 'they have an address of their own, /applications/{id}/inheritablePermissions',
  owners: 'add and remove them at /applications/{id}/owners/$ref',
  passwordCredentials: 'use addPassword and removePassword',
  sponsors: 'add and remove them at /applications/{id}/sponsors/$ref',
  verifiedPublisher: 'use setVerifiedPublisher and unsetVerifiedPublisher',
})

/** Reference §1.2, "beta only". */
export const applicationBetaOnly = ['managerApplications']

/** Properties of applications that have no meaning for a blueprint, which signs nobody in (reference §1.2). */
export const notOnBlueprints = new Set([
  'addIns',
  'communicationConfiguration',
  'defaultRedirectUri',
  'isDeviceOnlyAuthSupported',
  'isFallbackPublicClient',
  'parentalControlSettings',
  'publicClient',
  'samlMetadataUrl',
  'spa',
])
