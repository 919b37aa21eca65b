import type { APIGatewayProxyEventV2WithIAMAuthorizer } from 'aws-lambda'
import { type Operation, routes } from '../../shared/routes.ts'
import { account } from './kms-keys.ts'

const userArn = `arn:aws:iam::${account}:user/local-operator`

/**
 * The event of an operator's call. In AWS it comes through an API behind IAM; on a laptop whoever may read the state
 * directory is the operator, and the call is made in process (design D15).
 */
export function operatorEvent(
  operation: Operation,
  { pathParameters, body }: { pathParameters?: Record<string, string>; body?: object } = {},
  now = new Date(),
): APIGatewayProxyEventV2WithIAMAuthorizer {
  const { method, path: template } = routes[operation]
  const path = template.replace(/\{(\w+)\}/g, (whole, name: string) => pathParameters?.[name] ?? whole)
  const routeKey = `${method} ${template}`
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: '',
    headers: { 'content-type': 'application/json' },
    ...(pathParameters && { pathParameters }),
    requestContext: {
      accountId: account,
      apiId: 'local-operators',
      authorizer: {
        iam: {
          accessKey: 'local',
          accountId: account,
          callerId: 'local-operator',
          cognitoIdentity: null,
          principalOrgId: 'o-local',
          userArn,
          userId: 'local-operator',
        },
      },
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'sigil-local' },
      requestId: 'local',
      routeKey,
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(body && { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  }
}
