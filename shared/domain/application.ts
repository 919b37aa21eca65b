/** A secret as it is kept: 256 random bits made by us need no slow hash (design D10). */
export type SecretHash = { sha256: string; startDateTime: string; endDateTime: string }

/** A certificate as it is kept: what an assertion names it by (RFC 7515 §4.1.7, §4.1.8), and what its signature is checked with. */
export type Certificate = {
  x5t: string
  x5tS256: string
  /** `SubjectPublicKeyInfo` (RFC 5280 §4.1) in base64. */
  publicKey: string
  startDateTime: string
  endDateTime: string
}

/** The credentials of an application or blueprint, as the token path sees them. Global: a blueprint may serve several tenants. */
export type ApplicationCredentials = {
  type: 'application' | 'agentIdentityBlueprint'
  appId: string
  objectId: string
  homeTenantId: string
  /** By keyId (the passwordCredential's GUID). */
  secrets: Record<string, SecretHash>
  /** By keyId (the keyCredential's GUID); absent as long as there never was one. */
  certificates?: Record<string, Certificate>
  /** Of a blueprint: what its agents inherit of what its principal holds, by the resource's appId (reference §5.2). */
  inheritable?: Record<string, Inheritable>
}

/** `scopes` as `enumerated` names them one by one. */
export type Inheritable = { roles: 'allAllowed' | 'none'; scopes: 'allAllowed' | 'none' | readonly string[] }
