import type * as v from 'valibot'
import { admit } from '../auth/authorize.ts'
import { authenticate, type Caller } from '../auth/bearer.ts'
import { Refusal } from '../refusal.ts'
import { type Operation, type Route, routes } from '../routes.ts'
import { readJson } from './body.ts'
import type { Call } from './call.ts'
import { type Handler, operation } from './operation.ts'
import { type QueryOption, readQuery } from './query.ts'
import type { Response } from './response.ts'
import { settled } from './settled.ts'
import { parse } from './shape.ts'

/** What a management operation is handed: the call, who calls, and its parts, checked. */
export type ManagementRequest<Body> = Call & {
  caller: Caller
  /** Path parameters, decoded; `id` as `parseKeySegment` takes it. */
  path: Record<string, string>
  query: Partial<Record<QueryOption, string>>
  body: Body
}

type Input<Body extends v.GenericSchema> = {
  body?: Body
  query?: readonly QueryOption[]
  /** Callers that are refused with words of their own before their permissions are looked at. */
  refuse?: (caller: Caller) => Refusal | undefined
}

/** An operation of the management API: parse, authenticate, authorize, run; run again when another request came in between. */
export function managementOperation<Body extends v.GenericSchema = v.VoidSchema<undefined>>(
  name: Operation,
  input: Input<Body>,
  run: (request: ManagementRequest<v.InferOutput<Body>>) => Promise<Response>,
): Handler {
  const route: Route = routes[name]
  return operation(name, 'graph', async (call) => {
    const { event, world } = call
    const path = event.pathParameters ?? {}
    if (!['v1.0', 'beta'].includes(path.version ?? '')) {
      throw new Refusal('Request_ResourceNotFound', 'there is no such address; paths begin with /v1.0 or /beta')
    }
    const caller = await authenticate(world, event.headers.authorization, call.now)
    Object.assign(call.notes, { tenantId: caller.tenantId, clientId: caller.clientId })
    const refused = input.refuse?.(caller)
    if (refused) throw refused
    if (route.allow !== 'any caller') admit(caller, route.allow ?? [])
    const query = readQuery(event.rawQueryString, input.query ?? [])
    const body = input.body ? parse(input.body, readJson(event)) : undefined
    const request = { ...call, caller, path: path as Record<string, string>, query, body: body as v.InferOutput<Body> }
    return settled(() => run(request))
  })
}
