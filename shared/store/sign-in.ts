import type { CredentialKind, SignIn } from '../domain/sign-in.ts'
import type { Facts, TokenRequest } from '../grants/grant.ts'
import type { Call } from '../http/call.ts'
import type { Refusal } from '../refusal.ts'
import type { Issuance } from '../tokens/claims.ts'
import { agentTypeOf } from './audit.ts'

/** How long a sign-in is kept: what Entra keeps for its paying tenants. */
const retentionDays = 30

/** A request for a token as one small row (at most one write unit for names of usual length). */
export function signInRow(
  call: Call,
  request: TokenRequest<unknown>,
  facts: Facts,
  described: Partial<SignIn>,
  { issuance, refusal }: { issuance?: Issuance; refusal?: Refusal },
): SignIn {
  const { client, application, resource } = facts
  const named = request.clientId ?? request.named.slice(0, 64)
  return {
    err: refusal ? numberOf(refusal) : 0,
    app: named,
    ...(client && { name: client.displayName, type: agentTypeOf[client.type] }),
    ...(client && client.objectId !== named && { sp: client.objectId }),
    ...(client?.parentAppId && { parent: client.parentAppId }),
    ...(issuance && { cred: issuance.authenticatedBy.credentialId }),
    credKind: credentialKinds[request.credential.kind],
    ...(application && application.homeTenantId !== request.tenantId && { home: application.homeTenantId }),
    ...described,
    ...(resource && { res: resource.appId, resName: resource.displayName }),
    ...(resource?.objectId && { resSp: resource.objectId }),
    ...(call.ipAddress && { ip: call.ipAddress }),
    corr: call.correlationId,
    ...(call.requestId !== call.correlationId && { req: call.requestId }),
    ttl: Math.floor(call.now.getTime() / 1000) + retentionDays * 86_400,
  }
}

const credentialKinds: Record<TokenRequest<unknown>['credential']['kind'], CredentialKind> = {
  secret: 'clientSecret',
  exchangeToken: 'federatedIdentityCredential',
  badAssertion: 'clientAssertion',
}

const numberOf = (refusal: Refusal): number => Number(refusal.code.split('_')[0]?.replace('AADSTS', ''))
