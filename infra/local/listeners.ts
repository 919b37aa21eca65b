import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Ports } from './addresses.ts'
import { maxConnections, serverOptions } from './gateway.ts'
import { listen } from './ports.ts'
import type { Tls } from './tls.ts'

/** Open sockets, all of them or none. */
export type Listeners = { close(): Promise<void> }

/** How long requests under way may take to finish when the service stops. */
const graceMs = 3_000

/** @throws PortTaken */
export async function openListeners(
  hosts: readonly string[],
  { https, http }: Ports,
  tls: Tls,
  answer: RequestListener,
): Promise<Listeners> {
  const servers: Server[] = []
  const close = async () => {
    await Promise.all(servers.map(closeServer))
  }
  try {
    for (const host of hosts) {
      for (const port of [https, http]) {
        const server =
          port === https
            ? createHttpsServer({ ...serverOptions, handshakeTimeout: 10_000, key: tls.key, cert: tls.cert }, answer)
            : createHttpServer(serverOptions, answer)
        server.maxConnections = maxConnections
        if (await listen(server, port, host)) servers.push(server)
      }
    }
  } catch (error) {
    await close()
    throw error
  }
  return { close }
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearTimeout(timer)
}
