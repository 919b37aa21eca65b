import { describe, expect, test } from 'vitest'
import { hostsOf, listenOnPorts, type Ports } from '../../infra/local/addresses.ts'
import { PortTaken } from '../../infra/local/ports.ts'

const loopback = ['127.0.0.1', '::1']

test.each([
  [undefined, loopback],
  ['localhost', loopback],
  ['::1', loopback],
  ['0.0.0.0', ['0.0.0.0', '::1']],
  ['::', ['::']],
  ['192.0.2.7', [...loopback, '192.0.2.7']],
])('told to listen on %s, the service listens on %o', (host, hosts) => {
  expect(hostsOf(host === undefined ? {} : { host })).toEqual(hosts)
})

describe('the ports', () => {
  const known = { https: 20_001, http: 20_002 }
  const chosen = (wish: object, before?: Ports) =>
    listenOnPorts(wish, before, async () => 'open').then(({ ports }) => ports)
  const free = expect.toSatisfy((port: number) => port >= 10_240 && port < 32_768)

  test.each([
    ['the usual ones at first', {}, undefined, { https: 8443, http: 8080 }],
    ['those of the state from then on', {}, known, known],
    ['those of the state even where free ones are asked for', { port: 0 }, known, known],
    ['free ones where that is asked for', { port: 0 }, undefined, { https: free, http: free }],
    ['those that are asked for', { port: 9443, httpPort: 9080 }, undefined, { https: 9443, http: 9080 }],
    ['another for http than before', { httpPort: 9080 }, known, { https: 20_001, http: 9080 }],
  ])('are %s', async (_, wish, before, expected) => {
    expect(await chosen(wish, before)).toEqual(expected)
  })

  test.each([
    ['the issuer would change', { port: 9443 }, known, /made with port 20001/],
    ['both would be the same', { port: 9443, httpPort: 9443 }, undefined, /--http-port/],
  ])('are refused where %s', async (_, wish, before, message) => {
    await expect(chosen(wish, before)).rejects.toThrow(message)
  })

  test('are chosen again where a free one was lost in between', async () => {
    const tried: number[] = []
    const open = async (_: readonly string[], { https }: Ports) => {
      tried.push(https)
      if (tried.length < 3) throw new PortTaken(https, '127.0.0.1', undefined)
    }
    const { ports } = await listenOnPorts({ port: 0 }, undefined, open)
    expect(tried).toHaveLength(3)
    expect(ports.https).toBe(tried[2])
  })

  test('of the state that are taken are not given up, for they are part of the issuer', async () => {
    const open = async (_: readonly string[], { https }: Ports) => {
      throw new PortTaken(https, '127.0.0.1', undefined)
    }
    await expect(listenOnPorts({}, known, open)).rejects.toThrow(/port 20001 is taken .*stop the other program/)
  })
})
