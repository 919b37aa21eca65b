import { verify } from 'node:crypto'
import type { KeySet, TokenKind } from './keyset.ts'
import type { Claims } from './signer.ts'

/** Claims that every token of ours carries, checked to be of their type. */
export type OurClaims = Claims & {
  iss: string
  aud: string
  sub: string
  oid: string
  tid: string
  exp: number
  nbf: number
  iat: number
  idtyp: string
  uti: string
}

/** A clock of ours may be this much behind another's that issued the token. */
const leewaySeconds = 10

/** No token of ours lives longer than a day, and the five minutes before it was made. */
const longestSeconds = 86_400 + 300

/**
 * The claims of a token that Sigil itself signed with a key of this kind, or why it is none. What the claims mean for the
 * one who presents them (audience, issuer, tenant) is for the caller to check.
 */
export async function verifyOurs(
  keySet: KeySet,
  token: string,
  kind: TokenKind,
  now: Date,
): Promise<OurClaims | 'malformed' | 'unknownKey' | 'badSignature' | 'expired' | 'notYetValid'> {
  // Compact form only, and no larger than any token of ours: nothing else is worth parsing (RFC 8725 §3.11).
  if (token.length > 16_384 || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token) || token.endsWith('\n')) return 'malformed'
  const [head, body, signature] = token.split('.') as [string, string, string]
  const header = parseObject(head)
  if (header?.alg !== 'RS256' || header.typ !== 'JWT' || typeof header.kid !== 'string') return 'malformed'
  if (Object.keys(header).some((name) => !['alg', 'typ', 'kid', 'x5t'].includes(name))) return 'malformed'
  const key = await keySet.find(header.kid, kind)
  if (!key) return 'unknownKey'
  // Bits behind the last full byte would let two texts be one token.
  if (Buffer.from(signature, 'base64url').toString('base64url') !== signature) return 'badSignature'
  // One algorithm, keys of ours alone, and the header is checked above: what a library would add here is a change of
  // threads, for every agent token and every management call.
  const signed = Buffer.from(`${head}.${body}`)
  if (!verify('sha256', signed, key.publicKey, Buffer.from(signature, 'base64url'))) return 'badSignature'
  const claims = parseObject(body)
  if (!claims || !isOurs(claims)) return 'malformed'
  const seconds = now.getTime() / 1000
  if (seconds >= claims.exp) return 'expired'
  if (seconds + leewaySeconds < Math.max(claims.nbf, claims.iat)) return 'notYetValid'
  return claims
}

function isOurs(claims: Claims): claims is OurClaims {
  const texts = ['iss', 'aud', 'sub', 'oid', 'tid', 'idtyp', 'uti']
  return (
    texts.every((name) => typeof claims[name] === 'string') &&
    ['exp', 'nbf', 'iat'].every((name) => Number.isInteger(claims[name])) &&
    isPeriod(claims as OurClaims)
  )
}

/** A token is made before it ends, and ends in time. */
const isPeriod = ({ nbf, iat, exp }: OurClaims): boolean =>
  Math.max(nbf, iat) < exp && exp - Math.min(nbf, iat) <= longestSeconds

function parseObject(segment: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined
  } catch {
    return undefined
  }
}
