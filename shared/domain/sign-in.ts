/**
 * One request for a token, as it is kept (Graph `signIn`, reference §8.1). The row's key holds `uniqueTokenIdentifier`, and
 * with it `id` and `createdDateTime`. Names are short, since a row of up to 1 KB costs one write unit.
 */
export type SignIn = {
  /** `status.errorCode`: the AADSTS number; 0 for success. */
  err: number
  /** `appId`: the client, as it named itself. */
  app?: string
  /** `appDisplayName` and `servicePrincipalName`. */
  name?: string
  /** `servicePrincipalId`, where it differs from `app`. */
  sp?: string
  /** `servicePrincipalCredentialKeyId`: the credential that the token rests on. */
  cred?: string
  /** `clientCredentialType`. */
  credKind?: CredentialKind
  /** `resourceId` as an appId, or what was asked for where that names nothing. */
  res?: string
  /** `resourceDisplayName`. */
  resName?: string
  /** `resourceServicePrincipalId`. */
  resSp?: string
  /** `homeTenantId`, where it is another tenant. */
  home?: string
  /** `agent.agentType`. */
  type?: string
  /** `agent.parentAppId`. */
  parent?: string
  /** Ours: the agent identity that a T1 was made for. */
  fmi?: string
  /** `ipAddress`. */
  ip?: string
  /** `correlationId`. */
  corr: string
  /** `originalRequestId`, where it differs from `corr`. */
  req?: string
  /** Seconds since 1970 after which the row may go. */
  ttl: number
}

export type CredentialKind = 'none' | 'clientSecret' | 'clientAssertion' | 'federatedIdentityCredential'
