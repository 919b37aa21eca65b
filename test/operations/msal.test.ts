import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { ConfidentialClientApplication, type NodeAuthOptions, ServerError } from '@azure/msal-node'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Cast, cast, claimsIn, sigilForTests } from '../support/sigil.ts'

/* The official client as it is, over https: only its authority, and whom it trusts, are ours (reference §11.1, §11.3). */

const sigil = sigilForTests()
const exchange = 'api://AzureADTokenExchange/.default'
let c: Cast

beforeAll(async () => {
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(sigil.service.caFile, 'utf8')])
  c = await cast(sigil, 'msal')
  const role = { principalId: c.agent.id, resourceId: c.apiPrincipal.id, appRoleId: c.role.id }
  await sigil.make('POST', `/servicePrincipals/${c.agent.id}/appRoleAssignments`, role)
})

/** A client of its own has a cache of its own. */
const client = (auth: NodeAuthOptions, tenant = sigil.tenantId): ConfidentialClientApplication => {
  const { origin } = sigil.service
  return new ConfidentialClientApplication({
    auth: { authority: `${origin}/${tenant}`, knownAuthorities: [new URL(origin).host], ...auth },
  })
}

const blueprint = (clientSecret = c.secret, tenant?: string) =>
  client({ clientId: c.blueprint.appId, clientSecret }, tenant)

const agent = (clientAssertion: () => Promise<string>) => client({ clientId: c.agent.id, clientAssertion })

async function t1Of(application = blueprint()): Promise<string> {
  const result = await application.acquireTokenByClientCredential({ scopes: [exchange], fmiPath: c.agent.id })
  return result?.accessToken ?? ''
}

const tokenOf = (application: ConfidentialClientApplication, skipCache = false) =>
  application.acquireTokenByClientCredential({ scopes: [c.scope], skipCache })

async function refusalOf(asked: Promise<unknown>): Promise<ServerError> {
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(ServerError)
  return error as ServerError
}

describe('MSAL Node', () => {
  test('gets T1 by fmiPath', async () => {
    expect(claimsIn(await t1Of())).toMatchObject({
      aud: 'fb60f99c-7a34-4190-8149-302f77469936',
      azp: c.blueprint.appId,
      sub: expect.stringMatching(new RegExp(`^/eid1/c/pub/t/.{22}/a/.{22}/${c.agent.id}$`)),
    })
  })

  test("gets the agent's token, whose callback gives T1, and a resource server accepts it", async () => {
    const asked: unknown[] = []
    const application = client({
      clientId: c.agent.id,
      clientAssertion: async (config) => {
        asked.push(config)
        return t1Of()
      },
    })
    const result = await tokenOf(application)
    expect(asked).toMatchObject([{ clientId: c.agent.id, tokenEndpoint: expect.stringContaining(sigil.tenantId) }])
    expect(result).toMatchObject({ tokenType: 'Bearer', fromCache: false, scopes: [c.scope] })
    expect(Math.abs(Number(result?.expiresOn) - Date.now() - 3_599_000)).toBeLessThan(30_000)
    const keys = createRemoteJWKSet(new URL(`${sigil.service.origin}/${sigil.tenantId}/discovery/v2.0/keys`))
    const { payload } = await jwtVerify(result?.accessToken ?? '', keys, {
      issuer: sigil.service.issuer,
      audience: c.api.appId,
    })
    expect(payload).toMatchObject({ azp: c.agent.id, roles: ['Tasks.Read'], xms_par_app_azp: c.blueprint.appId })
  })

  test('keeps a token until it expires', async () => {
    const application = agent(() => t1Of())
    const first = await tokenOf(application)
    const second = await tokenOf(application)
    expect([second?.fromCache, second?.accessToken]).toEqual([true, first?.accessToken])
  })

  test('gets T1 at the tenant by its domain', async () => {
    expect(claimsIn(await t1Of(blueprint(c.secret, sigil.service.domain))).tid).toBe(sigil.tenantId)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, () => Promise<unknown>, string, number]>([
    ['a wrong secret',        () => t1Of(blueprint('wrong')),                  'invalid_client',      7000215],
    ['an unknown client',     () => tokenOf(client({ clientId: c.person.id, clientSecret: 'x' })), 'unauthorized_client', 700016],
    ['no T1 at all',          () => tokenOf(agent(async () => 'a.b.c')),       'invalid_client',      700027],
    ['an agent that is none', () => blueprint().acquireTokenByClientCredential({ scopes: [exchange], fmiPath: c.person.id }), 'unauthorized_client', 700016],
  ])('says what is wrong with %s', async (_, ask, code, number) => {
    const error = await refusalOf(ask())
    expect(error).toMatchObject({ errorCode: code, status: code === 'invalid_client' ? 401 : 400 })
    expect(error.errorMessage).toContain(`AADSTS${number}: `)
    expect(error.correlationId).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('does not come to an authority of a tenant that is not there', async () => {
    await expect(t1Of(blueprint(c.secret, 'unknown.example'))).rejects.toThrow('endpoints_resolution_error')
  })

  test('is refused as soon as the agent is disabled, and not before', async () => {
    const t1 = await t1Of()
    const application = agent(async () => t1)
    expect((await tokenOf(application, true))?.accessToken).toBeTruthy()
    await sigil.make('PATCH', `/servicePrincipals/${c.agent.id}`, { accountEnabled: false })
    for (const asked of [() => tokenOf(application, true), () => t1Of()]) {
      const error = await refusalOf(asked())
      expect(error.errorCode).toBe('unauthorized_client')
      expect(error.errorMessage).toContain('AADSTS7000112: ')
    }
    await sigil.make('PATCH', `/servicePrincipals/${c.agent.id}`, { accountEnabled: true })
    expect((await tokenOf(application, true))?.accessToken).toBeTruthy()
  })
})
