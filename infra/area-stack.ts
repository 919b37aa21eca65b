import { Stack, type StackProps } from 'aws-cdk-lib'
import type { Code } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import type { Operation, Route } from '../shared/routes.ts'
import type { CoreStack } from './core-stack.ts'
import { OperationFunction } from './operation-function.ts'

export type AreaStackProps = StackProps & {
  core: CoreStack
  /** The area's operations, as `shared/routes.ts` declares them. */
  routes: readonly (readonly [Operation, Route])[]
  /** The deployment package of an operation. */
  codeOf: (operation: Operation) => Code
}

/** The operations of one folder below `functions/`: seven resources each, of the 500 that a stack may have. */
export class AreaStack extends Stack {
  constructor(scope: Construct, id: string, { core, routes, codeOf, ...props }: AreaStackProps) {
    super(scope, id, props)
    for (const [operation, route] of routes) {
      const name = pascal(operation.slice(operation.indexOf('/') + 1))
      new OperationFunction(this, name, { core, operation, route, code: codeOf(operation) })
    }
  }
}

/** `add-password` as `AddPassword`. */
export function pascal(name: string): string {
  return name.replace(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
