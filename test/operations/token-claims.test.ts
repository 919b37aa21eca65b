import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rolesOn } from '../../shared/domain/client.ts'
import { isBlockedForAgents, permissions, roleId as roleIdOf } from '../../shared/permissions.ts'
import { assertion, type Cast, cast, claimsIn, sigilForTests } from '../support/sigil.ts'

const sigil = sigilForTests()
const management = 'https://graph.microsoft.com/.default'
const exchangeAppId = 'fb60f99c-7a34-4190-8149-302f77469936'
const managementAppId = '00000003-0000-0000-c000-000000000000'
const wids = ['0997a1d0-0d1d-4acb-b408-d5ca73121e90']
const uti = expect.stringMatching(/^[A-Za-z0-9_-]{22}$/)

type Json = Record<string, unknown>
type Application = { id: string; appId: string; objectId: string; secret: string; displayName: string }

let c: Cast
let app: Application
/** The same API as a resource of version 1. */
let v1: { id: string; appId: string; principalId: string; uri: string; roleId: string }
let t1: string
const at = () => Math.floor(sigil.clock.now().getTime() / 1000)

beforeAll(async () => {
  c = await cast(sigil, 'claims')
  app = await makeApplication('Ordinary')
  v1 = await makeV1Api()
  for (const [principal, resource, role] of [
    [c.agent.id, c.apiPrincipal.id, c.role.id],
    [c.agent.id, v1.principalId, v1.roleId],
    [app.objectId, c.apiPrincipal.id, c.role.id],
    [app.objectId, v1.principalId, v1.roleId],
  ] as const) {
    await assign(principal, resource, role)
  }
  await sigil.adminToken()
  sigil.clock.stop()
  t1 = await c.t1()
})

afterAll(() => sigil.clock.reset())

/** Reference §3.1: `iat` and `nbf` lie 300 s before the issue, and the token lives 3600 s from it. */
const times = () => ({ iat: at() - 300, nbf: at() - 300, exp: at() + 3600 })
const issuer1 = () => `${sigil.service.origin}/${sigil.tenantId}/`
const issuer2 = () => `${sigil.service.origin}/${sigil.tenantId}/v2.0`
const agentFacets = () => ({
  xms_act_fct: '3 11 9',
  xms_sub_fct: '3 11 9',
  xms_idrel: '7',
  xms_tnt_fct: '3 9',
  xms_par_app_azp: c.blueprint.appId,
})

describe('the claims of a token are these and no others (reference §4.1, §4.2)', () => {
  test('of an ordinary application, version 2', async () => {
    const token = await sigil.tokenFor(app.appId, app.secret, c.scope)
    expect(claimsIn(token)).toEqual({
      ...times(),
      iss: issuer2(),
      aud: c.api.appId,
      ver: '2.0',
      azp: app.appId,
      azpacr: '1',
      idtyp: 'app',
      oid: app.objectId,
      sub: app.objectId,
      tid: sigil.tenantId,
      roles: ['Tasks.Read'],
      uti,
    })
  })

  // Reference §4.1: a v1 token names its audience as it was asked for.
  test.each([
    ['identifier URI', () => v1.uri],
    ['appId', () => v1.appId],
  ])('of an ordinary application, version 1, asked for by %s', async (_, audience) => {
    const token = await sigil.tokenFor(app.appId, app.secret, `${audience()}/.default`)
    expect(claimsIn(token)).toEqual({
      ...times(),
      iss: issuer1(),
      idp: issuer1(),
      aud: audience(),
      ver: '1.0',
      appid: app.appId,
      appidacr: '1',
      idtyp: 'app',
      oid: app.objectId,
      sub: app.objectId,
      tid: sigil.tenantId,
      roles: ['Jobs.Run'],
      uti,
    })
  })

  test('of a version 2 audience is the appId, however it was asked for', async () => {
    for (const resource of [c.api.appId, `api://${c.api.appId}`, `API://${c.api.appId.toUpperCase()}/`]) {
      const token = await sigil.tokenFor(app.appId, app.secret, `${resource}/.default`)
      expect(claimsIn(token).aud).toBe(c.api.appId)
    }
  })

  test('of a blueprint by itself, for the management API', async () => {
    const token = await sigil.tokenFor(c.blueprint.appId, c.secret, management)
    expect(claimsIn(token)).toEqual({
      ...times(),
      iss: issuer1(),
      idp: issuer1(),
      aud: 'https://graph.microsoft.com',
      ver: '1.0',
      appid: c.blueprint.appId,
      appidacr: '1',
      idtyp: 'app',
      oid: c.principal.id,
      sub: c.principal.id,
      tid: sigil.tenantId,
      roles: ['AgentIdentity.CreateAsManager'],
      app_displayname: 'claims blueprint',
      wids,
      xms_act_fct: '3 9',
      xms_sub_fct: '3 9',
      xms_idrel: '7',
      xms_tnt_fct: '3 9',
      uti,
    })
  })

  test('of T1', async () => {
    expect(claimsIn(t1)).toEqual({
      ...times(),
      iss: issuer2(),
      aud: exchangeAppId,
      ver: '2.0',
      azp: c.blueprint.appId,
      azpacr: '1',
      idtyp: 'app',
      oid: c.principal.id,
      sub: `/eid1/c/pub/t/${dotNetBytes(sigil.tenantId)}/a/${dotNetBytes(c.blueprint.appId)}/${c.agent.id}`,
      tid: sigil.tenantId,
      xms_act_fct: '3 9',
      xms_sub_fct: '3 9',
      xms_idrel: '7 26',
      xms_ficinfo: 'CAAQABgAIAAoAjAA',
      sigil_cred: c.keyId,
      uti,
    })
  })

  test('of an agent, version 2', async () => {
    const token = await sigil.agentToken(c.agent.id, t1, c.scope)
    expect(claimsIn(token)).toEqual({
      ...times(),
      ...agentFacets(),
      iss: issuer2(),
      aud: c.api.appId,
      ver: '2.0',
      azp: c.agent.id,
      azpacr: '2',
      idtyp: 'app',
      oid: c.agent.id,
      sub: c.agent.id,
      tid: sigil.tenantId,
      roles: ['Tasks.Read'],
      uti,
    })
  })

  test('of an agent, version 1', async () => {
    const token = await sigil.agentToken(c.agent.id, t1, `${v1.uri}/.default`)
    expect(claimsIn(token)).toEqual({
      ...times(),
      ...agentFacets(),
      iss: issuer1(),
      idp: issuer1(),
      aud: v1.uri,
      ver: '1.0',
      appid: c.agent.id,
      appidacr: '2',
      idtyp: 'app',
      oid: c.agent.id,
      sub: c.agent.id,
      tid: sigil.tenantId,
      roles: ['Jobs.Run'],
      uti,
    })
  })

  test('of an agent without roles, for the management API', async () => {
    const token = await sigil.agentToken(c.agent.id, t1, `${managementAppId}/.default`)
    expect(claimsIn(token)).toEqual({
      ...times(),
      ...agentFacets(),
      iss: issuer1(),
      idp: issuer1(),
      aud: managementAppId,
      ver: '1.0',
      appid: c.agent.id,
      appidacr: '2',
      idtyp: 'app',
      oid: c.agent.id,
      sub: c.agent.id,
      tid: sigil.tenantId,
      app_displayname: 'claims agent',
      wids,
      uti,
    })
  })
})

describe('the token itself', () => {
  test('bears the header that validators of v1 and v2 look for, and verifies with the published keys', async () => {
    const jwks = createLocalJWKSet((await sigil.send(`/${sigil.tenantId}/discovery/v2.0/keys`)).body as never)
    for (const token of [
      await sigil.agentToken(c.agent.id, t1, c.scope),
      await sigil.agentToken(c.agent.id, t1, `${v1.uri}/.default`),
    ]) {
      const { kid } = decodeProtectedHeader(token)
      expect(decodeProtectedHeader(token)).toEqual({ typ: 'JWT', alg: 'RS256', kid, x5t: kid })
      await jwtVerify(token, jwks, { currentDate: sigil.clock.now() })
    }
    expect(decodeProtectedHeader(t1)).toMatchObject({ typ: 'JWT', alg: 'RS256' })
    await expect(jwtVerify(t1, jwks, { currentDate: sigil.clock.now() })).rejects.toThrow('no applicable key')
  })

  test('comes in an answer of four members, never cached (RFC 6749 §5.1)', async () => {
    const { status, headers, body } = await sigil.token({
      client_id: c.agent.id,
      scope: c.scope,
      grant_type: 'client_credentials',
      ...assertion(t1),
    })
    expect({ status, body }).toEqual({
      status: 200,
      body: { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: expect.any(String) },
    })
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      pragma: 'no-cache',
      'x-content-type-options': 'nosniff',
      'strict-transport-security': expect.stringContaining('max-age='),
    })
  })

  test('is never the same twice', async () => {
    const tokens = await Promise.all(Array.from({ length: 5 }, () => sigil.agentToken(c.agent.id, t1, c.scope)))
    expect(new Set(tokens.map((token) => claimsIn(token).uti)).size).toBe(5)
  })
})

describe('roles are what is granted, offered and not blocked, at the time of the request', () => {
  const rolesOf = async (scope: string) => claimsIn(await sigil.agentToken(c.agent.id, t1, scope)).roles

  test('a role that is given or taken away shows in the next token', async () => {
    const path = `/servicePrincipals/${c.agent.id}/appRoleAssignments`
    const { value } = (await sigil.make('GET', path)) as unknown as { value: { id: string; resourceId: string }[] }
    const held = value.find(({ resourceId }) => resourceId === c.apiPrincipal.id)
    await sigil.make('DELETE', `${path}/${held?.id}`)
    expect(await rolesOf(c.scope)).toBeUndefined()
    await assign(c.agent.id, c.apiPrincipal.id, c.role.id)
    expect(await rolesOf(c.scope)).toEqual(['Tasks.Read'])
  })

  test('a role that its API disables shows in no token', async () => {
    const role = { ...c.role, isEnabled: false }
    await sigil.make('PATCH', `/applications/${c.api.id}`, { appRoles: [role] })
    expect(await rolesOf(c.scope)).toBeUndefined()
    await sigil.make('PATCH', `/applications/${c.api.id}`, { appRoles: [{ ...role, isEnabled: true }] })
    expect(await rolesOf(c.scope)).toEqual(['Tasks.Read'])
  })

  test('default access (the all-zero role) shows in no token', async () => {
    await assign(app.objectId, c.principal.id, '00000000-0000-0000-0000-000000000000')
    const token = await sigil.tokenFor(app.appId, app.secret, `${c.blueprint.appId}/.default`)
    expect(claimsIn(token)).not.toHaveProperty('roles')
  })

  // Reference §5.5. No grant of one is accepted, so this one was written past all of them.
  test('a permission that no agent may hold shows in no token of one, whatever is stored', async () => {
    const blocked = permissions.filter(({ applicationId }) => applicationId && isBlockedForAgents(applicationId))
    expect(blocked.length).toBeGreaterThan(0)
    await sigil.service.dynamodb.send(
      new UpdateItemCommand({
        TableName: sigil.service.tableName,
        Key: { pk: { S: `CLIENT#${sigil.tenantId}#${c.agent.id}` }, sk: { S: 'STATE' } },
        UpdateExpression: 'ADD #roles :ids',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeNames: { '#roles': rolesOn(managementAppId) },
        ExpressionAttributeValues: {
          ':ids': {
            SS: [...blocked.map(({ applicationId }) => applicationId ?? ''), roleIdOf('AgentIdentity.Read.All') ?? ''],
          },
        },
      }),
    )
    expect(await rolesOf(management)).toEqual(['AgentIdentity.Read.All'])
  })

  // Reference §3.5: "for tokens issued to the blueprint itself emit only Graph lifecycle permissions".
  test("a blueprint's own token carries the lifecycle permissions alone", async () => {
    const api = await principalOf(managementAppId)
    await assign(c.principal.id, api.id, roleId(api, 'AgentIdUser.ReadWrite.IdentityParentedBy'))
    await assign(c.principal.id, api.id, roleId(api, 'User.Read.All'))
    await assign(c.principal.id, c.apiPrincipal.id, c.role.id)
    const token = await sigil.tokenFor(c.blueprint.appId, c.secret, management)
    expect(claimsIn(token).roles).toEqual(['AgentIdUser.ReadWrite.IdentityParentedBy', 'AgentIdentity.CreateAsManager'])
    expect(claimsIn(await sigil.tokenFor(c.blueprint.appId, c.secret, c.scope))).not.toHaveProperty('roles')
  })
})

describe('what a client says beside its request changes no claim (claims are functions of stored facts)', () => {
  const form = (): Record<string, string> => ({
    client_id: c.agent.id,
    scope: c.scope,
    grant_type: 'client_credentials',
    ...assertion(t1),
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['tid, oid, roles as parameters',  { tid: 'x', oid: 'x', sub: 'x', roles: 'Admin', azp: 'x', idtyp: 'user' }, {}],
    ['claims',                         { claims: '{"access_token":{"roles":{"essential":true,"value":"Admin"},"xms_cc":{"values":["cp1"]}}}' }, {}],
    ['claims that are malformed',      { claims: '{"access_token":' }, {}],
    ['claims with __proto__',          { claims: '{"__proto__":{"roles":["Admin"]}}' }, {}],
    ['another resource',               { resource: 'https://graph.microsoft.com', audience: 'https://other.example' }, {}],
    ['a user',                         { username: 'admin@contoso.localhost', user_id: 'x', requested_token_use: 'on_behalf_of' }, {}],
    ['what MSAL adds',                 { client_info: '2', 'x-client-SKU': 'msal.js.node', 'x-client-OS': 'linux', attributes: 'x' }, {}],
    ['another Host',                   {}, { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', forwarded: 'host=evil.example' }],
    ['another path',                   {}, { 'x-original-url': '/common', 'x-rewrite-url': '/common', 'x-forwarded-prefix': '/x' }],
    ['another tenant in a header',     {}, { 'x-ms-tenant-id': 'x', 'x-anchormailbox': 'oid:x@y' }],
  ])('%s', async (_, more, headers) => {
    const plain = await sigil.token(form())
    const odd = await sigil.token({ ...form(), ...more }, sigil.tenantId, headers)
    const claims = (answer: typeof odd): Json => ({ ...claimsIn(answer.body.access_token as string), uti: undefined })
    expect(claims(odd)).toEqual(claims(plain))
  })
})

/** Reference §3.10: the byte order of .NET's `Guid.ToByteArray`, written here once more, from its words. */
function dotNetBytes(guid: string): string {
  const [a = '', b = '', d = '', ...rest] = guid.split('-')
  const turned = [a, b, d].map((group) => (group.match(/../g) ?? []).reverse().join(''))
  return Buffer.from([...turned, ...rest].join(''), 'hex').toString('base64url')
}

async function makeApplication(displayName: string): Promise<Application> {
  const { id, appId } = await sigil.make('POST', '/applications', { displayName })
  const principal = await sigil.make('POST', '/servicePrincipals', { appId })
  const { secretText } = await sigil.make('POST', `/applications/${id}/addPassword`, {})
  return { id, appId, objectId: principal.id, secret: secretText as string, displayName }
}

async function makeV1Api(): Promise<typeof v1> {
  const roleId = crypto.randomUUID()
  const { id, appId } = await sigil.make('POST', '/applications', {
    displayName: 'Version 1',
    identifierUris: ['https://contoso.localhost/Jobs'],
    appRoles: [
      {
        id: roleId,
        value: 'Jobs.Run',
        displayName: 'Run jobs',
        description: 'Run jobs',
        isEnabled: true,
        allowedMemberTypes: ['Application'],
      },
    ],
  })
  const principal = await sigil.make('POST', '/servicePrincipals', { appId })
  return { id, appId, principalId: principal.id, uri: 'https://contoso.localhost/Jobs', roleId }
}

const assign = (principalId: string, resourceId: string, appRoleId: string) =>
  sigil.make('POST', `/servicePrincipals/${principalId}/appRoleAssignments`, { principalId, resourceId, appRoleId })

const principalOf = (appId: string) => sigil.make('GET', `/servicePrincipals(appId='${appId}')`)

const roleId = (principal: Json, value: string): string =>
  (principal.appRoles as { id: string; value: string }[]).find((role) => role.value === value)?.id ?? ''
