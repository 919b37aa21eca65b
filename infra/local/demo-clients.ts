import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { ConfidentialClientApplication, type NodeAuthOptions } from '@azure/msal-node'
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'

/** Every client of this process trusts the service's certificate from here on. */
export function trust(caFile: string): void {
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(caFile, 'utf8')])
}

/** MSAL as its authors ship it. An authority that is not Microsoft's has to be named as known, with its port. */
export function msal(authority: string, auth: Omit<NodeAuthOptions, 'authority'>): ConfidentialClientApplication {
  return new ConfidentialClientApplication({
    auth: { ...auth, authority, knownAuthorities: [new URL(authority).host] },
  })
}

type Wish = { fmiPath?: string; skipCache?: boolean }

/** The access token that a client gets for a resource, as itself. */
export async function tokenFor(
  client: ConfidentialClientApplication,
  resource: string,
  wish: Wish = {},
): Promise<string> {
  const result = await client.acquireTokenByClientCredential({ scopes: [`${resource}/.default`], ...wish })
  if (!result?.accessToken) throw new Error(`MSAL brought no token for ${resource}`)
  return result.accessToken
}

/** The AADSTS code with which a token is refused. */
export async function refusalOf(token: Promise<string>): Promise<string> {
  const message = await token.then(
    () => '',
    (error: Error) => error.message,
  )
  if (!message) throw new Error('a token was issued where it should have been refused')
  const [code] = /AADSTS\d+/.exec(message) ?? []
  if (!code) throw new Error(message)
  return code
}

type Json = Record<string, unknown>
/** What the management API has made, or found. */
type Made = Json & { id: string; appId: string }
export type ManagementApi = (method: 'GET' | 'POST' | 'PATCH', path: string, body?: Json) => Promise<Made>

/** The management API for the bearer of a token, by plain HTTP. */
export function managementApi(origin: string, accessToken: string): ManagementApi {
  return async (method, path, body) => {
    const response = await fetch(`${origin}/v1.0${path}`, {
      method,
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`)
    return text ? JSON.parse(text) : {}
  }
}

/** Reads a token as a resource server does that knows nothing but its tenant's authority and its own appId. */
export type ResourceServer = (token: string) => Promise<JWTPayload>

export async function resourceServer(authority: string, audience: string): Promise<ResourceServer> {
  const response = await fetch(`${authority}/v2.0/.well-known/openid-configuration`)
  if (!response.ok) throw new Error(`the discovery document was answered with ${response.status}`)
  const { issuer, jwks_uri } = (await response.json()) as { issuer: string; jwks_uri: string }
  const keys = createRemoteJWKSet(new URL(jwks_uri))
  const options = { issuer, audience, algorithms: ['RS256'], requiredClaims: ['exp', 'tid', 'oid'] }
  return async (token) => (await jwtVerify(token, keys, options)).payload
}
