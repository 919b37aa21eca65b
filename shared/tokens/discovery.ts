import type { TenantId } from '../domain/tenant.ts'
import { issuerV1, issuerV2 } from './claims.ts'

/**
 * The discovery document (OpenID Connect Discovery §3, reference §3.11) of one tenant, for tokens of one version. It
 * names only what there is; the members that clients insist on and that lead nowhere yet say so when they are called.
 */
export function configuration(origin: string, tenantId: TenantId, version: 1 | 2): object {
  const tenant = `${origin}/${tenantId}`
  const host = new URL(origin).host
  return {
    issuer: version === 2 ? issuerV2(origin, tenantId) : issuerV1(origin, tenantId),
    token_endpoint: `${tenant}/oauth2/v2.0/token`,
    authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
    end_session_endpoint: `${tenant}/oauth2/v2.0/logout`,
    device_authorization_endpoint: `${tenant}/oauth2/v2.0/devicecode`,
    userinfo_endpoint: `${origin}/oidc/userinfo`,
    jwks_uri: version === 2 ? `${tenant}/discovery/v2.0/keys` : `${tenant}/discovery/keys`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    grant_types_supported: ['client_credentials'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    response_types_supported: ['none'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    claims_supported: [
      'iss',
      'aud',
      'exp',
      'nbf',
      'iat',
      'sub',
      'oid',
      'tid',
      'azp',
      'azpacr',
      'appid',
      'appidacr',
      'roles',
      'idtyp',
      'uti',
      'ver',
    ],
    request_uri_parameter_supported: false,
    http_logout_supported: false,
    frontchannel_logout_supported: false,
    tenant_region_scope: null,
    cloud_instance_name: host,
    cloud_graph_host_name: host,
    msgraph_host: host,
    rbac_url: origin,
  }
}
