import { createHash, createPublicKey, type KeyObject, randomBytes, randomUUID } from 'node:crypto'
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { type KMSClient, SignCommand } from '@aws-sdk/client-kms'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { ExternalSigningKey } from 'oidc-provider'
import type { PublicJwk } from '../../../shared/tokens/keyset.ts'

/** A key in KMS, as `oidc-provider` takes keys that sign elsewhere. */
export class KmsKey extends ExternalSigningKey {
  readonly #kms: KMSClient
  readonly #arn: string
  readonly #publicKey: KeyObject

  constructor(kms: KMSClient, arn: string, jwk: PublicJwk) {
    super()
    this.#kms = kms
    this.#arn = arn
    this.#publicKey = createPublicKey({ key: jwk, format: 'jwk' })
    this.kid = jwk.kid
    this.alg = jwk.alg
  }

  override keyObject(): KeyObject {
    return this.#publicKey
  }

  override async sign(data: Uint8Array): Promise<Uint8Array> {
    const { Signature } = await this.#kms.send(
      new SignCommand({
        KeyId: this.#arn,
        Message: createHash('sha256').update(data).digest(),
        MessageType: 'DIGEST',
        SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
      }),
    )
    if (!Signature) throw new Error('KMS gave no signature')
    return Signature
  }
}

/** An adapter on a table of pairs: of the verbs of `oidc-provider` those that a token for a client needs. */
export function storeIn(dynamodb: DynamoDBClient, table: string) {
  const put = async (row: object): Promise<void> => {
    await dynamodb.send(
      new PutItemCommand({
        TableName: table,
        Item: marshall(row, { removeUndefinedValues: true }),
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    )
  }

  class Adapter {
    readonly #model: string

    constructor(model: string) {
      this.#model = model
    }

    /** Read anew each time, and consistently: disabled means disabled, as with Sigil. */
    async find(id: string): Promise<unknown> {
      const { Item } = await dynamodb.send(
        new GetItemCommand({
          TableName: table,
          Key: marshall({ pk: this.#keyOf(id), sk: 'STATE' }),
          ConsistentRead: true,
        }),
      )
      return Item && unmarshall(Item).payload
    }

    upsert(id: string, payload: object): Promise<void> {
      return put({ pk: this.#keyOf(id), sk: 'STATE', payload })
    }

    #keyOf(id: string): string {
      return `${this.#model}#${id}`
    }
  }

  return { put, Adapter }
}

/** About as long as Sigil's own, and as widely spread. */
export function signInRow(clientId: string, status: number, ip: string): object {
  const now = new Date()
  const shard = randomBytes(1).readUInt8() % 16
  return {
    pk: `SIGNIN#${now.toISOString().slice(0, 10)}#${shard}`,
    sk: `${now.toISOString()}#${randomBytes(10).toString('base64url')}`,
    err: status === 200 ? 0 : status,
    app: clientId,
    name: 'The agent of the benchmark',
    type: 'agenticApp',
    parent: clientId,
    cred: clientId,
    credKind: 'clientSecret',
    res: clientId,
    resName: 'The API of the benchmark',
    resSp: clientId,
    ip,
    corr: randomUUID(),
    ttl: Math.floor(now.getTime() / 1000) + 30 * 86_400,
  }
}
