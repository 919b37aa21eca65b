import { createHash } from 'node:crypto'
import { Refusal } from '../refusal.ts'
import type { Position } from '../store/store.ts'

/** Of a listing: whose it is and what it asks. A token counts for the very listing that it came from. */
export const fingerprint = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 11)

export const writeToken = ({ partition, after }: Position, of: string): string =>
  Buffer.from(JSON.stringify([of, partition, after])).toString('base64url')

/** @throws Request_BadRequest where it is not a token of this listing */
export function readToken(token: string, of: string): Position {
  try {
    const [from, partition, after, ...rest] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[]
    const isPosition = Number.isInteger(partition) && (partition as number) >= 0 && (partition as number) < 1000
    const isKey = typeof after === 'string' && after !== '' && after.length <= 2000 && after.isWellFormed()
    if (from === of && isPosition && isKey && rest.length === 0) {
      return { partition: partition as number, after }
    }
  } catch {
    // Told below: a damaged token is as little one of ours as a foreign one.
  }
  throw new Refusal('Request_BadRequest', "'$skiptoken' is not one of this listing; follow @odata.nextLink as it is")
}
