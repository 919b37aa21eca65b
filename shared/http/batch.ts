import * as v from 'valibot'
import { Refusal } from '../refusal.ts'
import { sendTimeoutMs } from '../world.ts'
import { errorBody, refusalResponse } from './error-body.ts'
import type { ManagementRequest } from './management.ts'
import { canonicalPath } from './path.ts'
import { ok, type Response } from './response.ts'

const maximumRequests = 20
const maximumAtOnce = 5
/** A batch is answered within 25 s. So that none of its requests is cut off, none is sent when that could take longer. */
const sendingMs = 25_000 - sendTimeoutMs
/** What Lambda can answer with is 6 MB. */
const maximumAnswerBytes = 5 * 1024 * 1024

/** Everything else is the batch's own, or nobody's to say. */
const headersOfItems: readonly string[] = [
  'accept',
  'client-request-id',
  'consistencylevel',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'odata-version',
  'prefer',
  'return-client-request-id',
]

/** Of an answer's headers those that clients act on, spelled as Graph's own client looks for them: by the letter. */
const headersOfAnswers: Readonly<Record<string, string>> = {
  'content-type': 'Content-Type',
  etag: 'ETag',
  location: 'Location',
  'operation-location': 'Operation-Location',
  'request-id': 'request-id',
  'retry-after': 'Retry-After',
}

const id = v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(100, 'must have at most 100 characters'))

export const batchBody = v.strictObject({
  requests: v.pipe(
    v.array(
      v.strictObject({
        id,
        method: v.picklist(['GET', 'POST', 'PATCH', 'PUT', 'DELETE']),
        url: v.pipe(v.string(), v.maxLength(4096, 'must have at most 4096 characters')),
        headers: v.optional(v.record(v.string(), v.string())),
        body: v.optional(
          v.custom<Record<string, unknown>>(
            (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
            'must be a JSON object',
          ),
        ),
        dependsOn: v.optional(v.pipe(v.array(id), v.maxLength(20, 'must have at most 20 members'))),
      }),
    ),
    v.minLength(1, 'must have at least one member'),
    v.maxLength(maximumRequests, `must have at most ${maximumRequests} members`),
  ),
})

type Batch = v.InferOutput<typeof batchBody>

/** One request of a batch, as it will be sent. */
export type Item = {
  id: string
  method: string
  /** With the version and the query. */
  path: string
  headers: Record<string, string>
  body?: string
  dependsOn: readonly string[]
}

/** What became of one request of a batch. */
type Answer = { status: number; headers?: Record<string, string>; body?: unknown }

/**
 * The requests of a batch, each after those that it depends on.
 * @throws Request_BadRequest naming the property of the first that cannot be sent: then none is
 */
export function readBatch({ requests }: Batch, version: string): Item[] {
  const ids = new Set<string>()
  requests.forEach((request, index) => {
    if (ids.has(request.id)) throw wrong(index, 'id', 'is the id of another request of the batch too')
    ids.add(request.id)
  })
  const items = requests.map((request, index): Item => {
    const { method, body, dependsOn = [] } = request
    if (body !== undefined && (method === 'GET' || method === 'DELETE'))
      throw wrong(index, 'body', `is not for a request with the method ${method}`)
    if (dependsOn.includes(request.id)) throw wrong(index, 'dependsOn', 'names the request itself')
    if (!dependsOn.every((each) => ids.has(each)))
      throw wrong(index, 'dependsOn', 'names a request that is not in the batch')
    return {
      id: request.id,
      method,
      path: pathOf(index, request.url, version),
      headers: headersOf(index, request.headers ?? {}, body !== undefined),
      ...(body !== undefined && { body: JSON.stringify(body) }),
      dependsOn,
    }
  })
  return inOrder(items)
}

/** The address as the service gets it. What is checked is what is sent, to the letter. */
function pathOf(index: number, url: string, version: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  if (!/^\/[^#\u0000-\u001f\u007f]*$/.test(url) || isUnroutable(url.split('?')[0] ?? '', version)) {
    throw wrong(index, 'url', "must be relative to the batch's own version, such as '/users/{id}?$select=id'")
  }
  const { pathname, search } = new URL(`https://localhost/${version}${url}`)
  const [, , first = ''] = decoded(canonicalPath(pathname))?.split('/') ?? []
  if (first === '') throw wrong(index, 'url', 'is not an address of the management API')
  if (/^(v1\.0|beta)$/i.test(first)) {
    throw wrong(index, 'url', `must not begin with a version; it is below '/${version}' as the batch is`)
  }
  // Any spelling that the gateway would decode to it, and what is below it.
  if (/^\$?batch$/i.test(first)) throw wrong(index, 'url', 'is a batch itself; put its requests into this one')
  return `${pathname}${search}`
}

/** Empty and dot segments, backslashes, and what some reader might decode into these. */
const isUnroutable = (path: string, version: string): boolean =>
  !canonicalPath(`/${version}${path}`).startsWith(`/${version}`)

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

/** Lower-case names; whoever sends, and by which way, is the same for all of a batch. */
function headersOf(index: number, given: Record<string, string>, hasBody: boolean): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) {
    const key = name.toLowerCase()
    if (!headersOfItems.includes(key)) {
      throw wrong(index, 'headers', `'${name.slice(0, 50)}' is not for one request of a batch`)
    }
    if (headers[key] !== undefined) throw wrong(index, 'headers', `'${key}' is given more than once`)
    if (!/^[ -~]{0,1000}$/.test(value)) {
      throw wrong(index, 'headers', `'${key}' must have at most 1000 characters, all of them printable ASCII`)
    }
    headers[key] = value
  }
  return hasBody ? { 'content-type': 'application/json', ...headers } : headers
}

function inOrder(items: readonly Item[]): Item[] {
  const ordered: Item[] = []
  const placed = new Set<string>()
  while (ordered.length < items.length) {
    const ready = items.filter((item) => !placed.has(item.id) && item.dependsOn.every((each) => placed.has(each)))
    if (ready.length === 0) {
      const index = items.findIndex((item) => !placed.has(item.id))
      throw wrong(index, 'dependsOn', 'goes round in a circle: the request would wait for itself, or for such a one')
    }
    for (const item of ready) placed.add(item.id)
    ordered.push(...ready)
  }
  return ordered
}

const wrong = (index: number, property: string, why: string): Refusal =>
  new Refusal('Request_BadRequest', `property 'requests.${index}.${property}': ${why}`)

/**
 * Sends each request of a batch to the service itself, with the token that the batch came with: the operation that it is
 * for authenticates, authorises and runs it with its own role, as if it had come alone. One that depends on others waits
 * for them, and is not sent when one of them failed.
 */
export async function runBatch(request: ManagementRequest<Batch>): Promise<Response> {
  const items = readBatch(request.body, request.path.version ?? '')
  request.notes.requests = items.length
  const send = sender(request)
  const inTurn = atMost(maximumAtOnce)
  const answers = new Map<string, Promise<Answer>>()
  for (const item of items) {
    const earlier = Promise.all(item.dependsOn.map((each) => answers.get(each)))
    const answer = earlier.then((all) => {
      const failed = all.some((each) => each === undefined || each.status >= 400)
      return failed ? failedDependency(request) : inTurn(() => send(item))
    })
    answers.set(item.id, answer)
  }
  const responses = request.body.requests.map(async (each) => ({ id: each.id, ...(await answers.get(each.id)) }))
  return ok({ responses: await Promise.all(responses) })
}

/** How the requests of one batch are sent, as long as there is time, and answered, as long as there is room. */
function sender(request: ManagementRequest<Batch>): (item: Item) => Promise<Answer> {
  const { world, now, event, correlationId, notes } = request
  const busy = (why: string): Answer => refused(request, new Refusal('Service_Unavailable', why))
  let room = maximumAnswerBytes
  return async ({ method, path, headers, body }) => {
    if (world.now().getTime() - now.getTime() > sendingMs) {
      return busy('the batch took too long to come to this request, and nothing was done; send it again')
    }
    const authorization = event.headers.authorization ?? ''
    try {
      const answer = await world.send(path, {
        method,
        headers: { 'client-request-id': correlationId, ...headers, authorization },
        ...(body !== undefined && { body }),
      })
      room -= Buffer.byteLength(answer.body ?? '')
      if (answer.body === undefined || room < 0) {
        const why = 'the request was sent, but its answer is too large for a batch; ask for less, or for it alone'
        return refused(request, new Refusal('Request_EntityTooLarge', why))
      }
      return shown(answer.status, answer.headers, answer.body)
    } catch (error) {
      Object.assign(notes, { unanswered: Number(notes.unanswered ?? 0) + 1, fault: (error as Error).name })
      return busy('the service did not answer, and whether anything was done is not known; try again in a moment')
    }
  }
}

function shown(status: number, headers: Record<string, string>, body: string): Answer {
  const isJson = /^application\/json\b/i.test(headers['content-type'] ?? '')
  return {
    status,
    headers: named(headers),
    ...(body !== '' && { body: isJson ? (JSON.parse(body) as unknown) : body }),
  }
}

const named = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const spelled = headersOfAnswers[name.toLowerCase()]
      return spelled === undefined ? [] : [[spelled, value]]
    }),
  )

/** RFC 4918 §11.4. */
function failedDependency(request: ManagementRequest<Batch>): Answer {
  const why = 'a request that this one depends on failed, so it was not sent'
  return { status: 424, headers: named(json), body: errorBody('graph', request, 'FailedDependency', why) }
}

function refused(request: ManagementRequest<Batch>, refusal: Refusal): Answer {
  const { status, headers, body } = refusalResponse('graph', request, refusal)
  return { status, headers: named({ ...json, ...headers }), body }
}

const json = { 'content-type': 'application/json; charset=utf-8' }

/** Runs what it is given, so many at a time; the others wait in line. */
function atMost(count: number): <Result>(run: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = []
  let free = count
  return async (run) => {
    if (free > 0) free--
    else await new Promise<void>((go) => waiting.push(go))
    try {
      return await run()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
