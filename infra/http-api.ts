import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import { HttpApi as Gateway, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'

export type HttpApiProps = {
  name: string
  description: string
  /** Requests a second over all routes, and how many may come at once: what lies behind is not to be flooded. */
  throttle: { rateLimit: number; burstLimit: number }
  /** What the access log says of a request beside what every log here says. */
  logged?: Record<string, string>
}

/** An HTTP API with one stage, which is logged and throttled; its routes are added by the stacks of the areas. */
export class HttpApi extends Construct {
  readonly gateway: Gateway
  /** Where the API is reached directly, without a scheme. */
  readonly host: string

  constructor(scope: Construct, id: string, { name, description, throttle, logged = {} }: HttpApiProps) {
    super(scope, id)
    this.gateway = new Gateway(this, 'Gateway', { apiName: name, description, createDefaultStage: false })
    const log = new LogGroup(this, 'AccessLog', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    new HttpStage(this, 'Stage', {
      httpApi: this.gateway,
      stageName: '$default',
      autoDeploy: true,
      throttle,
      accessLogSettings: {
        destination: new LogGroupLogDestination(log),
        format: AccessLogFormat.custom(JSON.stringify({ ...always, ...logged })),
      },
    })
    this.host = `${this.gateway.apiId}.execute-api.${this.gateway.stack.region}.${this.gateway.stack.urlSuffix}`
  }

  /** Shows the API's address when its stack has been deployed. */
  publishAddress(name: string): void {
    new CfnOutput(this, name, { value: `https://${this.host}` })
  }
}

/** The route, not the path: paths hold people's names. Headers, queries and bodies hold secrets and are never logged. */
const always = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  sourceIp: '$context.identity.sourceIp',
  responseLength: '$context.responseLength',
  responseLatency: '$context.responseLatency',
  integrationLatency: '$context.integrationLatency',
  integrationError: '$context.integrationErrorMessage',
}
