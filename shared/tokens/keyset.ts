import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import type { Table } from '../store/store.ts'
import { keys } from '../store/table.ts'

/** What a key may sign: a `kid` belongs to exactly one kind (design D7). Exchange keys never appear in the public JWKS. */
export type TokenKind = 'resource' | 'exchange'

/** A public RSA key as JWKS shows it (RFC 7517, RFC 7518 §6.3.1). */
export type PublicJwk = { kty: 'RSA'; use: 'sig'; alg: 'RS256'; kid: string; n: string; e: string }

/** One signing key: the KMS key by ARN, and its public half, which is what every verifier goes by. */
export type PublishedKey = {
  kid: string
  kind: TokenKind
  arn: string
  state: 'active'
  notBefore: string
  jwk: PublicJwk
}
export type PublishedKeys = { keys: readonly PublishedKey[] }

export type VerificationKey = PublishedKey & { publicKey: KeyObject }

const maxAgeMs = 5 * 60_000
const missMs = 30_000

/** The published keys, read from the table once and kept in memory: by `kid` for verification, by kind for signing. */
export class KeySet {
  readonly #table: Table
  readonly #now: () => Date
  #keys: Map<string, VerificationKey> = new Map()
  #loadedAt = Number.NEGATIVE_INFINITY
  #loading: Promise<void> | undefined

  constructor(table: Table, now: () => Date) {
    this.#table = table
    this.#now = now
  }

  /** The key of this id, if it is of this kind: `kid` only ever selects among our own published keys. */
  async find(kid: string, kind: TokenKind): Promise<VerificationKey | undefined> {
    await this.#refresh(maxAgeMs)
    if (!this.#keys.has(kid)) await this.#refresh(missMs) // an unknown kid costs one read in 30 s, however many ask
    const key = this.#keys.get(kid)
    return key?.kind === kind ? key : undefined
  }

  /** The key that signs tokens of this kind now. */
  async active(kind: TokenKind): Promise<VerificationKey> {
    await this.#refresh(maxAgeMs)
    const key = [...this.#keys.values()].find((candidate) => candidate.kind === kind && candidate.state === 'active')
    if (!key) throw new Error(`no ${kind} key is published; opening a tenant publishes the keys`)
    return key
  }

  /** The keys that resource servers may verify with. */
  async publicKeys(): Promise<PublicJwk[]> {
    await this.#refresh(maxAgeMs)
    return [...this.#keys.values()].filter((key) => key.kind === 'resource').map((key) => key.jwk)
  }

  async #refresh(maxAge: number): Promise<void> {
    if (this.#now().getTime() - this.#loadedAt < maxAge) return
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined
    })
    await this.#loading
  }

  async #load(): Promise<void> {
    const at = this.#now().getTime()
    const [published] = await this.#table.snapshot([keys.keySet()])
    this.#keys = new Map(
      published?.keys.map((key) => [key.kid, { ...key, publicKey: createPublicKey({ key: key.jwk, format: 'jwk' }) }]),
    )
    // An empty set is not worth remembering: the first tenant may be opened any moment.
    if (published) this.#loadedAt = at
  }
}

/** The published form of a key: its `kid` is its RFC 7638 thumbprint, so no two keys can bear the same. */
export function publish(kind: TokenKind, arn: string, publicKey: KeyObject, now: Date): PublishedKey {
  const { n, e } = publicKey.export({ format: 'jwk' })
  if (!n || !e) throw new Error(`the ${kind} key must be an RSA key`)
  const kid = createHash('sha256')
    .update(JSON.stringify({ e, kty: 'RSA', n }))
    .digest('base64url')
  return {
    kid,
    kind,
    arn,
    state: 'active',
    notBefore: now.toISOString(),
    jwk: { kty: 'RSA', use: 'sig', alg: 'RS256', kid, n, e },
  }
}
