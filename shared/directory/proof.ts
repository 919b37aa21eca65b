import { constants, type KeyObject, type VerifyKeyObjectInput, verify, X509Certificate } from 'node:crypto'
import { denied } from '../auth/authorize.ts'
import type { DirectoryObject } from '../domain/directory-object.ts'
import { parseGuid } from '../domain/guid.ts'
import { Refusal } from '../refusal.ts'
import { appIdOf } from './applications.ts'
import { keysOf } from './certificates.ts'

/** Azure AD Graph, for which proofs have always been made (reference §1.6). */
const audience = '00000002-0000-0000-c000-000000000000'
const longestSeconds = 600
/** Its maker's clock may be this much ahead of ours. */
const leewaySeconds = 60

/** How the signatures of each algorithm are checked (RFC 7518 §3.1), and by which keys. */
const algorithms: Record<
  string,
  { hash: string; fits: (key: KeyObject) => boolean; how: Omit<VerifyKeyObjectInput, 'key'> }
> = {
  RS256: { hash: 'sha256', fits: isRsa, how: { padding: constants.RSA_PKCS1_PADDING } },
  PS256: {
    hash: 'sha256',
    fits: isRsa,
    how: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  },
  ES256: { hash: 'sha256', fits: isOn('prime256v1'), how: { dsaEncoding: 'ieee-p1363' } },
  ES384: { hash: 'sha384', fits: isOn('secp384r1'), how: { dsaEncoding: 'ieee-p1363' } },
  ES512: { hash: 'sha512', fits: isOn('secp521r1'), how: { dsaEncoding: 'ieee-p1363' } },
}

/**
 * That whoever asks holds the private key of a certificate which the application has now: a JWT that it signed, for ten minutes
 * (reference §1.6).
 * @throws Request_BadRequest where it cannot be one, Authorization_RequestDenied where it proves nothing
 */
export function requireProof(proof: string, application: DirectoryObject, now: Date): void {
  const valid = keysOf(application).filter(
    ({ startDateTime, endDateTime }) =>
      Date.parse(startDateTime) <= now.getTime() && now.getTime() < Date.parse(endDateTime),
  )
  if (valid.length === 0) {
    throw new Refusal(
      'Request_BadRequest',
      'the application has no valid certificate that a proof could be made with; set its first one by PATCH of keyCredentials',
    )
  }
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(proof) || proof.endsWith('\n')) throw malformed('must be a JWT in compact form')
  const [head, body, signature] = proof.split('.') as [string, string, string]
  const { alg, crit } = parseObject(head) ?? {}
  const algorithm = typeof alg === 'string' && Object.hasOwn(algorithms, alg) ? algorithms[alg] : undefined
  if (!algorithm || crit !== undefined) {
    throw malformed(`must be signed with one of ${Object.keys(algorithms).join(', ')}, without 'crit'`)
  }
  const claims = parseObject(body)
  if (!claims) throw malformed('must have claims')
  const signed = Buffer.from(`${head}.${body}`)
  const bytes = Buffer.from(signature, 'base64url')
  const isSignedBy = (key: KeyObject) =>
    algorithm.fits(key) && verify(algorithm.hash, signed, { key, ...algorithm.how }, bytes)
  const isCanonical = bytes.toString('base64url') === signature
  if (!isCanonical || !valid.some(({ key }) => isSignedBy(new X509Certificate(Buffer.from(key, 'base64')).publicKey))) {
    throw denied('the proof is not signed with the key of a certificate that the application has and that is valid now')
  }
  const why = whyNot(claims, [application.id, appIdOf(application)], now)
  if (why !== undefined) throw denied(`the proof's ${why}`)
}

/** What is wrong with the claims of a proof, if anything. */
function whyNot(
  { aud, iss, nbf, exp }: Record<string, unknown>,
  ids: readonly string[],
  now: Date,
): string | undefined {
  const seconds = now.getTime() / 1000
  if (aud !== audience) return `aud must be '${audience}'`
  if (typeof iss !== 'string' || !ids.includes(parseGuid(iss) ?? '')) return 'iss must be the id of the application'
  if (typeof nbf !== 'number' || typeof exp !== 'number') return 'nbf and exp must be given, as numbers'
  if (exp <= nbf || exp - nbf > longestSeconds) return `exp must be after nbf, by at most ${longestSeconds} seconds`
  if (nbf > seconds + leewaySeconds) return 'nbf is still to come'
  return exp <= seconds ? 'exp is over' : undefined
}

function isRsa({ asymmetricKeyType }: KeyObject): boolean {
  return asymmetricKeyType === 'rsa'
}

function isOn(curve: string): (key: KeyObject) => boolean {
  return ({ asymmetricKeyDetails }) => asymmetricKeyDetails?.namedCurve === curve
}

function parseObject(segment: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

const malformed = (why: string): Refusal => new Refusal('Request_BadRequest', `property 'proof': ${why}`)
