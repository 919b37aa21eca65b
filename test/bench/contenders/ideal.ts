import { createHash, timingSafeEqual } from 'node:crypto'
import { createGateway } from '../../../infra/local/gateway.ts'
import { Router } from '../../../infra/local/gateway-routes.ts'
import { canonicalPath } from '../../../shared/http/path.ts'
import { routes } from '../../../shared/routes.ts'
import { peerAudience, peerClient, type Setup } from '../setup.ts'
import { call, type Service } from './hand-signed.ts'
import { type LambdaHandler, serve } from './server.ts'

/*
 * Our ideal: a function that reads its facts by one Query and signs by one KMS Sign, both signed by hand, checks the
 * secret and answers; behind the same gateway as Sigil's.
 */

serve(async (setup) => {
  const table: Service = {
    name: 'dynamodb',
    endpoint: setup.dynamodb,
    target: 'DynamoDB_20120810',
    contentType: 'application/x-amz-json-1.0',
  }
  const kms: Service = {
    name: 'kms',
    endpoint: setup.kms,
    target: 'TrentService',
    contentType: 'application/x-amz-json-1.1',
  }
  for (const item of facts) await call(table, 'PutItem', { TableName: setup.peerTable, Item: item })
  const invoke = handlerOf(setup, table, kms)
  return {
    listener: createGateway({ router: new Router(routes), canonicalPath, invoke: (_, event) => invoke(event) }),
    keys: [setup.publicKeys.resource],
    handler: invoke,
  }
})

type Text = { S: string }
type Event = { body: string; headers: Record<string, string> }

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
const partition = `TENANT#ideal#${peerClient.id}`

/** Four items of usual size, in one partition. */
const facts = ['APP', 'CLIENT', 'RESOURCE', 'TENANT'].map((sk) => ({
  pk: { S: partition },
  sk: { S: sk },
  state: { S: 'active' },
  secret: { S: sha256(peerClient.secret).toString('base64url') },
  ...Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`attribute${index}`, { S: `${peerClient.id}` }])),
}))

function handlerOf({ peerTable, signingKeys, publicKeys }: Setup, table: Service, kms: Service): LambdaHandler {
  const header = encode({ typ: 'JWT', alg: 'RS256', kid: publicKeys.resource.kid })
  return async (event) => {
    const form = new URLSearchParams(Buffer.from((event as Event).body, 'base64').toString())
    const clientId = form.get('client_id')
    const { Items } = (await call(table, 'Query', {
      TableName: peerTable,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: `TENANT#ideal#${clientId}` } },
    })) as { Items: { state: Text; secret: Text }[] }
    const [application] = Items
    const shown = sha256(form.get('client_secret') ?? '')
    if (!application || !timingSafeEqual(Buffer.from(application.secret.S, 'base64url'), shown))
      return { statusCode: 401 }
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: 'https://ideal', aud: peerAudience, sub: clientId, iat: now, nbf: now, exp: now + 3600 }
    const input = `${header}.${encode(claims)}`
    const { Signature } = (await call(kms, 'Sign', {
      KeyId: signingKeys.resource,
      Message: sha256(input).toString('base64'),
      MessageType: 'DIGEST',
      SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
    })) as { Signature: string }
    const token = `${input}.${Buffer.from(Signature, 'base64').toString('base64url')}`
    return {
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify({ token_type: 'Bearer', expires_in: 3599, access_token: token }),
    }
  }
}
