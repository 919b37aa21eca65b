import { createHash, verify } from 'node:crypto'
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms'
import { clientOptions, withoutSdkLog } from '../aws-client.ts'
import { Unavailable } from '../store/store.ts'
import type { World } from '../world.ts'
import type { KeySet, TokenKind } from './keyset.ts'

export type Claims = Record<string, unknown>

export interface Signer {
  /** A signed JWT (RFC 7515 §7.1, RS256) with these claims, by the active key of the kind. */
  sign(kind: TokenKind, claims: Claims): Promise<string>
}

/** Signs with KMS, by key ARN (an alias may point elsewhere by the time that it is used). */
class KmsSigner implements Signer {
  readonly #kms: KMSClient
  readonly #keySet: KeySet

  constructor(kms: KMSClient, keySet: KeySet) {
    this.#kms = kms
    this.#keySet = keySet
  }

  async sign(kind: TokenKind, claims: Claims): Promise<string> {
    const key = await this.#keySet.active(kind)
    // `x5t` beside `kid`, with the same value: validators made for v1 tokens look for either.
    const header = { typ: 'JWT', alg: 'RS256', kid: key.kid, x5t: key.kid }
    const input = `${encode(header)}.${encode(claims)}`
    const { Signature } = await this.#kms
      .send(
        new SignCommand({
          KeyId: key.arn,
          Message: createHash('sha256').update(input).digest(),
          MessageType: 'DIGEST',
          SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
        }),
      )
      .catch((cause: unknown) => {
        // Throttled, disabled, unreachable: there is no other key to fall back to, and no token without a signature.
        throw new Unavailable('KMS did not sign', { cause })
      })
    // What KMS answers is checked against the published key: a wrong key or a damaged answer must never leave as a token.
    if (!Signature || !verify('sha256', Buffer.from(input), key.publicKey, Signature)) {
      throw new Error(`the signature by ${key.arn} does not verify with the published key ${key.kid}`)
    }
    return `${input}.${Buffer.from(Signature).toString('base64url')}`
  }
}

const clients = new WeakMap<KeySet, KMSClient>()

/** The KMS client of a world: its own, or in Lambda one built from the environment. */
export function kmsOf(world: World): KMSClient {
  const client = world.kms ?? clients.get(world.keySet) ?? withoutSdkLog(new KMSClient(clientOptions))
  clients.set(world.keySet, client)
  return client
}

/** The signer of a world: KMS, with the keys that are published in its table. */
export const signerOf = (world: World): Signer => new KmsSigner(kmsOf(world), world.keySet)

/** The DER of a key's public half, as KMS gives it. */
export async function readPublicKey(kms: KMSClient, arn: string): Promise<Uint8Array> {
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: arn })).catch((cause: unknown) => {
    throw new Unavailable('KMS gave no public key', { cause })
  })
  if (!PublicKey) throw new Error(`KMS gave no public key for ${arn}`)
  return PublicKey
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
