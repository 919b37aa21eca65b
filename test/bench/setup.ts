import type { PublicJwk } from '../../shared/tokens/keyset.ts'

/** The world that all contenders share: one engine, one KMS stand-in, and a tenant with an agent that may ask for a token. */
export type Setup = {
  dynamodb: string
  kms: string
  /** Sigil's own. */
  table: string
  /** With the same two keys, for the other contenders. */
  peerTable: string
  origin: string
  signingKeys: { resource: string; exchange: string }
  /** Their public halves. */
  publicKeys: { resource: PublicJwk; exchange: PublicJwk }
  tenantId: string
  blueprintId: string
  secret: string
  agentId: string
  /** A T1 of the agent. */
  t1: string
  /** The resource API. */
  audience: string
  scope: string
  originVerify: string
}

/** What the contenders that are not Sigil know of their one client. */
export const peerClient = {
  id: '5d2c1f3e-8a54-4c0b-9f0e-2b6c6a1d7e11',
  secret: 'pO8Qx~3vYc7wR1uN5tK9zB2mF6hJ0dLsGaEiVbTq',
}
export const peerAudience = 'api://b3c7a2c4-5a4e-4d0b-8a55-0f1d0c3b9a77'

type Form = Record<string, string>

/** A token request as the generator sends it, and the one status that counts as good. */
export type TokenRequest = { path: string; body: string; headers: Record<string, string>; status: number }

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** The requests to Sigil: both legs of an agent's token, and those that must cost less than a token. */
export function sigilRequests(setup: Setup) {
  const to = (form: Form, status: number): TokenRequest => ({
    path: `/${setup.tenantId}/oauth2/v2.0/token`,
    body: encode(form),
    headers: { 'x-origin-verify': setup.originVerify },
    status,
  })
  const t1 = {
    grant_type: 'client_credentials',
    client_id: setup.blueprintId,
    client_secret: setup.secret,
    scope: 'api://AzureADTokenExchange/.default',
    fmi_path: setup.agentId,
  }
  const resource = {
    grant_type: 'client_credentials',
    client_id: setup.agentId,
    client_assertion_type: assertionType,
    client_assertion: setup.t1,
    scope: setup.scope,
  }
  const twice = `${encode(t1)}&grant_type=client_credentials`
  return {
    t1: to(t1, 200),
    resource: to(resource, 200),
    wrongSecret: to({ ...t1, client_secret: `${setup.secret.slice(0, -2)}xx` }, 401),
    malformed: { ...to(t1, 400), body: twice },
  }
}

export const peerRequest = (path: string): TokenRequest => ({
  path,
  body: encode({ grant_type: 'client_credentials', client_id: peerClient.id, client_secret: peerClient.secret }),
  headers: {},
  status: 200,
})

const encode = (form: Form): string => new URLSearchParams(form).toString()
const formType = 'application/x-www-form-urlencoded'

/** The request whole, as it goes over the wire. */
export function onTheWire(request: TokenRequest, port: number): string {
  const { body } = request
  const headers = {
    host: `localhost:${port}`,
    'content-type': formType,
    'content-length': String(Buffer.byteLength(body)),
    ...request.headers,
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${request.path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

/** The same for `fetch`. */
export const asFetch = (request: TokenRequest): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': formType, ...request.headers },
  body: request.body,
})

/** What a process of the benchmark gets of our environment: nothing that could lead it to a real AWS account. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|SIGIL_|POWERTOOLS_|NODE_OPTIONS$)/.test(name))
  return { ...Object.fromEntries(kept), AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' }
}

/** What the stack gives a deployed function, with the endpoints that a laptop has in AWS's place. */
export const deployedEnvironment = (setup: Setup): NodeJS.ProcessEnv => ({
  ...cleanEnvironment(),
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_ENDPOINT_URL_DYNAMODB: setup.dynamodb,
  AWS_ENDPOINT_URL_KMS: setup.kms,
  POWERTOOLS_SERVICE_NAME: 'sigil',
  SIGIL_OPERATION: 'token/issue',
  SIGIL_ORIGIN: setup.origin,
  SIGIL_ORIGIN_VERIFY: setup.originVerify,
  SIGIL_TABLE: setup.table,
  SIGIL_RESOURCE_KEY: setup.signingKeys.resource,
  SIGIL_EXCHANGE_KEY: setup.signingKeys.exchange,
})
