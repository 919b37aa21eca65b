import { isWrite } from '../scenarios/calls.ts'
import { Crash } from '../scenarios/lab.ts'
import type { Intercept, WireAnswer, WireCall } from '../scenarios/wire.ts'

/** One way for a call of the store or of the signer to go wrong, in the services' own words. */
export type Fault = {
  name: string
  befalls: (call: Pick<WireCall, 'service' | 'command'>) => boolean
  strike: Intercept
  /** How often in a row it can happen, and the request still goes well. */
  survived: number
  /** What the request is answered with, when it does not. Undefined: there is nobody to answer any more. */
  status?: number
  /** The call takes effect, and nobody is told. */
  losesAnswers?: true
}

const isStore: Fault['befalls'] = ({ service }) => service === 'dynamodb'
const isKms: Fault['befalls'] = ({ service }) => service === 'kms'
const isStoreWrite: Fault['befalls'] = (call) => isStore(call) && isWrite(call)
const isSign: Fault['befalls'] = ({ command }) => command === 'Sign'

/** The store is asked again for as long as there is patience; the signer as often as the SDK asks by itself. */
const survivedByStore = 10
const survivedByKms = 2

export const faults: readonly Fault[] = [
  {
    name: 'throttled',
    befalls: isStore,
    survived: survivedByStore,
    status: 503,
    strike: async () =>
      refuse(400, 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException', {
        message: 'The level of configured provisioned throughput for the table was exceeded.',
      }),
  },
  {
    name: 'throttled on demand',
    befalls: isStoreWrite,
    survived: survivedByStore,
    status: 503,
    strike: async () =>
      refuse(400, 'com.amazon.coral.availability#ThrottlingException', {
        message: 'Rate of requests exceeds the allowed throughput.',
      }),
  },
  {
    name: 'internal error',
    befalls: isStore,
    survived: survivedByStore,
    status: 503,
    strike: async () =>
      refuse(500, 'com.amazonaws.dynamodb.v20120810#InternalServerError', { message: 'Internal server error' }),
  },
  { name: 'not sent', befalls: isStore, survived: survivedByStore, status: 503, strike: () => reset() },
  {
    name: 'no address found',
    befalls: isStoreWrite,
    survived: survivedByStore,
    status: 503,
    strike: () => failing('EAI_AGAIN', 'getaddrinfo EAI_AGAIN'),
  },
  {
    name: 'refused by something in between',
    befalls: isStoreWrite,
    survived: survivedByStore,
    status: 503,
    strike: async () => ({
      statusCode: 503,
      headers: { 'content-type': 'text/html' },
      body: Buffer.from('<html>Service Unavailable</html>'),
    }),
  },
  {
    name: 'answer lost',
    befalls: isStoreWrite,
    survived: survivedByStore,
    status: 503,
    losesAnswers: true,
    strike: async (_, perform) => {
      await perform()
      return reset()
    },
  },
  {
    name: 'answer too late',
    befalls: isStoreWrite,
    survived: survivedByStore,
    status: 503,
    losesAnswers: true,
    strike: async (_, perform) => {
      await perform()
      throw Object.assign(new Error('Request did not complete within 3000 ms'), { name: 'TimeoutError' })
    },
  },
  {
    name: 'conflict with another transaction',
    befalls: (call) => isStore(call) && call.command !== 'GetItem' && call.command !== 'Query',
    survived: survivedByStore,
    status: 503,
    strike: async (call) => conflict(call),
  },
  { name: 'crash before it', befalls: () => true, survived: 0, strike: () => Promise.reject(new Crash()) },
  {
    name: 'crash after it',
    befalls: (call) => isStoreWrite(call) || isKms(call),
    survived: 0,
    losesAnswers: true,
    strike: async (_, perform) => {
      await perform()
      throw new Crash()
    },
  },
  ...ofKms('Sign', 503),
  // Only the first tenant of all publishes the keys: its operator is told nothing but that it failed.
  ...ofKms('GetPublicKey', 503),
  {
    name: "another key's signature",
    befalls: isSign,
    survived: 0,
    status: 503,
    // A signature over another digest is as little the published key's over this one.
    strike: (call, perform) => perform({ ...call.input, Message: Buffer.alloc(32, 7).toString('base64') }),
  },
  {
    name: 'damaged signature',
    befalls: isSign,
    survived: 0,
    status: 503,
    strike: async (_, perform) => {
      const answer = await perform()
      const output = JSON.parse(Buffer.from(answer.body).toString()) as { Signature: string }
      const signature = Buffer.from(output.Signature, 'base64')
      signature[100] = (signature[100] ?? 0) ^ 1
      return { ...answer, body: Buffer.from(JSON.stringify({ ...output, Signature: signature.toString('base64') })) }
    },
  },
]

function ofKms(asked: 'Sign' | 'GetPublicKey', status: number): Fault[] {
  const befalls: Fault['befalls'] = ({ command }) => command === asked
  return [
    {
      name: 'throttled',
      befalls,
      survived: survivedByKms,
      status,
      strike: async () =>
        refuse(400, 'ThrottlingException', {
          message: 'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
        }),
    },
    {
      name: 'internal error',
      befalls,
      survived: survivedByKms,
      status,
      strike: async () => refuse(500, 'KMSInternalException', { message: 'The request failed.' }),
    },
    { name: 'not sent', befalls, survived: survivedByKms, status, strike: () => reset() },
    {
      name: 'answer lost',
      befalls,
      survived: survivedByKms,
      status,
      strike: async (_, perform) => {
        await perform()
        return reset()
      },
    },
    {
      name: 'key disabled',
      befalls,
      survived: 0,
      status,
      strike: async ({ input }) => refuse(400, 'DisabledException', { message: `${String(input.KeyId)} is disabled.` }),
    },
  ]
}

/**
 * The interceptor of one fault at one call: the n-th of its command, since what is sent side by side comes in any order. What
 * is longer than a moment meets the calls after it too, as an outage of that service does.
 */
export function striking({ strike, befalls }: Fault, command: string, nth: number, times: number): Intercept {
  let seen = 0
  let struck = 0
  return (call, perform) => {
    if (call.command === command) seen++
    const isDue = seen >= nth && struck < times && befalls(call)
    if (!isDue) return perform()
    struck++
    return strike(call, perform)
  }
}

function refuse(statusCode: number, type: string, members: object): WireAnswer {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'FAULT' }
  return { statusCode, headers, body: Buffer.from(JSON.stringify({ __type: type, ...members })) }
}

const reset = (): Promise<never> => failing('ECONNRESET', 'socket hang up')

const failing = (code: string, message: string): Promise<never> =>
  Promise.reject(Object.assign(new Error(message), { code }))

/** The reasons of a cancelled transaction come in the order of its actions: here the last of them met another's. */
function conflict({ command, input }: WireCall): WireAnswer {
  const prefix = 'com.amazonaws.dynamodb.v20120810#'
  if (command === 'PutItem') {
    return refuse(400, `${prefix}TransactionConflictException`, { message: 'Transaction is ongoing for the item' })
  }
  const actions = input.TransactItems as unknown[]
  const reasons = actions.map((_, index) =>
    index === actions.length - 1
      ? { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' }
      : { Code: 'None' },
  )
  return refuse(400, `${prefix}TransactionCanceledException`, {
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(', ')}]`,
    CancellationReasons: reasons,
  })
}
