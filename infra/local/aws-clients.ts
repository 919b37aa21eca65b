import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KMSClient } from '@aws-sdk/client-kms'
import { clientOptions, withoutSdkLog } from '../../shared/aws-client.ts'
import { region } from './kms-keys.ts'

/**
 * All that the SDK would otherwise look for in the user's AWS configuration: given here, so that a developer's own region or
 * credentials can neither lead a request astray nor leave the machine.
 */
const local = {
  region,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  ...clientOptions,
  // Whoever watches a client of this machine's may begin at any time.
  cacheMiddleware: false,
  retryMode: 'standard',
  defaultsMode: 'standard',
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  authSchemePreference: [] as string[],
  disableClockSkewCorrection: false,
  userAgentAppId: 'sigil-local',
} as const

export const dynamodbClient = (endpoint: string): DynamoDBClient =>
  withoutSdkLog(
    new DynamoDBClient({ ...local, endpoint, accountIdEndpointMode: 'disabled', endpointDiscoveryEnabled: false }),
  )
export const kmsClient = (endpoint: string): KMSClient => withoutSdkLog(new KMSClient({ ...local, endpoint }))
