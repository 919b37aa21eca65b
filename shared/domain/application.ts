/** A secret as it is kept: 256 random bits made by us need no slow hash (design D10). */
export type SecretHash = { sha256: string; startDateTime: string; endDateTime: string }

/** The credentials of an application or blueprint, as the token path sees them. Global: a blueprint may serve several tenants. */
export type ApplicationCredentials = {
  type: 'application' | 'agentIdentityBlueprint'
  appId: string
  objectId: string
  homeTenantId: string
  /** By keyId (the passwordCredential's GUID). */
  secrets: Record<string, SecretHash>
}
