import { type App, Tags } from 'aws-cdk-lib'
import type { Code } from 'aws-cdk-lib/aws-lambda'
import { type Operation, type Route, routes } from '../shared/routes.ts'
import { type FunctionName, type Worker, type WorkerName, workers } from '../shared/workers.ts'
import { AreaStack } from './area-stack.ts'
import { CoreStack } from './core-stack.ts'
import type { CustomDomain } from './edge.ts'
import { WorkerStack } from './worker-stack.ts'

export type Sources = {
  /** The deployment package of a function. */
  codeOf: (name: FunctionName) => Code
  /** The code of CloudFront's viewer-request function. */
  viewerRequest: string
}

/** API Gateway's quota of routes in one API, which is also what makes one route for both versions worth its while. */
const routeQuota = 300

/** The whole deployment: the core, a stack for each part of the API, and one for what runs without a request. No account and no Region is named: it goes where it is deployed. */
export function addStacks(
  app: App,
  { codeOf, viewerRequest }: Sources,
): { core: CoreStack; areas: AreaStack[]; jobs: WorkerStack } {
  Tags.of(app).add('application', 'sigil')
  const core = new CoreStack(app, 'SigilCore', {
    description: 'Sigil: table, keys and APIs',
    viewerRequest,
    domain: customDomain(app),
  })
  const declared = Object.entries(routes) as [Operation, Route][]
  const areas = Object.entries(Object.groupBy(declared, ([operation]) => stackOf(operation))).map(
    ([name, own = []]) =>
      new AreaStack(app, `Sigil${name}`, { description: `Sigil: ${areasOf(own)}`, core, routes: own, codeOf }),
  )
  const jobs = new WorkerStack(app, 'SigilJobs', {
    description: 'Sigil: what runs without a request',
    core,
    workers: Object.entries(workers) as [WorkerName, Worker][],
    codeOf,
  })
  app.node.addValidation({ validate: () => tooManyRoutes(declared) })
  return { core, areas, jobs }
}

/**
 * Which areas of `functions/` are deployed together: what one looks for in one place, and as few stacks as their resources
 * allow, since they are deployed one after the other.
 */
const stacks: Readonly<Record<string, readonly string[]>> = {
  Token: ['token', 'discovery'],
  Tenants: ['tenants'],
  Applications: ['applications', 'federated-credentials'],
  Blueprints: ['blueprints', 'blueprint-principals', 'inheritable-permissions'],
  ServicePrincipals: ['service-principals'],
  Agents: ['agent-identities', 'agent-users', 'agents'],
  People: ['users', 'groups', 'manager', 'direct-reports', 'me', 'organization', 'limits'],
  Permissions: [
    'app-role-assignments',
    'app-role-assigned-to',
    'oauth2-permission-grants',
    'inherited-permissions',
    'effective-permissions',
  ],
  DirectoryRoles: ['directory-roles', 'role-definitions', 'role-assignments'],
  Relations: ['owners', 'sponsors', 'members', 'member-of', 'owned-objects', 'created-objects', 'directory-objects'],
  Deletion: ['deleted-items', 'dependents', 'operations'],
  Batch: ['batch'],
}

function stackOf(operation: Operation): string {
  const area = areaOf(operation)
  const found = Object.entries(stacks).find(([, areas]) => areas.includes(area))
  if (!found) throw new Error(`the area ${area} of functions/ belongs to no stack; say in infra/stacks.ts to which`)
  return found[0]
}

const areasOf = (declared: readonly (readonly [Operation, Route])[]): string =>
  [...new Set(declared.map(([operation]) => areaOf(operation)))].join(', ')

const areaOf = (operation: Operation): string => operation.slice(0, operation.indexOf('/'))

function tooManyRoutes(declared: readonly (readonly [Operation, Route])[]): string[] {
  const count = declared.reduce((sum, [, route]) => sum + 1 + (route.also?.length ?? 0), 0)
  return count < routeQuota ? [] : [`${count} routes are declared; an HTTP API holds fewer than ${routeQuota}`]
}

/** `--context domain=id.example.com --context certificate=arn:…`: both, or CloudFront's own name. */
function customDomain(app: App): CustomDomain | undefined {
  const name: unknown = app.node.tryGetContext('domain')
  const certificateArn: unknown = app.node.tryGetContext('certificate')
  if (name === undefined && certificateArn === undefined) return undefined
  if (typeof name !== 'string' || typeof certificateArn !== 'string') {
    throw new Error('a custom domain needs both context values: domain, and certificate (an ARN in us-east-1)')
  }
  return { name, certificateArn }
}
