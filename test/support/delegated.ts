import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import { directoryRoles } from '../../shared/directory-roles.ts'
import type { ObjectType } from '../../shared/domain/directory-object.ts'
import type { GrantedScopes } from '../../shared/domain/oauth2-permission-grant.ts'
import { grantOn } from '../../shared/domain/oauth2-permission-grant.ts'
import type { TenantId } from '../../shared/domain/tenant.ts'
import { managementApi } from '../../shared/permissions.ts'
import type { Key } from '../../shared/store/store.ts'
import { keys, type Relation } from '../../shared/store/table.ts'
import { issuerV1 } from '../../shared/tokens/claims.ts'
import { signerOf } from '../../shared/tokens/signer.ts'
import type { Sigil } from './sigil.ts'

export type Delegated = {
  clientId: string
  /** Of an agent identity as the client. */
  parentAppId?: string
  userId: string
  scopes: readonly string[]
  /** Names of directory roles. */
  roles?: readonly string[]
  /** Instead of what a token would say by itself. */
  claims?: Record<string, unknown>
}

/** A token of the management API on behalf of a user, as sign-in will issue them (reference §4.2), by the service's own signer. */
export async function delegatedToken(
  sigil: Sigil,
  { clientId, parentAppId, userId, scopes, roles = [], claims = {} }: Delegated,
): Promise<string> {
  const { world, tenantId } = sigil.service
  const made = Math.floor(sigil.clock.now().getTime() / 1000)
  const issuer = issuerV1(world.origin, tenantId)
  return signerOf(world).sign('resource', {
    iss: issuer,
    aud: managementApi.identifierUris[0],
    ver: '1.0',
    idp: issuer,
    appid: clientId,
    appidacr: '1',
    iat: made - 300,
    nbf: made - 300,
    exp: made + 3600,
    idtyp: 'user',
    oid: userId,
    sub: `pairwise-${userId}`,
    tid: tenantId,
    scp: scopes.join(' '),
    wids: ['b79fbf4d-3ef9-4689-8143-76b194e85509', ...roles.map(templateIdOf)],
    xms_idrel: '1',
    ...(parentAppId !== undefined && { xms_act_fct: '3 11 9', xms_par_app_azp: parentAppId }),
    uti: Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url'),
    ...claims,
  })
}

export function templateIdOf(name: string): string {
  const role = directoryRoles.find(({ displayName }) => displayName === name)
  if (!role) throw new Error(`there is no directory role ${name}`)
  return role.templateId
}

/** What a client may use on behalf of everybody, or of one user; an empty list takes it away. */
export async function grantScopes(
  sigil: Sigil,
  {
    clientId,
    userId,
    scopes,
    expiryTime,
  }: { clientId: string; userId?: string; scopes: string[]; expiryTime?: string },
): Promise<void> {
  const granted: GrantedScopes = { scopes, ...(expiryTime !== undefined && { expiryTime }) }
  const tenantId = tenantOf(sigil)
  const key = userId === undefined ? keys.client(tenantId, clientId) : keys.userGrant(tenantId, clientId, userId)
  await edit(sigil, key, 'SET #name = :value', grantOn(managementApi.objectId), granted)
  if (userId === undefined) return
  const [client] = await sigil.rows(`CLIENT#${tenantId}#${clientId}`)
  await edit(sigil, key, 'SET #name = :value', 'objectId', client?.objectId)
}

/** Gives a directory role to a client or user, whatever it is; or takes it away. */
export async function holdRole(
  sigil: Sigil,
  holder: { clientId: string } | { userId: string },
  name: string,
  verb: 'ADD' | 'DELETE' = 'ADD',
): Promise<void> {
  const tenantId = tenantOf(sigil)
  const key = 'clientId' in holder ? keys.client(tenantId, holder.clientId) : keys.user(tenantId, holder.userId)
  await edit(sigil, key, `${verb} #name :value`, 'directoryRoles', new Set([templateIdOf(name)]))
}

/** Writes a relation as the operations do, as far as decisions read it. */
export const relate = (
  sigil: Sigil,
  objectId: string,
  relation: Relation,
  targetId: string,
  targetType: ObjectType = 'user',
): Promise<void> => put(sigil, keys.relation(tenantOf(sigil), objectId, relation, targetId), { targetId, targetType })

export async function put(sigil: Sigil, { pk, sk }: Key<unknown>, item: object): Promise<void> {
  await sigil.service.dynamodb.send(
    new PutItemCommand({
      TableName: sigil.service.tableName,
      Item: marshall({ ...item, pk, sk }, { removeUndefinedValues: true }),
    }),
  )
}

/** One attribute of an item, edited past all operations. */
export async function edit(
  sigil: Sigil,
  { pk, sk }: Key<unknown>,
  expression: string,
  name: string,
  value: unknown,
): Promise<void> {
  await sigil.service.dynamodb.send(
    new UpdateItemCommand({
      TableName: sigil.service.tableName,
      Key: marshall({ pk, sk }),
      UpdateExpression: expression,
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: marshall({ ':value': value }),
    }),
  )
}

export const tenantOf = (sigil: Sigil): TenantId => sigil.tenantId as TenantId
