import { createHash } from 'node:crypto'
import type { AppRoleAssignment } from '../domain/app-role-assignment.ts'
import type { ApplicationCredentials } from '../domain/application.ts'
import type { Client } from '../domain/client.ts'
import type { DirectoryObject, ObjectType } from '../domain/directory-object.ts'
import type { Resource } from '../domain/resource.ts'
import type { SignIn } from '../domain/sign-in.ts'
import type { Tenant, TenantId } from '../domain/tenant.ts'
import type { PublishedKeys } from '../tokens/keyset.ts'
import type { AuditRecord } from './audit.ts'
import type { Key } from './store.ts'

/**
 * The one table: every item, its key, and the question that it answers. There is no index: what a token or a management
 * decision needs is read by these keys, consistently; what is listed is listed from rows written in the same commit.
 *
 * | item       | pk                          | sk                 | answers                                             |
 * |------------|-----------------------------|--------------------|-----------------------------------------------------|
 * | tenant     | TENANT#t                    | STATE              | is this tenant open                                 |
 * | domain     | DOMAIN#name                 | STATE              | which tenant does this domain name                  |
 * | keySet     | KEYSET#SHARED               | STATE              | which keys sign, and which verify                   |
 * | app        | APP#appId                   | STATE              | which credentials prove to be this application      |
 * | client     | CLIENT#t#clientId           | STATE              | may this client get a token, and with which roles   |
 * | resource   | RESOURCE#t#identifier       | STATE              | what is this audience, and what does it offer       |
 * | user       | USER#t#userId               | STATE              | may this person act, or sponsor                     |
 * | object     | DIRECTORY#t#type#shard      | objectId           | what is this object; which objects of a type exist  |
 * | deleted    | DELETED#t#type#shard        | objectId           | what was this object, for 30 days                   |
 * | unique     | UNIQUE#t#property#value     | STATE              | which object bears this unique name                 |
 * | relation   | RELATION#t#objectId         | relation#targetId  | who owns and who sponsors this object               |
 * | assignment | ASSIGNMENT#t#principalId    | assignmentId       | which app roles does this principal hold            |
 * | assignee   | ASSIGNEE#t#resourceId#shard | assignmentId       | who holds an app role on this resource              |
 * | audit      | AUDIT#t#day#shard           | at#id              | what was changed in a tenant on a day               |
 * | signIn     | SIGNIN#t#day#shard          | time and id        | who asked for a token on a day (found by its `uti`) |
 *
 * The token path reads the first seven alone; nothing that is listed, counted or stamped lives on those. A tenant's objects,
 * assignees, audit and sign-ins are spread over shards: at 1,000 creates a second the sixteen shards of `agentIdentity` take
 * 63 writes each, where a partition takes 1,000.
 */
export const keys = {
  tenant: (t: TenantId): Key<Tenant> => key(`TENANT#${t}`),
  domain: (name: string): Key<{ tenantId: TenantId }> => key(`DOMAIN#${name}`),
  keySet: (): Key<PublishedKeys> => key('KEYSET#SHARED'),
  app: (appId: string): Key<ApplicationCredentials> => key(`APP#${appId}`),
  client: (t: TenantId, clientId: string): Key<Client> => key(`CLIENT#${t}#${clientId}`),
  resource: (t: TenantId, identifier: string): Key<Resource> => key(`RESOURCE#${t}#${identifier}`),
  user: (t: TenantId, userId: string): Key<{ enabled: boolean; userPrincipalName: string }> =>
    key(`USER#${t}#${userId}`),
  object: (t: TenantId, type: ObjectType, id: string): Key<DirectoryObject> =>
    key(`DIRECTORY#${t}#${type}#${shardOf(id, shards.object[type])}`, id),
  deleted: (t: TenantId, type: ObjectType, id: string): Key<DeletedObject> =>
    key(`DELETED#${t}#${type}#${shardOf(id, shards.object[type])}`, id),
  unique: (t: TenantId, property: UniqueProperty, value: string): Key<{ id: string }> =>
    key(`UNIQUE#${t}#${property}#${value}`),
  relation: (t: TenantId, objectId: string, relation: Relation, targetId: string): Key<{ targetId: string }> =>
    key(`RELATION#${t}#${objectId}`, `${relation}#${targetId}`),
  assignment: (t: TenantId, principalId: string, id: string): Key<AppRoleAssignment> =>
    key(`ASSIGNMENT#${t}#${principalId}`, id),
  assignee: (t: TenantId, resourceId: string, id: string): Key<AppRoleAssignment> =>
    key(`ASSIGNEE#${t}#${resourceId}#${shardOf(id, shards.assignee)}`, id),
  audit: (t: TenantId, at: string, id: string): Key<AuditRecord> =>
    key(`AUDIT#${t}#${at.slice(0, 10)}#${shardOf(id, shards.audit)}`, `${at}#${id}`),
  signIn: (t: TenantId, day: string, shard: number, sk: string): Key<SignIn> => key(`SIGNIN#${t}#${day}#${shard}`, sk),
}

/** Partitions that are read whole, in the order of their shards. */
export const partitions = {
  objects: (t: TenantId, type: ObjectType) =>
    range(shards.object[type]).map((shard) => `DIRECTORY#${t}#${type}#${shard}`),
  relations: (t: TenantId, objectId: string) => [`RELATION#${t}#${objectId}`],
  assignments: (t: TenantId, principalId: string) => [`ASSIGNMENT#${t}#${principalId}`],
  assignees: (t: TenantId, resourceId: string) =>
    range(shards.assignee).map((shard) => `ASSIGNEE#${t}#${resourceId}#${shard}`),
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
  } satisfies Record<ObjectType, number>,
  assignee: 8,
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
  | 'USER'
  | 'DIRECTORY'
  | 'DELETED'
  | 'UNIQUE'
  | 'RELATION'
  | 'ASSIGNMENT'
  | 'ASSIGNEE'
  | 'AUDIT'
  | 'SIGNIN'

/** The names of the table's own attributes: its two key parts, and the second after which DynamoDB may remove a row. */
export const attributes = { partition: 'pk', sort: 'sk', timeToLive: 'ttl' } as const

export type Relation = 'sponsors' | 'owners'
export type UniqueProperty = 'userPrincipalName' | 'uniqueName'

/** A soft-deleted object, with what its restoration needs. */
export type DeletedObject = DirectoryObject & {
  deletedDateTime: string
  client?: Client
  app?: ApplicationCredentials
  ttl: number
}

/** Which of `count` shards an id belongs to: the same answer for ever. */
function shardOf(id: string, count: number): number {
  return createHash('sha256').update(id).digest().readUInt32BE(0) % count
}

function key<Item>(pk: string, sk = 'STATE'): Key<Item> {
  return { pk, sk }
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
