import { Match, Template } from 'aws-cdk-lib/assertions'
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import { describe, expect, test } from 'vitest'
import { type Operation, type Route, routes } from '../../shared/routes.ts'
import { type FunctionName, type Worker, type WorkerName, workers } from '../../shared/workers.ts'
import { allowedTouches, grantedFor, operationOf, statementsOf } from './allowed.ts'
import { type Resource, synthesise } from './synthesis.ts'

const { app, core, areas, jobs, assembly, resources } = await synthesise()
const template = Template.fromStack(core)
const declared = Object.entries(routes) as [Operation, Route][]
const declaredWorkers = Object.entries(workers) as [WorkerName, Worker][]

const ofType = (type: string, within = Object.values(resources)): [string, Resource][] =>
  within.flatMap((stack) => Object.entries(stack)).filter(([, { Type }]) => Type === type)

const functions = new Map(
  Object.values(resources).flatMap((stack) =>
    ofType('AWS::Lambda::Function', [stack]).map(
      ([id, lambda]) => [operationOf(lambda), { id, lambda, stack }] as const,
    ),
  ),
)
const functionOf = (operation: FunctionName) => {
  const found = functions.get(operation)
  if (!found) throw new Error(`${operation} has no function`)
  return found
}

/** The core stack's gateways, by the logical id that an area's routes import. */
const gateway = (name: string): string => {
  const [id] = ofType('AWS::ApiGatewayV2::Api').find(([, { Properties }]) => Properties.Name === name) ?? []
  return id ?? expect.fail(`there is no API named ${name}`)
}
const publicApi = gateway('sigil-public')
const operatorApi = gateway('sigil-operators')

/** Each route of a stack: its key, its API, how it authorises, and the function that it leads to. */
const routesOf = (stack: Record<string, Resource>) =>
  ofType('AWS::ApiGatewayV2::Route', [stack]).map(([, { Properties }]) => {
    const integration = JSON.stringify(Properties.Target).match(/"Ref":"(\w+)"/)?.[1] ?? ''
    return {
      key: Properties.RouteKey,
      api: JSON.stringify(Properties.ApiId).match(/Ref(\w+Gateway[0-9A-F]{8})/)?.[1],
      authorization: Properties.AuthorizationType,
      leadsTo: JSON.stringify(stack[integration]?.Properties.IntegrationUri).match(/\["(\w+)","Arn"\]/)?.[1],
    }
  })

describe('every operation', () => {
  test('has its function, as has every worker, and there are no others', () => {
    expect([...functions.keys()].sort()).toEqual([...Object.keys(routes), ...Object.keys(workers)].sort())
  })

  test.each(declared)('%s: runtime, tracing, log and environment', (operation, route) => {
    const { lambda, stack } = functionOf(operation)
    const { Properties } = lambda
    expect(Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      TracingConfig: { Mode: 'Active' },
      Timeout: route.timeoutSeconds ?? 10,
    })
    const { LogGroup } = Properties.LoggingConfig as { LogGroup: { Ref: string } }
    expect(stack[LogGroup.Ref]?.Properties.RetentionInDays).toBe(90)

    const { Variables } = Properties.Environment as { Variables: Record<string, unknown> }
    const signs = route.touches.some((touch) => touch.startsWith('kms '))
    expect(Object.keys(Variables).sort()).toEqual(
      [
        'POWERTOOLS_SERVICE_NAME',
        'SIGIL_OPERATION',
        'SIGIL_ORIGIN',
        'SIGIL_TABLE',
        ...(signs ? ['SIGIL_RESOURCE_KEY', 'SIGIL_EXCHANGE_KEY'] : []),
        'SIGIL_ORIGIN_VERIFY',
      ].sort(),
    )
  })

  test.each(declared)('%s: its routes, on the API of its callers', (operation, route) => {
    const { id, stack } = functionOf(operation)
    const operator = route.caller === 'operator'
    const expected = [route.path, ...(route.also ?? [])].map((path) => ({
      key: `${route.method} ${path}`,
      api: operator ? operatorApi : publicApi,
      authorization: operator ? 'AWS_IAM' : 'NONE',
      leadsTo: id,
    }))
    expect(routesOf(stack).filter(({ leadsTo }) => leadsTo === id)).toEqual(expected)
  })
})

describe('every worker', () => {
  const template = Template.fromStack(jobs)
  const stack = resources[jobs.stackName] ?? {}
  const [queue] = Object.keys(template.findResources('AWS::SQS::Queue'))
  const toQueue = { 'Fn::GetAtt': [queue, 'Arn'] }

  test.each(declaredWorkers)(
    '%s: runtime, time, log, and an environment without the secret of the edge',
    (name, worker) => {
      const { Properties } = functionOf(name).lambda
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
        Timeout: worker.timeoutSeconds,
      })
      const { LogGroup } = Properties.LoggingConfig as { LogGroup: { Ref: string } }
      expect(stack[LogGroup.Ref]?.Properties.RetentionInDays).toBe(90)
      const { Variables } = Properties.Environment as { Variables: Record<string, unknown> }
      expect(Object.keys(Variables).sort()).toEqual([
        'POWERTOOLS_SERVICE_NAME',
        'SIGIL_OPERATION',
        'SIGIL_ORIGIN',
        'SIGIL_TABLE',
      ])
    },
  )

  test.each(declaredWorkers)('%s: runs from time to time, and tells of what failed', (name, { everyMinutes }) => {
    const { id } = functionOf(name)
    const function_ = { 'Fn::GetAtt': [id, 'Arn'] }
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: everyMinutes === 1 ? 'rate(1 minute)' : `rate(${everyMinutes} minutes)`,
      State: 'ENABLED',
      Targets: [{ Arn: function_, DeadLetterConfig: { Arn: toQueue }, RetryPolicy: { MaximumRetryAttempts: 0 } }],
    })
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: id },
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: toQueue } },
    })
  })

  test('that waits for rows is woken by new ones of their family alone, and by nothing else', () => {
    const waiting = declaredWorkers.filter(([, { on }]) => on)
    const mappings = ofType('AWS::Lambda::EventSourceMapping')
    expect(waiting.length).toBeGreaterThan(0)
    expect(mappings).toHaveLength(waiting.length)
    for (const [name, { on }] of waiting) {
      template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
        FunctionName: { Ref: functionOf(name).id },
        StartingPosition: 'LATEST',
        MaximumRetryAttempts: 2,
        DestinationConfig: { OnFailure: { Destination: toQueue } },
        FilterCriteria: {
          Filters: [
            {
              Pattern: JSON.stringify({
                eventName: ['INSERT'],
                dynamodb: { Keys: { pk: { S: [{ prefix: `${on}#` }] } } },
              }),
            },
          ],
        },
      })
    }
  })

  test('alone may read the table’s stream, and only where it waits for rows', () => {
    const readers = [...functions].filter(([, { lambda, stack: own }]) =>
      statementsOf(lambda, own).some(({ Action }) => [Action].flat().includes('dynamodb:GetRecords')),
    )
    expect(readers.map(([name]) => name)).toEqual(declaredWorkers.filter(([, { on }]) => on).map(([name]) => name))
  })

  test('has failures that are kept, and encrypted on the way and at rest', () => {
    template.hasResourceProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 })
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    })
  })
})

describe('the two planes', () => {
  const all = Object.values(resources).flatMap((stack) =>
    routesOf(stack).map((route) => ({ ...route, handler: stack[route.leadsTo ?? ''] })),
  )

  test("every route of the operators' API asks for IAM", () => {
    const own = all.filter(({ api }) => api === operatorApi)
    expect(own.length).toBeGreaterThan(0)
    expect(own.filter(({ authorization }) => authorization !== 'AWS_IAM')).toEqual([])
  })

  test("no public route leads to an operator's handler, and no route leads nowhere", () => {
    const open = all.filter(({ api }) => api !== operatorApi)
    expect(open.filter(({ api, handler }) => api !== publicApi || !handler)).toEqual([])
    const operations = open.flatMap(({ handler }) => (handler ? [operationOf(handler)] : []))
    expect(operations.filter((operation) => !(operation in routes))).toEqual([])
    expect(operations.filter((operation) => routes[operation as Operation].caller === 'operator')).toEqual([])
  })

  test('the gateway may invoke a function for its own routes alone', () => {
    const every = ofType('AWS::Lambda::Permission')
    const permissions = every.filter(([, { Properties }]) => Properties.Principal !== 'events.amazonaws.com')
    expect(permissions).toHaveLength(all.length)
    // Workers are invoked by their own schedules; by a stream Lambda itself does it.
    expect(every.length - permissions.length).toBe(declaredWorkers.length)
    for (const [, { Properties }] of permissions) {
      expect(Properties.Principal).toBe('apigateway.amazonaws.com')
      expect(JSON.stringify(Properties.SourceArn)).toMatch(/Gateway\w+"\},"\/\*\/\*\/[^*"]+"/)
    }
  })
})

describe('least privilege', () => {
  const allowed = allowedTouches(resources)

  test.each([...declared, ...declaredWorkers])('the role of %s allows what it touches', (name, { touches }) => {
    expect(allowed.get(name)).toEqual(grantedFor(touches))
  })

  test('only what is declared to sign may sign, and only token digests', () => {
    const signers = [...functions].flatMap(([operation, { lambda, stack }]) =>
      statementsOf(lambda, stack)
        .filter(({ Action }) => [Action].flat().includes('kms:Sign'))
        .map(({ Condition }) => ({ operation, Condition })),
    )
    const declaredSigners = declared.filter(([, { touches }]) => touches.includes('kms Sign'))
    expect(signers).toEqual(
      declaredSigners.map(([operation]) => ({
        operation,
        Condition: {
          StringEquals: { 'kms:SigningAlgorithm': 'RSASSA_PKCS1_V1_5_SHA_256', 'kms:MessageType': 'DIGEST' },
        },
      })),
    )
  })

  test('a wildcard stands for traces alone', () => {
    const statements = [...functions.values()].flatMap(({ lambda, stack }) => statementsOf(lambda, stack))
    const wide = statements.filter(({ Action, Resource: target }) => JSON.stringify([Action, target]).includes('*'))
    expect(new Set(wide.flatMap(({ Action }) => Action))).toEqual(
      new Set(['xray:PutTraceSegments', 'xray:PutTelemetryRecords']),
    )
  })
})

describe('what is kept', () => {
  test('the table: point-in-time recovery, deletion protection, its own key, no index, a stream of keys alone', () => {
    template.resourceCountIs('AWS::DynamoDB::Table', 1)
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: Match.absent(),
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: Match.anyValue() },
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      },
    })
  })

  test('the keys: one rotated for the table, one to sign each kind of token, none removed with the stack', () => {
    template.resourcePropertiesCountIs('AWS::KMS::Key', { EnableKeyRotation: true }, 1)
    template.resourcePropertiesCountIs('AWS::KMS::Key', { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }, 2)
    template.resourceCountIs('AWS::KMS::Key', 3)
    template.allResources('AWS::KMS::Key', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
  })

  test('every log, for a while', () => {
    const logs = ofType('AWS::Logs::LogGroup')
    expect(logs).toHaveLength(functions.size + 2)
    expect(logs.filter(([, { Properties }]) => Properties.RetentionInDays === undefined)).toEqual([])
  })
})

describe('the edge', () => {
  test('runs the path function, caches nothing, and forwards all but the host', () => {
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        HttpVersion: 'http2and3',
        DefaultCacheBehavior: {
          ViewerProtocolPolicy: 'https-only',
          AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
          CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad', // CachingDisabled
          OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac', // AllViewerExceptHostHeader
          FunctionAssociations: [{ EventType: 'viewer-request', FunctionARN: Match.anyValue() }],
          ResponseHeadersPolicyId: Match.anyValue(),
        },
        CacheBehaviors: Match.absent(),
      },
    })
    template.hasResourceProperties('AWS::CloudFront::Function', { FunctionConfig: { Runtime: 'cloudfront-js-2.0' } })
  })

  test('keeps no error: what was not found may be created a moment later', () => {
    const [, distribution] = ofType('AWS::CloudFront::Distribution')[0] ?? expect.fail('no distribution')
    const { CustomErrorResponses } = distribution.Properties.DistributionConfig as {
      CustomErrorResponses: { ErrorCode: number; ErrorCachingMinTTL: number }[]
    }
    expect(CustomErrorResponses.filter(({ ErrorCachingMinTTL }) => ErrorCachingMinTTL > 0)).toEqual([])
    expect(CustomErrorResponses.map(({ ErrorCode }) => ErrorCode)).toEqual(
      expect.arrayContaining([404, 405, 414, 500, 501, 502, 503, 504]),
    )
  })

  test('shows the API a secret, which no template holds', () => {
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        Origins: [
          {
            CustomOriginConfig: { OriginProtocolPolicy: 'https-only', OriginSSLProtocols: ['TLSv1.2'] },
            OriginCustomHeaders: [
              {
                HeaderName: 'x-origin-verify',
                HeaderValue: {
                  'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: Match.anyValue() }, ':SecretString:::}}']],
                },
              },
            ],
          },
        ],
      },
    })
    for (const [operation, { lambda }] of functions) {
      if (!(operation in routes) || routes[operation as Operation].caller === 'operator') continue
      expect(JSON.stringify(lambda.Properties)).toContain('{{resolve:secretsmanager:')
    }
  })

  test('takes a custom domain, with TLS 1.2 at least, and every function learns of it', async () => {
    const certificate = 'arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012'
    const custom = await synthesise({ domain: 'id.example.com', certificate })
    Template.fromStack(custom.core).hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        Aliases: ['id.example.com'],
        ViewerCertificate: { AcmCertificateArn: certificate, MinimumProtocolVersion: 'TLSv1.2_2021' },
      },
    })
    for (const [, { Properties }] of ofType('AWS::Lambda::Function', Object.values(custom.resources))) {
      expect(Properties.Environment).toMatchObject({ Variables: { SIGIL_ORIGIN: 'https://id.example.com' } })
    }
  })

  test('takes no half of a custom domain', async () => {
    await expect(synthesise({ domain: 'id.example.com' })).rejects.toThrow('both context values')
  })
})

describe('both APIs', () => {
  test('are throttled, and log routes and not paths, headers or queries', () => {
    const stages = ofType('AWS::ApiGatewayV2::Stage')
    expect(stages).toHaveLength(2)
    for (const [, { Properties }] of stages) {
      expect(Properties.DefaultRouteSettings).toEqual({
        ThrottlingRateLimit: expect.any(Number),
        ThrottlingBurstLimit: expect.any(Number),
      })
      const { Format } = Properties.AccessLogSettings as { Format: string }
      expect(JSON.parse(Format)).toMatchObject({ route: '$context.routeKey' })
      expect(Format).not.toMatch(/\$context\.(?:path|http|authorizer\.claims)|\$request/)
    }
  })
})

describe('limits and rules', () => {
  test('one API has fewer than 300 routes', () => {
    expect(Object.values(resources).flatMap(routesOf).length).toBeLessThan(300)
  })

  test.each(Object.entries(resources))('%s has at most 450 resources', (_, stack) => {
    expect(Object.keys(stack).length).toBeLessThanOrEqual(450)
  })

  // They are deployed one after the other, each in a minute or two.
  test('there are few stacks, each area is in one, and none is bound to an account or a Region', () => {
    const names = [...new Set(Object.keys(routes).map((operation) => operation.split('/')[0]))]
    expect(areas.flatMap(({ areas: own }) => own).sort()).toEqual(names.sort())
    expect(areas.length).toBeLessThanOrEqual(15)
    expect(new Set(assembly.stacks.map(({ environment }) => environment.name))).toEqual(
      new Set(['aws://unknown-account/unknown-region']),
    )
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    ['AwsSolutions', new AwsSolutionsChecks()],
    ['Serverless',   new ServerlessChecks()],
  ])('the rules of %s are kept, or answered', (_, pack) => {
    expect(pack.validateScope(app).violations).toEqual([])
  })

  test('what is answered is answered beside one resource, with a reason', () => {
    const acknowledged = app.node
      .findAll()
      .flatMap(({ node }) =>
        node.metadata
          .filter(({ type }) => type === 'aws:cdk:acknowledged-rules')
          .map(({ data }) => ({ depth: node.path.split('/').length, reasons: data as Record<string, string> })),
      )
    // A path of one part is a whole stack's, of none the app's.
    expect(acknowledged.filter(({ depth }) => depth < 2)).toEqual([])
    const rules = acknowledged.flatMap(({ reasons }) => Object.entries(reasons))
    expect(rules.filter(([, reason]) => reason.length < 40)).toEqual([])
    expect(new Set(rules.map(([id]) => id.replace(/^annotation::/i, '')))).toEqual(
      new Set([
        'AwsSolutions-APIG4',
        'AwsSolutions-CFR1',
        'AwsSolutions-CFR2',
        'AwsSolutions-CFR3',
        'AwsSolutions-CFR4',
        'AwsSolutions-IAM5[Resource::*]',
        'AwsSolutions-SMG4',
        'AwsSolutions-SQS3',
        'Serverless-LambdaDLQ',
        'Serverless-LambdaStarPermissions',
        'Serverless-SQSRedrivePolicy',
      ]),
    )
  })
})
