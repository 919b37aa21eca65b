import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, test } from 'vitest'
import { type Document, documentOf, type Operation } from '../../shared/openapi/document.ts'
import { descriptions } from '../../shared/openapi/operations.ts'
import { areas, pathParameters } from '../../shared/openapi/words.ts'
import { type Route, routes } from '../../shared/routes.ts'
import { sigilForTests } from '../support/sigil.ts'

const sigil = sigilForTests()
const document = documentOf('https://id.example.com')
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)
const titled = operations.map((each) => [each.operation.operationId, each] as const)

/** Everything in the document, at any depth, that is an object. */
function everyObject(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.values(value).flatMap(everyObject)
  return Array.isArray(value) ? inner : [value as Record<string, unknown>, ...inner]
}

const refsIn = (value: unknown): string[] =>
  everyObject(value).flatMap(({ $ref }) => (typeof $ref === 'string' ? [$ref] : []))

const resolve = (ref: string): unknown =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document)

describe('the OpenAPI document', () => {
  test('is served to anyone, and may be kept for a while', async () => {
    const { status, headers, body } = await sigil.send('/openapi.json')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(headers.get('cache-control')).toBe('public, max-age=300')
    expect(body).toEqual(JSON.parse(JSON.stringify(documentOf(sigil.service.origin))))
    expect((body as Document).servers).toEqual([{ url: sigil.service.origin }])
  })

  test('is valid OpenAPI 3.1', async () => {
    const validator = new Validator()
    expect(await validator.validate(JSON.parse(JSON.stringify(document)))).toEqual({ valid: true })
    expect(validator.version).toBe('3.1')
  })

  test('has every operation that the public reaches, at each of its paths, and none of the operators', () => {
    const open = (Object.entries(routes) as [string, Route][]).filter(([, { caller }]) => caller !== 'operator')
    const undescribed = open.filter(([name]) => !(name in descriptions)).map(([name]) => name)
    expect(undescribed, 'add a line for each to shared/openapi/operations.ts').toEqual([])
    expect(operations.map(({ operation }) => operation['x-same-as'] ?? operation.operationId).sort()).toEqual(
      open.flatMap(([name, { also = [] }]) => [name, ...also.map(() => name)]).sort(),
    )
  })

  test('gives each operation an id, and each address to one operation', () => {
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length)
    // "Templated paths with the same hierarchy but different templated names MUST NOT exist" (OpenAPI 3.1 §4.8.8.1).
    const paths = Object.keys(document.paths)
    expect(new Set(paths.map((path) => path.replace(/\{\w+\}/g, '{}'))).size).toBe(paths.length)
  })

  test('refers to nothing that is not there, and holds no schema or response that nothing refers to', () => {
    const refs = new Set(refsIn(document))
    expect([...refs].filter((ref) => resolve(ref) === undefined)).toEqual([])
    const { schemas, responses } = document.components
    const held = [
      ...Object.keys(schemas).map((name) => `#/components/schemas/${name}`),
      ...Object.keys(responses).map((name) => `#/components/responses/${name}`),
    ]
    expect(held.filter((ref) => !refs.has(ref))).toEqual([])
  })

  test('explains every area and every path parameter that there is, and no other', () => {
    expect(Object.keys(areas).sort()).toEqual(
      [...new Set(operations.flatMap(({ operation }) => operation.tags))].sort(),
    )
    const named = new Set(operations.flatMap(({ path }) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)))
    expect(Object.keys(pathParameters).sort()).toEqual([...named].sort())
  })
})

describe('each operation of the document', () => {
  test.each(titled)('%s says what it does, in a sentence', (_, { operation }) => {
    expect(operation.summary).toMatch(/^[A-Z].*[a-z'].*\.$/)
    expect(operation.summary.length).toBeLessThanOrEqual(140)
    expect(document.tags.map(({ name }) => name)).toEqual(expect.arrayContaining(operation.tags))
    expect(operation.tags).toHaveLength(1)
  })

  test.each(titled)('%s declares the parameters of its path, each once', (_, { path, operation }) => {
    const declared = parametersOf(operation)
    const inPath = declared.filter((each) => each.in === 'path').map(({ name }) => name)
    expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
    expect(new Set(declared.map((each) => `${each.in} ${each.name}`)).size).toBe(declared.length)
  })

  test.each(titled)('%s takes a body where its method has one, and says how it succeeds and fails', (_, each) => {
    const { method, operation } = each
    if (method === 'get' || method === 'delete') expect(operation.requestBody).toBeUndefined()
    if (method === 'patch' || method === 'put') expect(operation.requestBody).toBeDefined()
    const succeeds = Object.keys(operation.responses).some((status) => /^2\d\d$/.test(status))
    expect(succeeds).toBe(!operation.summary.startsWith('Is always refused'))
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['4XX', '5XX']))
  })

  test.each(titled)('%s is for those whom its route lets in', (name, { operation }) => {
    const { caller, allow }: Route = routes[(operation['x-same-as'] ?? name) as keyof typeof routes]
    const allowed = Array.isArray(allow) ? allow : []
    const needed = operation.security.flatMap(({ bearer }) => bearer)
    expect(operation.security.length > 0).toBe(caller === 'bearer')
    expect(new Set(needed)).toEqual(new Set(allowed))
  })
})

const parametersOf = ({ parameters = [] }: Operation) =>
  parameters.map(({ $ref }) => resolve($ref) as { name: string; in: string })
