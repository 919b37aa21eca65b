import { freePort, loopback, PortTaken } from './ports.ts'

export type Ports = { https: number; http: number }
export type Wish = { port?: number; httpPort?: number; host?: string }

const usual: Ports = { https: 8443, http: 8080 }

/** Where to listen: on loopback, and beyond it only where told to. The public origin is on localhost in any case. */
export function hostsOf({ host }: Wish): readonly string[] {
  if (host === undefined || host === 'localhost' || host === '127.0.0.1' || host === '::1') return loopback
  if (host === '::') return ['::']
  if (host === '0.0.0.0') return ['0.0.0.0', '::1']
  return [...loopback, host]
}

/**
 * Listens on the ports that are asked for, else on those that the state has had before, else on the usual ones; 0 asks for
 * free ones, for this state from now on.
 */
export async function listenOnPorts<Listeners>(
  wish: Wish,
  known: Ports | undefined,
  open: (hosts: readonly string[], ports: Ports) => Promise<Listeners>,
): Promise<{ ports: Ports; listeners: Listeners }> {
  if (known && wish.port && wish.port !== known.https) {
    throw new Error(
      `this state was made with port ${known.https}, which is part of its issuer; start it without --port, or choose another directory with --state`,
    )
  }
  const hosts = hostsOf(wish)
  const https = wish.port || known?.https || (wish.port === 0 ? 0 : usual.https)
  const http = wish.httpPort || known?.http || (wish.httpPort === 0 || wish.port === 0 ? 0 : usual.http)
  for (let attempt = 1; ; attempt++) {
    const ports = { https: https || (await freePort(hosts)), http: http || (await freePort(hosts)) }
    if (ports.https === ports.http)
      throw new Error(`https and http cannot both have port ${ports.https}; choose another with --http-port`)
    try {
      return { ports, listeners: await open(hosts, ports) }
    } catch (error) {
      if (!(error instanceof PortTaken)) throw error
      // Somebody was faster on a port that we were free to choose.
      const ours = (error.port === ports.https && !https) || (error.port === ports.http && !http)
      if (ours && attempt < 5) continue
      throw explain(error, error.port === ports.https ? '--port' : '--http-port', known !== undefined)
    }
  }
}

function explain(taken: PortTaken, option: string, restart: boolean): Error {
  const remedy =
    restart && option === '--port'
      ? 'this state keeps that port, which is part of its issuer: stop the other program, or choose another directory with --state'
      : `choose another with ${option} (0 takes a free one)`
  return new Error(`${taken.message} by another program; ${remedy}`, { cause: taken })
}
