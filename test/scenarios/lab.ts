import { createHash } from 'node:crypto'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { eventOf } from '../../infra/local/gateway-event.ts'
import { Router } from '../../infra/local/gateway-routes.ts'
import { Functions } from '../../infra/local/lambda.ts'
import { operatorEvent } from '../../infra/local/operator.ts'
import { canonicalPath } from '../../shared/http/path.ts'
import { type Operation, type Route, routes } from '../../shared/routes.ts'
import type { FunctionName } from '../../shared/workers.ts'
import { createWorld, type World } from '../../shared/world.ts'
import type { Row, Sigil } from '../support/sigil.ts'
import { keysWritten, type WireKey } from './calls.ts'
import type { Scenario, Sent } from './scenario.ts'
import { type Intercept, type WireCall, wired } from './wire.ts'
import type { WorkerScenario } from './workers.ts'

/** A scenario that only waits for its request, at one instant that every run of it begins at. */
export type Prepared = { operation: Operation; event: object; begin: number }

/** A run of any function. */
type Run = { operation: FunctionName; event: object; begin: number }

export type RunOptions = {
  /** A process that has not read the published keys yet. */
  cold?: boolean
  /** What happens to a call: nothing but its performance, unless it is said. */
  intercept?: Intercept
  plant?: Mistake
  /** How much longer than asked for a pause lasts, in milliseconds: on a slow machine, much. */
  oversleep?: number
}

/** What a wrong program would do: in its world, or on the wire. */
export type Mistake = { world?: (world: World) => World; input?: (call: WireCall) => WireCall['input'] }

/** What came of a run. */
export type Outcome = {
  /** Undefined where the process died. */
  status: number | undefined
  body: Record<string, unknown>
  calls: WireCall[]
  /** Every item that is not what it was, in the order of keys. */
  changes: Change[]
}

export type Change = { pk: string; sk: string; before: Row | undefined; after: Row | undefined }

type Item = Record<string, AttributeValue>

/**
 * Runs one request of a scenario after the other, each in a process of its own that shares nothing but the store and the
 * keys: with every call in sight, the clock stopped, and ids and secrets that repeat themselves. So two runs from the same
 * state that do the same thing leave the same bytes. Afterwards the store is put back as it was.
 */
export class Lab {
  readonly #sigil: Sigil
  readonly #clients: ReturnType<typeof wired>
  #warm: World | undefined
  #clock = 0
  #random = 0
  #intercept: Intercept = (_, perform) => perform()
  #oversleep = 0
  #journal = new Map<string, { key: WireKey; before: Item | undefined }>()

  constructor(sigil: Sigil) {
    this.#sigil = sigil
    const { dynamodb, kms } = sigil.service
    this.#clients = wired(
      { dynamodb, kms },
      { intercept: (...given) => this.#intercept(...given), asking: (call) => this.#remember(call) },
    )
  }

  async prepare(scenario: Scenario): Promise<Prepared> {
    const sent = await scenario.prepare(this.#sigil)
    const begin = this.#sigil.clock.now().getTime()
    return { operation: scenario.operation, event: await this.#eventOf(scenario.operation, sent, begin), begin }
  }

  async prepareWorker({ worker, prepare }: WorkerScenario): Promise<Run> {
    await prepare(this.#sigil)
    return { operation: worker, event: {}, begin: this.#sigil.clock.now().getTime() }
  }

  /** One run, and what it changed. {@link undo} takes that back. */
  async run({ operation, event, begin }: Run, options: RunOptions = {}): Promise<Outcome> {
    this.#clock = begin
    const world = options.cold ? this.#newWorld() : await this.#warmWorld()
    this.#clock = begin
    this.#random = 0
    this.#journal.clear()
    this.#oversleep = options.oversleep ?? 0
    const { calls, intercept, crashed, settled } = process(options)
    this.#intercept = intercept

    const answer = new Functions(options.plant?.world?.(world) ?? world).invoke(operation, structuredClone(event))
    const result = (await Promise.race([answer, crashed])) as APIGatewayProxyStructuredResultV2 | undefined
    await settled()
    this.#intercept = (_, perform) => perform()
    return {
      status: result?.statusCode,
      body: bodyOf(result),
      calls,
      changes: await this.#changes(),
    }
  }

  /** Puts back what the last run changed. */
  async undo({ changes }: Outcome): Promise<void> {
    const requests = changes.map(({ pk, sk }): WriteRequest => {
      const { before } = this.#journal.get(`${pk} ${sk}`) ?? {}
      return before ? { PutRequest: { Item: before } } : { DeleteRequest: { Key: { pk: { S: pk }, sk: { S: sk } } } }
    })
    const { dynamodb, tableName } = this.#sigil.service
    for (let at = 0; at < requests.length; at += 25) {
      const RequestItems = { [tableName]: requests.slice(at, at + 25) }
      await dynamodb.send(new BatchWriteItemCommand({ RequestItems }))
    }
  }

  /** A process that has been up for a while. One that died is never asked again: only runs that begin cold may hang while they load. */
  async #warmWorld(): Promise<World> {
    this.#warm ??= this.#newWorld()
    await this.#warm.keySet.publicKeys()
    return this.#warm
  }

  #newWorld(): World {
    const { world, tableName } = this.#sigil.service
    /** What other operations are asked, their own processes answer; all but the ids of such requests repeats itself. */
    const send: World['send'] = async (path, init) => {
      const answer = await world.send(path, init)
      return { ...answer, headers: { ...answer.headers, 'request-id': '11111111-2222-4333-8444-666666666666' } }
    }
    const made = createWorld({
      ...this.#clients,
      origin: world.origin,
      tableName,
      ...(world.signingKeys && {
        resourceKeyArn: world.signingKeys.resource,
        exchangeKeyArn: world.signingKeys.exchange,
      }),
      now: () => new Date(this.#clock),
      sleep: async (ms) => {
        this.#clock += Math.ceil(ms) + this.#oversleep
      },
    })
    return { ...made, newId: () => this.#newId(), randomBytes: (count) => this.#randomBytes(count), send }
  }

  #newId(): string {
    const hex = this.#randomBytes(16).toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
  }

  #randomBytes(count: number): Buffer {
    const from = `random ${this.#random++}`
    return createHash('shake256', { outputLength: count }).update(from).digest()
  }

  /** The items that a call is about to write, as they are before the first call that writes them. */
  async #remember(call: WireCall): Promise<void> {
    const unknown = keysWritten(call).filter(({ pk, sk }) => !this.#journal.has(`${pk.S} ${sk.S}`))
    const items = await this.#read(unknown)
    for (const key of unknown) {
      const name = `${key.pk.S} ${key.sk.S}`
      if (!this.#journal.has(name)) this.#journal.set(name, { key, before: items.get(name) })
    }
  }

  async #changes(): Promise<Change[]> {
    const known = [...this.#journal.entries()]
    const now = await this.#read(known.map(([, { key }]) => key))
    return known
      .map(([name, { key, before }]) => ({
        pk: key.pk.S,
        sk: key.sk.S,
        before: row(before),
        after: row(now.get(name)),
      }))
      .filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after))
      .sort((one, other) => (`${one.pk} ${one.sk}` < `${other.pk} ${other.sk}` ? -1 : 1))
  }

  async #read(keys: readonly WireKey[]): Promise<Map<string, Item>> {
    const { dynamodb, tableName } = this.#sigil.service
    const items: Item[] = []
    for (let at = 0; at < keys.length; at += 100) {
      const Keys = keys.slice(at, at + 100).map(({ pk, sk }) => ({ pk, sk }))
      const { Responses } = await dynamodb.send(
        new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys, ConsistentRead: true } } }),
      )
      items.push(...(Responses?.[tableName] ?? []))
    }
    return new Map(items.map((item) => [`${item.pk?.S} ${item.sk?.S}`, item]))
  }

  /** The request as its function gets it: through the edge's path function and the gateway's event. */
  async #eventOf(operation: Operation, sent: Sent, begin: number): Promise<object> {
    const route: Route = routes[operation]
    const url = new URL(sent.path, this.#sigil.service.origin)
    const method = sent.method ?? (route.method === 'ANY' ? 'POST' : route.method)
    const path = route.caller === 'operator' ? url.pathname : decodeURIComponent(canonicalPath(url.pathname))
    const match = (route.caller === 'operator' ? operators : clients).match(method, path)
    if (match?.operation !== operation)
      throw new Error(`${method} ${sent.path} is ${match?.operation}, not ${operation}`)
    if (route.caller === 'operator') {
      const { pathParameters } = match
      const event = operatorEvent(
        operation,
        { ...(pathParameters && { pathParameters }), body: (sent.body ?? {}) as object },
        new Date(begin),
      )
      return { ...event, headers: { ...event.headers, ...correlation } }
    }
    const token = sent.token === undefined && route.caller === 'bearer' ? await this.#sigil.adminToken() : sent.token
    const json = sent.body === undefined ? '' : JSON.stringify(sent.body)
    const body = sent.form ? new URLSearchParams(sent.form).toString() : json
    const headers = {
      host: url.host,
      ...correlation,
      ...(body && { 'content-type': sent.form ? 'application/x-www-form-urlencoded' : 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
      ...sent.headers,
    }
    return eventOf(
      incoming(method, headers),
      { path, query: url.search.slice(1), body: Buffer.from(body), match },
      new Date(begin),
    )
  }
}

/** One correlation id for all runs, or their audit records would differ. */
const correlation = { 'client-request-id': '11111111-2222-4333-8444-555555555555' }

/** One process's end of the wire. When it dies, nothing of it goes out any more, and nothing comes back to it. */
function process({ intercept = (_, perform) => perform(), plant = {} }: RunOptions) {
  const calls: WireCall[] = []
  const underWay = new Set<Promise<unknown>>()
  const crashed = Promise.withResolvers<undefined>()
  let alive = true
  const never = new Promise<never>(() => {})
  const guarded: Intercept = async (call, perform) => {
    if (!alive) return never
    calls.push(call)
    const answering = intercept(call, (input) => {
      const asked = perform(input ?? plant.input?.(call))
      underWay.add(asked)
      return asked
    }).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error
      alive = false
      crashed.resolve(undefined)
      return never
    })
    const answer = await answering
    return alive ? answer : never
  }
  return { calls, intercept: guarded, crashed: crashed.promise, settled: () => Promise.allSettled(underWay) }
}

/** Thrown by an interceptor: the process dies at this call. */
export class Crash extends Error {}

const byCaller = (isOperator: boolean): Router<Operation> =>
  new Router(
    Object.fromEntries(
      (Object.entries(routes) as [Operation, Route][])
        .filter(([, { caller }]) => (caller === 'operator') === isOperator)
        .map(([name, route]) => [name, { ...route, caller: 'anyone' } as Route]),
    ) as Record<Operation, Route>,
  )
const operators = byCaller(true)
const clients = byCaller(false)

function incoming(method: string, headers: Record<string, string>): IncomingMessage {
  const socket = Object.defineProperties(new Socket(), {
    remoteAddress: { value: '127.0.0.1' },
    remotePort: { value: 50_000 },
    localPort: { value: 443 },
  })
  return Object.assign(new IncomingMessage(socket), {
    method,
    httpVersion: '1.1',
    rawHeaders: Object.entries(headers).flat(),
  })
}

function bodyOf(result: APIGatewayProxyStructuredResultV2 | undefined): Record<string, unknown> {
  if (!result?.body) return {}
  if (String(result.headers?.['content-type']).startsWith('text/')) return { text: result.body }
  return ordered(JSON.parse(result.body)) as Record<string, unknown>
}

const row = (item: Item | undefined): Row | undefined => item && (ordered(unmarshall(item)) as Row)

/** A value with the members of its maps and sets in one order: the store gives them in any. */
function ordered(value: unknown): unknown {
  if (value instanceof Set) return [...value].sort()
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(members.map(([name, member]) => [name, ordered(member)]))
}
