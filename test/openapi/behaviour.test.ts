import { Ajv2020 } from 'ajv/dist/2020.js'
import type * as v from 'valibot'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { bodies } from '../../shared/openapi/bodies.ts'
import { documentOf, type Method, type Operation, type ResponseObject, written } from '../../shared/openapi/document.ts'
import { type Description, descriptions, type PublicOperation } from '../../shared/openapi/operations.ts'
import { type Route, routes } from '../../shared/routes.ts'
import { scenarios } from '../scenarios/index.ts'
import { Lab, type Outcome } from '../scenarios/lab.ts'
import { type Scenario, titleOf } from '../scenarios/scenario.ts'
import { sigilForTests } from '../support/sigil.ts'

/** The document against what operations do: which shapes they parse with, what they answer, which query options they take. */
const sigil = sigilForTests()
const document = documentOf('https://id.example.com')
const described = Object.entries(descriptions) as [PublicOperation, Description][]
const successes = scenarios.filter(({ operation, status }) => status < 300 && operation in descriptions)

type Body = keyof typeof bodies
type Seen = { routeKey: string; outcome: Outcome; form: Record<string, string> | undefined; parsed: Body[] }
const seen = new Map<Scenario, Seen>()

beforeAll(async () => {
  const lab = new Lab(sigil)
  const runs = (Object.keys(bodies) as Body[]).map(
    (name) => [name, vi.spyOn(bodies[name] as v.GenericSchema, '~run')] as const,
  )
  for (const scenario of successes) {
    const prepared = await lab.prepare(scenario)
    const { body, routeKey } = prepared.event as { body?: string; routeKey: string }
    for (const [, run] of runs) run.mockClear()
    const outcome = await lab.run(prepared)
    const parsed = runs.filter(([, run]) => run.mock.calls.length > 0).map(([name]) => name)
    await lab.undo(outcome)
    await scenario.cleanup?.(sigil)
    const form =
      scenario.operation === 'token/issue' ? Object.fromEntries(new URLSearchParams(decoded(body))) : undefined
    seen.set(scenario, { routeKey, outcome, form, parsed })
  }
  for (const [, run] of runs) run.mockRestore()
}, 120_000)

const decoded = (body = ''): string =>
  body.includes('=') && body.includes('&') ? body : Buffer.from(body, 'base64').toString()
const titled = successes.map((scenario) => [titleOf(scenario), scenario] as const)
const ofOperation = (operation: PublicOperation): Seen[] =>
  successes.filter((each) => each.operation === operation).flatMap((each) => seen.get(each) ?? [])

describe('what an operation parses its body with is what the document shows', () => {
  test.each(described)('%s', (operation, { body = [] }) => {
    const shown = typeof body === 'string' ? [body] : body
    const parsed = new Set(ofOperation(operation).flatMap((each) => each.parsed))
    expect([...parsed].sort(), 'a shape without a successful scenario is not seen').toEqual([...shown].sort())
  })

  test('the token endpoint is sent no parameter that the document does not have', () => {
    const { properties = {}, required = [] } = document.components.schemas.tokenRequest ?? {}
    const forms = ofOperation('token/issue').flatMap(({ form }) => (form ? [form] : []))
    expect(new Set(forms.flatMap((form) => Object.keys(form)))).toEqual(new Set(Object.keys(properties)))
    expect(forms.filter((form) => required.some((name) => !(name in form)))).toEqual([])
  })
})

describe('what an operation answers is what the document says', () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats })
  ajv.addSchema(closed(JSON.parse(JSON.stringify(document))), 'document')

  test.each(titled)('%s', (_, scenario) => {
    const { routeKey = '', outcome } = seen.get(scenario) ?? {}
    const { status = 0, body = {} } = outcome ?? {}
    const { responses } = operationAt(routeKey)
    expect(Object.keys(responses)).toContain(String(status))
    const { content = {} } = responses[status] as ResponseObject
    const [json] = Object.entries(content).filter(([type]) => type === 'application/json')
    if (!json) {
      expect(Object.keys(body)).toEqual(Object.keys(content).length > 0 ? ['text'] : [])
      return
    }
    const pointer = JSON.stringify(json[1].schema).replaceAll('"#/', '"document#/')
    const validate = ajv.compile(closed(JSON.parse(pointer)))
    validate(body)
    expect(validate.errors ?? []).toEqual([])
  })
})

const formats = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  uri: /^https?:\/\/[^\s]+$/,
}

/** The document's operation at a route of the gateway: `GET /{version}/users`. */
function operationAt(routeKey: string): Operation {
  const [method = '', path = ''] = routeKey.split(' ')
  const { post, get, ...others } = document.paths[written(path)] ?? {}
  const found = method === 'ANY' ? (post ?? get) : { post, get, ...others }[method.toLowerCase() as Method]
  if (!found) throw new Error(`the document has no ${routeKey}`)
  return found
}

/** Clients must expect further properties; these tests do not: what is answered and not in the document is an omission. */
function closed<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(closed) as Value
  if (typeof value !== 'object' || value === null) return value
  const { additionalProperties, ...rest } = value as Record<string, unknown>
  const inner = Object.fromEntries(Object.entries(rest).map(([name, each]) => [name, closed(each)]))
  const named = Object.keys((rest.properties as object | undefined) ?? {}).length > 0
  return (named ? { ...inner, additionalProperties: false } : { ...value }) as Value
}

describe('the query options that an operation understands are those of the document', () => {
  const bearers = described.filter(([operation]) => routes[operation].caller === 'bearer')

  test.each(bearers)('%s', async (operation, { query = [] }) => {
    const route: Route = routes[operation]
    const path = route.path.replace('{version}', 'v1.0').replaceAll(/\{\w+\}/g, '99999999-9999-4999-8999-999999999999')
    const { status, body } = await sigil.graph(route.method === 'ANY' ? 'GET' : route.method, `${path}?$unheard=of`)
    const supported = query.length > 0 ? `; supported are ${query.join(', ')}` : ''
    expect({ status, message: (body.error as { message?: string }).message }).toEqual({
      status: 400,
      message: `The query option '$unheard' is not supported here${supported}.`,
    })
  })
})
