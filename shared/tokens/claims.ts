import type { Client } from '../domain/client.ts'
import { fmiSubject } from '../domain/fmi.ts'
import type { Resource } from '../domain/resource.ts'
import { tokenExchange } from '../domain/scope.ts'
import type { TenantId } from '../domain/tenant.ts'
import { managementApi } from '../permissions.ts'
import type { Claims } from './signer.ts'

/** A decision to issue a token: everything in it but its time and its `uti`. */
export type Issuance = ResourceIssuance | ExchangeIssuance

type ResourceIssuance = {
  kind: 'resource'
  client: Client
  authenticatedBy: Authentication
  resource: Resource
  /** As registered, when an identifier URI was asked for; else the appId. */
  audience: string
  roles: readonly string[]
  /** Template ids of the client's directory roles, which tokens for the management API show. */
  directoryRoles: readonly string[]
}

type ExchangeIssuance = {
  kind: 'exchange'
  blueprint: Client
  authenticatedBy: Authentication
  agent: Client
}

/** How the client proved itself: `acr` as tokens show it (1 secret, 2 assertion), and which credential it was. */
export type Authentication = { acr: '1' | '2'; credentialId: string }

export type Stamp = { origin: string; tenantId: TenantId; now: Date; uti: string }

/** Issuers (design D2): the resource's token version says which one its tokens name. */
export const issuerV1 = (origin: string, tenantId: string): string => `${origin}/${tenantId}/`
export const issuerV2 = (origin: string, tenantId: string): string => `${origin}/${tenantId}/v2.0`

/** Tokens are valid from 5 minutes before their making, for clocks that lag, until 60 minutes after it. */
export const backdateSeconds = 300
export const lifetimeSeconds = 3600

/** The role template that directory-unaware clients of the management API carry. */
const defaultWid = '0997a1d0-0d1d-4acb-b408-d5ca73121e90'

/** The claims of an app-only token, as reference §4.2 has them. Agent facets are in every one, whatever its audience (§4.3). */
export function claimsOf(issuance: Issuance, stamp: Stamp): Claims {
  return issuance.kind === 'exchange' ? exchangeClaims(issuance, stamp) : resourceClaims(issuance, stamp)
}

function resourceClaims(
  { client, authenticatedBy, resource, audience, roles, directoryRoles }: ResourceIssuance,
  stamp: Stamp,
): Claims {
  const { acr } = authenticatedBy
  const isManagement = resource.appId === managementApi.appId
  const versioned =
    resource.tokenVersion === 2
      ? { aud: resource.appId, ver: '2.0', azp: client.clientId, azpacr: acr }
      : {
          aud: audience,
          ver: '1.0',
          appid: client.clientId,
          appidacr: acr,
          idp: issuerV1(stamp.origin, stamp.tenantId),
        }
  return {
    iss: resource.tokenVersion === 2 ? issuerV2(stamp.origin, stamp.tenantId) : issuerV1(stamp.origin, stamp.tenantId),
    ...versioned,
    ...times(stamp.now),
    idtyp: 'app',
    oid: client.objectId,
    sub: client.objectId,
    tid: stamp.tenantId,
    ...(roles.length > 0 && { roles }),
    ...(isManagement && { app_displayname: client.displayName, wids: [defaultWid, ...directoryRoles] }),
    ...facets(client),
    uti: stamp.uti,
  }
}

function exchangeClaims({ blueprint, authenticatedBy, agent }: ExchangeIssuance, stamp: Stamp): Claims {
  return {
    iss: issuerV2(stamp.origin, stamp.tenantId),
    aud: tokenExchange.appId,
    ver: '2.0',
    azp: blueprint.clientId,
    azpacr: authenticatedBy.acr,
    ...times(stamp.now),
    idtyp: 'app',
    oid: blueprint.objectId,
    sub: fmiSubject(stamp.tenantId, blueprint.clientId, agent.clientId),
    tid: stamp.tenantId,
    xms_act_fct: '3 9',
    xms_sub_fct: '3 9',
    xms_idrel: '7 26',
    xms_ficinfo: 'CAAQABgAIAAoAjAA',
    // A T1 dies with the credential that made it.
    sigil_cred: authenticatedBy.credentialId,
    uti: stamp.uti,
  }
}

/** Facets are lists of integers as text; 11 says "agent identity", and receivers ignore what they do not know (reference §4.2). */
function facets(client: Client): Claims {
  switch (client.type) {
    case 'servicePrincipal':
      return {}
    case 'agentIdentityBlueprintPrincipal':
      return { xms_act_fct: '3 9', xms_sub_fct: '3 9', xms_idrel: '7', xms_tnt_fct: '3 9' }
    case 'agentIdentity':
      return {
        xms_act_fct: '3 11 9',
        xms_sub_fct: '3 11 9',
        xms_idrel: '7',
        xms_tnt_fct: '3 9',
        xms_par_app_azp: client.parentAppId,
      }
  }
}

function times(now: Date): { iat: number; nbf: number; exp: number } {
  const seconds = Math.floor(now.getTime() / 1000)
  return { iat: seconds - backdateSeconds, nbf: seconds - backdateSeconds, exp: seconds + lifetimeSeconds }
}
