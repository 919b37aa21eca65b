import type { QueryOption } from '../http/query.ts'
import { refusals } from '../refusal.ts'
import { type Route, routes } from '../routes.ts'
import { bodies } from './bodies.ts'
import { entities } from './entities.ts'
import { everyText, type JsonSchema, jsonSchema } from './json-schema.ts'
import { oauthError, tokenRequest } from './oauth.ts'
import { type Answer, type Description, descriptions, type PublicOperation } from './operations.ts'
import { areas, headers, pathParameters, queryOptions } from './words.ts'

/** OpenAPI 3.1, as far as this document goes. */
export type Document = {
  openapi: '3.1.1'
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } }
  servers: { url: string }[]
  tags: { name: string; description: string }[]
  paths: Record<string, Partial<Record<Method, Operation>>>
  components: {
    schemas: Record<string, JsonSchema>
    parameters: Record<string, Parameter>
    responses: Record<string, ResponseObject>
    securitySchemes: Record<string, object>
  }
}
export type Method = 'get' | 'post' | 'patch' | 'put' | 'delete'
export type Operation = {
  operationId: string
  /** Of a further path of an operation: which one it is. */
  'x-same-as'?: string
  tags: string[]
  summary: string
  parameters?: Ref[]
  requestBody?: { required: true; content: Record<string, { schema: JsonSchema }> }
  responses: Record<string, ResponseObject | Ref>
  /** "The list of values describes alternatives": a bearer, with one of the permissions that stand here as roles. */
  security: Record<string, readonly string[]>[]
}
export type Parameter = {
  name: string
  in: 'path' | 'query' | 'header'
  required?: true
  description: string
  schema: JsonSchema
}
export type ResponseObject = { description: string; content?: Record<string, { schema: JsonSchema }> }
export type Ref = { $ref: string }

const made = new Map<string, Document>()

/** The document of the whole public API, made once a process. */
export function documentOf(origin: string): Document {
  const document = made.get(origin) ?? makeDocument(origin)
  made.set(origin, document)
  return document
}

function makeDocument(origin: string): Document {
  const operations = Object.entries(descriptions).flatMap(([name, description]) =>
    operationsOf(name as PublicOperation, description),
  )
  const paths: Document['paths'] = {}
  for (const { path, method, operation } of operations) paths[path] = { ...paths[path], [method]: operation }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Sigil',
      version: 'v1.0',
      description: introduction(),
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: origin }],
    tags: Object.entries(areas)
      .filter(([name]) => operations.some(({ operation }) => operation.tags.includes(name)))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: usedSchemas(operations),
      parameters: parameters(),
      responses: {
        Refused: answer('Refused, with nothing changed.', 'error'),
        Failed: answer('Not the fault of the request; it may be sent again.', 'error'),
        OAuthRefused: answer('Refused.', 'oauthError'),
        OAuthFailed: answer('Not the fault of the request; it may be sent again.', 'oauthError'),
      },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An access token of this service for https://graph.microsoft.com/.default.',
        },
      },
    },
  }
}

type Placed = { path: string; method: Method; operation: Operation }

function operationsOf(name: PublicOperation, description: Description): Placed[] {
  const route: Route = routes[name]
  // `ANY` is what it takes to refuse the other verbs in one's own words.
  const only = description.form ? 'POST' : 'GET'
  const method = (route.method === 'ANY' ? only : route.method).toLowerCase() as Method
  return [route.path, ...(route.also ?? [])].map((path, index) => {
    const aspect = method === 'get' ? aspectOf(path) : undefined
    return {
      path: written(path),
      method,
      operation: {
        operationId: index === 0 ? name : `${name}/${index + 1}`,
        ...(index > 0 && { 'x-same-as': name }),
        tags: [name.slice(0, name.indexOf('/'))],
        summary: description.summary,
        ...parametersOf(path, description, aspect),
        ...requestBody(description),
        responses: responsesOf(description, route, aspect),
        security: securityOf(route),
      },
    }
  })
}

/** What is asked for of a resource, where it is not the resource itself: where it is, or how many of them (OData URL §4.7, §4.8). */
type Aspect = 'ref' | 'count'
const aspectOf = (path: string): Aspect | undefined => /\/(ref|count)$/.exec(path)?.[1] as Aspect | undefined

/** As clients write it: routes have the system words of OData without their `$`. */
export const written = (path: string): string =>
  path.replace(/\/(ref|count)(?=\/|$)/g, '/$$$1').replace(/^\/\{version\}\/batch$/, '/{version}/$$batch')

function parametersOf(
  path: string,
  { query = [], answers, idempotent }: Description,
  aspect: Aspect | undefined,
): { parameters?: Ref[] } {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const options = query.filter((option) => aspect !== 'count' || option === '$filter' || option === '$search')
  const names = [
    ...inPath,
    ...options.map((option) => option.slice(1)),
    ...(query.includes('$search') ? ['consistencyLevel'] : []),
    ...(idempotent ? ['idempotencyKey'] : []),
    ...(200 in answers && 204 in answers ? ['ifMatch', 'prefer'] : []),
  ]
  return names.length > 0 ? { parameters: names.map((name) => ({ $ref: `#/components/parameters/${name}` })) } : {}
}

function requestBody({ body, form }: Description): Pick<Operation, 'requestBody'> {
  if (form) return { requestBody: content('application/x-www-form-urlencoded', ref(form)) }
  if (body === undefined) return {}
  return { requestBody: content('application/json', anyOf(typeof body === 'string' ? [body] : body)) }
}

const content = (type: string, schema: JsonSchema) => ({ required: true as const, content: { [type]: { schema } } })

function responsesOf({ answers }: Description, { caller }: Route, aspect: Aspect | undefined): Operation['responses'] {
  const dialect = caller === 'bearer' ? '' : 'OAuth'
  return {
    ...Object.fromEntries(Object.entries(answers).map(([status, what]) => [status, success(what, status, aspect)])),
    '4XX': { $ref: `#/components/responses/${dialect}Refused` },
    '5XX': { $ref: `#/components/responses/${dialect}Failed` },
  }
}

function success(what: Answer, status: string, aspect: Aspect | undefined): ResponseObject {
  if (what === 'nothing') return { description: 'Done.' }
  if (what === 'a page of HTML') {
    return { description: 'The page.', content: { 'text/html': { schema: { type: 'string' } } } }
  }
  if (aspect === 'count') {
    return { description: 'How many there are.', content: { 'text/plain': { schema: { type: 'integer' } } } }
  }
  const { entity, list } = what
  const shown = (names: readonly string[]) => anyOf(aspect === 'ref' ? ['reference'] : names)
  const schemas = [...(entity ? [shown(entity)] : []), ...(list ? [pageOf(shown(list))] : [])]
  const [only, another] = schemas
  const schema = only && !another ? only : { anyOf: schemas }
  return { description: descriptionOf(what, status), content: { 'application/json': { schema } } }
}

function descriptionOf({ entity, list }: Exclude<Answer, string>, status: string): string {
  if (list) return entity ? 'What was asked for, or a page of them.' : 'A page of them.'
  return status === '201' ? 'What was made.' : 'What was asked for.'
}

const pageOf = (items: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: {
    '@odata.context': { type: 'string' },
    '@odata.count': { type: 'integer' },
    '@odata.nextLink': { type: 'string', description: 'where the next page is; absent on the last' },
    value: { type: 'array', items },
  },
  required: ['value'],
})

function securityOf({ caller, allow }: Route): Operation['security'] {
  if (caller !== 'bearer') return []
  const permissions = typeof allow === 'object' ? [...new Set(allow)] : []
  return permissions.length > 0 ? permissions.map((permission) => ({ bearer: [permission] })) : [{ bearer: [] }]
}

const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` })

function anyOf(names: readonly string[]): JsonSchema {
  const [only = '', ...others] = names
  return others.length === 0 ? ref(only) : { anyOf: names.map(ref) }
}

const answer = (description: string, schema: string): ResponseObject => ({
  description,
  content: { 'application/json': { schema: ref(schema) } },
})

/** OData JSON §21.1, as Graph fills it. */
const graphError: JsonSchema = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: {
        code: {
          enum: [
            ...Object.entries(refusals).flatMap(([code, refusal]) => ('error' in refusal ? [] : [code])),
            'InternalServerError',
          ],
        },
        message: { type: 'string', description: 'what was wrong, and what mends it' },
        innerError: {
          type: 'object',
          properties: {
            date: { type: 'string' },
            'request-id': { type: 'string', format: 'uuid' },
            'client-request-id': { type: 'string', format: 'uuid' },
          },
        },
      },
      required: ['code', 'message'],
    },
  },
  required: ['error'],
}

function usedSchemas(operations: readonly Placed[]): Record<string, JsonSchema> {
  const shapes = Object.entries(bodies).map(([name, shape]) => [name, jsonSchema(shape)] as const)
  const all = Object.fromEntries([
    ...shapes,
    ...Object.entries(entities),
    ['tokenRequest', tokenRequest],
    ['error', graphError],
    ['oauthError', oauthError],
  ]) as Record<string, JsonSchema>
  const text = JSON.stringify(operations)
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => /rror$/.test(name) || text.includes(`"#/components/schemas/${name}"`)),
  )
}

function parameters(): Document['components']['parameters'] {
  const inPath = Object.entries(pathParameters).map(([name, { description, schema }]): [string, Parameter] => [
    name,
    { name, in: 'path', required: true, description, schema: schema ?? { type: 'string' } },
  ])
  const inQuery = (Object.entries(queryOptions) as [QueryOption, (typeof queryOptions)[QueryOption]][]).map(
    ([name, { description, schema }]): [string, Parameter] => [
      name.slice(1),
      { name, in: 'query', description, schema: schema ?? { type: 'string' } },
    ],
  )
  const inHeaders = Object.entries(headers).map(([key, { name, description }]): [string, Parameter] => [
    key,
    { name, in: 'header', description, schema: { type: 'string' } },
  ])
  return Object.fromEntries([...inPath, ...inQuery, ...inHeaders])
}

const introduction = (): string =>
  [
    'An identity service for AI agents that speaks the wire protocol of Microsoft Entra Agent ID: a token endpoint, and a management API shaped like Microsoft Graph.',
    "What the management API has under /v1.0 it has under /beta too; some of Sigil's own is under /beta alone. Paths are not case sensitive but for ids and values; a cast (microsoft.graph.agentIdentity) stands behind its collection or behind the id; an object is named by its id or by an alternate key in parentheses, such as applications(appId='…').",
    `A text ${everyText().join(' and ')}. A property that is not listed for a body is refused, and so is a query option.`,
    "An object's ETag in If-Match makes its change or deletion conditional. 'Prefer: return=representation' makes a change answer with the object. A GUID in client-request-id comes back, and is in the log.",
    'What a call has changed, every call that begins after its answer sees.',
  ].join('\n\n')
