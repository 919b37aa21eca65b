import { Aws, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, type Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import type { Touch } from '../shared/routes.ts'
import type { FunctionName } from '../shared/workers.ts'
import type { CoreStack } from './core-stack.ts'
import { type Permission, policyOf } from './policy.ts'

export type FunctionProps = {
  core: CoreStack
  /** The path of its file below `functions/`. */
  name: FunctionName
  touches: readonly Touch[]
  timeoutSeconds: number
  code: Code
  /** What the role allows beside what the function touches. */
  statements?: readonly PolicyStatement[]
  environment?: Readonly<Record<string, string>>
}

/** One function with its role and its log, added to a construct that adds who calls it. */
export function addFunction(
  scope: Construct,
  { core, name, touches, timeoutSeconds, code, statements = [], environment = {} }: FunctionProps,
): LambdaFunction {
  const log = new LogGroup(scope, 'Log', {
    retention: RetentionDays.THREE_MONTHS,
    removalPolicy: RemovalPolicy.RETAIN,
  })
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      Operation: new PolicyDocument({
        statements: [
          new PolicyStatement({
            sid: 'Log',
            actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            resources: [log.logGroupArn],
          }),
          new PolicyStatement({
            sid: 'Traces',
            actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
            resources: ['*'],
          }),
          ...policyOf(touches).map((permission) => statement(core, permission)),
          ...statements,
        ],
      }),
    },
  })
  Validations.of(role).acknowledge(
    { id: 'AwsSolutions-IAM5[Resource::*]', reason: whyAllTraces },
    { id: 'Serverless-LambdaStarPermissions', reason: whyAllTraces },
  )
  return new LambdaFunction(scope, 'Function', {
    description: `Sigil: ${name}`,
    code,
    handler: 'index.handler',
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    // Processor time comes with memory. Loading the SDK is what a first call waits for, and for tokens somebody waits.
    memorySize: touches.includes('kms Sign') ? 1024 : 512,
    timeout: Duration.seconds(timeoutSeconds),
    tracing: Tracing.ACTIVE,
    logGroup: log,
    // The policy above is all of it: what constructs would add by themselves is not wanted.
    role: role.withoutPolicyUpdates(),
    environment: {
      SIGIL_OPERATION: name,
      SIGIL_ORIGIN: core.edge.origin,
      SIGIL_TABLE: core.table.tableName,
      ...(touches.some((touch) => touch.startsWith('kms ')) && {
        SIGIL_RESOURCE_KEY: core.signingKeys.resource.keyArn,
        SIGIL_EXCHANGE_KEY: core.signingKeys.exchange.keyArn,
      }),
      // Not --enable-source-maps: reading the map makes each cold start a seventh longer. It lies in the package, for
      // whoever has a stack trace to read.
      POWERTOOLS_SERVICE_NAME: 'sigil',
      ...environment,
    },
  })
}

const whyAllTraces = 'X-Ray has no resources to name: its two write actions are granted for all or not at all.'

/** One permission as a statement, held to its families, to the table's key, or to one way of signing. */
function statement(core: CoreStack, permission: Permission): PolicyStatement {
  const actions = [...permission.actions]
  switch (permission.on) {
    case 'table':
      return new PolicyStatement({
        actions,
        resources: [core.table.tableArn],
        conditions: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': permission.families.map((family) => `${family}#*`) },
          // `ForAllValues` also holds for no values at all, which is how a scan or a table's description would come.
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      })
    case 'table key':
      return new PolicyStatement({
        actions,
        resources: [core.tableKey.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${Aws.REGION}.amazonaws.com` } },
      })
    case 'signing keys':
      return new PolicyStatement({
        actions,
        resources: [core.signingKeys.resource.keyArn, core.signingKeys.exchange.keyArn],
        ...(actions.includes('kms:Sign') && {
          conditions: {
            StringEquals: { 'kms:SigningAlgorithm': 'RSASSA_PKCS1_V1_5_SHA_256', 'kms:MessageType': 'DIGEST' },
          },
        }),
      })
  }
}
