import type { Bundles } from '../../infra/bundle.ts'
import type { BackendQuestions } from './backend.ts'
import type { Child } from './child.ts'
import type { Figures } from './figures.ts'
import type { TokenRequest } from './setup.ts'

type Requests = Record<'t1' | 'resource' | 'wrongSecret' | 'malformed', TokenRequest>

/** What each request calls, and the capacity that it takes: the same in every run. */
export async function countCalls(
  backend: Child<BackendQuestions>,
  requests: Requests,
): Promise<Required<Figures>['counts']> {
  const count = async (name: keyof Requests) => {
    const { status, ...counts } = await backend.ask('count', requests[name])
    if (status !== requests[name].status) throw new Error(`${name}: answered ${status}, not ${requests[name].status}`)
    return counts
  }
  return {
    t1: await count('t1'),
    resource: await count('resource'),
    wrongSecret: await count('wrongSecret'),
    malformed: await count('malformed'),
  }
}

/** The size of what is deployed, and which SDK clients are in what needs none. */
export function bundleFigures(bundles: Bundles): Required<Figures>['bundles'] {
  const keys = bundles['discovery/keys']
  const clients = keys.inputs.map((file) => /@aws-sdk\/(client-[\w-]+)\//.exec(file)?.[1])
  return {
    token: bundles['token/issue'].bytes,
    keys: keys.bytes,
    configuration: bundles['discovery/configuration'].bytes,
    keysSdkClients: [...new Set(clients)].filter((client) => client !== undefined),
  }
}
