import { Duration, Validations } from 'aws-cdk-lib'
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager'
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront'
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'

/** A name of one's own for the service, with its certificate, which CloudFront looks for in us-east-1. */
export type CustomDomain = { name: string; certificateArn: string }

export type EdgeProps = {
  /** The host of the API behind. */
  host: string
  /** The code of the viewer-request function. */
  viewerRequest: string
  domain?: CustomDomain | undefined
}

/** The one way in for the public: CloudFront, which spells paths, tells who calls, and proves to the API that it was passed. */
export class Edge extends Construct {
  /** The public origin, such as `https://d111111abcdef8.cloudfront.net`: the host of every issuer and address. */
  readonly origin: string
  /** What CloudFront puts into `x-origin-verify`. The API's own address is open to all; its handlers answer to this alone. */
  readonly originVerify: Secret

  constructor(scope: Construct, id: string, { host, viewerRequest, domain }: EdgeProps) {
    super(scope, id)
    this.originVerify = this.#originVerify()
    const distribution = new Distribution(this, 'Distribution', {
      comment: 'Sigil',
      defaultBehavior: {
        origin: new HttpOrigin(host, {
          protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
          originSslProtocols: [OriginSslPolicy.TLS_V1_2],
          keepaliveTimeout: Duration.seconds(60),
          // CloudFront replaces what a viewer sends under this name. The template holds a reference; the value is fetched
          // when the stack is deployed.
          customHeaders: { 'x-origin-verify': this.originVerify.secretValue.unsafeUnwrap() },
        }),
        // Not a redirect: a secret that was sent in the clear is not to be rewarded with an answer.
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        allowedMethods: AllowedMethods.ALLOW_ALL,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        // API Gateway knows its API by `Host`. This policy forwards all else, and adds the `CloudFront-Viewer-*` headers,
        // the client's address among them, in place of any that the client made up.
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        responseHeadersPolicy: this.#securityHeaders(),
        functionAssociations: [
          { eventType: FunctionEventType.VIEWER_REQUEST, function: this.#viewerRequest(viewerRequest) },
        ],
      },
      // Even where nothing is cached CloudFront keeps errors for ten seconds, by path alone: one caller's 404 would hide
      // from the next what has been created since.
      errorResponses: [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504].map((httpStatus) => ({
        httpStatus,
        ttl: Duration.seconds(0),
      })),
      httpVersion: HttpVersion.HTTP2_AND_3,
      ...(domain && {
        domainNames: [domain.name],
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
        certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
      }),
    })
    this.origin = `https://${domain?.name ?? distribution.distributionDomainName}`

    Validations.of(distribution).acknowledge(
      {
        id: 'AwsSolutions-CFR1',
        reason: 'Agents call from wherever their organisation runs them; where that may be is for its policies to say.',
      },
      {
        id: 'AwsSolutions-CFR2',
        reason:
          'A web ACL is rented by the month and chosen by the account; the stage throttles, and handlers cap sizes.',
      },
      {
        id: 'AwsSolutions-CFR3',
        reason:
          "CloudFront's log keeps query strings, where clients put what belongs into a body. The API's own access log has " +
          'every request, without them.',
      },
    )
    if (!domain) {
      Validations.of(distribution).acknowledge({
        id: 'AwsSolutions-CFR4',
        reason: "CloudFront's own name has CloudFront's own TLS policy. A custom domain gets TLSv1.2_2021.",
      })
    }
  }

  #originVerify(): Secret {
    const secret = new Secret(this, 'OriginVerify', {
      description: 'Sigil: what CloudFront shows the API, to prove that a request came through it',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    })
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'CloudFront and the functions get the value when they are deployed: rotated between deployments it would lock the ' +
        'public out. It admits to the API alone, where every caller is authenticated again. It is changed by a deployment.',
    })
    return secret
  }

  #viewerRequest(code: string): EdgeFunction {
    return new EdgeFunction(this, 'ViewerRequest', {
      comment: 'Sigil: one spelling for every path',
      code: FunctionCode.fromInline(code),
      runtime: FunctionRuntime.JS_2_0,
    })
  }

  /** Handlers send their own; these are for the answers that no handler makes: a gateway's 404 or 503, CloudFront's 403. */
  #securityHeaders(): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, 'SecurityHeaders', {
      comment: 'Sigil',
      securityHeadersBehavior: {
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: true,
          override: false,
        },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: false },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: false },
        contentSecurityPolicy: { contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'", override: false },
      },
    })
  }
}
