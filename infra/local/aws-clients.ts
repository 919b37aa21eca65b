import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KMSClient } from '@aws-sdk/client-kms'
import { region } from './kms-keys.ts'

/**
 * All that the SDK would otherwise look for in the user's AWS configuration: given here, so that a developer's own region or
 * credentials can neither lead a request astray nor leave the machine.
 */
const local = {
  region,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  maxAttempts: 3,
  retryMode: 'standard',
  defaultsMode: 'standard',
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  authSchemePreference: [] as string[],
  disableClockSkewCorrection: false,
  userAgentAppId: 'sigil-local',
} as const

export const dynamodbClient = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({ ...local, endpoint, accountIdEndpointMode: 'disabled', endpointDiscoveryEnabled: false })
export const kmsClient = (endpoint: string): KMSClient => new KMSClient({ ...local, endpoint })
