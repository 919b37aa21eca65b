import { Aws, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { HttpMethod, HttpRoute, HttpRouteKey } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, type Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { Operation, Route } from '../shared/routes.ts'
import type { CoreStack } from './core-stack.ts'
import { type Permission, policyOf } from './policy.ts'

export type OperationFunctionProps = { core: CoreStack; operation: Operation; route: Route; code: Code }

/** One operation: its function, its role, its log, and its routes on the API where its callers are. */
export class OperationFunction extends Construct {
  constructor(scope: Construct, id: string, { core, operation, route, code }: OperationFunctionProps) {
    super(scope, id)
    const log = new LogGroup(this, 'Log', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    const signs = route.touches.includes('kms Sign')
    const handler = new LambdaFunction(this, 'Function', {
      description: `Sigil: ${operation}`,
      code,
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // Processor time comes with memory. Loading the SDK is what a first call waits for, and for tokens somebody waits.
      memorySize: signs ? 1024 : 512,
      // The gateway gives up after 30 s; retries within a request end long before 10 s.
      timeout: Duration.seconds(route.timeoutSeconds ?? 10),
      tracing: Tracing.ACTIVE,
      logGroup: log,
      // The policy below is all of it: what constructs would add by themselves is not wanted.
      role: this.#role(core, route, log).withoutPolicyUpdates(),
      environment: environmentOf(core, operation, route),
    })
    Validations.of(handler).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason: 'Only the gateway invokes it, and waits for its answer: a failure reaches the caller, not a queue.',
    })
    this.#routes(core, route, new HttpLambdaIntegration('Integration', handler))
  }

  #role(core: CoreStack, route: Route, log: LogGroup): Role {
    const role = new Role(this, 'Role', {
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
            ...policyOf(route).map((permission) => statement(core, permission)),
          ],
        }),
      },
    })
    Validations.of(role).acknowledge(
      { id: 'AwsSolutions-IAM5[Resource::*]', reason: whyAllTraces },
      { id: 'Serverless-LambdaStarPermissions', reason: whyAllTraces },
    )
    return role
  }

  #routes(core: CoreStack, route: Route, integration: HttpLambdaIntegration): void {
    const method = route.method === 'ANY' ? HttpMethod.ANY : HttpMethod[route.method]
    for (const [index, path] of [route.path, ...(route.also ?? [])].entries()) {
      const id = index === 0 ? 'Route' : `AlsoRoute${index === 1 ? '' : index}`
      const operator = route.caller === 'operator'
      const added = new HttpRoute(this, id, {
        httpApi: operator ? core.operatorApi.gateway : core.publicApi.gateway,
        routeKey: HttpRouteKey.with(path, method),
        integration,
        ...(operator && { authorizer: new HttpIamAuthorizer() }),
      })
      if (!operator)
        Validations.of(added).acknowledge({ id: 'AwsSolutions-APIG4', reason: whyNoAuthorizer[route.caller] })
    }
  }
}

const whyAllTraces = 'X-Ray has no resources to name: its two write actions are granted for all or not at all.'

const whyNoAuthorizer = {
  anyone:
    "OAuth's own endpoints: the token endpoint authenticates its client by what is posted, the others are public.",
  bearer:
    'The handler verifies the bearer token, and the caller and its permission in the table as they are now; ' +
    "a gateway's authorizer can do only the first.",
  operator: 'Not used: the gateway authorizes operators by IAM.',
} satisfies Record<Route['caller'], string>

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

function environmentOf(core: CoreStack, operation: Operation, route: Route): Record<string, string> {
  return {
    SIGIL_OPERATION: operation,
    SIGIL_ORIGIN: core.edge.origin,
    SIGIL_TABLE: core.table.tableName,
    ...(route.touches.some((touch) => touch.startsWith('kms ')) && {
      SIGIL_RESOURCE_KEY: core.signingKeys.resource.keyArn,
      SIGIL_EXCHANGE_KEY: core.signingKeys.exchange.keyArn,
    }),
    // A reference to the secret, which CloudFormation resolves. A function without it does not start: who came through
    // CloudFront could not be told from who did not. (Operators, who do not, are known by IAM.)
    SIGIL_ORIGIN_VERIFY: core.edge.originVerify.secretValue.unsafeUnwrap(),
    // Not --enable-source-maps: reading the map makes each cold start a seventh longer. It lies in the package, for
    // whoever has a stack trace to read.
    POWERTOOLS_SERVICE_NAME: 'sigil',
  }
}
