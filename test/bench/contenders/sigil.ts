import { randomUUID } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { createGateway } from '../../../infra/local/gateway.ts'
import { Router } from '../../../infra/local/gateway-routes.ts'
import { canonicalPath } from '../../../shared/http/path.ts'
import { routes } from '../../../shared/routes.ts'
import { type LambdaHandler, serve } from './server.ts'

/*
 * The token function as it is deployed: the very bundle, which builds its world from its environment, behind the local
 * gateway. The engine and the KMS stand-in are other processes.
 */

const [, , bundle] = process.argv
if (!bundle) throw new Error('usage: sigil.ts {bundle}')

type Deployed = { handler: (event: object, context: { awsRequestId: string }) => ReturnType<LambdaHandler> }

serve(async ({ publicKeys }) => {
  const { handler } = (await import(pathToFileURL(bundle).href)) as Deployed
  const invoke: LambdaHandler = (event) => handler(event, { awsRequestId: randomUUID() })
  return {
    listener: createGateway({ router: new Router(routes), canonicalPath, invoke: (_, event) => invoke(event) }),
    keys: [publicKeys.resource, publicKeys.exchange],
    handler: invoke,
  }
})
