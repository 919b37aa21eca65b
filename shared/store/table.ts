import { createHash } from 'node:crypto'
import type { AppRoleAssignment } from '../domain/app-role-assignment.ts'
import type { ApplicationCredentials } from '../domain/application.ts'
import type { Client } from '../domain/client.ts'
import type { DirectoryObject, ObjectType } from '../domain/directory-object.ts'
import type { FederatedCredential } from '../domain/federated-credential.ts'
import type { GrantedScopes, OAuth2PermissionGrant } from '../domain/oauth2-permission-grant.ts'
import type { Resource } from '../domain/resource.ts'
import type { RoleAssignment } from '../domain/role-assignment.ts'
import type { SignIn } from '../domain/sign-in.ts'
import type { Tenant, TenantId } from '../domain/tenant.ts'
import { fold } from '../odata/text.ts'
import type { PublishedKeys } from '../tokens/keyset.ts'
import type { AuditRecord } from './audit.ts'
import type { IdempotentAnswer, LongOperation } from './long-operation.ts'
import type { Key } from './store.ts'

/**
 * The one table: every item, its key, and the question that it answers. There is no index of DynamoDB's: what a token or a
 * management decision needs is read by these keys, consistently; what is listed is listed from rows written in the same
 * commit. In `name`, `index` and `inverse` an object is named by its id alone, living or deleted, until it is purged.
 *
 * | item           | pk                                | sk                                 | answers                                             |
 * |----------------|-----------------------------------|------------------------------------|-----------------------------------------------------|
 * | tenant         | TENANT#t                          | STATE                              | is this tenant open, and how much may it hold       |
 * | domain         | DOMAIN#name                       | STATE                              | which tenant does this domain name                  |
 * | keySet         | KEYSET#SHARED                     | STATE                              | which keys sign, and which verify                   |
 * | app            | APP#appId                         | STATE                              | which credentials prove to be this application      |
 * | federated      | FIC#appId#hash of issuer          | STATE                              | which tokens of an issuer prove to be it            |
 * | client         | CLIENT#t#clientId                 | STATE                              | may this client get a token, and with which rights  |
 * | resource       | RESOURCE#t#identifier             | STATE                              | what is this audience, and what does it offer       |
 * | user           | USER#t#userId                     | STATE                              | may this person act, or sponsor                     |
 * | agentUser      | AGENTUSER#t#agentId               | STATE                              | which user does this agent act as                   |
 * | userGrant      | USERGRANT#t#clientId#userId       | STATE                              | what has one person granted to one client           |
 * | object         | DIRECTORY#t#type#shard            | objectId                           | what is this object; which objects of a type exist  |
 * | deleted        | DELETED#t#type#shard              | objectId                           | what was this object, until it is purged            |
 * | name           | NAME#t#type#shard                 | name, objectId                     | which objects bear a name that begins so, in order  |
 * | index          | INDEX#t#type#property#value#shard | objectId                           | which objects have this value                       |
 * | unique         | UNIQUE#t#property#value           | STATE                              | which object bears this unique name                 |
 * | relation       | RELATION#t#objectId               | relation#targetId                  | who owns, sponsors, manages, is a member of this    |
 * | inverse        | INVERSE#t#targetId#relation#shard | objectId                           | what does this one own, sponsor, manage, belong to  |
 * | counter        | COUNTER#t#what#shard              | STATE                              | how many are there, and how many more may there be  |
 * | assignment     | ASSIGNMENT#t#principalId          | assignmentId                       | which app roles does this principal hold            |
 * | assignee       | ASSIGNEE#t#resourceId#shard       | assignmentId                       | who holds an app role on this resource              |
 * | grant          | GRANT#t#shard                     | clientId#resourceId#principalId    | which scopes may a client use on whose behalf       |
 * | roleAssignment | ROLEASSIGNMENT#t                  | roleId#principalId                 | who holds which directory role                      |
 * | due            | DUE#day#shard                     | time#objectId                      | which objects end by themselves, and when           |
 * | job            | JOB#shard                         | jobId                              | which work goes on after its request was answered   |
 * | operation      | OPERATION#t#jobId                 | STATE                              | how far is it                                       |
 * | idempotency    | IDEMPOTENCY#t#clientId#key        | STATE                              | what was the answer to this request                 |
 * | audit          | AUDIT#t#day#shard                 | at#id                              | what was changed in a tenant on a day               |
 * | signIn         | SIGNIN#t#day#shard                | time and id                        | who asked for a token on a day (found by its `uti`) |
 *
 * The token path reads the first ten alone; nothing that is listed, counted or stamped lives on those.
 *
 * No partition takes all of a tenant's writes. A partition takes 1,000 write units a second, and a row of a transaction costs
 * two. At 1,000 agents made a second, all of one blueprint, by one caller, of one name, with one sponsor:
 * DIRECTORY, COUNTER (of the type, of the blueprint): 16 shards, 63 rows each, 125 units; NAME, INDEX (blueprint, creator),
 * INVERSE (sponsor): 4 shards, 250 rows each, 500 units; CLIENT and RELATION: a partition for each agent. Bulk creation
 * counts once a commit, not once an agent. One row is shared all the same: each commit that makes agents checks that of their
 * principal, which takes 500 checks a second; more agents of one blueprint than that are made in bulk.
 */
export const keys = {
  tenant: (t: TenantId): Key<Tenant> => key(`TENANT#${t}`),
  domain: (name: string): Key<{ tenantId: TenantId }> => key(`DOMAIN#${name}`),
  keySet: (): Key<PublishedKeys> => key('KEYSET#SHARED'),
  app: (appId: string): Key<ApplicationCredentials> => key(`APP#${appId}`),
  federated: (appId: string, issuer: string): Key<FederatedCredentials> => key(`FIC#${appId}#${hashOf(issuer)}`),
  client: (t: TenantId, clientId: string): Key<Client> => key(`CLIENT#${t}#${clientId}`),
  resource: (t: TenantId, identifier: string): Key<Resource> => key(`RESOURCE#${t}#${identifier}`),
  user: (t: TenantId, userId: string): Key<UserState> => key(`USER#${t}#${userId}`),
  agentUser: (t: TenantId, agentId: string): Key<AgentUserState> => key(`AGENTUSER#${t}#${agentId}`),
  userGrant: (t: TenantId, clientId: string, userId: string): Key<UserGrants> =>
    key(`USERGRANT#${t}#${clientId}#${userId}`),
  object: (t: TenantId, type: ObjectType, id: string): Key<DirectoryObject> =>
    key(`DIRECTORY#${t}#${type}#${shardOf(id, shards.object[type])}`, id),
  deleted: (t: TenantId, type: ObjectType, id: string): Key<DeletedObject> =>
    key(`DELETED#${t}#${type}#${shardOf(id, shards.object[type])}`, id),
  name: (t: TenantId, type: ObjectType, displayName: string, id: string): Key<ListedRow> =>
    key(`NAME#${t}#${type}#${shardOf(id, shards.name)}`, wholeName(displayName) + id),
  index: (t: TenantId, type: ObjectType, property: IndexedProperty, value: string, id: string): Key<ListedRow> =>
    key(`INDEX#${t}#${type}#${property}#${value}#${shardOf(id, shards.index)}`, id),
  unique: (t: TenantId, property: UniqueProperty, value: string): Key<{ id: string }> =>
    key(`UNIQUE#${t}#${property}#${value}`),
  relation: (t: TenantId, objectId: string, relation: Relation, targetId: string): Key<RelationRow> =>
    key(`RELATION#${t}#${objectId}`, `${relation}#${targetId}`),
  inverse: (t: TenantId, targetId: string, relation: Relation, objectId: string): Key<ListedRow> =>
    key(`INVERSE#${t}#${targetId}#${relation}#${shardOf(objectId, shards.inverse)}`, objectId),
  counter: (t: TenantId, what: Counted, shard: number): Key<Counter> => key(`COUNTER#${t}#${what}#${shard}`),
  assignment: (t: TenantId, principalId: string, id: string): Key<AppRoleAssignment> =>
    key(`ASSIGNMENT#${t}#${principalId}`, id),
  assignee: (t: TenantId, resourceId: string, id: string): Key<AppRoleAssignment> =>
    key(`ASSIGNEE#${t}#${resourceId}#${shardOf(id, shards.assignee)}`, id),
  /** @param principalId `*` where it is granted for everybody (`AllPrincipals`) */
  grant: (t: TenantId, clientId: string, resourceId: string, principalId: string): Key<OAuth2PermissionGrant> =>
    key(`GRANT#${t}#${shardOf(clientId, shards.grant)}`, `${clientId}#${resourceId}#${principalId}`),
  roleAssignment: (t: TenantId, roleDefinitionId: string, principalId: string): Key<RoleAssignment> =>
    key(`ROLEASSIGNMENT#${t}`, `${roleDefinitionId}#${principalId}`),
  due: (at: string, objectId: string): Key<Due> =>
    key(`DUE#${at.slice(0, 10)}#${shardOf(objectId, shards.due)}`, `${at}#${objectId}`),
  job: (jobId: string): Key<Job> => key(`JOB#${shardOf(jobId, shards.job)}`, jobId),
  operation: (t: TenantId, jobId: string): Key<LongOperation> => key(`OPERATION#${t}#${jobId}`),
  idempotency: (t: TenantId, clientId: string, name: string): Key<IdempotentAnswer> =>
    key(`IDEMPOTENCY#${t}#${clientId}#${hashOf(name)}`),
  audit: (t: TenantId, at: string, id: string): Key<AuditRecord> =>
    key(`AUDIT#${t}#${at.slice(0, 10)}#${shardOf(id, shards.audit)}`, `${at}#${id}`),
  signIn: (t: TenantId, day: string, shard: number, sk: string): Key<SignIn> => key(`SIGNIN#${t}#${day}#${shard}`, sk),
}

/** Partitions that are read whole, in the order of their shards. */
export const partitions = {
  objects: (t: TenantId, type: ObjectType) =>
    range(shards.object[type]).map((shard) => `DIRECTORY#${t}#${type}#${shard}`),
  deleted: (t: TenantId, type: ObjectType) =>
    range(shards.object[type]).map((shard) => `DELETED#${t}#${type}#${shard}`),
  names: (t: TenantId, type: ObjectType) => range(shards.name).map((shard) => `NAME#${t}#${type}#${shard}`),
  index: (t: TenantId, type: ObjectType, property: IndexedProperty, value: string) =>
    range(shards.index).map((shard) => `INDEX#${t}#${type}#${property}#${value}#${shard}`),
  relations: (t: TenantId, objectId: string) => [`RELATION#${t}#${objectId}`],
  inverse: (t: TenantId, targetId: string, relation: Relation) =>
    range(shards.inverse).map((shard) => `INVERSE#${t}#${targetId}#${relation}#${shard}`),
  assignments: (t: TenantId, principalId: string) => [`ASSIGNMENT#${t}#${principalId}`],
  assignees: (t: TenantId, resourceId: string) =>
    range(shards.assignee).map((shard) => `ASSIGNEE#${t}#${resourceId}#${shard}`),
  grants: (t: TenantId) => range(shards.grant).map((shard) => `GRANT#${t}#${shard}`),
  grantsOf: (t: TenantId, clientId: string) => [`GRANT#${t}#${shardOf(clientId, shards.grant)}`],
  roleAssignments: (t: TenantId) => [`ROLEASSIGNMENT#${t}`],
  due: (day: string) => range(shards.due).map((shard) => `DUE#${day}#${shard}`),
  jobs: () => range(shards.job).map((shard) => `JOB#${shard}`),
  audit: (t: TenantId, day: string) => range(shards.audit).map((shard) => `AUDIT#${t}#${day}#${shard}`),
  signIns: (t: TenantId, day: string) => range(shards.signIn).map((shard) => `SIGNIN#${t}#${day}#${shard}`),
}

/** How many partitions share what would otherwise be one. Changing a number moves rows: it is a migration. */
export const shards = {
  object: {
    application: 4,
    agentIdentityBlueprint: 4,
    servicePrincipal: 4,
    agentIdentityBlueprintPrincipal: 4,
    agentIdentity: 16,
    user: 8,
    agentUser: 16,
    group: 4,
  } satisfies Record<ObjectType, number>,
  name: 4,
  index: 4,
  inverse: 4,
  counter: 16,
  assignee: 8,
  grant: 8,
  due: 8,
  job: 4,
  audit: 8,
  signIn: 16,
}

/** The first part of each partition key: what a function's role may be limited to (`dynamodb:LeadingKeys`). */
export type Family =
  | 'TENANT'
  | 'DOMAIN'
  | 'KEYSET'
  | 'APP'
  | 'CLIENT'
  | 'RESOURCE'
  | 'FIC'
  | 'USER'
  | 'AGENTUSER'
  | 'USERGRANT'
  | 'DIRECTORY'
  | 'DELETED'
  | 'NAME'
  | 'INDEX'
  | 'UNIQUE'
  | 'RELATION'
  | 'INVERSE'
  | 'COUNTER'
  | 'ASSIGNMENT'
  | 'ASSIGNEE'
  | 'GRANT'
  | 'ROLEASSIGNMENT'
  | 'DUE'
  | 'JOB'
  | 'OPERATION'
  | 'IDEMPOTENCY'
  | 'AUDIT'
  | 'SIGNIN'

/** The names of the table's own attributes: its two key parts, and the second after which DynamoDB may remove a row. */
export const attributes = { partition: 'pk', sort: 'sk', timeToLive: 'ttl' } as const

export type Relation = 'sponsors' | 'owners' | 'members' | 'manager'
export type UniqueProperty = 'userPrincipalName' | 'uniqueName'

/** Properties by whose value objects are listed without looking at the others of their type. */
export type IndexedProperty = 'agentIdentityBlueprintId' | 'createdByAppId' | 'disabled'

/** What is counted: the objects of a type in the tenant, and the agent identities of a blueprint. */
export type Counted = ObjectType | `agentsOf:${string}`

/** `live` without, `all` with what is deleted and not yet purged. */
export type Counter = { live: number; all: number }

export type RelationRow = { targetId: string; targetType: ObjectType }
/** What a listing finds of an object, which is then read. */
export type ListedRow = { id: string; type: ObjectType }

/** What the token path knows of a person or an agent user. */
export type UserState = {
  enabled: boolean
  userPrincipalName: string
  /** Directory roles (template ids) that the user holds. */
  directoryRoles?: ReadonlySet<string>
  /** Sessions and refresh tokens from before this time are over (`revokeSignInSessions`). */
  sessionsValidFrom?: string
}

/** The one agent user of an agent identity: what it is compared with, and never looked up by. */
export type AgentUserState = { id: string; userPrincipalName: string; enabled: boolean }

/** A user's own grants to one client, by the object id of the resource's principal. */
export type UserGrants = {
  /** The client's principal that they were given to: another one, made later for the same application, has none of them. */
  objectId: string
  [resource: `grant:${string}`]: GrantedScopes
}

/** The federated identity credentials of one issuer, by their ids. */
export type FederatedCredentials = { issuer: string; credentials: Record<string, FederatedCredential> }

/** An object that ends by itself at a time: a deleted one is purged, an ephemeral one deleted. */
export type Due = { tenantId: TenantId; type: ObjectType; id: string; what: 'purge' | 'expire'; at: string }

/** Work that goes on after its request was answered; what there is to know of it is its `operation`. */
export type Job = { tenantId: TenantId; jobId: string }

/** A soft-deleted object, with what its restoration needs. */
export type DeletedObject = DirectoryObject & {
  deletedDateTime: string
  /** The object with which it was deleted, where that was not itself. */
  deletedWith?: string
  /** The one object of its own that was deleted with it: of a blueprint its principal, of an agent identity its agent user. */
  companion?: ListedRow
  app?: ApplicationCredentials
}

/** What a name is found and ordered by: letter case and Unicode form make no difference, nor what comes after 100 characters. */
export const nameKey = (displayName: string): string => fold(displayName).slice(0, 100).toWellFormed()

/** The same to its end, which comes before every other character, as in the order of names it must; no name holds it. */
export const wholeName = (displayName: string): string => `${nameKey(displayName)}\u0001`

/** Which of `count` shards an id belongs to: the same answer for ever. */
export function shardOf(id: string, count: number): number {
  return createHash('sha256').update(id).digest().readUInt32BE(0) % count
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url')

function key<Item>(pk: string, sk = 'STATE'): Key<Item> {
  return { pk, sk }
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
