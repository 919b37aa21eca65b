import { generateKeyPairSync } from 'node:crypto'
import Provider, { type Middleware } from 'oidc-provider'
import { dynamodbClient, kmsClient } from '../../../infra/local/aws-clients.ts'
import { peerAudience, peerClient } from '../setup.ts'
import { KmsKey, signInRow, storeIn } from './oidc-provider-aws.ts'
import { serve } from './server.ts'

/*
 * What a user would otherwise build: `oidc-provider`, either with DynamoDB behind it, KMS to sign and a row for each
 * sign-in, or as it comes, in memory with a key of its own.
 */

const [, , where] = process.argv
if (where !== 'aws' && where !== 'memory') throw new Error('usage: oidc-provider.ts {aws|memory}')

serve(async ({ dynamodb, kms, peerTable, signingKeys, publicKeys }) => {
  if (where === 'memory') {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const { d, p, q, dp, dq, qi, ...key } = privateKey.export({ format: 'jwk' })
    const jwk = { ...key, kid: 'memory', use: 'sig', alg: 'RS256' }
    const provider = providerWith({ clients: [client], jwks: { keys: [{ ...jwk, d, p, q, dp, dq, qi }] } })
    return { listener: provider.callback(), keys: [jwk] }
  }
  const store = storeIn(dynamodbClient(dynamodb), peerTable)
  await new store.Adapter('Client').upsert(peerClient.id, client)
  const key = new KmsKey(kmsClient(kms), signingKeys.resource, publicKeys.resource)
  const provider = providerWith({ adapter: store.Adapter, jwks: { keys: [key] } })
  provider.use(recordSignIns((row) => store.put(row)))
  return { listener: provider.callback(), keys: [publicKeys.resource] }
})

const client = {
  client_id: peerClient.id,
  client_secret: peerClient.secret,
  client_name: 'The agent of the benchmark',
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  token_endpoint_auth_method: 'client_secret_post',
}

function providerWith(more: object): Provider {
  return new Provider('http://localhost', {
    cookies: { keys: ['of no use here'] },
    scopes: ['api'],
    ttl: { ClientCredentials: 3600 },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      externalSigningSupport: { enabled: true, ack: 'experimental-01' },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => peerAudience,
        getResourceServerInfo: () => ({
          audience: peerAudience,
          scope: 'api',
          accessTokenTTL: 3600,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    ...more,
  })
}

/** No token leaves before its row is written. */
const recordSignIns =
  (put: (row: object) => Promise<void>): Middleware =>
  async (context, next) => {
    await next()
    if (context.path === '/token') await put(signInRow(peerClient.id, context.status, context.ip))
  }
