import type * as v from 'valibot'
import { Refusal } from '../refusal.ts'
import type { Operation } from '../routes.ts'
import { readJson } from './body.ts'
import type { Call } from './call.ts'
import { type Handler, operation } from './operation.ts'
import type { Response } from './response.ts'
import { settled } from './settled.ts'
import { parse } from './shape.ts'

/** An operator's request: IAM has said who it is. */
export type OperatorRequest<Body> = Call & { userArn: string; path: Record<string, string>; body: Body }

/** An operation of the operators' own API. It refuses whatever did not come through IAM (design D15), wherever it was routed. */
export function operatorOperation<Body extends v.GenericSchema = v.VoidSchema<undefined>>(
  name: Operation,
  input: { body?: Body },
  run: (request: OperatorRequest<v.InferOutput<Body>>) => Promise<Response>,
): Handler {
  return operation(name, 'graph', async (call) => {
    const userArn = call.event.requestContext.authorizer?.iam?.userArn
    if (!userArn)
      throw new Refusal('Authorization_RequestDenied', "this is an operator's call; sign it with IAM (SigV4)")
    const body = input.body ? parse(input.body, readJson(call.event)) : undefined
    const path = (call.event.pathParameters ?? {}) as Record<string, string>
    return settled(() => run({ ...call, userArn, path, body: body as v.InferOutput<Body> }))
  })
}
