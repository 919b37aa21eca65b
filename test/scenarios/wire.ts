import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KMSClient } from '@aws-sdk/client-kms'

type Service = 'dynamodb' | 'kms'
type Input = Record<string, unknown>

/** What a service answers with, as it stands on the wire. */
export type WireAnswer = { statusCode: number; headers: Record<string, string>; body: Uint8Array }

/** One call of an SDK client, as it goes over the wire: a retry by the client is a call of its own. */
export type WireCall = {
  service: Service
  /** `TransactGetItems`, `Sign`, … */
  command: string
  input: Input
  /** What the service answered, if it was asked and did. */
  answer?: { statusCode: number; output: Input }
}

/** Stands between a client and its service. `perform` asks the service, with other input where it is given. */
export type Intercept = (call: WireCall, perform: (input?: Input) => Promise<WireAnswer>) => Promise<WireAnswer>

type Hooks = {
  intercept: Intercept
  /** Before the service is asked. */
  asking: (call: WireCall) => Promise<void>
}

type HttpRequest = { headers: Record<string, string>; body: string | Uint8Array }
type HttpResponse = {
  statusCode: number
  headers: Record<string, string>
  body: NodeJS.ReadableStream & { toArray(): Promise<Buffer[]> }
}

/** Clients that are the SDK's own down to the wire, where every call passes through `hooks`. */
export function wired(
  real: { dynamodb: DynamoDBClient; kms: KMSClient },
  hooks: Hooks,
): { dynamodb: DynamoDBClient; kms: KMSClient } {
  const { endpoint, region, credentials } = real.dynamodb.config
  const dynamodb = new DynamoDBClient({
    ...(endpoint && { endpoint }),
    region,
    credentials,
    requestHandler: passing(real.dynamodb, 'dynamodb', hooks),
    retryStrategy: promptRetries,
  })
  const kms = new KMSClient({
    ...(real.kms.config.endpoint && { endpoint: real.kms.config.endpoint }),
    region,
    credentials,
    requestHandler: passing(real.kms, 'kms', hooks),
    retryStrategy: promptRetries,
  })
  dynamodb.middlewareStack.add(
    (next) => (given) => next({ ...given, input: { ...given.input, ReturnConsumedCapacity: 'TOTAL' } as never }),
    { step: 'initialize', name: 'reportCapacity' },
  )
  return { dynamodb, kms }
}

function passing(client: DynamoDBClient | KMSClient, service: Service, hooks: Hooks) {
  const inner = client.config.requestHandler
  return {
    async handle(request: HttpRequest, options?: object): Promise<{ response: WireAnswer }> {
      const call: WireCall = {
        service,
        command: String(request.headers['x-amz-target']).replace(/^.*\./, ''),
        input: JSON.parse(
          typeof request.body === 'string' ? request.body : new TextDecoder().decode(request.body),
        ) as Input,
      }
      const perform = async (input?: Input): Promise<WireAnswer> => {
        await hooks.asking(call)
        const { response } = (await inner.handle(withInput(request, input) as never, options)) as {
          response: HttpResponse
        }
        const body = Buffer.concat(await response.body.toArray())
        call.answer = { statusCode: response.statusCode, output: JSON.parse(body.toString() || '{}') as Input }
        return { statusCode: response.statusCode, headers: response.headers, body }
      }
      return { response: await hooks.intercept(call, perform) }
    },
    destroy() {},
  } as unknown as DynamoDBClient['config']['requestHandler']
}

function withInput(request: HttpRequest, input: Input | undefined): HttpRequest {
  if (!input) return request
  const body = JSON.stringify(input)
  const headers = { ...request.headers, 'content-length': String(Buffer.byteLength(body)) }
  return Object.assign(Object.create(Object.getPrototypeOf(request) as object), request, { headers, body })
}

const attempts = 3
type Token = { getRetryCount(): number; getRetryDelay(): number }
const token = (count: number): Token => ({ getRetryCount: () => count, getRetryDelay: () => 0 })

/** The standard mode's decisions, without its pauses: three attempts, and none after an error of the caller's own. */
const promptRetries = {
  mode: 'standard',
  acquireInitialRetryToken: async () => token(0),
  async refreshRetryTokenForRetry(used: Token, { errorType }: { errorType: string }): Promise<Token> {
    if (errorType === 'CLIENT_ERROR' || used.getRetryCount() + 1 >= attempts) throw new Error('no further attempt')
    return token(used.getRetryCount() + 1)
  },
  recordSuccess() {},
}
