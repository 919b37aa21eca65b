import type { GrantedScopes } from './oauth2-permission-grant.ts'

/** What may ask for a token. A blueprint and an application act through their principal in the tenant; an agent identity is one by itself. */
export type ClientType = 'servicePrincipal' | 'agentIdentityBlueprintPrincipal' | 'agentIdentity'

/**
 * The attribute that holds the app roles (ids) which a client holds on one resource, by the object id of the resource's
 * principal: what was given on one that is gone is not held on the next.
 */
export const rolesOn = (resourceId: string): `roles:${string}` => `roles:${resourceId}`

/** A client in one tenant, as the token path sees it. */
export type Client = {
  type: ClientType
  /** The OAuth client id: the appId of a principal's application, the agent identity's own id. */
  clientId: string
  /** The object id of the principal; equals `clientId` for an agent identity. */
  objectId: string
  displayName: string
  enabled: boolean
  /** Of an agent identity: the appId of its blueprint. */
  parentAppId?: string
  /** And the object id of the principal that it was made under: another one, made later, is not its parent. */
  parentObjectId?: string
  /** Of an ephemeral agent identity: from this time on it is nobody. */
  expiresAt?: string
  /** Directory roles (template ids) that the client holds. */
  directoryRoles?: ReadonlySet<string>
  /** What is granted to the client for everybody, by the object id of the resource's principal. */
  [granted: `grant:${string}`]: GrantedScopes | undefined
  [held: `roles:${string}`]: ReadonlySet<string> | undefined
}
