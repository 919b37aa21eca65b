import { Stack, type StackProps } from 'aws-cdk-lib'
import type { Code } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import type { Operation, Route } from '../shared/routes.ts'
import type { CoreStack } from './core-stack.ts'
import { OperationFunction } from './operation-function.ts'

export type AreaStackProps = StackProps & {
  core: CoreStack
  /** The operations, as `shared/routes.ts` declares them. */
  routes: readonly (readonly [Operation, Route])[]
  /** The deployment package of an operation. */
  codeOf: (operation: Operation) => Code
}

/** The operations of some areas of `functions/`: seven resources each and two for each further path, of the 500 that a stack may have. */
export class AreaStack extends Stack {
  /** Of `functions/`. */
  readonly areas: readonly string[]

  constructor(scope: Construct, id: string, { core, routes, codeOf, ...props }: AreaStackProps) {
    super(scope, id, props)
    this.areas = [...new Set(routes.map(([operation]) => operation.slice(0, operation.indexOf('/'))))]
    for (const [operation, route] of routes) {
      new OperationFunction(this, pascal(operation), { core, operation, route, code: codeOf(operation) })
    }
  }
}

/** `applications/add-password` as `ApplicationsAddPassword`. */
export function pascal(name: string): string {
  return name.replace(/(?:^|[-/])([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
