/*
 * The stage of the tests of refused token requests: two tenants with their casts, what a refusal must be, and the tools to forge
 * what must be refused.
 */
import { createHash, createHmac, type KeyObject } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { type AttributeValue, type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { SignCommand } from '@aws-sdk/client-kms'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { beforeAll, expect } from 'vitest'
import { hashSecret } from '../../shared/domain/client-secret.ts'
import type { TokenKind } from '../../shared/tokens/keyset.ts'
import { type Answer, agentForm, type Cast, cast, exchangeForm, type Row, sigilForTests } from '../support/sigil.ts'

export type Form = Record<string, string>
export type Json = Record<string, unknown>

/** What the service has written, in its own words to the store. */
type Write = { Item?: Record<string, AttributeValue>; ConditionExpression?: string }
const writes: Write[] = []

export const sigil = sigilForTests({
  world: (parts) => {
    noteWrites(parts.dynamodb)
    return parts
  },
})
export const exchange = 'api://AzureADTokenExchange/.default'
export const management = 'https://graph.microsoft.com/.default'
export const nobody = '99999999-9999-4999-8999-999999999999'

/** Blueprint `bp` with agents `a1` and `a2`, its sibling `bx`, an ordinary application, and tenant B with all of its own. */
export let bp: Cast
export let bx: Cast
export let a2: string
export let app: { id: string; appId: string; principalId: string; secret: string }
export let b: {
  tenantId: string
  token: string
  blueprint: { appId: string; secret: string }
  agent: string
  t1: string
}
export let t1: string

/** Whatever must never be shown again. */
export const secrets: string[] = []

beforeAll(async () => {
  bp = await cast(sigil, 'bp')
  bx = await cast(sigil, 'bx')
  a2 = (await makeAgent(bp)).id
  app = await makeApplication()
  b = await makeTenantB('kelvin.example')
  t1 = await bp.t1()
  secrets.push(bp.secret, bx.secret, app.secret, b.blueprint.secret, b.t1, t1, b.token, await sigil.adminToken())
})

/** Reference §9.2: the OAuth error and the status of each code. */
// biome-ignore format: a table reads better aligned
const codes: Record<number, readonly [status: number, error: string]> = {
  50049:   [400, 'invalid_instance'],
  50194:   [400, 'invalid_request'],
  70003:   [400, 'unsupported_grant_type'],
  70011:   [400, 'invalid_scope'],
  82001:   [400, 'invalid_request'],
  90002:   [400, 'invalid_request'],
  500011:  [400, 'invalid_resource'],
  500014:  [400, 'invalid_resource'],
  501051:  [400, 'invalid_grant'],
  700016:  [400, 'unauthorized_client'],
  700022:  [400, 'invalid_scope'],
  700023:  [400, 'invalid_scope'],
  700024:  [401, 'invalid_client'],
  700027:  [401, 'invalid_client'],
  700211:  [401, 'invalid_client'],
  700213:  [401, 'invalid_client'],
  900144:  [400, 'invalid_request'],
  900561:  [405, 'invalid_request'],
  1002012: [400, 'invalid_scope'],
  7000112: [400, 'unauthorized_client'],
  7000215: [401, 'invalid_client'],
  7000216: [401, 'invalid_client'],
  7000222: [401, 'invalid_client'],
  9002313: [400, 'invalid_request'],
  9002324: [400, 'invalid_request'],
}

export type Expected = { code: number; status?: number; row?: boolean; tenant?: string }

/**
 * What holds of every refused token request, whatever it is refused for: RFC 6749 §5.2 and reference §3.1 for the answer,
 * and in the table nothing but one sign-in row with the reason; none for what names no tenant or cannot be parsed.
 */
export async function refused(ask: () => Promise<Answer>, expected: Expected | number): Promise<Answer> {
  const {
    code,
    status,
    row = true,
    tenant = sigil.tenantId,
  } = typeof expected === 'number' ? { code: expected } : expected
  const begun = performance.now()
  const { result: answer, added, changed } = await written(ask)
  expect(performance.now() - begun).toBeLessThan(2_000)

  const { body, headers } = answer
  expect({ status: answer.status, error: body.error, codes: body.error_codes }).toEqual({
    status: status ?? codes[code]?.[0],
    error: codes[code]?.[1],
    codes: [code],
  })
  const members = ['correlation_id', 'error', 'error_codes', 'error_description', 'timestamp', 'trace_id']
  expect(Object.keys(body).sort()).toEqual(members)
  expect(body.error_description).toMatch(new RegExp(`^AADSTS${code}: [A-Z'].* Trace ID: `))
  expect(body.timestamp).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/)
  for (const id of [body.trace_id, body.correlation_id])
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  expect(Object.fromEntries(headers)).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'x-content-type-options': 'nosniff',
    'x-ms-request-id': body.trace_id,
    'client-request-id': body.correlation_id,
  })
  for (const name of ['server', 'set-cookie', 'x-powered-by', 'access-control-allow-origin']) {
    expect(headers.has(name)).toBe(false)
  }
  expect(headers.has('www-authenticate')).toBe(answer.status === 401)

  expect(changed).toEqual([])
  expect(added).toHaveLength(row ? 1 : 0)
  if (row) {
    expect(added[0]?.pk).toMatch(new RegExp(`^SIGNIN#${tenant}#`))
    expect(added[0]).toMatchObject({ err: code, corr: body.correlation_id })
    expect(added[0]?.req ?? added[0]?.corr).toBe(body.trace_id)
  }
  const shown = JSON.stringify([body, [...headers], added])
  for (const secret of secrets) expect(shown).not.toContain(secret)
  expect(shown).not.toMatch(/\bat [\w.<]+ \(|\.ts:\d+|node_modules|ECONN/)
  return answer
}

/** What was written while something was asked: the rows, read back, that were put where there was none, and all else. */
async function written<Result>(
  ask: () => Promise<Result>,
): Promise<{ result: Result; added: Row[]; changed: object[] }> {
  writes.length = 0
  const result = await ask()
  const puts = writes.filter((write) => write.ConditionExpression === 'attribute_not_exists(pk)' && write.Item)
  const added = await Promise.all(
    puts.map(async ({ Item = {} }) => {
      const read = new GetItemCommand({
        TableName: sigil.service.tableName,
        Key: { pk: Item.pk as AttributeValue, sk: Item.sk as AttributeValue },
        ConsistentRead: true,
      })
      return unmarshall((await sigil.service.dynamodb.send(read)).Item ?? {}) as Row
    }),
  )
  return { result, added, changed: writes.filter((write) => !puts.includes(write)) }
}

/** Step 1: a blueprint asks to act as its agent `a1`. */
export const step1 = (more: Form = {}): Form => exchangeForm(bp, more)
export const step2 = (more: Form = {}): Form => agentForm(bp, t1, more)

export const ordinary = (more: Form = {}): Form => ({
  client_id: app.appId,
  client_secret: app.secret,
  scope: bp.scope,
  grant_type: 'client_credentials',
  ...more,
})

export const without = (form: Form, ...names: string[]): Form =>
  Object.fromEntries(Object.entries(form).filter(([name]) => !names.includes(name)))

export const issued = async (form: Form | string, headers: Form = {}, tenant?: string): Promise<void> => {
  expect(await sigil.token(form, tenant, headers)).toMatchObject({ status: 200, body: { token_type: 'Bearer' } })
}

export const basic = (clientId: string, secret: string): Form => ({
  authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
})

export const percent = (plain: string): string =>
  [...Buffer.from(plain)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')

function noteWrites(client: DynamoDBClient): void {
  client.middlewareStack.add(
    (next, context) => (args) => {
      if (!/^(Get|Query|Scan|TransactGet)/.test(context.commandName ?? '')) writes.push(args.input as Write)
      return next(args)
    },
    { step: 'initialize' },
  )
}

export const formType = 'application/x-www-form-urlencoded'
export const encode = (form: Form): string => new URLSearchParams(form).toString()
export const b64 = (part: Json): string => Buffer.from(JSON.stringify(part)).toString('base64url')

export const swapCase = (plain: string): string =>
  [...plain].map((each) => (each === each.toLowerCase() ? each.toUpperCase() : each.toLowerCase())).join('')

/** An answer without what differs from request to request. */
export const shapeOf = ({ status, headers, body }: Answer): string =>
  JSON.stringify([status, [...headers.keys()].sort(), body])
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'GUID')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, 'TIME')

/** A request that `fetch` would mend or refuse to send. */
export function raw(method: string, path: string, headers: Form, body: string | Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(sigil.service.http)
    const request = httpRequest({ hostname, port, method, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const given = Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)])
        resolve({ status: response.statusCode ?? 0, headers: new Headers(given), body: text ? JSON.parse(text) : {} })
      })
    })
    request.on('error', reject)
    if (method !== 'GET' && headers['transfer-encoding'] === undefined)
      request.setHeader('content-length', Buffer.byteLength(body))
    request.end(body)
  })
}

export const keyOf = (kind: TokenKind): Promise<{ kid: string; arn: string; publicKey: KeyObject }> =>
  sigil.service.world.keySet.active(kind)

/** A JWT that a true key of ours signed, whatever stands in it. */
export async function forge({
  header = {},
  claims,
  kind = 'exchange',
}: {
  header?: Json
  claims: Json | string
  kind?: TokenKind
}): Promise<string> {
  const { kid, arn } = await keyOf(kind)
  const json = typeof claims === 'string' ? claims : JSON.stringify(claims)
  const input = `${b64({ typ: 'JWT', alg: 'RS256', kid, x5t: kid, ...header })}.${Buffer.from(json).toString('base64url')}`
  const { Signature } = await sigil.service.kms.send(
    new SignCommand({
      KeyId: arn,
      Message: createHash('sha256').update(input).digest(),
      MessageType: 'DIGEST',
      SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
    }),
  )
  return `${input}.${Buffer.from(Signature ?? []).toString('base64url')}`
}

/** RFC 8725 §2.1: who takes the algorithm from the header verifies this with the public key as the secret. */
export async function hmacByPublicKey(): Promise<string> {
  const { kid, publicKey } = await keyOf('exchange')
  const input = `${b64({ typ: 'JWT', alg: 'HS256', kid })}.${t1.split('.')[1]}`
  const key = publicKey.export({ type: 'spki', format: 'pem' })
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
}

/** The same bytes in another spelling: a signature of 256 bytes leaves bits of its last character unused. */
export function sameBytes(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet[(alphabet.indexOf(token.at(-1) ?? '') ^ 1) % 64] ?? ''
  const twin = token.slice(0, -1) + last
  expect(Buffer.from(twin.split('.')[2] ?? '', 'base64url')).toEqual(
    Buffer.from(token.split('.')[2] ?? '', 'base64url'),
  )
  return twin
}

const makeAgent = (c: Cast) =>
  sigil.make('POST', '/servicePrincipals/microsoft.graph.agentIdentity', {
    displayName: 'another agent',
    agentIdentityBlueprintId: c.blueprint.appId,
    ...c.sponsors,
  })

export async function makeApplication(): Promise<{ id: string; appId: string; principalId: string; secret: string }> {
  const { id, appId } = await sigil.make('POST', '/applications', { displayName: 'ordinary' })
  const principal = await sigil.make('POST', '/servicePrincipals', { appId })
  const { secretText } = await sigil.make('POST', `/applications/${id}/addPassword`, {})
  secrets.push(secretText as string)
  return { id, appId, principalId: principal.id, secret: secretText as string }
}

export async function makeApi(displayName: string, requestedAccessTokenVersion: 1 | 2): Promise<{ scope: string }> {
  const { appId } = await sigil.make('POST', '/applications', { displayName, api: { requestedAccessTokenVersion } })
  await sigil.make('POST', '/servicePrincipals', { appId })
  return { scope: `${appId}/.default` }
}

export const assign = (principalId: string, resourceId: string, appRoleId: string) =>
  sigil.make('POST', `/servicePrincipals/${principalId}/appRoleAssignments`, { principalId, resourceId, appRoleId })

export const removeSecret = (applicationId: string, keyId: string) =>
  sigil.make('POST', `/applications/${applicationId}/removePassword`, { keyId })

/** A secret of our own choosing, as if it had been made here. */
export async function keepSecret(appId: string, secret: string): Promise<void> {
  const [row] = await sigil.rows(`APP#${appId}`)
  const [keyId] = Object.keys(row?.secrets as object)
  await sigil.service.dynamodb.send(
    new UpdateItemCommand({
      TableName: sigil.service.tableName,
      Key: { pk: { S: `APP#${appId}` }, sk: { S: 'STATE' } },
      UpdateExpression: 'SET secrets.#keyId.sha256 = :hash',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeNames: { '#keyId': keyId ?? '' },
      ExpressionAttributeValues: { ':hash': { S: hashSecret(secret) } },
    }),
  )
}

/** Another tenant with a blueprint of the same name, its agent, and a T1 for it. */
async function makeTenantB(domain: string): Promise<typeof b> {
  const { tenantId, admin } = await sigil.openTenant(domain)
  const form = { grant_type: 'client_credentials', client_id: admin.clientId, client_secret: admin.clientSecret }
  const token = (await sigil.token({ ...form, scope: management }, tenantId)).body.access_token as string
  const make = (path: string, body: Json) => sigil.make('POST', path, body, token)
  const person = await make('/users', {
    accountEnabled: true,
    displayName: 'Bea',
    mailNickname: 'bea',
    userPrincipalName: `bea@${domain}`,
  })
  const sponsors = { 'sponsors@odata.bind': [`https://graph.microsoft.com/v1.0/users/${person.id}`] }
  const { id, appId } = await make('/applications/microsoft.graph.agentIdentityBlueprint', {
    displayName: bp.blueprint.displayName,
    ...sponsors,
  })
  await make('/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal', { appId })
  const secret = (await make(`/applications/${id}/addPassword`, {})).secretText as string
  const agent = await make('/servicePrincipals/microsoft.graph.agentIdentity', {
    displayName: 'agent',
    agentIdentityBlueprintId: appId,
    ...sponsors,
  })
  const made = await sigil.token(step1({ client_id: appId, client_secret: secret, fmi_path: agent.id }), tenantId)
  return { tenantId, token, blueprint: { appId, secret }, agent: agent.id, t1: made.body.access_token as string }
}
