import { createHash } from 'node:crypto'
import type { ManagementRequest } from '../http/management.ts'
import type { Response } from '../http/response.ts'
import { Refusal } from '../refusal.ts'
import type { IdempotentAnswer } from '../store/long-operation.ts'
import type { Change, Condition, Key } from '../store/store.ts'
import { keys } from '../store/table.ts'

/*
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a client that does not know what came of its request sends it
 * again, as often as it likes, and it is done once. What it was answered is kept in the commit that did it.
 */

const keptForSeconds = 24 * 3600
const longest = 255

/** An item of the table holds 400 KB, and this one more than the answer. */
const mostBytes = 300 * 1024

/** A request under a key of its own. */
export type Keyed = {
  /** What it was answered, where it was sent before. */
  answered: Response | undefined
  /** The same for every repetition, and for no other request of anybody. */
  seed: string
  /** The row that keeps the answer, in the commit that does what was asked. */
  keep: (answer: Response) => Change
}

/**
 * The request as its key makes it; undefined where it has none.
 * @throws Request_IdempotencyMismatch where the key was sent with another request
 */
export async function keyed(request: ManagementRequest<unknown>): Promise<Keyed | undefined> {
  const { caller, world, now, event } = request
  const given = event.headers['idempotency-key']
  if (given === undefined) return undefined
  // What a user is answered is nobody's else who uses the same client.
  const name = `${caller.user?.id ?? ''} ${readKey(given)}`
  const key = keys.idempotency(caller.tenantId, caller.clientId, name)
  const [row] = await world.table.snapshot([key])
  const asked = fingerprintOf(event)
  // Whether the store has removed the row yet says nothing.
  const known = row && row.ttl * 1000 > now.getTime() ? row : undefined
  if (known && known.asked !== asked) {
    throw new Refusal(
      'Request_IdempotencyMismatch',
      'the Idempotency-Key was sent with another request before; send a new key with each new request',
    )
  }
  const ttl = known?.ttl ?? Math.floor(now.getTime() / 1000) + keptForSeconds
  return {
    answered: known && { ...replayed, status: known.status, body: JSON.parse(known.body) },
    seed: createHash('sha256').update(`${key.pk} ${ttl}`).digest('hex'),
    keep: (answer) => keeping(key, { asked, status: answer.status, body: bodyOf(answer), ttl }, row),
  }
}

const replayed = { headers: { 'idempotency-replayed': 'true' } }

/** "The value MUST be a String" of RFC 9651, in quotes; as most clients send it, it has none. */
function readKey(header: string): string {
  const key = /^"(.*)"$/.exec(header)?.[1] ?? header
  if (key.length <= longest && /^[!-~]+$/.test(key)) return key
  throw new Refusal(
    'Request_BadRequest',
    `the header Idempotency-Key must be 1 to ${longest} visible ASCII characters; a GUID is a good one`,
  )
}

function fingerprintOf({ requestContext, rawPath, body = '', isBase64Encoded }: ManagementRequest<unknown>['event']) {
  return createHash('sha256')
    .update(`${requestContext.http.method} ${rawPath}\n`)
    .update(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'))
    .digest('base64url')
}

/** Two who send the same at once find each other here: to one of them what it has read is stale. */
function keeping(key: Key<IdempotentAnswer>, item: IdempotentAnswer, before: IdempotentAnswer | undefined): Change {
  const when: Condition = before ? { asked: before.asked, ttl: before.ttl } : 'absent'
  return { action: 'put', key, item, when }
}

function bodyOf({ body }: Response): string {
  const text = JSON.stringify(body)
  if (Buffer.byteLength(text) <= mostBytes) return text
  throw new Refusal(
    'Request_EntityTooLarge',
    `the answer would be larger than the ${mostBytes / 1024} KB that are kept for an Idempotency-Key; ask for less at once`,
  )
}
