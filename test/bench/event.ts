import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGateway } from '../../infra/local/gateway.ts'
import { Router } from '../../infra/local/gateway-routes.ts'
import { listen } from '../../infra/local/ports.ts'
import { canonicalPath } from '../../shared/http/path.ts'
import { routes } from '../../shared/routes.ts'
import { asFetch, type TokenRequest } from './setup.ts'

/** The event that the gateway makes of a request, as the text in which Lambda gets it. */
export async function eventOf(request: TokenRequest): Promise<string> {
  const mirror = createServer(
    createGateway({
      router: new Router(routes),
      canonicalPath,
      invoke: async (_, event) => ({ statusCode: 200, body: JSON.stringify(event) }),
    }),
  )
  await listen(mirror, 0, '127.0.0.1')
  try {
    const { port } = mirror.address() as AddressInfo
    const response = await fetch(`http://127.0.0.1:${port}${request.path}`, asFetch(request))
    return await response.text()
  } finally {
    mirror.closeAllConnections()
    mirror.close()
  }
}
