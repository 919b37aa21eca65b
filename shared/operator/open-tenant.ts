import { createPublicKey } from 'node:crypto'
import type { KMSClient } from '@aws-sdk/client-kms'
import { assignmentChanges, newAssignment } from '../directory/app-role-assignments.ts'
import { applicationProperties, copiedToPrincipal, resourcesOf } from '../directory/application.ts'
import { countedOn, type Places } from '../directory/counters.ts'
import { insertion } from '../directory/object-changes.ts'
import { newCredential, newSecret } from '../directory/passwords.ts'
import type { ApplicationCredentials } from '../domain/application.ts'
import { type Client, rolesOn } from '../domain/client.ts'
import { hashSecret } from '../domain/client-secret.ts'
import type { DirectoryObject } from '../domain/directory-object.ts'
import { type Resource, resourceKey } from '../domain/resource.ts'
import type { Tenant, TenantId } from '../domain/tenant.ts'
import { administratorPermissions, managementApi, roleId } from '../permissions.ts'
import type { Change, Table } from '../store/store.ts'
import { type Counted, keys } from '../store/table.ts'
import { type PublishedKeys, publish } from '../tokens/keyset.ts'
import { readPublicKey } from '../tokens/signer.ts'
import type { World } from '../world.ts'

/** Microsoft's own tenant: who owns applications that come with the service (reference §0). */
const firstPartyTenant = 'f8cdef31-a31e-4b4a-93e4-5f571e91255a'

/** The keys that sign, published if they are not yet: without a tenant nobody needs them, and no tenant is without. */
export async function keyPublication(
  table: Table,
  kms: KMSClient,
  arns: { resource: string; exchange: string },
  now: Date,
): Promise<Change[]> {
  const [published] = await table.snapshot([keys.keySet()])
  if (published) return []
  const [resource, exchange] = await Promise.all([publicKeyOf(kms, arns.resource), publicKeyOf(kms, arns.exchange)])
  const item: PublishedKeys = {
    keys: [publish('resource', arns.resource, resource, now), publish('exchange', arns.exchange, exchange, now)],
  }
  return [{ action: 'put', key: keys.keySet(), item, when: 'absent' }]
}

const publicKeyOf = async (kms: KMSClient, arn: string) =>
  createPublicKey({ key: Buffer.from(await readPublicKey(kms, arn)), format: 'der', type: 'spki' })

/** The management API's own principal in a new tenant, and what tokens for it are issued by. */
export function managementApiChanges(
  tenantId: TenantId,
  origin: string,
  now: Date,
): { object: DirectoryObject; changes: Change[] } {
  const { appId, objectId: id, displayName } = managementApi
  const identifierUris = [...managementApi.identifierUris, origin]
  const object: DirectoryObject = {
    type: 'servicePrincipal',
    id,
    version: 1,
    properties: {
      id,
      appId,
      displayName,
      appDisplayName: displayName,
      accountEnabled: true,
      appRoleAssignmentRequired: false,
      appOwnerOrganizationId: firstPartyTenant,
      createdDateTime: now.toISOString(),
      servicePrincipalNames: [appId, ...identifierUris],
      servicePrincipalType: 'Application',
      signInAudience: 'AzureADMultipleOrgs',
      tags: [],
    },
  }
  const client: Client = { type: 'servicePrincipal', clientId: appId, objectId: id, displayName, enabled: true }
  const resource = (identifier: string): Resource => ({
    appId,
    identifier,
    displayName,
    objectId: id,
    enabled: true,
    tokenVersion: 1,
    assignmentRequired: false,
    roles: {},
  })
  return {
    object,
    changes: [
      ...insertion(tenantId, object),
      put(keys.client(tenantId, appId), client),
      ...[appId, ...identifierUris].map((each) => put(keys.resource(tenantId, resourceKey(each)), resource(each))),
    ],
  }
}

/** What an administrator is counted as. */
export const administratorCounts: ReadonlyMap<Counted, number> = new Map([
  ['application', 1],
  ['servicePrincipal', 1],
])

/** The first administrator of a tenant: an application with a secret and the permissions of a global administrator. */
export function administratorChanges(
  tenant: Tenant,
  api: DirectoryObject,
  { newId, randomBytes }: Pick<World, 'newId' | 'randomBytes'>,
  now: Date,
): { clientId: string; clientSecret: string; changes: (places: Places) => Change[] } {
  const { tenantId } = tenant
  const [id, appId, principalId, keyId] = [newId(), newId(), newId(), newId()]
  const clientSecret = newSecret(randomBytes)
  const credential = newCredential({ displayName: 'First secret' }, clientSecret, keyId, now)
  const facts = { id, appId, createdByAppId: appId, createdDateTime: now.toISOString(), publisherDomain: tenant.domain }
  const properties = {
    ...applicationProperties({ displayName: 'Sigil administrator' }, facts),
    passwordCredentials: [credential],
  }
  const application: DirectoryObject = { type: 'application', id, version: 1, properties }
  const principal: DirectoryObject = {
    type: 'servicePrincipal',
    id: principalId,
    version: 1,
    properties: {
      id: principalId,
      appId,
      accountEnabled: true,
      appRoleAssignmentRequired: false,
      appOwnerOrganizationId: tenantId,
      createdDateTime: now.toISOString(),
      servicePrincipalType: 'Application',
      tags: [],
      ...copiedToPrincipal(properties),
    },
  }
  const roleIds = administratorPermissions.map(roleId).filter((each) => each !== undefined)
  const client: Client = {
    type: 'servicePrincipal',
    clientId: appId,
    objectId: principalId,
    displayName: 'Sigil administrator',
    enabled: true,
  }
  client[rolesOn(managementApi.objectId)] = new Set(roleIds)
  const { startDateTime, endDateTime } = credential
  const app: ApplicationCredentials = {
    type: 'application',
    appId,
    objectId: id,
    homeTenantId: tenantId,
    secrets: { [keyId]: { sha256: hashSecret(clientSecret), startDateTime, endDateTime } },
  }
  const holder = {
    id: principalId,
    displayName: 'Sigil administrator',
    type: 'ServicePrincipal' as const,
    clientId: appId,
  }
  return {
    clientId: appId,
    clientSecret,
    changes: (places) => [
      ...insertion(tenantId, { ...application, counted: countedOn(places, ['application']) }),
      ...insertion(tenantId, { ...principal, counted: countedOn(places, ['servicePrincipal']) }),
      put(keys.app(appId), app),
      put(keys.client(tenantId, appId), client),
      ...[...resourcesOf(application, principal)].map(([identifier, item]) =>
        put(keys.resource(tenantId, identifier), item),
      ),
      ...roleIds.flatMap((each) => assignmentChanges(tenantId, newAssignment(holder, api, each, now))),
    ],
  }
}

const put = (key: Change['key'], item: object): Change => ({ action: 'put', key, item, when: 'absent' })
