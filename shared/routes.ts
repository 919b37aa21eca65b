import { may } from './auth/may.ts'
import type { Family } from './store/table.ts'

/** What an operation does to the table's items, by the first part of their keys, or to the signing keys. */
export type Touch = `${TableVerb} ${Family}` | `kms ${KmsVerb}`
export type TableVerb = 'get' | 'query' | 'put' | 'update' | 'delete' | 'check'
export type KmsVerb = 'Sign' | 'GetPublicKey'

/** One HTTP operation. Its key is the path of its file below `functions/`. */
export type Route = {
  /** `ANY`: the operation answers the wrong verb itself, in its own dialect. */
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE' | 'ANY'
  /** As `canonicalPath` leaves it: casts right behind their collection, `$ref` as `ref`. */
  path: string
  /** Further paths of the same operation. */
  also?: readonly string[]
  /**
   * `anyone`: OAuth's own endpoints, which authenticate by their parameters or not at all. `bearer`: the management API,
   * with a token that Sigil issued. `operator`: the operators' API, behind IAM.
   */
  caller: 'anyone' | 'bearer' | 'operator'
  /**
   * Of a bearer: permissions, one of which the token must carry and the store must confirm. `any caller`: what is done needs
   * no permission of its own.
   */
  allow?: readonly string[] | 'any caller'
  /** Exactly what the operation's role allows beside logs and tracing; a test compares it with what the operation does. */
  touches: readonly Touch[]
  /** How long the function may run, where it is not 10 s; the gateway waits for 30 s. */
  timeoutSeconds?: number
}

/** What there is to read of a caller: as the client, as the user behind it, and how that one stands to an object. */
const bearer = [
  'get KEYSET',
  'get TENANT',
  'get CLIENT',
  'get APP',
  'get USER',
  'get USERGRANT',
  'get DIRECTORY',
  'get RELATION',
  'query RELATION',
] as const
const anyApplication = [...may.application.read, ...may.agentIdentityBlueprint.read]
const anyCredentials = [...may.application.credentials, ...may.agentIdentityBlueprint.credentials]
const anyPrincipal = [
  ...may.servicePrincipal.read,
  ...may.agentIdentityBlueprintPrincipal.read,
  ...may.agentIdentity.read,
]
const anyUser = [...may.user.read, ...may.agentUser.read]

const anyRestore = [
  ...may.application.restore,
  ...may.agentIdentityBlueprint.restore,
  ...may.servicePrincipal.restore,
  ...may.agentIdentityBlueprintPrincipal.restore,
  ...may.agentIdentity.restore,
  ...may.user.restore,
  ...may.agentUser.restore,
  ...may.group.restore,
]

const anyOwned = [...anyApplication, ...anyPrincipal, ...may.group.read]
const anyOwners = [
  ...may.application.owners,
  ...may.agentIdentityBlueprint.owners,
  ...may.servicePrincipal.owners,
  ...may.agentIdentityBlueprintPrincipal.owners,
  ...may.agentIdentity.owners,
  ...may.group.owners,
]
const anySponsored = [
  ...may.agentIdentityBlueprint.read,
  ...may.agentIdentityBlueprintPrincipal.read,
  ...may.agentIdentity.read,
  ...anyUser,
]
const anySponsors = [
  ...may.agentIdentityBlueprint.sponsors,
  ...may.agentIdentityBlueprintPrincipal.sponsors,
  ...may.agentIdentity.sponsors,
  ...may.user.sponsors,
  ...may.agentUser.sponsors,
]
const anyMember = [...anyPrincipal, ...anyUser, ...may.group.read]
const anyObject = [...anyApplication, ...anyMember]

const v = '/{version}'
const blueprint = 'microsoft.graph.agentIdentityBlueprint'
const principal = 'microsoft.graph.agentIdentityBlueprintPrincipal'
const agent = 'microsoft.graph.agentIdentity'
const agentUser = 'microsoft.graph.agentUser'

/** Every HTTP operation, once. CDK, the local service, the OpenAPI document and the tests read this table and nothing else. */
// biome-ignore format: a table reads better aligned
export const routes = {
  'token/issue':                    { method: 'ANY',    path: '/{tenant}/oauth2/v2.0/token', caller: 'anyone', touches: ['get DOMAIN', 'get KEYSET', 'get TENANT', 'get APP', 'get CLIENT', 'get RESOURCE', 'put SIGNIN', 'kms Sign'] },
  'discovery/configuration':        { method: 'GET',    path: '/{tenant}/v2.0/.well-known/openid-configuration', caller: 'anyone', touches: ['get DOMAIN', 'get TENANT'] },
  'discovery/configuration-v1':     { method: 'GET',    path: '/{tenant}/.well-known/openid-configuration', caller: 'anyone', touches: ['get DOMAIN', 'get TENANT'] },
  'discovery/keys':                 { method: 'GET',    path: '/{tenant}/discovery/v2.0/keys', also: ['/{tenant}/discovery/keys'], caller: 'anyone', touches: ['get DOMAIN', 'get KEYSET', 'get TENANT'] },
  'discovery/instance':             { method: 'GET',    path: '/common/discovery/instance', caller: 'anyone', touches: [] },
  'discovery/openapi':              { method: 'GET',    path: '/openapi.json', caller: 'anyone', touches: [] },
  'discovery/reference':            { method: 'GET',    path: '/reference', caller: 'anyone', touches: [] },

  'tenants/open':                   { method: 'POST',   path: '/tenants', caller: 'operator', touches: ['get KEYSET', 'put KEYSET', 'put TENANT', 'put DOMAIN', 'put APP', 'put CLIENT', 'put RESOURCE', 'put DIRECTORY', 'put ASSIGNMENT', 'put ASSIGNEE', 'put AUDIT', 'kms GetPublicKey', 'put INDEX', 'put NAME', 'update COUNTER'] },
  'tenants/suspend':                { method: 'POST',   path: '/tenants/{tenantId}/suspend', caller: 'operator', touches: ['get DOMAIN', 'get TENANT', 'update TENANT', 'put AUDIT'] },
  'tenants/resume':                 { method: 'POST',   path: '/tenants/{tenantId}/resume', caller: 'operator', touches: ['get DOMAIN', 'get TENANT', 'update TENANT', 'put AUDIT'] },
  'tenants/close':                  { method: 'POST',   path: '/tenants/{tenantId}/close', caller: 'operator', touches: ['get DOMAIN', 'get TENANT', 'update TENANT', 'put AUDIT'] },
  'tenants/add-administrator':      { method: 'POST',   path: '/tenants/{tenantId}/administrators', caller: 'operator', touches: ['get DOMAIN', 'get TENANT', 'check TENANT', 'put APP', 'put CLIENT', 'put RESOURCE', 'put DIRECTORY', 'put ASSIGNMENT', 'put ASSIGNEE', 'put AUDIT', 'get COUNTER', 'put INDEX', 'put NAME', 'update COUNTER'] },
  'tenants/set-limits':             { method: 'POST',   path: '/tenants/{tenantId}/limits', caller: 'operator', touches: ['get DOMAIN', 'get TENANT', 'get COUNTER', 'update TENANT', 'update COUNTER', 'put AUDIT'] },

  'users/create':                   { method: 'POST',   path: `${v}/users`, caller: 'bearer', allow: [...may.user.create, ...may.agentUser.create], touches: [...bearer, 'get COUNTER', 'check DIRECTORY', 'put USER', 'put AGENTUSER', 'put UNIQUE', 'put DIRECTORY', 'put NAME', 'put INDEX', 'put RELATION', 'put INVERSE', 'put AUDIT', 'update COUNTER'] },
  'users/list':                     { method: 'GET',    path: `${v}/users`, also: [`${v}/users/count`], caller: 'bearer', allow: anyUser, touches: [...bearer, 'get UNIQUE', 'get COUNTER', 'query DIRECTORY', 'query NAME', 'query INDEX', 'query INVERSE', 'get AGENTUSER'] },
  'users/read':                     { method: 'GET',    path: `${v}/users/{id}`, caller: 'bearer', allow: [...anyUser, ...may.me.read], touches: [...bearer, 'get UNIQUE'] },
  'users/update':                   { method: 'PATCH',  path: `${v}/users/{id}`, caller: 'bearer', allow: [...may.user.update, ...may.agentUser.update], touches: [...bearer, 'get UNIQUE', 'put UNIQUE', 'put DIRECTORY', 'put NAME', 'put INDEX', 'put AUDIT', 'update USER', 'update AGENTUSER', 'delete UNIQUE', 'delete NAME', 'delete INDEX'] },
  'users/delete':                   { method: 'DELETE', path: `${v}/users/{id}`, caller: 'bearer', allow: [...may.user.delete, ...may.agentUser.delete], touches: [...bearer, 'get UNIQUE', 'put DELETED', 'put DUE', 'put AUDIT', 'update COUNTER', 'delete USER', 'delete AGENTUSER', 'delete UNIQUE', 'delete DIRECTORY'] },
  'users/revoke-sessions':          { method: 'POST',   path: `${v}/users/{id}/revokeSignInSessions`, also: [`${v}/me/revokeSignInSessions`], caller: 'bearer', allow: [...may.user.revokeSessions, ...may.agentUser.revokeSessions], touches: [...bearer, 'get UNIQUE', 'put AUDIT', 'update USER'] },
  'manager/read':                   { method: 'GET',    path: `${v}/users/{id}/manager`, also: [`${v}/users/{id}/manager/ref`], caller: 'bearer', allow: anyUser, touches: [...bearer, 'get UNIQUE'] },
  'manager/set':                    { method: 'PUT',    path: `${v}/users/{id}/manager/ref`, caller: 'bearer', allow: [...may.user.update, ...may.agentUser.update], touches: [...bearer, 'get UNIQUE', 'check DIRECTORY', 'put DIRECTORY', 'put RELATION', 'put INVERSE', 'put AUDIT', 'delete RELATION', 'delete INVERSE'] },
  'manager/remove':                 { method: 'DELETE', path: `${v}/users/{id}/manager/ref`, caller: 'bearer', allow: [...may.user.update, ...may.agentUser.update], touches: [...bearer, 'get UNIQUE', 'put DIRECTORY', 'put AUDIT', 'delete RELATION', 'delete INVERSE'] },
  'direct-reports/list':            { method: 'GET',    path: `${v}/users/{id}/directReports`, also: [`${v}/users/{id}/directReports/count`], caller: 'bearer', allow: anyUser, touches: [...bearer, 'get UNIQUE', 'query INVERSE'] },

  'agent-users/create':             { method: 'POST',   path: `${v}/users/${agentUser}`, caller: 'bearer', allow: may.agentUser.create, touches: [...bearer, 'get COUNTER', 'check DIRECTORY', 'put USER', 'put AGENTUSER', 'put UNIQUE', 'put DIRECTORY', 'put NAME', 'put INDEX', 'put RELATION', 'put INVERSE', 'put AUDIT', 'update COUNTER'] },
  'agent-users/list':               { method: 'GET',    path: `${v}/users/${agentUser}`, also: [`${v}/users/${agentUser}/count`], caller: 'bearer', allow: may.agentUser.read, touches: [...bearer, 'get UNIQUE', 'get COUNTER', 'query DIRECTORY', 'query NAME', 'query INDEX', 'query INVERSE', 'get AGENTUSER'] },
  'agent-users/read':               { method: 'GET',    path: `${v}/users/${agentUser}/{id}`, caller: 'bearer', allow: [...may.agentUser.read, ...may.me.read], touches: [...bearer, 'get UNIQUE'] },
  'agent-users/update':             { method: 'PATCH',  path: `${v}/users/${agentUser}/{id}`, caller: 'bearer', allow: may.agentUser.update, touches: [...bearer, 'get UNIQUE', 'put UNIQUE', 'put DIRECTORY', 'put NAME', 'put INDEX', 'put AUDIT', 'update USER', 'update AGENTUSER', 'delete UNIQUE', 'delete NAME', 'delete INDEX'] },
  'agent-users/delete':             { method: 'DELETE', path: `${v}/users/${agentUser}/{id}`, caller: 'bearer', allow: may.agentUser.delete, touches: [...bearer, 'get UNIQUE', 'put DELETED', 'put DUE', 'put AUDIT', 'update COUNTER', 'delete USER', 'delete AGENTUSER', 'delete UNIQUE', 'delete DIRECTORY'] },

  'groups/create':                  { method: 'POST',   path: `${v}/groups`, caller: 'bearer', allow: may.group.create, touches: [...bearer, 'get COUNTER', 'put DIRECTORY', 'put NAME', 'put RELATION', 'put INVERSE', 'put AUDIT', 'update COUNTER'] },
  'groups/list':                    { method: 'GET',    path: `${v}/groups`, also: [`${v}/groups/count`], caller: 'bearer', allow: may.group.read, touches: [...bearer, 'get COUNTER', 'query DIRECTORY', 'query NAME', 'query INVERSE'] },
  'groups/read':                    { method: 'GET',    path: `${v}/groups/{id}`, caller: 'bearer', allow: may.group.read, touches: [...bearer] },
  'groups/update':                  { method: 'PATCH',  path: `${v}/groups/{id}`, caller: 'bearer', allow: may.group.update, touches: [...bearer, 'put DIRECTORY', 'put NAME', 'put AUDIT', 'delete NAME'] },
  'groups/delete':                  { method: 'DELETE', path: `${v}/groups/{id}`, caller: 'bearer', allow: may.group.delete, touches: [...bearer, 'put DELETED', 'put DUE', 'put AUDIT', 'update COUNTER', 'delete DIRECTORY'] },

  'me/read':                        { method: 'GET',    path: `${v}/me`, caller: 'bearer', allow: 'any caller', touches: [...bearer] },
  'organization/list':              { method: 'GET',    path: `${v}/organization`, caller: 'bearer', allow: may.organization.read, touches: [...bearer] },
  'organization/read':              { method: 'GET',    path: `${v}/organization/{id}`, caller: 'bearer', allow: may.organization.read, touches: [...bearer] },

  'applications/create':            { method: 'POST',   path: `${v}/applications`, caller: 'bearer', allow: [...may.application.create, ...may.agentIdentityBlueprint.create], touches: [...bearer, 'get COUNTER', 'put APP', 'put RESOURCE', 'put UNIQUE', 'put DIRECTORY', 'put RELATION', 'put AUDIT', 'put NAME', 'put INDEX', 'put INVERSE', 'update COUNTER'] },
  'applications/list':              { method: 'GET',    path: `${v}/applications`, also: [`${v}/applications/count`], caller: 'bearer', allow: anyApplication, touches: [...bearer, 'get COUNTER', 'get UNIQUE', 'query DIRECTORY', 'query NAME', 'query INDEX', 'query INVERSE'] },
  'applications/read':              { method: 'GET',    path: `${v}/applications/{id}`, caller: 'bearer', allow: anyApplication, touches: [...bearer, 'get UNIQUE'] },
  'applications/update':            { method: 'PATCH',  path: `${v}/applications/{id}`, caller: 'bearer', allow: [...may.application.update, ...may.application.create, ...may.agentIdentityBlueprint.update, ...may.agentIdentityBlueprint.create], touches: [...bearer, 'get UNIQUE', 'get COUNTER', 'check CLIENT', 'put RESOURCE', 'put DIRECTORY', 'put AUDIT', 'put NAME', 'put UNIQUE', 'put INDEX', 'put APP', 'put RELATION', 'put INVERSE', 'update CLIENT', 'update APP', 'update COUNTER', 'delete RESOURCE', 'delete NAME'] },
  'applications/delete':            { method: 'DELETE', path: `${v}/applications/{id}`, caller: 'bearer', allow: [...may.application.delete, ...may.agentIdentityBlueprint.delete], touches: [...bearer, 'get AGENTUSER', 'get UNIQUE', 'query INDEX', 'check AGENTUSER', 'check CLIENT', 'put AUDIT', 'put DELETED', 'put DUE', 'put JOB', 'put OPERATION', 'update COUNTER', 'delete AGENTUSER', 'delete APP', 'delete CLIENT', 'delete DIRECTORY', 'delete DUE', 'delete FIC', 'delete RESOURCE', 'delete UNIQUE', 'delete USER'] },
  'applications/add-password':      { method: 'POST',   path: `${v}/applications/{id}/addPassword`, caller: 'bearer', allow: [...may.application.credentials, ...may.agentIdentityBlueprint.credentials], touches: [...bearer, 'get UNIQUE', 'put DIRECTORY', 'put AUDIT', 'update APP'] },
  'applications/remove-password':   { method: 'POST',   path: `${v}/applications/{id}/removePassword`, caller: 'bearer', allow: [...may.application.credentials, ...may.agentIdentityBlueprint.credentials], touches: [...bearer, 'get UNIQUE', 'put DIRECTORY', 'put AUDIT', 'update APP'] },
  'applications/add-key':           { method: 'POST',   path: `${v}/applications/{id}/addKey`, caller: 'bearer', allow: 'any caller', touches: [...bearer, 'get UNIQUE', 'put DIRECTORY', 'put AUDIT', 'update APP'] },
  'applications/remove-key':        { method: 'POST',   path: `${v}/applications/{id}/removeKey`, caller: 'bearer', allow: 'any caller', touches: [...bearer, 'get UNIQUE', 'put DIRECTORY', 'put AUDIT', 'update APP'] },
  'applications/set-verified-publisher':   { method: 'POST', path: `${v}/applications/{id}/setVerifiedPublisher`, caller: 'bearer', allow: [...may.application.update, ...may.agentIdentityBlueprint.update], touches: [...bearer, 'get UNIQUE', 'check CLIENT', 'put DIRECTORY', 'put AUDIT', 'update CLIENT'] },
  'applications/unset-verified-publisher': { method: 'POST', path: `${v}/applications/{id}/unsetVerifiedPublisher`, caller: 'bearer', allow: [...may.application.update, ...may.agentIdentityBlueprint.update], touches: [...bearer, 'get UNIQUE', 'check CLIENT', 'put DIRECTORY', 'put AUDIT', 'update CLIENT'] },

  'federated-credentials/create':   { method: 'POST',   path: `${v}/applications/{id}/federatedIdentityCredentials`, caller: 'bearer', allow: anyCredentials, touches: [...bearer, 'get UNIQUE', 'put DIRECTORY', 'put FIC', 'put AUDIT'] },
  'federated-credentials/list':     { method: 'GET',    path: `${v}/applications/{id}/federatedIdentityCredentials`, also: [`${v}/applications/{id}/federatedIdentityCredentials/count`], caller: 'bearer', allow: [...anyApplication, ...anyCredentials], touches: [...bearer, 'get UNIQUE'] },
  'federated-credentials/read':     { method: 'GET',    path: `${v}/applications/{id}/federatedIdentityCredentials/{credentialId}`, caller: 'bearer', allow: [...anyApplication, ...anyCredentials], touches: [...bearer, 'get UNIQUE'] },
  'federated-credentials/update':   { method: 'PATCH',  path: `${v}/applications/{id}/federatedIdentityCredentials/{credentialId}`, caller: 'bearer', allow: anyCredentials, touches: [...bearer, 'get UNIQUE', 'put DIRECTORY', 'put FIC', 'put AUDIT', 'delete FIC'] },
  'federated-credentials/delete':   { method: 'DELETE', path: `${v}/applications/{id}/federatedIdentityCredentials/{credentialId}`, caller: 'bearer', allow: anyCredentials, touches: [...bearer, 'get UNIQUE', 'put DIRECTORY', 'put FIC', 'put AUDIT', 'delete FIC'] },

  'blueprints/create':              { method: 'POST',   path: `${v}/applications/${blueprint}`, caller: 'bearer', allow: may.agentIdentityBlueprint.create, touches: [...bearer, 'get COUNTER', 'put APP', 'put RESOURCE', 'put UNIQUE', 'put DIRECTORY', 'put RELATION', 'put AUDIT', 'put NAME', 'put INDEX', 'put INVERSE', 'update COUNTER'] },
  'blueprints/list':                { method: 'GET',    path: `${v}/applications/${blueprint}`, also: [`${v}/applications/${blueprint}/count`], caller: 'bearer', allow: may.agentIdentityBlueprint.read, touches: [...bearer, 'get COUNTER', 'get UNIQUE', 'query DIRECTORY', 'query NAME', 'query INDEX', 'query INVERSE'] },
  'blueprints/read':                { method: 'GET',    path: `${v}/applications/${blueprint}/{id}`, caller: 'bearer', allow: may.agentIdentityBlueprint.read, touches: [...bearer] },
  'blueprints/update':              { method: 'PATCH',  path: `${v}/applications/${blueprint}/{id}`, caller: 'bearer', allow: [...may.agentIdentityBlueprint.update, ...may.agentIdentityBlueprint.create], touches: [...bearer, 'get UNIQUE', 'get COUNTER', 'check CLIENT', 'put RESOURCE', 'put DIRECTORY', 'put AUDIT', 'put NAME', 'put UNIQUE', 'put INDEX', 'put APP', 'put RELATION', 'put INVERSE', 'update CLIENT', 'update APP', 'update COUNTER', 'delete RESOURCE', 'delete NAME'] },
  'blueprints/delete':              { method: 'DELETE', path: `${v}/applications/${blueprint}/{id}`, caller: 'bearer', allow: may.agentIdentityBlueprint.delete, touches: [...bearer, 'get AGENTUSER', 'query INDEX', 'check AGENTUSER', 'check CLIENT', 'put AUDIT', 'put DELETED', 'put DUE', 'put JOB', 'put OPERATION', 'update COUNTER', 'delete AGENTUSER', 'delete APP', 'delete CLIENT', 'delete DIRECTORY', 'delete DUE', 'delete FIC', 'delete RESOURCE', 'delete UNIQUE', 'delete USER'] },

  'service-principals/create':      { method: 'POST',   path: `${v}/servicePrincipals`, caller: 'bearer', allow: [...may.servicePrincipal.create, ...may.agentIdentityBlueprintPrincipal.create, ...may.agentIdentity.create], touches: [...bearer, 'get COUNTER', 'check DIRECTORY', 'put CLIENT', 'put RESOURCE', 'put DIRECTORY', 'put RELATION', 'put ASSIGNMENT', 'put ASSIGNEE', 'put AUDIT', 'put NAME', 'put INDEX', 'put INVERSE', 'put DUE', 'update COUNTER'] },
  'service-principals/list':        { method: 'GET',    path: `${v}/servicePrincipals`, also: [`${v}/servicePrincipals/count`], caller: 'bearer', allow: anyPrincipal, touches: [...bearer, 'get COUNTER', 'query DIRECTORY', 'query NAME', 'query INDEX', 'query INVERSE'] },
  'service-principals/read':        { method: 'GET',    path: `${v}/servicePrincipals/{id}`, caller: 'bearer', allow: anyPrincipal, touches: [...bearer] },
  'service-principals/update':      { method: 'PATCH',  path: `${v}/servicePrincipals/{id}`, caller: 'bearer', allow: [...may.servicePrincipal.update, ...may.agentIdentityBlueprintPrincipal.update, ...may.agentIdentity.update, ...may.agentIdentity.attributes], touches: [...bearer, 'check DIRECTORY', 'put RESOURCE', 'put DIRECTORY', 'put AUDIT', 'put INDEX', 'put NAME', 'update CLIENT', 'delete NAME', 'delete INDEX'] },
  'service-principals/delete':      { method: 'DELETE', path: `${v}/servicePrincipals/{id}`, caller: 'bearer', allow: [...may.servicePrincipal.delete, ...may.agentIdentityBlueprintPrincipal.delete, ...may.agentIdentity.delete], touches: [...bearer, 'get AGENTUSER', 'query INDEX', 'check AGENTUSER', 'check DIRECTORY', 'put AUDIT', 'put DELETED', 'put DUE', 'put JOB', 'put OPERATION', 'put RESOURCE', 'update COUNTER', 'delete AGENTUSER', 'delete CLIENT', 'delete DIRECTORY', 'delete DUE', 'delete UNIQUE', 'delete USER'] },
  'service-principals/add-credential': { method: 'POST', path: `${v}/servicePrincipals/{id}/addPassword`, also: [`${v}/servicePrincipals/{id}/removePassword`, `${v}/servicePrincipals/{id}/addKey`, `${v}/servicePrincipals/{id}/removeKey`, `${v}/servicePrincipals/{id}/federatedIdentityCredentials`], caller: 'bearer', allow: anyPrincipal, touches: [...bearer] },

  'blueprint-principals/create':    { method: 'POST',   path: `${v}/servicePrincipals/${principal}`, caller: 'bearer', allow: may.agentIdentityBlueprintPrincipal.create, touches: [...bearer, 'get COUNTER', 'check DIRECTORY', 'put CLIENT', 'put RESOURCE', 'put DIRECTORY', 'put RELATION', 'put ASSIGNMENT', 'put ASSIGNEE', 'put AUDIT', 'put NAME', 'put INDEX', 'put INVERSE', 'update COUNTER'] },
  'blueprint-principals/list':      { method: 'GET',    path: `${v}/servicePrincipals/${principal}`, also: [`${v}/servicePrincipals/${principal}/count`], caller: 'bearer', allow: may.agentIdentityBlueprintPrincipal.read, touches: [...bearer, 'get COUNTER', 'query DIRECTORY', 'query NAME', 'query INDEX', 'query INVERSE'] },
  'blueprint-principals/read':      { method: 'GET',    path: `${v}/servicePrincipals/${principal}/{id}`, caller: 'bearer', allow: may.agentIdentityBlueprintPrincipal.read, touches: [...bearer] },
  'blueprint-principals/update':    { method: 'PATCH',  path: `${v}/servicePrincipals/${principal}/{id}`, caller: 'bearer', allow: [...may.agentIdentityBlueprintPrincipal.update, ...may.agentIdentityBlueprintPrincipal.attributes], touches: [...bearer, 'check DIRECTORY', 'put RESOURCE', 'put DIRECTORY', 'put AUDIT', 'put INDEX', 'update CLIENT', 'delete INDEX'] },
  'blueprint-principals/delete':    { method: 'DELETE', path: `${v}/servicePrincipals/${principal}/{id}`, caller: 'bearer', allow: may.agentIdentityBlueprintPrincipal.delete, touches: [...bearer, 'get AGENTUSER', 'query INDEX', 'check AGENTUSER', 'check DIRECTORY', 'put AUDIT', 'put DELETED', 'put DUE', 'put JOB', 'put OPERATION', 'put RESOURCE', 'update COUNTER', 'delete AGENTUSER', 'delete CLIENT', 'delete DIRECTORY', 'delete DUE', 'delete UNIQUE', 'delete USER'] },

  'agent-identities/create':        { method: 'POST',   path: `${v}/servicePrincipals/${agent}`, caller: 'bearer', allow: may.agentIdentity.create, touches: [...bearer, 'get COUNTER', 'check DIRECTORY', 'put CLIENT', 'put DIRECTORY', 'put RELATION', 'put AUDIT', 'put NAME', 'put INDEX', 'put INVERSE', 'put DUE', 'update COUNTER'] },
  'agent-identities/list':          { method: 'GET',    path: `${v}/servicePrincipals/${agent}`, also: [`${v}/servicePrincipals/${agent}/count`], caller: 'bearer', allow: may.agentIdentity.read, touches: [...bearer, 'get COUNTER', 'query DIRECTORY', 'query NAME', 'query INDEX', 'query INVERSE'] },
  'agent-identities/read':          { method: 'GET',    path: `${v}/servicePrincipals/${agent}/{id}`, caller: 'bearer', allow: may.agentIdentity.read, touches: [...bearer] },
  'agent-identities/update':        { method: 'PATCH',  path: `${v}/servicePrincipals/${agent}/{id}`, caller: 'bearer', allow: [...may.agentIdentity.update, ...may.agentIdentity.attributes], touches: [...bearer, 'put DIRECTORY', 'put AUDIT', 'put INDEX', 'put NAME', 'update CLIENT', 'delete NAME', 'delete INDEX'] },
  'agent-identities/delete':        { method: 'DELETE', path: `${v}/servicePrincipals/${agent}/{id}`, caller: 'bearer', allow: may.agentIdentity.delete, touches: [...bearer, 'get AGENTUSER', 'check AGENTUSER', 'put AUDIT', 'put DELETED', 'put DUE', 'update COUNTER', 'delete AGENTUSER', 'delete CLIENT', 'delete DIRECTORY', 'delete DUE', 'delete UNIQUE', 'delete USER'] },

  'app-role-assignments/create':    { method: 'POST',   path: `${v}/servicePrincipals/{id}/appRoleAssignments`, also: [`${v}/users/{id}/appRoleAssignments`, `${v}/groups/{id}/appRoleAssignments`], caller: 'bearer', allow: may.appRoleAssignment.write, touches: [...bearer, 'get UNIQUE', 'get DIRECTORY', 'check DIRECTORY', 'put ASSIGNMENT', 'put ASSIGNEE', 'put AUDIT', 'update CLIENT'] },
  'app-role-assignments/list':      { method: 'GET',    path: `${v}/servicePrincipals/{id}/appRoleAssignments`, also: [`${v}/users/{id}/appRoleAssignments`, `${v}/groups/{id}/appRoleAssignments`], caller: 'bearer', allow: may.appRoleAssignment.read, touches: [...bearer, 'get UNIQUE', 'get DIRECTORY', 'query ASSIGNMENT'] },
  'app-role-assignments/delete':    { method: 'DELETE', path: `${v}/servicePrincipals/{id}/appRoleAssignments/{assignmentId}`, also: [`${v}/users/{id}/appRoleAssignments/{assignmentId}`, `${v}/groups/{id}/appRoleAssignments/{assignmentId}`], caller: 'bearer', allow: may.appRoleAssignment.write, touches: [...bearer, 'get UNIQUE', 'get DIRECTORY', 'get ASSIGNMENT', 'put AUDIT', 'update CLIENT', 'delete ASSIGNMENT', 'delete ASSIGNEE'] },
  'app-role-assigned-to/create':    { method: 'POST',   path: `${v}/servicePrincipals/{id}/appRoleAssignedTo`, caller: 'bearer', allow: may.appRoleAssignment.write, touches: [...bearer, 'get DIRECTORY', 'check DIRECTORY', 'put ASSIGNMENT', 'put ASSIGNEE', 'put AUDIT', 'update CLIENT'] },
  'app-role-assigned-to/list':      { method: 'GET',    path: `${v}/servicePrincipals/{id}/appRoleAssignedTo`, caller: 'bearer', allow: may.appRoleAssignment.read, touches: [...bearer, 'get DIRECTORY', 'query ASSIGNEE'] },
  'app-role-assigned-to/delete':    { method: 'DELETE', path: `${v}/servicePrincipals/{id}/appRoleAssignedTo/{assignmentId}`, caller: 'bearer', allow: may.appRoleAssignment.write, touches: [...bearer, 'get DIRECTORY', 'get DELETED', 'get ASSIGNEE', 'put AUDIT', 'update CLIENT', 'update DELETED', 'delete ASSIGNMENT', 'delete ASSIGNEE'] },

  'oauth2-permission-grants/create':{ method: 'POST',   path: `${v}/oauth2PermissionGrants`, caller: 'bearer', allow: may.oauth2PermissionGrant.write, touches: [...bearer, 'get DIRECTORY', 'get USERGRANT', 'check DIRECTORY', 'check CLIENT', 'put GRANT', 'put AUDIT', 'update CLIENT', 'update USERGRANT'] },
  'oauth2-permission-grants/list':  { method: 'GET',    path: `${v}/oauth2PermissionGrants`, also: [`${v}/servicePrincipals/{id}/oauth2PermissionGrants`, `${v}/users/{id}/oauth2PermissionGrants`], caller: 'bearer', allow: may.oauth2PermissionGrant.read, touches: [...bearer, 'get UNIQUE', 'get DIRECTORY', 'query GRANT'] },
  'oauth2-permission-grants/read':  { method: 'GET',    path: `${v}/oauth2PermissionGrants/{id}`, caller: 'bearer', allow: may.oauth2PermissionGrant.read, touches: [...bearer, 'get GRANT'] },
  'oauth2-permission-grants/update':{ method: 'PATCH',  path: `${v}/oauth2PermissionGrants/{id}`, caller: 'bearer', allow: may.oauth2PermissionGrant.write, touches: [...bearer, 'get DIRECTORY', 'get GRANT', 'get USERGRANT', 'check DIRECTORY', 'check CLIENT', 'put GRANT', 'put AUDIT', 'update CLIENT', 'update USERGRANT'] },
  'oauth2-permission-grants/delete':{ method: 'DELETE', path: `${v}/oauth2PermissionGrants/{id}`, caller: 'bearer', allow: may.oauth2PermissionGrant.write, touches: [...bearer, 'get DIRECTORY', 'get DELETED', 'get GRANT', 'get USERGRANT', 'put AUDIT', 'update CLIENT', 'update DELETED', 'update USERGRANT', 'delete GRANT'] },

  'inheritable-permissions/create': { method: 'POST',   path: `${v}/applications/{id}/inheritablePermissions`, caller: 'bearer', allow: may.agentIdentityBlueprint.update, touches: [...bearer, 'get APP', 'get UNIQUE', 'get DIRECTORY', 'get COUNTER', 'put DIRECTORY', 'put AUDIT', 'update APP'] },
  'inheritable-permissions/list':   { method: 'GET',    path: `${v}/applications/{id}/inheritablePermissions`, caller: 'bearer', allow: may.agentIdentityBlueprint.read, touches: [...bearer, 'get APP', 'get UNIQUE', 'get DIRECTORY'] },
  'inheritable-permissions/read':   { method: 'GET',    path: `${v}/applications/{id}/inheritablePermissions/{resourceAppId}`, caller: 'bearer', allow: may.agentIdentityBlueprint.read, touches: [...bearer, 'get APP', 'get UNIQUE', 'get DIRECTORY'] },
  'inheritable-permissions/update': { method: 'PATCH',  path: `${v}/applications/{id}/inheritablePermissions/{resourceAppId}`, caller: 'bearer', allow: may.agentIdentityBlueprint.update, touches: [...bearer, 'get APP', 'get UNIQUE', 'get DIRECTORY', 'get COUNTER', 'put DIRECTORY', 'put AUDIT', 'update APP'] },
  'inheritable-permissions/delete': { method: 'DELETE', path: `${v}/applications/{id}/inheritablePermissions/{resourceAppId}`, caller: 'bearer', allow: may.agentIdentityBlueprint.update, touches: [...bearer, 'get APP', 'get UNIQUE', 'get DIRECTORY', 'get COUNTER', 'put DIRECTORY', 'put AUDIT', 'update APP'] },

  'inherited-permissions/app-roles':{ method: 'ANY',    path: `${v}/servicePrincipals/{id}/inheritedAppRoleAssignments`, caller: 'bearer', allow: may.appRoleAssignment.read, touches: [...bearer, 'get APP', 'get DIRECTORY', 'query ASSIGNMENT'] },
  'inherited-permissions/grants':   { method: 'ANY',    path: `${v}/servicePrincipals/{id}/inheritedOauth2PermissionGrants`, caller: 'bearer', allow: may.oauth2PermissionGrant.read, touches: [...bearer, 'get APP', 'get DIRECTORY', 'query GRANT'] },
  'effective-permissions/read':     { method: 'GET',    path: `${v}/servicePrincipals/{id}/effectivePermissions`, caller: 'bearer', allow: may.agentIdentity.read, touches: [...bearer, 'get APP', 'get DIRECTORY', 'query GRANT'] },

  'directory-roles/list':           { method: 'GET',    path: `${v}/directoryRoles`, caller: 'bearer', allow: may.roleAssignment.read, touches: [...bearer] },
  'directory-roles/read':           { method: 'GET',    path: `${v}/directoryRoles/{id}`, caller: 'bearer', allow: may.roleAssignment.read, touches: [...bearer] },
  'directory-roles/members':        { method: 'GET',    path: `${v}/directoryRoles/{id}/members`, also: [`${v}/directoryRoles/{id}/members/count`], caller: 'bearer', allow: may.roleAssignment.read, touches: [...bearer, 'get DIRECTORY', 'query ROLEASSIGNMENT'] },
  'directory-roles/add-member':     { method: 'POST',   path: `${v}/directoryRoles/{id}/members/ref`, caller: 'bearer', allow: may.roleAssignment.write, touches: [...bearer, 'get DIRECTORY', 'put ROLEASSIGNMENT', 'put AUDIT', 'update CLIENT', 'update USER'] },
  'directory-roles/remove-member':  { method: 'DELETE', path: `${v}/directoryRoles/{id}/members/{memberId}/ref`, caller: 'bearer', allow: may.roleAssignment.write, touches: [...bearer, 'get DIRECTORY', 'get DELETED', 'get ROLEASSIGNMENT', 'put AUDIT', 'update CLIENT', 'update USER', 'update DELETED', 'delete ROLEASSIGNMENT'] },
  'role-definitions/list':          { method: 'GET',    path: `${v}/roleManagement/directory/roleDefinitions`, caller: 'bearer', allow: may.roleAssignment.read, touches: [...bearer] },
  'role-definitions/read':          { method: 'GET',    path: `${v}/roleManagement/directory/roleDefinitions/{id}`, caller: 'bearer', allow: may.roleAssignment.read, touches: [...bearer] },
  'role-assignments/create':        { method: 'POST',   path: `${v}/roleManagement/directory/roleAssignments`, caller: 'bearer', allow: may.roleAssignment.write, touches: [...bearer, 'get DIRECTORY', 'put ROLEASSIGNMENT', 'put AUDIT', 'update CLIENT', 'update USER'] },
  'role-assignments/list':          { method: 'GET',    path: `${v}/roleManagement/directory/roleAssignments`, caller: 'bearer', allow: may.roleAssignment.read, touches: [...bearer, 'query ROLEASSIGNMENT'] },
  'role-assignments/read':          { method: 'GET',    path: `${v}/roleManagement/directory/roleAssignments/{id}`, caller: 'bearer', allow: may.roleAssignment.read, touches: [...bearer, 'get ROLEASSIGNMENT'] },
  'role-assignments/delete':        { method: 'DELETE', path: `${v}/roleManagement/directory/roleAssignments/{id}`, caller: 'bearer', allow: may.roleAssignment.write, touches: [...bearer, 'get DIRECTORY', 'get DELETED', 'get ROLEASSIGNMENT', 'put AUDIT', 'update CLIENT', 'update USER', 'update DELETED', 'delete ROLEASSIGNMENT'] },

  'batch/run':                      { method: 'POST',   path: `${v}/batch`, caller: 'bearer', allow: 'any caller', touches: [...bearer], timeoutSeconds: 29 },

  'deleted-items/read':             { method: 'GET',    path: `${v}/directory/deletedItems/{id}`, also: [`${v}/directory/deletedItems/{id}/count`], caller: 'bearer', allow: [...anyApplication, ...anyPrincipal, ...may.user.read, ...may.agentUser.read, ...may.group.read], touches: [...bearer, 'get DELETED', 'query DELETED'] },
  'deleted-items/restore':          { method: 'POST',   path: `${v}/directory/deletedItems/{id}/restore`, caller: 'bearer', allow: anyRestore, touches: [...bearer, 'get AGENTUSER', 'get DELETED', 'get ROLEASSIGNMENT', 'get UNIQUE', 'query ASSIGNMENT', 'query GRANT', 'query INDEX', 'check DELETED', 'check DIRECTORY', 'put AGENTUSER', 'put APP', 'put AUDIT', 'put CLIENT', 'put DIRECTORY', 'put DUE', 'put FIC', 'put JOB', 'put NAME', 'put OPERATION', 'put RESOURCE', 'put UNIQUE', 'put USER', 'update COUNTER', 'delete DELETED', 'delete DUE', 'delete NAME'] },
  'deleted-items/purge':            { method: 'DELETE', path: `${v}/directory/deletedItems/{id}`, caller: 'bearer', allow: anyRestore, touches: [...bearer, 'get AGENTUSER', 'get DELETED', 'check AGENTUSER', 'put AUDIT', 'put JOB', 'put OPERATION', 'update COUNTER', 'delete AGENTUSER', 'delete DELETED', 'delete DIRECTORY', 'delete DUE', 'delete INDEX', 'delete NAME', 'delete UNIQUE', 'delete USER'] },
  'dependents/list':                { method: 'GET',    path: `${v}/directoryObjects/{id}/dependents`, caller: 'bearer', allow: [...anyApplication, ...anyPrincipal], touches: [...bearer, 'get AGENTUSER', 'query INDEX'] },
  'operations/read':                { method: 'GET',    path: `${v}/sigil/operations/{id}`, caller: 'bearer', allow: [...anyApplication, ...anyPrincipal], touches: [...bearer, 'get OPERATION'] },
  'limits/read':                    { method: 'GET',    path: `${v}/sigil/limits`, caller: 'bearer', allow: may.organization.read, touches: [...bearer, 'get COUNTER'] },

  'agents/provision':               { method: 'POST',   path: `${v}/sigil/agents`, caller: 'bearer', allow: may.agentIdentity.create, touches: [...bearer, 'get UNIQUE', 'get COUNTER', 'get IDEMPOTENCY', 'check DIRECTORY', 'put CLIENT', 'put USER', 'put AGENTUSER', 'put USERGRANT', 'put UNIQUE', 'put DIRECTORY', 'put NAME', 'put INDEX', 'put RELATION', 'put INVERSE', 'put ASSIGNMENT', 'put ASSIGNEE', 'put GRANT', 'put DUE', 'put IDEMPOTENCY', 'put AUDIT', 'update COUNTER'] },
  'agents/bulk-create':             { method: 'POST',   path: `${v}/sigil/agents/bulkCreate`, caller: 'bearer', allow: may.agentIdentity.create, touches: [...bearer, 'get DELETED', 'get UNIQUE', 'get COUNTER', 'get IDEMPOTENCY', 'check DIRECTORY', 'put CLIENT', 'put DIRECTORY', 'put NAME', 'put INDEX', 'put RELATION', 'put INVERSE', 'put DUE', 'put IDEMPOTENCY', 'put AUDIT', 'update COUNTER'], timeoutSeconds: 29 },
  'agents/bulk-update':             { method: 'POST',   path: `${v}/sigil/agents/bulkUpdate`, caller: 'bearer', allow: may.agentIdentity.update, touches: [...bearer, 'put DIRECTORY', 'put INDEX', 'put AUDIT', 'update CLIENT', 'delete INDEX'], timeoutSeconds: 29 },
  'agents/bulk-delete':             { method: 'POST',   path: `${v}/sigil/agents/bulkDelete`, caller: 'bearer', allow: may.agentIdentity.delete, touches: [...bearer, 'get AGENTUSER', 'check AGENTUSER', 'put DELETED', 'put DUE', 'put AUDIT', 'update COUNTER', 'delete CLIENT', 'delete USER', 'delete AGENTUSER', 'delete UNIQUE', 'delete DUE', 'delete DIRECTORY'], timeoutSeconds: 29 },

  'owners/list':                   { method: 'GET',    path: `${v}/applications/{id}/owners`, also: [`${v}/applications/{id}/owners/count`, `${v}/applications/{id}/owners/{cast}`, `${v}/applications/{id}/owners/{cast}/count`, `${v}/applications/{id}/owners/ref`, `${v}/servicePrincipals/{id}/owners`, `${v}/servicePrincipals/{id}/owners/count`, `${v}/servicePrincipals/{id}/owners/{cast}`, `${v}/servicePrincipals/{id}/owners/{cast}/count`, `${v}/servicePrincipals/{id}/owners/ref`, `${v}/groups/{id}/owners`, `${v}/groups/{id}/owners/count`, `${v}/groups/{id}/owners/{cast}`, `${v}/groups/{id}/owners/{cast}/count`, `${v}/groups/{id}/owners/ref`], caller: 'bearer', allow: anyOwned, touches: [...bearer, 'get UNIQUE', 'query RELATION'] },
  'owners/add':                    { method: 'POST',   path: `${v}/applications/{id}/owners/ref`, also: [`${v}/servicePrincipals/{id}/owners/ref`, `${v}/groups/{id}/owners/ref`], caller: 'bearer', allow: anyOwners, touches: [...bearer, 'get UNIQUE', 'put RELATION', 'put INVERSE', 'put DIRECTORY', 'put AUDIT', 'check DIRECTORY', 'query RELATION'] },
  'owners/remove':                 { method: 'DELETE', path: `${v}/applications/{id}/owners/{targetId}/ref`, also: [`${v}/servicePrincipals/{id}/owners/{targetId}/ref`, `${v}/groups/{id}/owners/{targetId}/ref`], caller: 'bearer', allow: anyOwners, touches: [...bearer, 'get UNIQUE', 'put DIRECTORY', 'put AUDIT', 'delete RELATION', 'delete INVERSE'] },
  'sponsors/list':                 { method: 'GET',    path: `${v}/servicePrincipals/{id}/sponsors`, also: [`${v}/servicePrincipals/{id}/sponsors/count`, `${v}/servicePrincipals/{id}/sponsors/{cast}`, `${v}/servicePrincipals/{id}/sponsors/{cast}/count`, `${v}/servicePrincipals/{id}/sponsors/ref`, `${v}/applications/{id}/sponsors`, `${v}/applications/{id}/sponsors/count`, `${v}/applications/{id}/sponsors/{cast}`, `${v}/applications/{id}/sponsors/{cast}/count`, `${v}/applications/{id}/sponsors/ref`, `${v}/users/{id}/sponsors`, `${v}/users/{id}/sponsors/count`, `${v}/users/{id}/sponsors/{cast}`, `${v}/users/{id}/sponsors/{cast}/count`, `${v}/users/{id}/sponsors/ref`], caller: 'bearer', allow: anySponsored, touches: [...bearer, 'get UNIQUE', 'query RELATION'] },
  'sponsors/add':                  { method: 'POST',   path: `${v}/servicePrincipals/{id}/sponsors/ref`, also: [`${v}/applications/{id}/sponsors/ref`, `${v}/users/{id}/sponsors/ref`], caller: 'bearer', allow: anySponsors, touches: [...bearer, 'get UNIQUE', 'put RELATION', 'put INVERSE', 'put DIRECTORY', 'put AUDIT', 'check DIRECTORY', 'query RELATION'] },
  'sponsors/remove':               { method: 'DELETE', path: `${v}/servicePrincipals/{id}/sponsors/{targetId}/ref`, also: [`${v}/applications/{id}/sponsors/{targetId}/ref`, `${v}/users/{id}/sponsors/{targetId}/ref`], caller: 'bearer', allow: anySponsors, touches: [...bearer, 'get UNIQUE', 'put DIRECTORY', 'put AUDIT', 'delete RELATION', 'delete INVERSE', 'query RELATION'] },
  'members/list':                  { method: 'GET',    path: `${v}/groups/{id}/members`, also: [`${v}/groups/{id}/members/count`, `${v}/groups/{id}/members/{cast}`, `${v}/groups/{id}/members/{cast}/count`, `${v}/groups/{id}/members/ref`], caller: 'bearer', allow: may.group.read, touches: [...bearer, 'query RELATION'] },
  'members/list-transitive':       { method: 'GET',    path: `${v}/groups/{id}/transitiveMembers`, also: [`${v}/groups/{id}/transitiveMembers/count`, `${v}/groups/{id}/transitiveMembers/{cast}`, `${v}/groups/{id}/transitiveMembers/{cast}/count`], caller: 'bearer', allow: may.group.read, touches: [...bearer, 'query RELATION'] },
  'members/add':                   { method: 'POST',   path: `${v}/groups/{id}/members/ref`, caller: 'bearer', allow: may.group.update, touches: [...bearer, 'put RELATION', 'put INVERSE', 'put AUDIT', 'check DIRECTORY'] },
  'members/remove':                { method: 'DELETE', path: `${v}/groups/{id}/members/{targetId}/ref`, caller: 'bearer', allow: may.group.update, touches: [...bearer, 'put AUDIT', 'check DIRECTORY', 'delete RELATION', 'delete INVERSE'] },
  'member-of/list':                { method: 'GET',    path: `${v}/users/{id}/memberOf`, also: [`${v}/users/{id}/memberOf/count`, `${v}/users/{id}/memberOf/{cast}`, `${v}/users/{id}/memberOf/{cast}/count`, `${v}/servicePrincipals/{id}/memberOf`, `${v}/servicePrincipals/{id}/memberOf/count`, `${v}/servicePrincipals/{id}/memberOf/{cast}`, `${v}/servicePrincipals/{id}/memberOf/{cast}/count`, `${v}/groups/{id}/memberOf`, `${v}/groups/{id}/memberOf/count`, `${v}/groups/{id}/memberOf/{cast}`, `${v}/groups/{id}/memberOf/{cast}/count`], caller: 'bearer', allow: anyMember, touches: [...bearer, 'get UNIQUE', 'query INVERSE'] },
  'member-of/list-transitive':     { method: 'GET',    path: `${v}/users/{id}/transitiveMemberOf`, also: [`${v}/users/{id}/transitiveMemberOf/count`, `${v}/users/{id}/transitiveMemberOf/{cast}`, `${v}/users/{id}/transitiveMemberOf/{cast}/count`, `${v}/servicePrincipals/{id}/transitiveMemberOf`, `${v}/servicePrincipals/{id}/transitiveMemberOf/count`, `${v}/servicePrincipals/{id}/transitiveMemberOf/{cast}`, `${v}/servicePrincipals/{id}/transitiveMemberOf/{cast}/count`, `${v}/groups/{id}/transitiveMemberOf`, `${v}/groups/{id}/transitiveMemberOf/count`, `${v}/groups/{id}/transitiveMemberOf/{cast}`, `${v}/groups/{id}/transitiveMemberOf/{cast}/count`], caller: 'bearer', allow: anyMember, touches: [...bearer, 'get UNIQUE', 'query INVERSE'] },
  'owned-objects/list':            { method: 'GET',    path: `${v}/users/{id}/ownedObjects`, also: [`${v}/users/{id}/ownedObjects/count`, `${v}/users/{id}/ownedObjects/{cast}`, `${v}/users/{id}/ownedObjects/{cast}/count`, `${v}/servicePrincipals/{id}/ownedObjects`, `${v}/servicePrincipals/{id}/ownedObjects/count`, `${v}/servicePrincipals/{id}/ownedObjects/{cast}`, `${v}/servicePrincipals/{id}/ownedObjects/{cast}/count`], caller: 'bearer', allow: [...anyPrincipal, ...anyUser], touches: [...bearer, 'get UNIQUE', 'query INVERSE'] },
  'created-objects/list':          { method: 'GET',    path: `${v}/servicePrincipals/{id}/createdObjects`, also: [`${v}/servicePrincipals/{id}/createdObjects/count`, `${v}/servicePrincipals/{id}/createdObjects/{cast}`, `${v}/servicePrincipals/{id}/createdObjects/{cast}/count`], caller: 'bearer', allow: anyPrincipal, touches: [...bearer, 'query INDEX'] },
  'directory-objects/read':        { method: 'GET',    path: `${v}/directoryObjects/{id}`, caller: 'bearer', allow: anyObject, touches: [...bearer] },
  'directory-objects/get-by-ids':  { method: 'POST',   path: `${v}/directoryObjects/getByIds`, caller: 'bearer', allow: anyObject, touches: [...bearer] },
} as const satisfies Record<`${string}/${string}`, Route>

export type Operation = keyof typeof routes
