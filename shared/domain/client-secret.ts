import { createHash, timingSafeEqual } from 'node:crypto'
import type { SecretHash } from './application.ts'

/** What is kept of a secret. It is 256 random bits, so that a plain hash gives nothing to guess (design D10). */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('base64url')

export type SecretMatch = { keyId: string; state: 'live' | 'expired' | 'notYet' }

/**
 * The credential that a presented secret is, or undefined. All are compared, each in constant time, so that the time
 * taken tells nothing about which one was near.
 */
export function matchSecret(secret: string, secrets: Record<string, SecretHash>, now: Date): SecretMatch | undefined {
  const presented = createHash('sha256').update(secret).digest()
  let match: SecretMatch | undefined
  for (const [keyId, kept] of Object.entries(secrets)) {
    const same = timingSafeEqual(presented, hashBytes(kept.sha256))
    if (same && match?.state !== 'live') match = { keyId, state: stateOf(kept, now) }
  }
  // Nothing to compare with takes the time of one comparison all the same.
  if (Object.keys(secrets).length === 0) timingSafeEqual(presented, presented)
  return match
}

/** Whether the credential may be used now. Ends are exclusive: at `endDateTime` the secret no longer counts. */
export function stateOf({ startDateTime, endDateTime }: SecretHash, now: Date): SecretMatch['state'] {
  if (now.getTime() >= Date.parse(endDateTime)) return 'expired'
  return now.getTime() < Date.parse(startDateTime) ? 'notYet' : 'live'
}

/** The 32 bytes of a kept hash; anything else in the store compares with nothing. */
function hashBytes(sha256: string): Buffer {
  const bytes = Buffer.from(sha256, 'base64url')
  return bytes.length === 32 ? bytes : Buffer.alloc(32)
}
