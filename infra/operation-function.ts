import { Validations } from 'aws-cdk-lib'
import { HttpMethod, HttpRoute, HttpRouteKey } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { Code } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import type { Operation, Route } from '../shared/routes.ts'
import type { CoreStack } from './core-stack.ts'
import { addFunction } from './function.ts'

export type OperationFunctionProps = { core: CoreStack; operation: Operation; route: Route; code: Code }

/** One operation: its function, and its routes on the API where its callers are. */
export class OperationFunction extends Construct {
  constructor(scope: Construct, id: string, { core, operation, route, code }: OperationFunctionProps) {
    super(scope, id)
    const handler = addFunction(this, {
      core,
      name: operation,
      touches: route.touches,
      // The gateway gives up after 30 s; retries within a request end long before 10 s.
      timeoutSeconds: route.timeoutSeconds ?? 10,
      code,
      environment: {
        // A reference to the secret, which CloudFormation resolves. A function without it does not start: who came through
        // CloudFront could not be told from who did not. (Operators, who do not, are known by IAM.)
        SIGIL_ORIGIN_VERIFY: core.edge.originVerify.secretValue.unsafeUnwrap(),
      },
    })
    Validations.of(handler).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason: 'Only the gateway invokes it, and waits for its answer: a failure reaches the caller, not a queue.',
    })
    this.#routes(core, route, new HttpLambdaIntegration('Integration', handler))
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

const whyNoAuthorizer = {
  anyone:
    "OAuth's own endpoints: the token endpoint authenticates its client by what is posted, the others are public.",
  bearer:
    'The handler verifies the bearer token, and the caller and its permission in the table as they are now; ' +
    "a gateway's authorizer can do only the first.",
  operator: 'Not used: the gateway authorizes operators by IAM.',
} satisfies Record<Route['caller'], string>
