import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { SignCommand } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operatorEvent } from '../../infra/local/operator.ts'
import { type Service, startService } from '../../infra/local/service.ts'
import { temporaryState } from './support/state.ts'

const state = temporaryState()
const start = (options: object = {}) => startService({ state, port: 0, quiet: true, ...options })

describe('a running service', () => {
  let service: Service

  beforeAll(async () => {
    service = await start()
  })
  afterAll(() => service.close())

  test('answers with its own origin, by either name of loopback', async () => {
    const { http, tenantId, issuer, domain } = service
    for (const origin of [http, http.replace('localhost', '127.0.0.1')]) {
      const response = await fetch(`${origin}/${tenantId}/v2.0/.well-known/openid-configuration`)
      expect(response.status).toBe(200)
      expect(await response.json()).toMatchObject({ issuer })
    }
    expect(domain).toBe('contoso.localhost')
    expect(issuer).toBe(`${service.https}/${tenantId}/v2.0`)
  })

  test('gives its administrator a token', async () => {
    const { http, tenantId, admin } = service
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: admin.clientId,
      client_secret: admin.clientSecret,
      scope: 'https://graph.microsoft.com/.default',
    })
    const response = await fetch(`${http}/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ token_type: 'Bearer', access_token: expect.any(String) })
  })

  test('has no way to the operations of operators over HTTP, but in process', async () => {
    const body = { displayName: 'Fabrikam', domain: 'fabrikam.localhost' }
    const overHttp = await fetch(`${service.http}/tenants`, { method: 'POST', body: JSON.stringify(body) })
    expect(overHttp.status).toBe(404)
    const inProcess = await service.call('tenants/open', operatorEvent('tenants/open', { body }))
    expect(inProcess.statusCode).toBe(201)
  })

  test('cannot be reached from beyond this machine', async () => {
    const port = Number(new URL(service.https).port)
    const outside = Object.values(networkInterfaces())
      .flat()
      .filter((address) => address && !address.internal && !address.address.startsWith('fe80'))
    for (const address of outside) expect(await connects(address?.address ?? '', port), address?.address).toBe(false)
  })

  test('does not share its state with a second one', async () => {
    await expect(start()).rejects.toThrow('already running')
    expect((await fetch(`${service.http}/common/discovery/instance`)).status).not.toBe(500)
  })

  test('keeps what it must remember from others', () => {
    const record = JSON.parse(readFileSync(join(state, 'service.json'), 'utf8'))
    expect(record).toMatchObject({ tenant: { admin: service.admin }, tableName: service.tableName })
  })
})

describe('a later start on the same state', () => {
  test('is the same service', async () => {
    const first = await start()
    const keys = await keysOf(first)
    await first.close()
    const second = await startService({ state, quiet: true })
    const { http, https, tenantId, domain, admin, caFile } = first
    expect(second).toMatchObject({ http, https, tenantId, domain, admin, caFile })
    expect(await keysOf(second)).toEqual(keys)
    await second.close()
  })

  test('cannot change the port, which is part of the issuer', async () => {
    await expect(start({ port: 1 })).rejects.toThrow(/made with port \d+.*--state/)
  })

  test('after a crash before the tenant was recorded opens another', async () => {
    const file = join(state, 'service.json')
    const { tenant, ...rest } = JSON.parse(readFileSync(file, 'utf8'))
    writeFileSync(file, JSON.stringify(rest))
    const service = await start()
    expect(service.domain).toMatch(/^contoso-[0-9a-f]{6}\.localhost$/)
    expect(service.tenantId).not.toBe(tenant.tenantId)
    await service.close()
  })
})

test('the clock of a service can be another', async () => {
  const service = await start({ world: (world: Service['world']) => ({ ...world, now: () => new Date(0) }) })
  expect(service.world.now()).toEqual(new Date(0))
  await service.close()
})

test('a service that was closed has let go of everything', async () => {
  const service = await start()
  await service.close()
  await service.close()
  expect(await service.ended).toBeUndefined()
  await expect(fetch(service.http)).rejects.toThrow()
  const sign = new SignCommand({ KeyId: 'x', Message: Buffer.alloc(32), SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' })
  await expect(service.kms.send(sign)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

async function keysOf({ http, tenantId }: Service): Promise<unknown> {
  return (await fetch(`${http}/${tenantId}/discovery/v2.0/keys`)).json()
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 })
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('timeout', () => resolve(false))
    socket.once('close', () => socket.destroy())
  })
}
