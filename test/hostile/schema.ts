import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { documentOf, written } from '../../shared/openapi/document.ts'
import type { JsonSchema } from '../../shared/openapi/json-schema.ts'
import { type Description, descriptions } from '../../shared/openapi/operations.ts'
import { type Operation, type Route, routes } from '../../shared/routes.ts'

/** What the document promises of an operation's body, to judge answers by. */

const document = documentOf('https://id.example.com')
const ajv = new Ajv2020({
  strict: false,
  formats: {
    uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d/,
    uri: true,
  },
})
ajv.addSchema(JSON.parse(JSON.stringify(document)), 'document')

export const described = descriptions as Partial<Record<Operation, Description>>

/** The names of the shapes that an operation takes. */
export const bodiesOf = (operation: Operation): readonly string[] => {
  const { body = [] } = described[operation] ?? {}
  return typeof body === 'string' ? [body] : body
}

export const schemaOf = (name: string): JsonSchema => document.components.schemas[name] ?? {}

const validators = new Map<string, ValidateFunction>()

/** Whether one of these shapes takes a value, by the document. */
export function admits(names: readonly string[], value: unknown): boolean {
  return names.some((name) => {
    const known = validators.get(name) ?? ajv.compile({ $ref: `document#/components/schemas/${name}` })
    validators.set(name, known)
    return known(value)
  })
}

/** The header parameters of an operation. */
export function headersOf(operation: Operation): string[] {
  const route: Route = routes[operation]
  const { [route.method.toLowerCase() as 'get']: found } = document.paths[written(route.path)] ?? {}
  return (found?.parameters ?? []).map(({ $ref }) => $ref.replace(/^.*\//, ''))
}

/** A place in a body: the way there, and what may stand at it. */
export type Position = { path: readonly (string | number)[]; branches: readonly JsonSchema[] }

/** Every place that a shape has, the whole body first. */
export function positions(schema: JsonSchema, path: Position['path'] = []): Position[] {
  const branches = branchesOf(schema)
  return [
    { path, branches },
    ...branches.flatMap(({ properties = {}, items }) => [
      ...Object.entries(properties).flatMap(([name, each]) => positions(each as JsonSchema, [...path, name])),
      ...(items ? positions(items as JsonSchema, [...path, 0]) : []),
    ]),
  ]
}

const branchesOf = (schema: JsonSchema): JsonSchema[] =>
  schema.anyOf ? schema.anyOf.flatMap((each) => branchesOf(each as JsonSchema)) : [schema]
