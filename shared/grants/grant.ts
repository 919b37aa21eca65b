import type { PresentedClient } from '../auth/client.ts'
import type { ApplicationCredentials } from '../domain/application.ts'
import type { Client } from '../domain/client.ts'
import type { Resource } from '../domain/resource.ts'
import type { SignIn } from '../domain/sign-in.ts'
import type { Tenant, TenantId } from '../domain/tenant.ts'
import type { Form } from '../http/body.ts'
import type { Table } from '../store/store.ts'
import type { Issuance } from '../tokens/claims.ts'

/** A parsed request for a token: who asks at which tenant, showing what, and what the grant's own parameters say. */
export type TokenRequest<Parameters> = PresentedClient & { tenantId: TenantId; parameters: Parameters }

/** Everything in the store that a decision hangs on, of one instant. */
export type Facts = {
  tenant: Tenant | undefined
  /** The application or blueprint whose credentials count. */
  application?: ApplicationCredentials | undefined
  client?: Client | undefined
  /** Of an agent identity: its blueprint's principal. */
  parent?: Client | undefined
  /** The agent identity that `fmi_path` names. */
  child?: Client | undefined
  resource?: Resource | undefined
}

/**
 * One grant type (RFC 6749 §1.3), in one file: how its parameters are read, which facts it needs (one snapshot), and the
 * decision, which is pure.
 */
export type Grant<Parameters> = {
  grantType: string
  readParameters(form: Form): Parameters
  gather(table: Table, request: TokenRequest<Parameters>): Promise<Facts>
  /** @throws Refusal with the code of reference §9.2 */
  decide(facts: Facts, request: TokenRequest<Parameters>, now: Date): Issuance
  /** What the sign-in row says of the grant's own parameters. */
  describe(request: TokenRequest<Parameters>): Partial<SignIn>
}
