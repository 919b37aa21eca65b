import { may } from './auth/may.ts'
import type { Family } from './store/table.ts'

/** What an operation does to the table's items, by the first part of their keys, or to the signing keys. */
export type Touch = `${TableVerb} ${Family}` | `kms ${KmsVerb}`
export type TableVerb = 'get' | 'query' | 'put' | 'update' | 'delete' | 'check'
export type KmsVerb = 'Sign' | 'GetPublicKey'

/** One HTTP operation. Its key is the path of its file below `functions/`. */
export type Route = {
  /** `ANY`: the operation answers the wrong verb itself, in its own dialect. */
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'ANY'
  /** As `canonicalPath` leaves it: casts right behind their collection, `$ref` as `ref`. */
  path: string
  /** A second path for the same operation. */
  also?: string
  /**
   * `anyone`: OAuth's own endpoints, which authenticate by their parameters or not at all. `bearer`: the management API,
   * with a token that Sigil issued. `operator`: the operators' API, behind IAM.
   */
  caller: 'anyone' | 'bearer' | 'operator'
  /** Of a bearer: permissions, one of which the token must carry and the store must confirm. */
  allow?: readonly string[]
  /** Exactly what the operation's role allows beside logs and tracing; a test compares it with what the operation does. */
  touches: readonly Touch[]
}

const bearer = ['get KEYSET', 'get TENANT', 'get CLIENT'] as const
const anyApplication = [...may.application.read, ...may.agentIdentityBlueprint.read]
const anyPrincipal = [
  ...may.servicePrincipal.read,
  ...may.agentIdentityBlueprintPrincipal.read,
  ...may.agentIdentity.read,
]

const v = '/{version}'
const blueprint = 'microsoft.graph.agentIdentityBlueprint'
const principal = 'microsoft.graph.agentIdentityBlueprintPrincipal'
const agent = 'microsoft.graph.agentIdentity'

/** Every HTTP operation, once. CDK, the local service, the OpenAPI document and the tests read this table and nothing else. */
// biome-ignore format: a table reads better aligned
export const routes = {
  'token/issue':                    { method: 'ANY',    path: '/{tenant}/oauth2/v2.0/token', caller: 'anyone', touches: ['get DOMAIN', 'get KEYSET', 'get TENANT', 'get APP', 'get CLIENT', 'get RESOURCE', 'put SIGNIN', 'kms Sign'] },
  'discovery/configuration':        { method: 'GET',    path: '/{tenant}/v2.0/.well-known/openid-configuration', caller: 'anyone', touches: ['get DOMAIN', 'get TENANT'] },
  'discovery/configuration-v1':     { method: 'GET',    path: '/{tenant}/.well-known/openid-configuration', caller: 'anyone', touches: ['get DOMAIN', 'get TENANT'] },
  'discovery/keys':                 { method: 'GET',    path: '/{tenant}/discovery/v2.0/keys', also: '/{tenant}/discovery/keys', caller: 'anyone', touches: ['get DOMAIN', 'get KEYSET', 'get TENANT'] },
  'discovery/instance':             { method: 'GET',    path: '/common/discovery/instance', caller: 'anyone', touches: [] },

  'tenants/open':                   { method: 'POST',   path: '/tenants', caller: 'operator', touches: ['get KEYSET', 'put KEYSET', 'put TENANT', 'put DOMAIN', 'put APP', 'put CLIENT', 'put RESOURCE', 'put DIRECTORY', 'put ASSIGNMENT', 'put ASSIGNEE', 'put AUDIT', 'kms GetPublicKey'] },
  'tenants/suspend':                { method: 'POST',   path: '/tenants/{tenantId}/suspend', caller: 'operator', touches: ['get DOMAIN', 'get TENANT', 'update TENANT', 'put AUDIT'] },
  'tenants/resume':                 { method: 'POST',   path: '/tenants/{tenantId}/resume', caller: 'operator', touches: ['get DOMAIN', 'get TENANT', 'update TENANT', 'put AUDIT'] },
  'tenants/close':                  { method: 'POST',   path: '/tenants/{tenantId}/close', caller: 'operator', touches: ['get DOMAIN', 'get TENANT', 'update TENANT', 'put AUDIT'] },
  'tenants/add-administrator':      { method: 'POST',   path: '/tenants/{tenantId}/administrators', caller: 'operator', touches: ['get DOMAIN', 'get TENANT', 'check TENANT', 'put APP', 'put CLIENT', 'put RESOURCE', 'put DIRECTORY', 'put ASSIGNMENT', 'put ASSIGNEE', 'put AUDIT'] },

  'users/create':                   { method: 'POST',   path: `${v}/users`, caller: 'bearer', allow: may.user.create, touches: [...bearer, 'put USER', 'put UNIQUE', 'put DIRECTORY', 'put AUDIT'] },
  'users/list':                     { method: 'GET',    path: `${v}/users`, caller: 'bearer', allow: may.user.read, touches: [...bearer, 'get DIRECTORY', 'query DIRECTORY'] },
  'users/read':                     { method: 'GET',    path: `${v}/users/{id}`, caller: 'bearer', allow: may.user.read, touches: [...bearer, 'get UNIQUE', 'get DIRECTORY'] },

  'applications/create':            { method: 'POST',   path: `${v}/applications`, caller: 'bearer', allow: [...may.application.create, ...may.agentIdentityBlueprint.create], touches: [...bearer, 'get DIRECTORY', 'put APP', 'put RESOURCE', 'put UNIQUE', 'put DIRECTORY', 'put RELATION', 'put AUDIT'] },
  'applications/list':              { method: 'GET',    path: `${v}/applications`, caller: 'bearer', allow: anyApplication, touches: [...bearer, 'get APP', 'get DIRECTORY', 'query DIRECTORY'] },
  'applications/read':              { method: 'GET',    path: `${v}/applications/{id}`, caller: 'bearer', allow: anyApplication, touches: [...bearer, 'get APP', 'get UNIQUE', 'get DIRECTORY'] },
  'applications/update':            { method: 'PATCH',  path: `${v}/applications/{id}`, caller: 'bearer', allow: [...may.application.update, ...may.agentIdentityBlueprint.update], touches: [...bearer, 'get APP', 'get UNIQUE', 'get DIRECTORY', 'check CLIENT', 'put RESOURCE', 'put DIRECTORY', 'put AUDIT', 'update CLIENT', 'delete RESOURCE'] },
  'applications/delete':            { method: 'DELETE', path: `${v}/applications/{id}`, caller: 'bearer', allow: [...may.application.delete, ...may.agentIdentityBlueprint.delete], touches: [...bearer, 'get APP', 'get UNIQUE', 'get DIRECTORY', 'check CLIENT', 'put DELETED', 'put AUDIT', 'delete APP', 'delete CLIENT', 'delete RESOURCE', 'delete UNIQUE', 'delete DIRECTORY'] },
  'applications/add-password':      { method: 'POST',   path: `${v}/applications/{id}/addPassword`, caller: 'bearer', allow: [...may.application.credentials, ...may.agentIdentityBlueprint.credentials], touches: [...bearer, 'get APP', 'get UNIQUE', 'get DIRECTORY', 'put DIRECTORY', 'put AUDIT', 'update APP'] },
  'applications/remove-password':   { method: 'POST',   path: `${v}/applications/{id}/removePassword`, caller: 'bearer', allow: [...may.application.credentials, ...may.agentIdentityBlueprint.credentials], touches: [...bearer, 'get APP', 'get UNIQUE', 'get DIRECTORY', 'put DIRECTORY', 'put AUDIT', 'update APP'] },

  'blueprints/create':              { method: 'POST',   path: `${v}/applications/${blueprint}`, caller: 'bearer', allow: may.agentIdentityBlueprint.create, touches: [...bearer, 'get DIRECTORY', 'put APP', 'put RESOURCE', 'put UNIQUE', 'put DIRECTORY', 'put RELATION', 'put AUDIT'] },
  'blueprints/list':                { method: 'GET',    path: `${v}/applications/${blueprint}`, caller: 'bearer', allow: may.agentIdentityBlueprint.read, touches: [...bearer, 'get APP', 'get DIRECTORY', 'query DIRECTORY'] },
  'blueprints/read':                { method: 'GET',    path: `${v}/applications/${blueprint}/{id}`, caller: 'bearer', allow: may.agentIdentityBlueprint.read, touches: [...bearer, 'get APP', 'get DIRECTORY'] },
  'blueprints/update':              { method: 'PATCH',  path: `${v}/applications/${blueprint}/{id}`, caller: 'bearer', allow: may.agentIdentityBlueprint.update, touches: [...bearer, 'get APP', 'get DIRECTORY', 'check CLIENT', 'put RESOURCE', 'put DIRECTORY', 'put AUDIT', 'update CLIENT', 'delete RESOURCE'] },
  'blueprints/delete':              { method: 'DELETE', path: `${v}/applications/${blueprint}/{id}`, caller: 'bearer', allow: may.agentIdentityBlueprint.delete, touches: [...bearer, 'get APP', 'get DIRECTORY', 'check CLIENT', 'put DELETED', 'put AUDIT', 'delete APP', 'delete CLIENT', 'delete RESOURCE', 'delete UNIQUE', 'delete DIRECTORY'] },

  'service-principals/create':      { method: 'POST',   path: `${v}/servicePrincipals`, caller: 'bearer', allow: [...may.servicePrincipal.create, ...may.agentIdentityBlueprintPrincipal.create, ...may.agentIdentity.create], touches: [...bearer, 'get APP', 'get DIRECTORY', 'check DIRECTORY', 'put CLIENT', 'put RESOURCE', 'put DIRECTORY', 'put RELATION', 'put ASSIGNMENT', 'put ASSIGNEE', 'put AUDIT'] },
  'service-principals/list':        { method: 'GET',    path: `${v}/servicePrincipals`, caller: 'bearer', allow: anyPrincipal, touches: [...bearer, 'get DIRECTORY', 'query DIRECTORY'] },
  'service-principals/read':        { method: 'GET',    path: `${v}/servicePrincipals/{id}`, caller: 'bearer', allow: anyPrincipal, touches: [...bearer, 'get DIRECTORY'] },
  'service-principals/update':      { method: 'PATCH',  path: `${v}/servicePrincipals/{id}`, caller: 'bearer', allow: [...may.servicePrincipal.update, ...may.agentIdentityBlueprintPrincipal.update, ...may.agentIdentity.update], touches: [...bearer, 'get APP', 'get DIRECTORY', 'check DIRECTORY', 'put RESOURCE', 'put DIRECTORY', 'put AUDIT', 'update CLIENT'] },
  'service-principals/delete':      { method: 'DELETE', path: `${v}/servicePrincipals/{id}`, caller: 'bearer', allow: [...may.servicePrincipal.delete, ...may.agentIdentityBlueprintPrincipal.delete, ...may.agentIdentity.delete], touches: [...bearer, 'get APP', 'get DIRECTORY', 'check DIRECTORY', 'put RESOURCE', 'put DELETED', 'put AUDIT', 'delete CLIENT', 'delete DIRECTORY'] },

  'blueprint-principals/create':    { method: 'POST',   path: `${v}/servicePrincipals/${principal}`, caller: 'bearer', allow: may.agentIdentityBlueprintPrincipal.create, touches: [...bearer, 'get APP', 'get DIRECTORY', 'check DIRECTORY', 'put CLIENT', 'put RESOURCE', 'put DIRECTORY', 'put RELATION', 'put ASSIGNMENT', 'put ASSIGNEE', 'put AUDIT'] },
  'blueprint-principals/list':      { method: 'GET',    path: `${v}/servicePrincipals/${principal}`, caller: 'bearer', allow: may.agentIdentityBlueprintPrincipal.read, touches: [...bearer, 'get DIRECTORY', 'query DIRECTORY'] },
  'blueprint-principals/read':      { method: 'GET',    path: `${v}/servicePrincipals/${principal}/{id}`, caller: 'bearer', allow: may.agentIdentityBlueprintPrincipal.read, touches: [...bearer, 'get DIRECTORY'] },
  'blueprint-principals/update':    { method: 'PATCH',  path: `${v}/servicePrincipals/${principal}/{id}`, caller: 'bearer', allow: may.agentIdentityBlueprintPrincipal.update, touches: [...bearer, 'get APP', 'get DIRECTORY', 'check DIRECTORY', 'put RESOURCE', 'put DIRECTORY', 'put AUDIT', 'update CLIENT'] },
  'blueprint-principals/delete':    { method: 'DELETE', path: `${v}/servicePrincipals/${principal}/{id}`, caller: 'bearer', allow: may.agentIdentityBlueprintPrincipal.delete, touches: [...bearer, 'get APP', 'get DIRECTORY', 'check DIRECTORY', 'put RESOURCE', 'put DELETED', 'put AUDIT', 'delete CLIENT', 'delete DIRECTORY'] },

  'agent-identities/create':        { method: 'POST',   path: `${v}/servicePrincipals/${agent}`, caller: 'bearer', allow: may.agentIdentity.create, touches: [...bearer, 'get APP', 'get DIRECTORY', 'check DIRECTORY', 'put CLIENT', 'put DIRECTORY', 'put RELATION', 'put AUDIT'] },
  'agent-identities/list':          { method: 'GET',    path: `${v}/servicePrincipals/${agent}`, caller: 'bearer', allow: may.agentIdentity.read, touches: [...bearer, 'get DIRECTORY', 'query DIRECTORY'] },
  'agent-identities/read':          { method: 'GET',    path: `${v}/servicePrincipals/${agent}/{id}`, caller: 'bearer', allow: may.agentIdentity.read, touches: [...bearer, 'get DIRECTORY'] },
  'agent-identities/update':        { method: 'PATCH',  path: `${v}/servicePrincipals/${agent}/{id}`, caller: 'bearer', allow: may.agentIdentity.update, touches: [...bearer, 'get DIRECTORY', 'put DIRECTORY', 'put AUDIT', 'update CLIENT'] },
  'agent-identities/delete':        { method: 'DELETE', path: `${v}/servicePrincipals/${agent}/{id}`, caller: 'bearer', allow: may.agentIdentity.delete, touches: [...bearer, 'get DIRECTORY', 'put DELETED', 'put AUDIT', 'delete CLIENT', 'delete DIRECTORY'] },

  'app-role-assignments/create':    { method: 'POST',   path: `${v}/servicePrincipals/{id}/appRoleAssignments`, caller: 'bearer', allow: may.appRoleAssignment.write, touches: [...bearer, 'get DIRECTORY', 'check DIRECTORY', 'put ASSIGNMENT', 'put ASSIGNEE', 'put AUDIT', 'update CLIENT'] },
  'app-role-assignments/list':      { method: 'GET',    path: `${v}/servicePrincipals/{id}/appRoleAssignments`, caller: 'bearer', allow: may.appRoleAssignment.read, touches: [...bearer, 'get DIRECTORY', 'query ASSIGNMENT'] },
  'app-role-assignments/delete':    { method: 'DELETE', path: `${v}/servicePrincipals/{id}/appRoleAssignments/{assignmentId}`, caller: 'bearer', allow: may.appRoleAssignment.write, touches: [...bearer, 'get DIRECTORY', 'get ASSIGNMENT', 'put AUDIT', 'update CLIENT', 'delete ASSIGNMENT', 'delete ASSIGNEE'] },
  'app-role-assigned-to/create':    { method: 'POST',   path: `${v}/servicePrincipals/{id}/appRoleAssignedTo`, caller: 'bearer', allow: may.appRoleAssignment.write, touches: [...bearer, 'get DIRECTORY', 'check DIRECTORY', 'put ASSIGNMENT', 'put ASSIGNEE', 'put AUDIT', 'update CLIENT'] },
  'app-role-assigned-to/list':      { method: 'GET',    path: `${v}/servicePrincipals/{id}/appRoleAssignedTo`, caller: 'bearer', allow: may.appRoleAssignment.read, touches: [...bearer, 'get DIRECTORY', 'query ASSIGNEE'] },
  'app-role-assigned-to/delete':    { method: 'DELETE', path: `${v}/servicePrincipals/{id}/appRoleAssignedTo/{assignmentId}`, caller: 'bearer', allow: may.appRoleAssignment.write, touches: [...bearer, 'get DIRECTORY', 'get ASSIGNEE', 'put AUDIT', 'update CLIENT', 'delete ASSIGNMENT', 'delete ASSIGNEE'] },
} as const satisfies Record<`${string}/${string}`, Route>

export type Operation = keyof typeof routes
