import type { Client } from '../domain/client.ts'
import { rolesOn } from '../domain/client.ts'
import type { DirectoryObject } from '../domain/directory-object.ts'
import type { FederatedCredential } from '../domain/federated-credential.ts'
import { grantOn } from '../domain/oauth2-permission-grant.ts'
import type { TenantId } from '../domain/tenant.ts'
import { Refusal } from '../refusal.ts'
import type { Change, Table } from '../store/store.ts'
import { type DeletedObject, keys } from '../store/table.ts'
import { heldRoles } from './app-role-assignments.ts'
import { copiedToPrincipal, joinedTags, resourcesOf } from './application.ts'
import { appIdOf, conflict } from './applications.ts'
import { whereabouts } from './dependents.ts'
import { heldDirectoryRoles } from './directory-role-assignments.ts'
import { heldGrants } from './oauth2-permission-grants.ts'
import { restoration } from './object-changes.ts'
import { homeApplication, resourceRewrites } from './principals.ts'
import { userRestoration } from './users.ts'

/*
 * What brings a deleted object back. What it may do is not what it once might: its roles and grants are those that stand now,
 * and its secrets are as dead as their time says. What is taken from it meanwhile gives the deleted object another version, so
 * that a restoration which has not seen it is stale.
 */

/** Objects as they are when they are back, and all that their restoration writes, but for counters. */
export type Restoration = { objects: readonly DirectoryObject[]; changes: Change[] }

/** @param companion what was deleted with it as its own, and is to come back with it */
export async function restorationOf(
  table: Table,
  tenantId: TenantId,
  deleted: DeletedObject,
  companion?: DeletedObject,
): Promise<Restoration> {
  switch (deleted.type) {
    case 'application':
    case 'agentIdentityBlueprint':
      return applicationRestoration(table, tenantId, deleted, companion)
    case 'servicePrincipal':
    case 'agentIdentityBlueprintPrincipal':
      return principalRestoration(table, tenantId, deleted)
    case 'agentIdentity': {
      const agent = living(deleted)
      const own = [...restoration(tenantId, deleted, agent), await clientChange(table, tenantId, agent)]
      const user = companion && (await userRestorationOf(table, tenantId, companion))
      return { objects: [agent, ...(user?.objects ?? [])], changes: [...own, ...(user?.changes ?? [])] }
    }
    case 'user':
    case 'agentUser':
      return userRestorationOf(table, tenantId, deleted)
    case 'group': {
      const group = living(deleted)
      return { objects: [group], changes: restoration(tenantId, deleted, group) }
    }
  }
}

/**
 * A child may come back before its parent, and is of no use until then. But where the parent is gone for good, it would be an
 * orphan.
 */
export async function parentCheck(table: Table, tenantId: TenantId, deleted: DeletedObject): Promise<Change[]> {
  const parent = parentOf(deleted)
  if (!parent) return []
  const [found] = await whereabouts(table, tenantId, [parent])
  if (!found?.living && !found?.deleted) {
    throw new Refusal(
      'Request_BadRequest',
      `'${deleted.id}' cannot be restored: what it was made for, the ${parent.type} '${parent.id}', is gone for good`,
    )
  }
  const key = found.living
    ? keys.object(tenantId, parent.type, parent.id)
    : keys.deleted(tenantId, parent.type, parent.id)
  return [{ action: 'check', key, when: 'present' }]
}

function parentOf({ type, parentId, properties }: DeletedObject): Pick<DirectoryObject, 'id' | 'type'> | undefined {
  if (type === 'agentIdentity' && parentId !== undefined)
    return { id: parentId, type: 'agentIdentityBlueprintPrincipal' }
  return type === 'agentUser' ? { id: String(properties.identityParentId), type: 'agentIdentity' } : undefined
}

function living({
  deletedDateTime: _at,
  deletedWith: _with,
  companion: _companion,
  app: _app,
  ...object
}: DeletedObject): DirectoryObject {
  return { ...object, version: object.version + 1 }
}

async function applicationRestoration(
  table: Table,
  tenantId: TenantId,
  deleted: DeletedObject,
  companion: DeletedObject | undefined,
): Promise<Restoration> {
  const { app, id, properties } = deleted
  if (!app) throw new Error(`the deleted application ${id} has lost its credentials`)
  const application = living(deleted)
  const principal = companion && renewed(living(companion), application)
  const { uniqueName } = properties as { uniqueName: string | null }
  const credentials = (properties.federatedIdentityCredentials ?? []) as readonly FederatedCredential[]
  const changes = [
    ...restoration(tenantId, deleted, application),
    put(keys.app(app.appId), app),
    ...[...Map.groupBy(credentials, ({ issuer }) => issuer)].map(([issuer, own]) =>
      put(keys.federated(app.appId, issuer), {
        issuer,
        credentials: Object.fromEntries(own.map((each) => [each.id, each])),
      }),
    ),
    ...[...resourcesOf(application, principal)].map(([identifier, item]) =>
      put(keys.resource(tenantId, identifier), item, () =>
        conflict(`an application with the identifier URI '${identifier}'`),
      ),
    ),
    ...(uniqueName === null
      ? []
      : [
          put(keys.unique(tenantId, 'uniqueName', uniqueName), { id }, () =>
            conflict(`an object with the uniqueName '${uniqueName}'`),
          ),
        ]),
  ]
  if (!companion || !principal) return { objects: [application], changes }
  return {
    objects: [application, principal],
    changes: [
      ...changes,
      ...restoration(tenantId, companion, principal),
      await clientChange(table, tenantId, principal),
    ],
  }
}

async function principalRestoration(table: Table, tenantId: TenantId, deleted: DeletedObject): Promise<Restoration> {
  const appId = appIdOf(deleted)
  const application = await homeApplication(table, tenantId, appId)
  if (!application) {
    throw new Refusal(
      'Request_BadRequest',
      `the application '${appId}' of the principal is deleted itself; restore it first, or it together with its dependents`,
    )
  }
  const principal = renewed(living(deleted), application)
  return {
    objects: [principal],
    changes: [
      ...restoration(tenantId, deleted, principal),
      await clientChange(table, tenantId, principal, () => conflict(`a service principal for the appId '${appId}'`)),
      {
        action: 'check',
        key: keys.object(tenantId, application.type, application.id),
        when: { version: application.version },
      },
      ...resourceRewrites(tenantId, application, principal),
    ],
  }
}

/** A principal shows its application as that is now, whatever was changed of it meanwhile. */
const renewed = (principal: DirectoryObject, application: DirectoryObject): DirectoryObject => ({
  ...principal,
  properties: {
    ...principal.properties,
    ...copiedToPrincipal(application.properties),
    tags: joinedTags(application.properties, principal.properties.tags as string[]),
  },
})

async function userRestorationOf(table: Table, tenantId: TenantId, deleted: DeletedObject): Promise<Restoration> {
  const user = living(deleted)
  const directoryRoles = await heldDirectoryRoles(table, tenantId, user.id)
  return {
    objects: [user],
    changes: [...restoration(tenantId, deleted, user), ...userRestoration(tenantId, deleted, user, directoryRoles)],
  }
}

/** What the token path knows of a principal or agent identity, made anew from what stands. */
async function clientChange(
  table: Table,
  tenantId: TenantId,
  object: DirectoryObject,
  otherwise?: () => Refusal,
): Promise<Change> {
  const { id, type, properties, parentId, expiresAt } = object
  const isAgent = type === 'agentIdentity'
  const client: Client = {
    type: type as Client['type'],
    clientId: isAgent ? id : appIdOf(object),
    objectId: id,
    displayName: properties.displayName as string,
    enabled: properties.accountEnabled === true,
    ...(isAgent && { parentAppId: properties.agentIdentityBlueprintId as string }),
    ...(parentId !== undefined && { parentObjectId: parentId }),
    ...(expiresAt !== undefined && { expiresAt }),
  }
  const [roles, grants, directoryRoles] = await Promise.all([
    heldRoles(table, tenantId, id),
    heldGrants(table, tenantId, id),
    heldDirectoryRoles(table, tenantId, id),
  ])
  for (const [resourceId, held] of roles) client[rolesOn(resourceId)] = held
  for (const [resourceId, granted] of grants) client[grantOn(resourceId)] = granted
  const item = directoryRoles.size > 0 ? { ...client, directoryRoles } : client
  return put(keys.client(tenantId, client.clientId), item, otherwise)
}

const put = (key: Change['key'], item: object, otherwise?: () => Refusal): Change => ({
  action: 'put',
  key,
  item,
  when: 'absent',
  ...(otherwise && { otherwise }),
})
