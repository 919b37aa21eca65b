import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { afterAll, beforeAll, expect } from 'vitest'
import { type Operation, type Route, routes } from '../../shared/routes.ts'
import { wrongsOfCalm } from '../faults/judge.ts'
import { engineInMemory } from '../faults/memory.ts'
import { scenarios } from '../scenarios/index.ts'
import { Lab, type Outcome, type Prepared } from '../scenarios/lab.ts'
import { type Scenario, type Sent, titleOf } from '../scenarios/scenario.ts'
import { type Row, type Sigil, sigilForTests } from '../support/sigil.ts'

/** A scenario whose own request is not sent, but others that are made from it. */
export type Ready = { scenario: Scenario; sent: Sent; prepared: Prepared }

const isBearer = (operation: Operation): boolean => (routes[operation] as Route).caller === 'bearer'

/** The scenarios of the management API that end well, of which `wanted` finds something to be wrong with. */
export const successes = (wanted: (scenario: Scenario) => boolean = () => true): Scenario[] =>
  scenarios.filter((each) => each.status < 300 && isBearer(each.operation) && wanted(each))

/** Of each operation, the scenario that comes first. */
export const firstOfEach = (some: readonly Scenario[]): Scenario[] => [
  ...new Map([...some].reverse().map((each) => [each.operation, each])).values(),
]

/** What is dealt with in the same way everywhere is tried in turns: of each operation a third of it, or another part. */
export const inTurn = <Value>(values: readonly Value[], turn: number, parts = 3): Value[] =>
  values.filter((_, index) => (index + turn) % parts === 0)

/** Where requests of scenarios are changed, run and taken back; what each is made from is made once. */
export class Stage {
  readonly sigil: Sigil = sigilForTests()
  #lab: Lab | undefined
  readonly #ready = new Map<Scenario, Promise<Ready>>()

  get lab(): Lab {
    this.#lab ??= new Lab(this.sigil)
    return this.#lab
  }

  ready(scenario: Scenario): Promise<Ready> {
    const known = this.#ready.get(scenario) ?? this.#prepare(scenario)
    this.#ready.set(scenario, known)
    return known
  }

  async #prepare(scenario: Scenario): Promise<Ready> {
    const sent = await scenario.prepare(this.sigil)
    return { scenario, sent, prepared: await this.lab.prepare({ ...scenario, prepare: () => sent }) }
  }

  /** What comes of a request that differs from the prepared one; whatever it changed is taken back. */
  async outcome({ prepared }: Ready, changed: Partial<Event>): Promise<Outcome> {
    const event = { ...(prepared.event as Event), ...changed }
    const outcome = await this.lab.run({ ...prepared, event })
    await this.lab.undo(outcome)
    return outcome
  }

  async rows(): Promise<Row[]> {
    return (await this.sigil.rows()).sort((one, other) => (`${one.pk} ${one.sk}` < `${other.pk} ${other.sk}` ? -1 : 1))
  }
}

/** The parts of a function's event that these tests look at and change. */
export type Event = Pick<
  APIGatewayProxyEventV2,
  'routeKey' | 'rawPath' | 'rawQueryString' | 'pathParameters' | 'isBase64Encoded' | 'requestContext'
> & { headers: Record<string, string>; body?: string }

/** The same event with this text as its JSON body. */
export const withText = ({ prepared }: Ready, text: string, headers: Record<string, string> = {}): Partial<Event> => ({
  body: text,
  isBase64Encoded: false,
  headers: {
    ...(prepared.event as Event).headers,
    'content-length': String(Buffer.byteLength(text)),
    ...headers,
  },
})

/** One service for the tests of a file, whose table is in memory. With all made that they need, none of them changes it. */
export function stageForTests(wanted: readonly Scenario[], ...first: (() => Promise<void>)[]): Stage {
  engineInMemory()
  const stage = new Stage()
  let before: Row[]
  beforeAll(async () => {
    for (const scenario of wanted) await stage.ready(scenario)
    for (const make of first) await make()
    before = await stage.rows()
  }, 120_000)
  // What requests are judged by is what they wrote by their own account; this is the whole table.
  afterAll(async () => {
    expect(await stage.rows()).toEqual(before)
  })
  return stage
}

/** For `test.each`. */
export const titled = (some: readonly Scenario[]) => some.map((scenario) => [titleOf(scenario), scenario] as const)

/** No answer but a listing may cost more than so many calls of the store (security I-23). */
const mostCalls = 30

/** Words that belong into a log and never into an answer. */
const internals =
  /dynamo|arn:|throttl|throughput|socket|econn|node_modules|\.ts\b|\n|\bat \/|exception|valibot|undefined|\[object|\bNaN\b|TypeError|cannot read/i

/** What is wrong with how a request went that had to be refused (or with what status), or that may be taken if it is done well. */
export function wrongs(
  outcome: Outcome,
  expected: 'refused' | 'refused or taken' | number,
  most = mostCalls,
): string[] {
  const { status = 0, body, calls, changes } = outcome
  const said = JSON.stringify(body).slice(0, 300)
  if (status >= 500 || status < 200) return [`answered ${status}: ${said}`]
  if (calls.length > most) return [`${calls.length} calls of the store`]
  if (typeof expected === 'number' && status !== expected)
    return [`answered ${status} in place of ${expected}: ${said}`]
  if (status >= 300) return [...wrongsOfError(body), ...wrongsOfCalm(outcome)]
  if (changes.length === 0 && isRefusedOneByOne(body)) return []
  return expected === 'refused'
    ? [`answered ${status}, and changed ${changes.length} items: ${said}`]
    : wrongsOfCalm(outcome)
}

/** Of what is made or changed in bulk, each is answered for itself. */
const isRefusedOneByOne = ({ results }: { results?: unknown }): boolean =>
  Array.isArray(results) &&
  results.every(({ status, error }) => status >= 400 && status < 500 && error?.code && error.message)

/** What is wrong with the body of a refusal. */
export function wrongsOfError(body: Record<string, unknown>): string[] {
  const { error } = body as { error?: { code?: unknown; message?: unknown; innerError?: Record<string, unknown> } }
  const { code, message, innerError } = error ?? {}
  if (typeof code !== 'string' || typeof message !== 'string' || Object.keys(body).length !== 1)
    return [`no error that clients read: ${JSON.stringify(body).slice(0, 300)}`]
  const names = Object.keys(innerError ?? {}).sort()
  return [
    ...(names.join() === 'client-request-id,date,request-id' ? [] : [`innerError has ${names}`]),
    ...(internals.test(message) ? [`tells what is inside: ${message.slice(0, 300)}`] : []),
    ...(message.length > 600 ? [`a message of ${message.length} characters`] : []),
  ]
}
