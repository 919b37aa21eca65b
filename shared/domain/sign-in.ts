/**
 * One request for a token, as it is kept (Graph `signIn`, reference §8.1): what the record cannot derive. Names are short,
 * since a row of up to 1 KB costs one write unit; `signInNames` says what each stands for.
 */
export type SignIn = {
  /** AADSTS number; 0 for success. */
  err: number
  app?: string
  name?: string
  sp?: string
  cred?: string
  credKind?: CredentialKind
  res?: string
  resName?: string
  resSp?: string
  home?: string
  type?: string
  parent?: string
  fmi?: string
  ip?: string
  corr: string
  /** Where it differs from `corr`. */
  req?: string
  /** Seconds since 1970 after which the row may go. */
  ttl: number
}

export type CredentialKind = 'none' | 'clientSecret' | 'clientAssertion' | 'federatedIdentityCredential'

/** Graph's name of each field of a row; `uniqueTokenIdentifier`, `id` and `createdDateTime` come from the row's key. */
export const signInNames = {
  err: 'status.errorCode',
  app: 'appId',
  name: 'appDisplayName',
  sp: 'servicePrincipalId',
  cred: 'servicePrincipalCredentialKeyId',
  credKind: 'clientCredentialType',
  res: 'resourceId',
  resName: 'resourceDisplayName',
  resSp: 'resourceServicePrincipalId',
  home: 'homeTenantId',
  type: 'agent.agentType',
  parent: 'agent.parentAppId',
  fmi: 'agent.fmiPath',
  ip: 'ipAddress',
  corr: 'correlationId',
  req: 'originalRequestId',
  ttl: 'expiresAt',
} as const satisfies Record<keyof SignIn, string>
