import { encodeGuid } from '../domain/fmi.ts'
import { parseGuid } from '../domain/guid.ts'
import { tokenExchange } from '../domain/scope.ts'
import { shown } from '../domain/shown.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { Form } from '../http/body.ts'
import { Refusal } from '../refusal.ts'
import { Secret } from '../secret.ts'
import { issuerV2 } from '../tokens/claims.ts'
import { verifyOurs } from '../tokens/verify.ts'
import type { World } from '../world.ts'

/** What a client shows to prove itself: nothing of it has been compared with the store yet. */
type PresentedCredential =
  | { kind: 'secret'; secret: Secret }
  | { kind: 'exchangeToken'; token: ExchangeToken }
  /** An assertion that can be no credential of anyone in this tenant; told only once the tenant is known to exist. */
  | { kind: 'badAssertion'; refusal: Refusal }

/** A T1 whose signature, time, audience and tenant hold (reference §3.2, step 2). */
type ExchangeToken = { blueprintAppId: string; agentId: string; credentialId: string }

export type PresentedClient = {
  /** Canonical, or undefined when it is no GUID and so cannot be a client of any tenant. */
  clientId: string | undefined
  /** As the caller wrote it, fit to be shown. */
  named: string
  credential: PresentedCredential
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * The client of a token request and its one credential (RFC 6749 §2.3, RFC 7521 §4.2): from the form, or the client id and
 * secret from the Authorization header (RFC 6749 §2.3.1).
 * @throws AADSTS9002313, AADSTS9002324, AADSTS7000216, AADSTS900144
 */
export async function presentedClient(
  world: World,
  tenantId: TenantId,
  form: Form,
  authorization: string | undefined,
  now: Date,
): Promise<PresentedClient> {
  const basic = readBasic(authorization)
  const secret = form.secret('client_secret')
  const assertion = form.secret('client_assertion')
  const presented = [basic, secret, assertion].filter((each) => each !== undefined)
  if (presented.length > 1) {
    throw new Refusal(
      'AADSTS9002324',
      'the request carries more than one client credential; send either a secret or an assertion',
    )
  }
  const clientId = form.text('client_id')
  if (basic && clientId !== undefined && parseGuid(clientId) !== parseGuid(basic.clientId)) {
    throw new Refusal('AADSTS9002313', 'client_id differs between the Authorization header and the body')
  }
  if (assertion) {
    if (form.text('client_assertion_type') !== assertionType) {
      throw new Refusal('AADSTS900144', `client_assertion needs client_assertion_type=${assertionType}`)
    }
    const credential = await readAssertion(world, tenantId, assertion, now)
    // RFC 7521 §4.2: the client is identified by the assertion; `client_id` is optional beside it.
    const implied = credential.kind === 'exchangeToken' ? credential.token.agentId : undefined
    return { ...identified(clientId ?? implied), credential }
  }
  const shown = basic?.secret ?? secret
  const identity = identified(clientId ?? basic?.clientId)
  if (!shown?.reveal()) {
    throw new Refusal(
      'AADSTS7000216',
      "the request carries no client credential; send 'client_secret' or 'client_assertion'",
    )
  }
  return { ...identity, credential: { kind: 'secret', secret: shown } }
}

function identified(named: string | undefined): { clientId: string | undefined; named: string } {
  if (!named) throw new Refusal('AADSTS900144', "the request body must contain the parameter 'client_id'")
  return { clientId: parseGuid(named), named: shown(named) }
}

async function readAssertion(
  world: World,
  tenantId: TenantId,
  assertion: Secret,
  now: Date,
): Promise<PresentedCredential> {
  const claims = await verifyOurs(world.keySet, assertion.reveal(), 'exchange', now)
  const bad = (
    code: 'AADSTS700027' | 'AADSTS700024' | 'AADSTS700211' | 'AADSTS700213',
    message: string,
  ): PresentedCredential => ({
    kind: 'badAssertion',
    refusal: new Refusal(code, message),
  })
  switch (claims) {
    case 'malformed':
    case 'unknownKey':
    case 'badSignature':
      return bad(
        'AADSTS700027',
        'the client assertion is not signed by a key registered for the client; an agent identity presents a T1 from this tenant',
      )
    case 'expired':
    case 'notYetValid':
      return bad('AADSTS700024', 'the client assertion is outside its valid time range; ask for a new T1')
  }
  if (claims.iss !== issuerV2(world.origin, tenantId) || claims.tid !== tenantId) {
    return bad(
      'AADSTS700211',
      "the assertion's issuer is not this tenant; ask for T1 at the agent identity's own tenant",
    )
  }
  const token = exchangeToken(claims, tenantId)
  return token
    ? { kind: 'exchangeToken', token }
    : bad('AADSTS700213', "the assertion was not made for an agent identity by its blueprint's credential (T1)")
}

/** What a T1 says: who made it for whom with which credential. Its parts must agree with each other to the letter. */
function exchangeToken(claims: Record<string, unknown>, tenantId: TenantId): ExchangeToken | undefined {
  const blueprintAppId = parseGuid(text(claims.azp))
  const credentialId = text(claims.sigil_cred)
  const agentId = parseGuid(text(claims.sub)?.split('/').at(-1))
  if (claims.aud !== tokenExchange.appId || claims.idtyp !== 'app') return undefined
  if (!blueprintAppId || !credentialId || !agentId) return undefined
  const expected = `/eid1/c/pub/t/${encodeGuid(tenantId)}/a/${encodeGuid(blueprintAppId)}/${agentId}`
  return claims.sub === expected ? { blueprintAppId, agentId, credentialId } : undefined
}

/** RFC 6749 §2.3.1: both parts are form-encoded before they are joined. Another scheme is no client credential at all. */
function readBasic(authorization: string | undefined): { clientId: string; secret: Secret } | undefined {
  const [scheme, encoded, ...rest] = (authorization ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'basic') return undefined
  const refusal = () =>
    new Refusal('AADSTS9002313', 'the Authorization header is not a Basic credential (RFC 6749 section 2.3.1)')
  if (!encoded || rest.length > 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) throw refusal()
  const decoded = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  if (colon < 0) throw refusal()
  try {
    return { clientId: formDecode(decoded.slice(0, colon)), secret: new Secret(formDecode(decoded.slice(colon + 1))) }
  } catch {
    throw refusal()
  }
}

const formDecode = (encoded: string): string => decodeURIComponent(encoded.replaceAll('+', ' '))
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
