import { refusals } from '../refusal.ts'
import type { JsonSchema } from './json-schema.ts'

/** What OAuth's own endpoints take and answer. They read forms, parameter by parameter, so that this is said by hand. */

const string = (description: string): JsonSchema => ({ type: 'string', description })

/** RFC 6749 §4.4, RFC 7521 §4.2; reference §3.2, §3.5. */
export const tokenRequest: JsonSchema = {
  type: 'object',
  properties: {
    grant_type: { const: 'client_credentials' },
    client_id: string(
      'the appId of an application or blueprint, or the id of an agent identity; not needed with HTTP Basic authentication or beside a client_assertion',
    ),
    client_secret: string('the secretText that addPassword answered with'),
    client_assertion_type: { const: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' },
    client_assertion: string('of an agent identity: the T1 that its blueprint was given for it'),
    scope: string("'{resource}/.default'; for a T1 'api://AzureADTokenExchange/.default'"),
    fmi_path: string('the id of the agent identity that a blueprint asks a T1 for'),
  },
  required: ['grant_type', 'scope'],
}

/** RFC 6749 §5.1. */
export const tokenAnswer: JsonSchema = {
  type: 'object',
  properties: {
    token_type: { const: 'Bearer' },
    expires_in: { type: 'integer', description: 'seconds' },
    ext_expires_in: { type: 'integer' },
    access_token: { type: 'string' },
  },
  required: ['token_type', 'expires_in', 'access_token'],
}

/** RFC 6749 §5.2, with Entra's members. */
export const oauthError: JsonSchema = {
  type: 'object',
  properties: {
    error: { enum: [...new Set(Object.values(refusals).flatMap((each) => ('error' in each ? [each.error] : [])))] },
    error_description: { type: 'string' },
    error_codes: { type: 'array', items: { type: 'integer' } },
    timestamp: { type: 'string' },
    trace_id: { type: 'string', format: 'uuid' },
    correlation_id: { type: 'string', format: 'uuid' },
  },
  required: ['error', 'error_description', 'error_codes', 'trace_id', 'correlation_id'],
}

/** OpenID Connect Discovery §3. */
export const openIdConfiguration: JsonSchema = {
  type: 'object',
  properties: {
    issuer: { type: 'string', format: 'uri' },
    token_endpoint: { type: 'string', format: 'uri' },
    jwks_uri: { type: 'string', format: 'uri' },
  },
  required: ['issuer', 'token_endpoint', 'jwks_uri'],
  additionalProperties: true,
}

/** RFC 7517 §5. */
export const jsonWebKeySet: JsonSchema = {
  type: 'object',
  properties: {
    keys: {
      type: 'array',
      items: {
        type: 'object',
        properties: Object.fromEntries(
          ['kty', 'use', 'alg', 'kid', 'n', 'e'].map((name) => [name, { type: 'string' }]),
        ),
        required: ['kty', 'kid'],
      },
    },
  },
  required: ['keys'],
}

/** Reference §11.2. */
export const instanceDiscovery: JsonSchema = {
  type: 'object',
  properties: {
    tenant_discovery_endpoint: { type: 'string', format: 'uri' },
    'api-version': { type: 'string' },
    metadata: { type: 'array', items: { type: 'object', additionalProperties: true } },
  },
  required: ['tenant_discovery_endpoint', 'metadata'],
}
