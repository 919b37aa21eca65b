import { federatedCredentialOptions } from '../directory/federated-credentials.ts'
import { listOptions } from '../directory/list.ts'
import { readOptions } from '../directory/objects.ts'
import { recordOptions } from '../directory/records.ts'
import type { QueryOption } from '../http/query.ts'
import type { Operation, routes } from '../routes.ts'
import type { bodies } from './bodies.ts'
import type { entities } from './entities.ts'

type Entity = keyof typeof entities

/** What an operation answers with where it succeeds: one of some entities, or a page of them, or, by its path, either. */
export type Answer = { entity?: readonly Entity[]; list?: readonly Entity[] } | 'nothing' | 'a page of HTML'

/** What the document says of an operation beside its route. */
export type Description = {
  /** A sentence. */
  summary: string
  /** What it takes: a JSON body, by the type of the object one of several, or a form. */
  body?: keyof typeof bodies | readonly (keyof typeof bodies)[]
  form?: 'tokenRequest'
  query?: readonly QueryOption[]
  /** Whether it takes an `Idempotency-Key`. */
  idempotent?: true
  /** By status; none of an operation that is there to refuse in words. */
  answers: Readonly<Record<number, Answer>>
}

/** Those that the public reaches: the operators' API has no part in the document. */
export type PublicOperation = {
  [Name in Operation]: (typeof routes)[Name]['caller'] extends 'operator' ? never : Name
}[Operation]

const read = (...entity: Entity[]) => ({ answers: { 200: { entity } } }) as const
const list = (...entities: Entity[]) => ({ answers: { 200: { list: entities } } }) as const
const created = (...entity: Entity[]) => ({ answers: { 201: { entity } } }) as const
const changed = (...entity: Entity[]) => ({ answers: { 200: { entity }, 204: 'nothing' } }) as const
const upserted = (...entity: Entity[]) => ({ answers: { 200: { entity }, 201: { entity }, 204: 'nothing' } }) as const
const nothing = { answers: { 204: 'nothing' } } as const

const anyApplication = ['application', 'agentIdentityBlueprint'] as const
const anyPrincipal = ['servicePrincipal', 'agentIdentityBlueprintPrincipal', 'agentIdentity'] as const
const anyUser = ['user', 'agentUser'] as const
const anyObject = [...anyApplication, ...anyPrincipal, ...anyUser, 'group'] as const

/** A line for every public operation, as in `routes`. Tests hold each to what its operation takes and answers. */
// biome-ignore format: a table reads better aligned
export const descriptions = {
  'token/issue':                    { summary: 'Issues an access token, or a T1 that a blueprint\'s agent identity presents as its client_assertion.', form: 'tokenRequest', ...read('tokenAnswer') },
  'discovery/configuration':        { summary: 'Says what a client needs to know of a tenant, for tokens of version 2.', ...read('openIdConfiguration') },
  'discovery/configuration-v1':     { summary: 'Says what a client needs to know of a tenant, for tokens of version 1.', ...read('openIdConfiguration') },
  'discovery/keys':                 { summary: 'Publishes the keys that verify access tokens.', ...read('jsonWebKeySet') },
  'discovery/instance':             { summary: 'Tells whether an authority is known here; only this service\'s own host is.', ...read('instanceDiscovery') },
  'discovery/openapi':              { summary: 'Describes this API, as an OpenAPI 3.1 document.', ...read('openApiDocument') },
  'discovery/reference':            { summary: 'Describes this API for people, made from the OpenAPI document.', answers: { 200: 'a page of HTML' } },

  'users/create':                   { summary: 'Creates a person, or an agent user where @odata.type says so.', body: ['userCreate', 'agentUserCreate'], ...created(...anyUser) },
  'users/list':                     { summary: 'Lists people and agent users.', query: listOptions, ...list(...anyUser) },
  'users/read':                     { summary: 'Reads a user, by id or userPrincipalName.', query: readOptions, ...read(...anyUser) },
  'users/update':                   { summary: 'Changes a user; disabled, it can neither act nor answer for an agent.', body: ['userPatch', 'agentUserPatch'], ...changed(...anyUser) },
  'users/delete':                   { summary: 'Deletes a user.', ...nothing },
  'users/revoke-sessions':          { summary: 'Ends every session and refresh token of a user.', ...read('flag') },
  'manager/read':                   { summary: 'Reads who manages a user.', query: ['$select'], ...read(...anyUser) },
  'manager/set':                    { summary: 'Says who manages a user, in place of whoever does.', body: 'reference', ...nothing },
  'manager/remove':                 { summary: 'Takes a user\'s manager away.', ...nothing },
  'direct-reports/list':            { summary: 'Lists whom a user manages.', query: listOptions, ...list(...anyUser) },

  'agent-users/create':             { summary: 'Creates the one user that an agent identity acts as.', body: 'agentUserCreate', ...created('agentUser') },
  'agent-users/list':               { summary: 'Lists agent users.', query: listOptions, ...list('agentUser') },
  'agent-users/read':               { summary: 'Reads an agent user.', query: readOptions, ...read('agentUser') },
  'agent-users/update':             { summary: 'Changes an agent user.', body: 'agentUserPatch', ...changed('agentUser') },
  'agent-users/delete':             { summary: 'Deletes an agent user.', ...nothing },

  'groups/create':                  { summary: 'Creates a group.', body: 'groupCreate', ...created('group') },
  'groups/list':                    { summary: 'Lists groups.', query: listOptions, ...list('group') },
  'groups/read':                    { summary: 'Reads a group.', query: readOptions, ...read('group') },
  'groups/update':                  { summary: 'Changes a group.', body: 'groupPatch', ...changed('group') },
  'groups/delete':                  { summary: 'Deletes a group.', ...nothing },

  'me/read':                        { summary: 'Reads the user on whose behalf the call is made.', query: readOptions, ...read(...anyUser) },
  'organization/list':              { summary: 'Lists the caller\'s tenant, and no other.', query: ['$select'], ...list('organization') },
  'organization/read':              { summary: 'Reads the caller\'s tenant.', query: ['$select'], ...read('organization') },

  'applications/create':            { summary: 'Creates an application, or a blueprint where @odata.type says so.', body: ['applicationCreate', 'blueprintCreate'], ...created(...anyApplication) },
  'applications/list':              { summary: 'Lists applications and blueprints.', query: listOptions, ...list(...anyApplication) },
  'applications/read':              { summary: 'Reads an application or a blueprint.', query: readOptions, ...read(...anyApplication) },
  'applications/update':            { summary: 'Changes an application or a blueprint; by its uniqueName, and with Prefer: create-if-missing, makes one that is not there.', body: ['applicationPatch', 'blueprintPatch', 'applicationCreate', 'blueprintCreate'], ...upserted(...anyApplication) },
  'applications/delete':            { summary: 'Deletes an application or a blueprint, and its principal in the tenant.', ...nothing },
  'applications/add-password':      { summary: 'Makes a secret for an application or a blueprint; it is shown in this answer alone.', body: 'addPassword', ...read('passwordCredential') },
  'applications/remove-password':   { summary: 'Removes a secret from an application or a blueprint; what rests on it ends at once.', body: 'removePassword', ...nothing },

  'applications/add-key':           { summary: 'Adds a certificate to an application or a blueprint, for whoever proves to hold the key of another.', body: 'addKey', ...read('keyCredential') },
  'applications/remove-key':        { summary: 'Removes a certificate from an application or a blueprint; what rests on it ends at once.', body: 'removeKey', ...nothing },
  'applications/set-verified-publisher': { summary: 'Says under which id a partner programme knows the publisher of an application.', body: 'verifiedPublisher', ...nothing },
  'applications/unset-verified-publisher': { summary: 'Takes the verified publisher from an application.', ...nothing },

  'federated-credentials/create':   { summary: 'Lets the tokens of another issuer stand for an application or a blueprint.', body: 'federatedCredentialCreate', ...created('federatedIdentityCredential') },
  'federated-credentials/list':     { summary: 'Lists the federated credentials of an application or a blueprint.', query: federatedCredentialOptions, ...list('federatedIdentityCredential') },
  'federated-credentials/read':     { summary: 'Reads a federated credential, by its id or name.', query: ['$select'], ...read('federatedIdentityCredential') },
  'federated-credentials/update':   { summary: 'Changes a federated credential; by its name, and with Prefer: create-if-missing, makes one that is not there.', body: ['federatedCredentialPatch', 'federatedCredentialCreate'], ...upserted('federatedIdentityCredential') },
  'federated-credentials/delete':   { summary: 'Deletes a federated credential; what rests on it ends at once.', ...nothing },

  'inheritable-permissions/create': { summary: 'Says what agents inherit of what their blueprint holds on a resource.', body: 'inheritablePermissionCreate', ...created('inheritablePermission') },
  'inheritable-permissions/list':   { summary: 'Lists what the agents of a blueprint inherit.', ...list('inheritablePermission') },
  'inheritable-permissions/read':   { summary: 'Reads what agents inherit on one resource.', ...read('inheritablePermission') },
  'inheritable-permissions/update': { summary: 'Changes what agents inherit on one resource.', body: 'inheritablePermissionPatch', ...read('inheritablePermission') },
  'inheritable-permissions/delete': { summary: 'Ends what agents inherit on one resource.', ...nothing },

  'blueprints/create':              { summary: 'Creates an agent identity blueprint.', body: 'blueprintCreate', ...created('agentIdentityBlueprint') },
  'blueprints/list':                { summary: 'Lists agent identity blueprints.', query: listOptions, ...list('agentIdentityBlueprint') },
  'blueprints/read':                { summary: 'Reads an agent identity blueprint.', query: readOptions, ...read('agentIdentityBlueprint') },
  'blueprints/update':              { summary: 'Changes an agent identity blueprint; by its uniqueName, and with Prefer: create-if-missing, makes one that is not there.', body: ['blueprintPatch', 'blueprintCreate'], ...upserted('agentIdentityBlueprint') },
  'blueprints/delete':              { summary: 'Deletes an agent identity blueprint, and its principal in the tenant.', ...nothing },

  'service-principals/create':      { summary: 'Creates the principal of an application or blueprint, or an agent identity where @odata.type says so.', body: ['servicePrincipalCreate', 'agentIdentityCreate'], ...created(...anyPrincipal) },
  'service-principals/list':        { summary: 'Lists service principals: of applications, of blueprints, and agent identities.', query: listOptions, ...list(...anyPrincipal) },
  'service-principals/read':        { summary: 'Reads a service principal of any type.', query: readOptions, ...read(...anyPrincipal) },
  'service-principals/update':      { summary: 'Changes a service principal of any type.', body: ['servicePrincipalPatch', 'agentIdentityPatch'], ...changed(...anyPrincipal) },
  'service-principals/delete':      { summary: 'Deletes a service principal of any type.', ...nothing },
  'service-principals/add-credential': { summary: 'Is always refused: credentials live on applications and blueprints.', answers: {} },

  'blueprint-principals/create':    { summary: 'Creates the principal of a blueprint, under which its agents are made.', body: 'servicePrincipalCreate', ...created('agentIdentityBlueprintPrincipal') },
  'blueprint-principals/list':      { summary: 'Lists blueprint principals.', query: listOptions, ...list('agentIdentityBlueprintPrincipal') },
  'blueprint-principals/read':      { summary: 'Reads a blueprint principal.', query: readOptions, ...read('agentIdentityBlueprintPrincipal') },
  'blueprint-principals/update':    { summary: 'Changes a blueprint principal; disabled, it stops every agent of its blueprint at once.', body: 'servicePrincipalPatch', ...changed('agentIdentityBlueprintPrincipal') },
  'blueprint-principals/delete':    { summary: 'Deletes a blueprint principal.', ...nothing },

  'agent-identities/create':        { summary: 'Creates an agent identity, usable for a token at once.', body: 'agentIdentityCreate', ...created('agentIdentity') },
  'agent-identities/list':          { summary: 'Lists agent identities.', query: listOptions, ...list('agentIdentity') },
  'agent-identities/read':          { summary: 'Reads an agent identity.', query: readOptions, ...read('agentIdentity') },
  'agent-identities/update':        { summary: 'Changes an agent identity; disabled, it gets no token from then on.', body: 'agentIdentityPatch', ...changed('agentIdentity') },
  'agent-identities/delete':        { summary: 'Deletes an agent identity.', ...nothing },

  'app-role-assignments/create':    { summary: 'Gives a principal an app role.', body: 'appRoleAssignmentCreate', ...created('appRoleAssignment') },
  'app-role-assignments/list':      { summary: 'Lists the app roles that a principal was given.', query: recordOptions, ...list('appRoleAssignment') },
  'app-role-assignments/delete':    { summary: 'Takes an app role from a principal.', ...nothing },
  'app-role-assigned-to/create':    { summary: 'Gives someone an app role of a resource.', body: 'appRoleAssignmentCreate', ...created('appRoleAssignment') },
  'app-role-assigned-to/list':      { summary: 'Lists who was given app roles of a resource.', query: recordOptions, ...list('appRoleAssignment') },
  'app-role-assigned-to/delete':    { summary: 'Takes an app role of a resource from someone.', ...nothing },

  'oauth2-permission-grants/create': { summary: 'Lets a client use scopes of a resource, on behalf of everyone or of one user.', body: 'oauth2PermissionGrantCreate', ...created('oAuth2PermissionGrant') },
  'oauth2-permission-grants/list':  { summary: 'Lists grants of scopes: all, those of a client, or those on behalf of a user.', query: recordOptions, ...list('oAuth2PermissionGrant') },
  'oauth2-permission-grants/read':  { summary: 'Reads a grant of scopes.', ...read('oAuth2PermissionGrant') },
  'oauth2-permission-grants/update': { summary: 'Changes the scopes of a grant.', body: 'oauth2PermissionGrantPatch', ...nothing },
  'oauth2-permission-grants/delete': { summary: 'Deletes a grant of scopes.', ...nothing },
  'inherited-permissions/app-roles': { summary: 'Lists the app roles that an agent identity inherits from its blueprint.', ...list('appRoleAssignment') },
  'inherited-permissions/grants':   { summary: 'Lists the grants of scopes that an agent identity inherits from its blueprint.', ...list('oAuth2PermissionGrant') },
  'effective-permissions/read':     { summary: 'Says all that an agent identity may do, where each part comes from, and what it holds without effect.', ...read('effectivePermissions') },

  'directory-roles/list':           { summary: 'Lists directory roles.', query: ['$filter'], ...list('directoryRole') },
  'directory-roles/read':           { summary: 'Reads a directory role.', ...read('directoryRole') },
  'directory-roles/members':        { summary: 'Lists who holds a directory role.', query: listOptions, ...list(...anyPrincipal, ...anyUser) },
  'directory-roles/add-member':     { summary: 'Gives someone a directory role.', body: 'reference', ...nothing },
  'directory-roles/remove-member':  { summary: 'Takes a directory role from someone.', ...nothing },
  'role-definitions/list':          { summary: 'Lists the definitions of directory roles.', query: ['$filter'], ...list('unifiedRoleDefinition') },
  'role-definitions/read':          { summary: 'Reads the definition of a directory role.', ...read('unifiedRoleDefinition') },
  'role-assignments/create':        { summary: 'Gives a principal a directory role.', body: 'roleAssignmentCreate', ...created('unifiedRoleAssignment') },
  'role-assignments/list':          { summary: 'Lists who was given directory roles.', query: recordOptions, ...list('unifiedRoleAssignment') },
  'role-assignments/read':          { summary: 'Reads who was given which directory role, in one assignment.', ...read('unifiedRoleAssignment') },
  'role-assignments/delete':        { summary: 'Takes a directory role from a principal.', ...nothing },

  'deleted-items/read':             { summary: 'Reads a deleted object by its id, or lists those of the type that stands in its place.', query: listOptions, answers: { 200: { entity: anyObject, list: anyObject } } },
  'deleted-items/restore':          { summary: 'Restores a deleted object, and with Prefer: include-dependents what was deleted with it.', ...read(...anyObject) },
  'deleted-items/purge':            { summary: 'Deletes a deleted object for good.', ...nothing },
  'dependents/list':                { summary: 'Lists what the deletion of an object would take with it.', query: ['$skiptoken', '$select'], ...list(...anyObject) },
  'operations/read':                { summary: 'Says how far a deletion, restoration or purge has come.', ...read('longOperation') },
  'limits/read':                    { summary: 'Says how many objects of each type the tenant may hold, and how many it holds.', ...list('limit') },

  'agents/provision':               { summary: 'Makes agents with their users, sponsors and permissions, all of it or nothing; each is usable for a token at once.', body: 'provision', idempotent: true, ...created('provisioned') },
  'agents/bulk-create':             { summary: 'Creates up to 1,000 agent identities, each with its own result; sent again under its key, it makes those that are missing.', body: 'bulkCreate', idempotent: true, ...read('bulkAnswer') },
  'agents/bulk-update':             { summary: 'Changes up to 1,000 agent identities in the same way, each with its own result.', body: 'bulkUpdate', ...read('bulkAnswer') },
  'agents/bulk-delete':             { summary: 'Deletes up to 1,000 agent identities with their users, each with its own result.', body: 'bulkDelete', ...read('bulkAnswer') },

  'owners/list':                    { summary: 'Lists who owns an object, of all types or of the one that a cast names.', query: listOptions, ...list(...anyObject) },
  'owners/add':                     { summary: 'Makes a user or principal an owner of an object.', body: 'reference', ...nothing },
  'owners/remove':                  { summary: 'Ends an ownership.', ...nothing },
  'sponsors/list':                  { summary: 'Lists who answers for an agent, a blueprint or its principal.', query: listOptions, ...list(...anyObject) },
  'sponsors/add':                   { summary: 'Makes a user or group answer for an agent, a blueprint or its principal.', body: 'reference', ...nothing },
  'sponsors/remove':                { summary: 'Ends a sponsorship; an agent identity keeps its last sponsor.', ...nothing },
  'members/list':                   { summary: 'Lists the members of a group.', query: listOptions, ...list(...anyObject) },
  'members/list-transitive':        { summary: 'Lists the members of a group and of the groups within it.', query: listOptions, ...list(...anyObject) },
  'members/add':                    { summary: 'Adds a member to a group.', body: 'reference', ...nothing },
  'members/remove':                 { summary: 'Takes a member out of a group.', ...nothing },
  'member-of/list':                 { summary: 'Lists the groups that an object is a member of.', query: listOptions, ...list(...anyObject) },
  'member-of/list-transitive':      { summary: 'Lists those groups, and the groups that they are members of in turn.', query: listOptions, ...list(...anyObject) },
  'owned-objects/list':             { summary: 'Lists what a user or principal owns.', query: listOptions, ...list(...anyObject) },
  'created-objects/list':           { summary: 'Lists what a principal has made.', query: listOptions, ...list(...anyObject) },
  'directory-objects/read':         { summary: 'Reads an object of any type.', query: ['$select'], ...read(...anyObject) },
  'directory-objects/get-by-ids':   { summary: 'Reads up to 1,000 objects by their ids; what is not there is left out.', body: 'getByIds', ...list(...anyObject) },

  'batch/run':                      { summary: 'Sends up to 20 requests in one; each is decided about by itself.', body: 'batchRequest', ...read('batchAnswer') },
} as const satisfies Record<PublicOperation, Description>
