import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { afterAll, beforeAll } from 'vitest'
import { type Service, startService } from '../../infra/local/service.ts'
import type { Operation } from '../../shared/routes.ts'
import type { WorldParts } from '../../shared/world.ts'

export type Answer = { status: number; headers: Headers; body: Record<string, unknown> }
export type Row = { pk: string; sk: string } & Record<string, unknown>

/** A whole Sigil on loopback for one test file, driven over HTTP as clients do, with a clock that the tests set. */
export class Sigil {
  readonly service: Service
  readonly clock: Clock
  #adminToken: { token: string; from: number; until: number } | undefined

  constructor(service: Service, clock: Clock) {
    this.service = service
    this.clock = clock
  }

  get tenantId(): string {
    return this.service.tenantId
  }

  /** A request as it stands. */
  async send(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(`${this.service.http}${path}`, { redirect: 'manual', ...init })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : {} }
  }

  /** A token request; `tenant` is the path's. */
  token(
    form: Record<string, string> | string,
    tenant = this.tenantId,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const body = typeof form === 'string' ? form : new URLSearchParams(form).toString()
    return this.send(`/${tenant}/oauth2/v2.0/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body,
    })
  }

  /** A management call, as the first administrator unless another token is given. */
  async graph(method: string, path: string, body?: unknown, token?: string): Promise<Answer> {
    return this.send(path.startsWith('/v1.0') || path.startsWith('/beta') ? path : `/v1.0${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token ?? (await this.adminToken())}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  }

  /** The same, for calls that must succeed. */
  async make(
    method: string,
    path: string,
    body?: unknown,
    token?: string,
  ): Promise<Record<string, unknown> & { id: string; appId: string }> {
    const answer = await this.graph(method, path, body, token)
    if (answer.status >= 300)
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    return answer.body as never
  }

  async adminToken(): Promise<string> {
    const now = this.clock.now().getTime()
    if (!this.#adminToken || now < this.#adminToken.from || now > this.#adminToken.until) {
      const { clientId, clientSecret } = this.service.admin
      const token = await this.tokenFor(clientId, clientSecret, 'https://graph.microsoft.com/.default')
      this.#adminToken = { token, from: now, until: now + 30 * 60_000 }
    }
    return this.#adminToken.token
  }

  /** The access token that a client gets with its secret. */
  async tokenFor(
    clientId: string,
    clientSecret: string,
    scope: string,
    more: Record<string, string> = {},
  ): Promise<string> {
    return this.#issued({
      client_id: clientId,
      client_secret: clientSecret,
      scope,
      grant_type: 'client_credentials',
      ...more,
    })
  }

  /** The access token that an agent identity gets with its T1. */
  async agentToken(agentId: string, t1: string, scope: string): Promise<string> {
    return this.#issued({ client_id: agentId, scope, grant_type: 'client_credentials', ...assertion(t1) })
  }

  async #issued(form: Record<string, string>): Promise<string> {
    const { status, body } = await this.token(form)
    if (status !== 200) throw new Error(`no token: ${status} ${JSON.stringify(body)}`)
    return body.access_token as string
  }

  /** Another tenant, opened as an operator does; its administrator's token is for the asking. */
  async openTenant(
    domain: string,
  ): Promise<{ tenantId: string; domain: string; admin: { clientId: string; clientSecret: string } }> {
    const result = await this.operator('tenants/open', {}, { displayName: domain, domain })
    if (result.status !== 201) throw new Error(`no tenant: ${JSON.stringify(result)}`)
    return result.body as never
  }

  /** An operator's call, in process, with IAM's word on the caller. */
  async operator(
    operation: Extract<Operation, `tenants/${string}`>,
    pathParameters: Record<string, string>,
    body?: unknown,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const result = await this.service.call(operation, operatorEvent(pathParameters, body))
    return { status: result.statusCode ?? 0, body: result.body ? JSON.parse(result.body) : {} }
  }

  /** What goes on after requests, and what is due, done to the end. */
  work(): Promise<void> {
    return this.service.work()
  }

  /** All rows whose partition key begins so. Tests may scan; the service never does. */
  async rows(prefix = ''): Promise<Row[]> {
    const rows: Row[] = []
    let start: Record<string, never> | undefined
    do {
      const page = await this.service.dynamodb.send(
        new ScanCommand({ TableName: this.service.tableName, ConsistentRead: true, ExclusiveStartKey: start }),
      )
      rows.push(...(page.Items ?? []).map((item) => unmarshall(item) as Row))
      start = page.LastEvaluatedKey as never
    } while (start)
    return rows.filter(({ pk }) => pk.startsWith(prefix))
  }
}

/** Real time, unless a test stops or moves it. */
export class Clock {
  #offset = 0
  #stopped: number | undefined

  now = (): Date => new Date((this.#stopped ?? Date.now()) + this.#offset)

  advance(ms: number): void {
    this.#offset += ms
  }

  stop(): void {
    this.#stopped ??= Date.now()
  }

  reset(): void {
    this.#offset = 0
    this.#stopped = undefined
  }
}

/** One service for the tests of a file. */
export function sigilForTests(options: { world?: (parts: WorldParts) => WorldParts } = {}): Sigil {
  const clock = new Clock()
  const state = mkdtemp(join(tmpdir(), 'sigil-'))
  let sigil: Sigil | undefined
  beforeAll(async () => {
    const service = await startService({
      state: await state,
      port: 0,
      httpPort: 0,
      quiet: true,
      workers: 'manual',
      world: (parts) => ({ ...parts, now: clock.now, ...options.world?.(parts) }),
    })
    sigil = new Sigil(service, clock)
  })
  afterAll(async () => {
    await sigil?.service.close()
    await rm(await state, { recursive: true, force: true })
  })
  return new Proxy({} as Sigil, {
    get: (_, name) => {
      const value = Reflect.get(sigil as Sigil, name, sigil)
      return typeof value === 'function' ? value.bind(sigil) : value
    },
  })
}

export const assertion = (token: string): Record<string, string> => ({
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: token,
})

/** Step 1 (reference §3.2): the blueprint asks for a T1. */
export const exchangeForm = (c: Cast, more: Record<string, string> = {}): Record<string, string> => ({
  client_id: c.blueprint.appId,
  client_secret: c.secret,
  scope: 'api://AzureADTokenExchange/.default',
  grant_type: 'client_credentials',
  fmi_path: c.agent.id,
  ...more,
})

/** Step 2: the agent asks for a token of the API with its T1. */
export const agentForm = (c: Cast, t1: string, more: Record<string, string> = {}): Record<string, string> => ({
  client_id: c.agent.id,
  scope: c.scope,
  grant_type: 'client_credentials',
  ...assertion(t1),
  ...more,
})

/** The claims of a token, unverified. */
export const claimsIn = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

function operatorEvent(pathParameters: Record<string, string>, body: unknown): object {
  return {
    version: '2.0',
    headers: { 'content-type': 'application/json' },
    rawPath: '/tenants',
    rawQueryString: '',
    pathParameters,
    isBase64Encoded: false,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    requestContext: {
      http: { method: 'POST', path: '/tenants', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      authorizer: { iam: { userArn: 'arn:aws:iam::000000000000:user/operator' } },
    },
  }
}

/** The usual cast of a test: a resource API with roles, a person, a blueprint with a secret and principal, an agent. */
export async function cast(sigil: Sigil, name: string): Promise<Cast> {
  const role = {
    id: crypto.randomUUID(),
    value: 'Tasks.Read',
    displayName: 'Read tasks',
    description: 'Read tasks',
    isEnabled: true,
    allowedMemberTypes: ['Application'],
  }
  const api = await sigil.make('POST', '/applications', {
    displayName: `${name} API`,
    appRoles: [role],
    api: { requestedAccessTokenVersion: 2 },
  })
  await sigil.make('PATCH', `/applications/${api.id}`, { identifierUris: [`api://${api.appId}`] })
  const apiPrincipal = await sigil.make('POST', '/servicePrincipals', { appId: api.appId })
  const person = await sigil.make('POST', '/users', {
    accountEnabled: true,
    displayName: 'Ada',
    mailNickname: 'ada',
    userPrincipalName: `${name}-${crypto.randomUUID()}@${sigil.service.domain}`,
  })
  const sponsors = { 'sponsors@odata.bind': [`https://graph.microsoft.com/v1.0/users/${person.id}`] }
  const blueprint = await sigil.make('POST', '/applications/microsoft.graph.agentIdentityBlueprint', {
    displayName: `${name} blueprint`,
    ...sponsors,
  })
  const principal = await sigil.make('POST', '/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal', {
    appId: blueprint.appId,
  })
  const password = await sigil.make('POST', `/applications/${blueprint.id}/addPassword`, {
    passwordCredential: { displayName: 'test' },
  })
  const agent = await sigil.make('POST', '/servicePrincipals/microsoft.graph.agentIdentity', {
    displayName: `${name} agent`,
    agentIdentityBlueprintId: blueprint.appId,
    ...sponsors,
  })
  return {
    api,
    apiPrincipal,
    role,
    scope: `api://${api.appId}/.default`,
    person,
    sponsors,
    blueprint,
    principal,
    secret: password.secretText as string,
    keyId: password.keyId as string,
    agent,
    t1: () =>
      sigil.tokenFor(blueprint.appId, password.secretText as string, 'api://AzureADTokenExchange/.default', {
        fmi_path: agent.id,
      }),
  }
}

type Made = Record<string, unknown> & { id: string; appId: string }

export type Cast = {
  api: Made
  apiPrincipal: Made
  role: { id: string; value: string }
  /** Of the resource API. */
  scope: string
  person: Made
  sponsors: Record<string, string[]>
  blueprint: Made
  principal: Made
  secret: string
  keyId: string
  agent: Made
  /** A fresh T1 for the agent. */
  t1: () => Promise<string>
}
