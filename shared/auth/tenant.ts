import { parseGuid } from '../domain/guid.ts'
import { quoted } from '../domain/shown.ts'
import type { Tenant, TenantId } from '../domain/tenant.ts'
import { Refusal } from '../refusal.ts'
import type { Table } from '../store/store.ts'
import { keys } from '../store/table.ts'

const several = new Set(['common', 'organizations', 'consumers'])

/**
 * The tenant that a path names: by its GUID, which is believed until the tenant is read, or by its domain, at the price of a read.
 * @throws AADSTS50194 where the segment stands for several tenants, AADSTS90002 where it names none
 */
export async function resolveTenant(table: Table, segment: string | undefined): Promise<TenantId> {
  // ASCII first: `toLowerCase` would turn the Kelvin sign into a `k`, and so name a tenant that nobody named.
  const name = /^[\w.-]*$/.test(segment ?? '') ? (segment ?? '').toLowerCase() : ''
  if (several.has(name)) {
    throw new Refusal('AADSTS50194', `'${name}' is no tenant of its own; put the tenant's GUID or domain into the path`)
  }
  const guid = parseGuid(segment)
  if (guid) return guid as TenantId
  if (!isDomain(name)) throw tenantNotFound(segment)
  const [domain] = await table.snapshot([keys.domain(name)])
  if (!domain) throw tenantNotFound(segment)
  return domain.tenantId
}

/** A tenant that is open for business: a suspended or closed one looks as if it were not there. */
export function active(tenant: Tenant | undefined, named: string | undefined): Tenant {
  if (tenant?.state !== 'active') throw tenantNotFound(named)
  return tenant
}

export function tenantNotFound(named: string | undefined): Refusal {
  const name = named !== undefined && /^[\w.-]{1,100}$/.test(named) ? `${quoted(named)} ` : ''
  return new Refusal(
    'AADSTS90002',
    `tenant ${name}not found; check the tenant in the path: its GUID or its verified domain`,
  )
}

/** A DNS name of at least two labels (RFC 1123 §2.1), lower case. */
export function isDomain(name: string): boolean {
  return name.length <= 253 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])$/.test(name)
}
