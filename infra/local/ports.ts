import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { codeOf } from './durable-file.ts'

/** A port on which somebody else listens. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken'
  readonly port: number

  constructor(port: number, host: string, cause: unknown) {
    super(`port ${port} is taken on ${host}`, { cause })
    this.port = port
  }
}

/** Loopback, as both kinds of address: `localhost` may be either. */
export const loopback = ['127.0.0.1', '::1'] as const

/**
 * A port on which nobody listens. It lies below the range from which the system gives ports to outgoing connections, so that
 * it is most likely still free when the same state is started again.
 */
export async function freePort(hosts: readonly string[] = loopback): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(10_240, 32_768)
    const probes: Server[] = []
    try {
      for (const host of hosts) {
        const probe = createServer()
        if (await listen(probe, port, host)) probes.push(probe)
      }
      return port
    } catch (error) {
      if (!(error instanceof PortTaken)) throw error
    } finally {
      await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))))
    }
  }
  throw new Error('no free port was found in a hundred attempts')
}

/** Listens; false where the machine has no such address (it may have no IPv6). */
export async function listen(server: Server, port: number, host: string): Promise<boolean> {
  server.listen({ port, host, exclusive: true, ipv6Only: host === '::1' })
  try {
    await once(server, 'listening')
    return true
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') throw new PortTaken(port, host, error)
    if (codeOf(error) === 'EACCES')
      throw new Error(`port ${port} needs more rights than this user has; choose one above 1023`)
    const absent = codeOf(error) === 'EADDRNOTAVAIL' || codeOf(error) === 'EAFNOSUPPORT'
    if (absent && host === '::1') return false
    throw error
  }
}
