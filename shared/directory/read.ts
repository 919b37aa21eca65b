import type { Client } from '../domain/client.ts'
import type { DirectoryObject, ObjectType } from '../domain/directory-object.ts'
import { parseGuid } from '../domain/guid.ts'
import type { TenantId } from '../domain/tenant.ts'
import { parseKeySegment } from '../http/path.ts'
import { Refusal } from '../refusal.ts'
import type { Table } from '../store/store.ts'
import { keys, type UniqueProperty } from '../store/table.ts'

export const applicationTypes = ['application', 'agentIdentityBlueprint'] as const
export const principalTypes = ['servicePrincipal', 'agentIdentityBlueprintPrincipal', 'agentIdentity'] as const
export const userTypes = ['user', 'agentUser'] as const
export const groupTypes = ['group'] as const

/**
 * The object that a path names, if it is of one of these types: by id, or by an alternate key. One that is not there, one
 * of another tenant and one of another type give the same answer.
 * @throws Request_ResourceNotFound
 */
export async function find(
  table: Table,
  tenantId: TenantId,
  types: readonly ObjectType[],
  segment: string | undefined,
): Promise<DirectoryObject> {
  const id = await idOf(table, tenantId, types, segment ?? '')
  const object = id === undefined ? undefined : await byId(table, tenantId, types, id)
  if (!object) throw notFound(segment ?? '')
  return object
}

export async function byId(
  table: Table,
  tenantId: TenantId,
  types: readonly ObjectType[],
  id: string,
): Promise<DirectoryObject | undefined> {
  if (types.length === 0) return undefined
  const found: (DirectoryObject | undefined)[] = await table.snapshot(
    types.map((type) => keys.object(tenantId, type, id)),
  )
  return found.find((object) => object !== undefined)
}

/** The principal of an application in the tenant, with what the token path knows of it. */
export async function principalOf(
  table: Table,
  tenantId: TenantId,
  appId: string,
): Promise<{ client: Client; object: DirectoryObject } | undefined> {
  const [client] = await table.snapshot([keys.client(tenantId, appId)])
  if (!client) return undefined
  const [object] = await table.snapshot([keys.object(tenantId, client.type, client.objectId)])
  return object && { client, object }
}

async function idOf(
  table: Table,
  tenantId: TenantId,
  types: readonly ObjectType[],
  segment: string,
): Promise<string | undefined> {
  const { property, value } = parseKeySegment(segment)
  if (property === undefined || property === 'id')
    return parseGuid(value) ?? (await userNamed(table, tenantId, types, value))
  if (property === 'appId') return idOfAppId(table, tenantId, types, parseGuid(value))
  if (property === 'userPrincipalName') return userNamed(table, tenantId, types, value)
  return property === 'uniqueName' && types.some((type) => applicationTypes.includes(type as never))
    ? idOfName(table, tenantId, 'uniqueName', value.normalize('NFC'))
    : undefined
}

/** `/users/{userPrincipalName}`. */
async function userNamed(
  table: Table,
  tenantId: TenantId,
  types: readonly ObjectType[],
  value: string,
): Promise<string | undefined> {
  if (!types.some((type) => userTypes.includes(type as never)) || !value.includes('@') || value.length > 256)
    return undefined
  return idOfName(table, tenantId, 'userPrincipalName', value.toLowerCase())
}

async function idOfName(
  table: Table,
  tenantId: TenantId,
  property: UniqueProperty,
  value: string,
): Promise<string | undefined> {
  if (value === '' || value.length > 256) return undefined
  const [lock] = await table.snapshot([keys.unique(tenantId, property, value)])
  return lock?.id
}

export async function idOfAppId(
  table: Table,
  tenantId: TenantId,
  types: readonly ObjectType[],
  appId: string | undefined,
): Promise<string | undefined> {
  if (!appId) return undefined
  if (types.some((type) => applicationTypes.includes(type as never))) {
    const [app] = await table.snapshot([keys.app(appId)])
    return app?.homeTenantId === tenantId ? app.objectId : undefined
  }
  const [client] = await table.snapshot([keys.client(tenantId, appId)])
  return client?.objectId
}

/** Whether an error says that there is no such object. */
export const isNotFound = (error: unknown): boolean =>
  error instanceof Refusal && error.code === 'Request_ResourceNotFound'

export function notFound(segment: string): Refusal {
  const shown = /^[\w@.=-]{1,120}$/.test(segment) ? `'${segment}' ` : ''
  return new Refusal(
    'Request_ResourceNotFound',
    `resource ${shown}does not exist, or one of its queried references does not`,
  )
}
