import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { prepareTls, type Tls } from '../../infra/local/tls.ts'
import { temporaryState } from './support/state.ts'

const now = new Date()
const later = (days: number) => new Date(now.getTime() + days * 86_400_000)
const ca = ({ caFile }: Tls) => readFileSync(caFile, 'utf8')

describe('the certificate of the local service', () => {
  test.each(['localhost', '127.0.0.1', '[::1]'])(
    'is accepted for %s by a client that trusts the CA alone',
    async (host) => {
      const tls = await prepareTls(temporaryState(), now)
      const server = createServer({ key: tls.key, cert: tls.cert }, (_, response) => response.end('ok'))
      server.listen(0, host === '[::1]' ? '::1' : '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const options = { ca: ca(tls), family: host === '[::1]' ? 6 : 4, agent: false } as const
      const status = await new Promise((resolve, reject) => {
        get(`https://${host}:${port}/`, options, (response) => resolve(response.resume().statusCode)).on(
          'error',
          reject,
        )
      })
      server.close()
      expect(status).toBe(200)
    },
  )

  test('has what strict validators ask for', async () => {
    const tls = await prepareTls(temporaryState(), now)
    const authority = new X509Certificate(ca(tls))
    const server = new X509Certificate(tls.cert)
    expect(authority.ca).toBe(true)
    expect(server.ca).toBe(false)
    expect(server.checkIssued(authority)).toBe(true)
    expect(server.verify(authority.publicKey)).toBe(true)
    expect(server.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
    expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    for (const { raw } of [authority, server]) {
      expect(raw.includes(Buffer.from('0603551d0e', 'hex')), 'subject key identifier').toBe(true)
      expect(raw.includes(Buffer.from('0603551d23', 'hex')), 'authority key identifier').toBe(true)
    }
    expect(server.serialNumber).not.toBe(authority.serialNumber)
    expect(server.validToDate.getTime() - server.validFromDate.getTime()).toBeLessThan(398 * 86_400_000)
  })

  test('keeps its keys from others', async () => {
    const { caFile } = await prepareTls(temporaryState(), now)
    for (const file of ['ca-key.pem', 'server-key.pem']) {
      expect(statSync(join(dirname(caFile), file)).mode & 0o777, file).toBe(0o600)
    }
  })
})

describe('a later start', () => {
  test('uses the same certificates', async () => {
    const directory = temporaryState()
    const first = await prepareTls(directory, now)
    const [authority, again] = [ca(first), await prepareTls(directory, later(300))]
    expect(again.cert).toBe(first.cert)
    expect(ca(again)).toBe(authority)
  })

  test('near the end of the certificate makes a new one, by the same authority', async () => {
    const directory = temporaryState()
    const first = await prepareTls(directory, now)
    const [authority, again] = [ca(first), await prepareTls(directory, later(380))]
    expect(again.cert).not.toBe(first.cert)
    expect(ca(again)).toBe(authority)
    expect(new X509Certificate(again.cert).validFromDate < later(380)).toBe(true)
  })

  test('near the end of the authority makes both anew', async () => {
    const directory = temporaryState()
    const first = await prepareTls(directory, now)
    const [authority, again] = [ca(first), await prepareTls(directory, later(3640))]
    expect(ca(again)).not.toBe(authority)
    expect(new X509Certificate(again.cert).verify(new X509Certificate(ca(again)).publicKey)).toBe(true)
  })

  test.each([
    ['the authority lost its key', (directory: string) => rmSync(join(directory, 'ca-key.pem'))],
    ['the certificate is of another key', (directory: string) => rmSync(join(directory, 'server-key.pem'))],
    ['a file is damaged', (directory: string) => writeFileSync(join(directory, 'server.pem'), 'nonsense')],
  ])('makes good what a crash left: %s', async (_, damage) => {
    const directory = temporaryState()
    await prepareTls(directory, now)
    damage(directory)
    const mended = await prepareTls(directory, now)
    const certificate = new X509Certificate(mended.cert)
    expect(certificate.verify(new X509Certificate(ca(mended)).publicKey)).toBe(true)
  })
})
