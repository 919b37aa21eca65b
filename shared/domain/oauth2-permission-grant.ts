/** Graph `oAuth2PermissionGrant` (reference §1.8): the scopes of a resource that a client may use on behalf of one person, or of everybody. */
export type OAuth2PermissionGrant = {
  /** Says where the grant is: made from its three ids. */
  id: string
  /** The object id of the client's principal; of an agent identity its id. */
  clientId: string
  consentType: 'AllPrincipals' | 'Principal'
  principalId: string | null
  resourceId: string
  /** Separated by single spaces. */
  scope: string
  startTime?: string | null
  expiryTime?: string | null
  /** Ours, not shown: the OAuth client id of the client, by which tokens find what is granted. */
  appId: string
  version: number
}

/** A grant as the token path sees it. */
export type GrantedScopes = { scopes: readonly string[]; expiryTime?: string }

/** The attribute that holds what is granted on one resource, by the object id of the resource's principal. */
export const grantOn = (resourceId: string): `grant:${string}` => `grant:${resourceId}`
