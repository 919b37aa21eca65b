import type { Route } from '../../shared/routes.ts'

/** A route that a request has been matched with. */
export type Match<Name extends string> = {
  operation: Name
  /** Method and path as they are declared: API Gateway names a route so. */
  routeKey: string
  /** Decoded; undefined where the path has none. */
  pathParameters?: Record<string, string>
}

type Pattern<Name extends string> = { operation: Name; method: string; path: string; segments: readonly string[] }

/** Finds the operation for a method and a decoded path, as an HTTP API does: the most specific of the routes that fit. */
export class Router<Name extends string> {
  readonly #patterns: readonly Pattern<Name>[]

  constructor(routes: Readonly<Record<Name, Route>>) {
    this.#patterns = (Object.entries(routes) as [Name, Route][])
      // Operators come through an API of their own, behind IAM, which a laptop does not have.
      .filter(([, { caller }]) => caller !== 'operator')
      .flatMap(([operation, { method, path, also }]) =>
        [path, ...(also ?? [])].map((each) => ({
          operation,
          method,
          path: each,
          segments: each.split('/'),
        })),
      )
      .sort(bySpecificity)
  }

  match(method: string, path: string): Match<Name> | undefined {
    const given = path.split('/')
    const pattern = this.#patterns.find((candidate) => accepts(candidate, method, given))
    if (!pattern) return undefined
    const parameters = pattern.segments.flatMap((segment, index): [string, string][] =>
      isParameter(segment) ? [[segment.slice(1, -1), given[index] ?? '']] : [],
    )
    return {
      operation: pattern.operation,
      routeKey: `${pattern.method} ${pattern.path}`,
      ...(parameters.length > 0 && { pathParameters: Object.fromEntries(parameters) }),
    }
  }
}

function accepts({ method, segments }: Pattern<string>, givenMethod: string, given: readonly string[]): boolean {
  if (method !== 'ANY' && method !== givenMethod) return false
  return (
    segments.length === given.length &&
    segments.every((segment, index) => (isParameter(segment) ? given[index] !== '' : given[index] === segment))
  )
}

/** From left to right a literal goes before a parameter; for the same path a method goes before `ANY`. */
function bySpecificity(one: Pattern<string>, other: Pattern<string>): number {
  const rank = ({ method, segments }: Pattern<string>) =>
    `${segments.map((segment) => (isParameter(segment) ? '1' : '0')).join('')}${method === 'ANY' ? '1' : '0'}`
  return rank(one) < rank(other) ? -1 : 1
}

const isParameter = (segment: string): boolean => segment.startsWith('{')
