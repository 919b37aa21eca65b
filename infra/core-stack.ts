import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib'
import { AttributeType, BillingMode, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb'
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'
import { attributes } from '../shared/store/table.ts'
import { type CustomDomain, Edge } from './edge.ts'
import { HttpApi } from './http-api.ts'

export type CoreStackProps = StackProps & { viewerRequest: string; domain?: CustomDomain | undefined }

/** What all operations share: the table, the keys that sign, the way in for the public, and the operators' own. */
export class CoreStack extends Stack {
  readonly table: Table
  readonly tableKey: Key
  /** Two keys and not one: a resource server must not be able to take an exchange token for its own (design D7). */
  readonly signingKeys: { resource: Key; exchange: Key }
  readonly publicApi: HttpApi
  readonly operatorApi: HttpApi
  readonly edge: Edge

  constructor(scope: Construct, id: string, { viewerRequest, domain, ...props }: CoreStackProps) {
    super(scope, id, props)

    this.tableKey = new Key(this, 'TableKey', {
      description: 'Sigil: encrypts the table',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    this.table = new Table(this, 'Table', {
      partitionKey: { name: attributes.partition, type: AttributeType.STRING },
      sortKey: { name: attributes.sort, type: AttributeType.STRING },
      timeToLiveAttribute: attributes.timeToLive,
      billingMode: BillingMode.PAY_PER_REQUEST,
      // It wakes workers, who read the table for what there is to do.
      stream: StreamViewType.KEYS_ONLY,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.tableKey,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })

    this.signingKeys = {
      resource: this.#signingKey('ResourceTokenKey', 'Sigil: signs resource tokens'),
      exchange: this.#signingKey('ExchangeTokenKey', 'Sigil: signs exchange tokens'),
    }

    // KMS signs a thousand times a second in an account; what waits for it beyond that would only be paid for.
    this.publicApi = new HttpApi(this, 'PublicApi', {
      name: 'sigil-public',
      description: 'Sigil: the token endpoint and the management API, behind CloudFront',
      throttle: { rateLimit: 2000, burstLimit: 1000 },
    })
    // Its own address stays open, since CloudFront connects to it; handlers refuse what does not bear `x-origin-verify`.
    this.edge = new Edge(this, 'Edge', { host: this.publicApi.host, viewerRequest, domain })

    // Not behind CloudFront, which a SigV4 signature does not survive (design D15).
    this.operatorApi = new HttpApi(this, 'OperatorApi', {
      name: 'sigil-operators',
      description: 'Sigil: opening, suspending and closing tenants, for IAM principals of this account',
      throttle: { rateLimit: 10, burstLimit: 20 },
      logged: { principal: '$context.identity.userArn', authorizerError: '$context.authorizer.error' },
    })

    new CfnOutput(this, 'PublicOrigin', { value: this.edge.origin })
    this.operatorApi.publishAddress('Address')
    new CfnOutput(this, 'TableName', { value: this.table.tableName })
  }

  /** A key that has signed is never removed with its stack: what it signed is still being verified. */
  #signingKey(id: string, description: string): Key {
    return new Key(this, id, {
      description,
      keySpec: KeySpec.RSA_2048,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN,
    })
  }
}
