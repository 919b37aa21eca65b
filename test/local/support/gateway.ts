import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { afterEach } from 'vitest'
import { createGateway, type GatewayOptions, serverOptions } from '../../../infra/local/gateway.ts'
import { Router } from '../../../infra/local/gateway-routes.ts'
import type { Route } from '../../../shared/routes.ts'

export type Answer = { status: number; headers: IncomingHttpHeaders; body: string }
export type Message = { method?: string; headers?: Record<string, string | string[]>; body?: string | Buffer }

// biome-ignore format: a table reads better aligned
const routes = {
  'thing/all':      { method: 'GET',  path: '/things', caller: 'bearer', touches: [] },
  'thing/make':     { method: 'POST', path: '/things', caller: 'bearer', touches: [] },
  'thing/one':      { method: 'GET',  path: '/things/{id}', also: ['/t/{id}'], caller: 'bearer', touches: [] },
  'thing/special':  { method: 'GET',  path: '/things/special', caller: 'bearer', touches: [] },
  'thing/any':      { method: 'ANY',  path: '/{place}/any', caller: 'anyone', touches: [] },
  'thing/operator': { method: 'POST', path: '/operator', caller: 'operator', touches: [] },
} as const satisfies Record<string, Route>
export type Name = keyof typeof routes

const servers = new Set<Server>()

afterEach(() => {
  for (const server of servers) server.close().closeAllConnections()
  servers.clear()
})

/** A gateway before functions of the test's own; every event that reached one of them. */
export async function startGateway(
  run: (event: APIGatewayProxyEventV2, operation: Name) => unknown = () => ({ statusCode: 204 }),
  options: Partial<GatewayOptions<Name>> = {},
) {
  const events: APIGatewayProxyEventV2[] = []
  const gateway = createGateway<Name>({
    router: new Router(routes),
    canonicalPath: (path) => path,
    invoke: async (operation, event) => {
      events.push(event)
      return run(event, operation)
    },
    ...options,
  })
  const server = createServer(serverOptions, gateway).listen(0, '127.0.0.1')
  servers.add(server)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, events, send: (path: string, message: Message = {}) => send(port, path, message) }
}

/** The path goes out as it is written here, which fetch would tidy. */
function send(port: number, path: string, { method = 'GET', headers = {}, body }: Message): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    call.on('error', reject)
    call.end(body)
  })
}
