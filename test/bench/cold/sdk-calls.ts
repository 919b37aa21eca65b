import { createHash } from 'node:crypto'
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { KMSClient, SignCommand } from '@aws-sdk/client-kms'

/* What a cold token function is measured against: one call with each of the SDK clients that it has. */

const dynamodb = new DynamoDBClient({ maxAttempts: 3 })
const kms = new KMSClient({ maxAttempts: 3 })

export async function handler(): Promise<{ statusCode: number }> {
  const key = { pk: { S: 'KEYSET#SHARED' }, sk: { S: 'STATE' } }
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: process.env.SIGIL_TABLE, Key: key, ConsistentRead: true }),
  )
  const { Signature } = await kms.send(
    new SignCommand({
      KeyId: process.env.SIGIL_RESOURCE_KEY,
      Message: createHash('sha256').update('what is signed').digest(),
      MessageType: 'DIGEST',
      SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
    }),
  )
  return { statusCode: Item && Signature ? 200 : 500 }
}
