import { createPrivateKey, generateKeyPair, type KeyObject, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makePrivateDirectory, writeDurably } from './durable-file.ts'
import { KmsError } from './kms-error.ts'

export const account = '000000000000'
export const region = 'us-east-1'

export type KeyUsage = 'SIGN_VERIFY' | 'ENCRYPT_DECRYPT'

/** One KMS key of type RSA_2048, as it lies on disk, and its key material. */
export type KmsKey = {
  readonly keyId: string
  readonly arn: string
  readonly description: string
  readonly usage: KeyUsage
  readonly createdAt: Date
  readonly state: 'Enabled' | 'Disabled' | 'PendingDeletion'
  /** Only of a key that waits for its deletion. */
  readonly deletionDate?: Date
  readonly privateKey: KeyObject
}

const generate = promisify(generateKeyPair)

/** The keys in a directory: one file each, so that no write ever touches another key. */
export class KmsKeys {
  readonly #directory: string
  readonly #now: () => Date
  readonly #keys = new Map<string, KmsKey>()

  constructor(directory: string, now: () => Date) {
    this.#directory = directory
    this.#now = now
    makePrivateDirectory(directory)
    for (const name of readdirSync(directory)) {
      if (!name.endsWith('.json')) continue
      const key = parse(readFileSync(join(directory, name), 'utf8'))
      this.#keys.set(key.keyId, key)
    }
  }

  async create(usage: KeyUsage, description: string): Promise<KmsKey> {
    const { privateKey } = await generate('rsa', { modulusLength: 2048 })
    const keyId = randomUUID()
    const arn = `arn:aws:kms:${region}:${account}:key/${keyId}`
    return this.#keep({ keyId, arn, description, usage, createdAt: this.#now(), state: 'Enabled', privateKey })
  }

  list(): KmsKey[] {
    this.#removeOverdue()
    return [...this.#keys.values()]
  }

  /** By key id or ARN, as callers name it. */
  find(name: string): KmsKey {
    this.#removeOverdue()
    const key = this.#keys.get(name.slice(name.lastIndexOf('/') + 1))
    if (!key || (name !== key.keyId && name !== key.arn)) {
      throw new KmsError(
        'NotFoundException',
        name.startsWith('arn:') ? `Key '${name}' does not exist` : `Invalid keyId '${name}'`,
      )
    }
    return key
  }

  setEnabled(key: KmsKey, enabled: boolean): KmsKey {
    return this.#keep({ ...key, state: enabled ? 'Enabled' : 'Disabled' })
  }

  scheduleDeletion(key: KmsKey, days: number): KmsKey {
    const deletionDate = new Date(this.#now().getTime() + days * 86_400_000)
    return this.#keep({ ...key, state: 'PendingDeletion', deletionDate })
  }

  /** As in KMS, the key comes back disabled. */
  cancelDeletion({ deletionDate: _, ...key }: KmsKey): KmsKey {
    return this.#keep({ ...key, state: 'Disabled' })
  }

  #keep(key: KmsKey): KmsKey {
    writeDurably(join(this.#directory, `${key.keyId}.json`), serialise(key))
    this.#keys.set(key.keyId, key)
    return key
  }

  #removeOverdue(): void {
    const now = this.#now()
    for (const { keyId, deletionDate } of this.#keys.values()) {
      if (!deletionDate || deletionDate > now) continue
      rmSync(join(this.#directory, `${keyId}.json`), { force: true })
      this.#keys.delete(keyId)
    }
  }
}

const notice = 'A key of the Sigil development stand-in for AWS KMS. Never use it for anything else.'

function serialise({ privateKey, ...key }: KmsKey): string {
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
  return `${JSON.stringify({ notice, ...key, privateKey: pem }, null, 2)}\n`
}

function parse(text: string): KmsKey {
  const { notice: _, createdAt, deletionDate, privateKey, ...key } = JSON.parse(text)
  return {
    ...key,
    createdAt: new Date(createdAt),
    ...(deletionDate && { deletionDate: new Date(deletionDate) }),
    privateKey: createPrivateKey(privateKey),
  }
}
