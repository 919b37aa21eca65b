import { isDomain } from '../auth/tenant.ts'
import { parseGuid } from '../domain/guid.ts'
import type { Tenant, TenantId } from '../domain/tenant.ts'
import { Refusal } from '../refusal.ts'
import type { Table } from '../store/store.ts'
import { keys } from '../store/table.ts'

/**
 * The tenant that an operator names, in any state: by its GUID or its domain.
 * @throws Request_ResourceNotFound
 */
export async function findTenant(table: Table, named: string | undefined): Promise<Tenant> {
  const tenantId = await idOf(table, named ?? '')
  const [tenant] = tenantId ? await table.snapshot([keys.tenant(tenantId)]) : [undefined]
  if (!tenant) throw new Refusal('Request_ResourceNotFound', 'there is no such tenant; name it by its id or its domain')
  return tenant
}

async function idOf(table: Table, named: string): Promise<TenantId | undefined> {
  const guid = parseGuid(named)
  if (guid) return guid as TenantId
  if (!isDomain(named)) return undefined
  const [domain] = await table.snapshot([keys.domain(named)])
  return domain?.tenantId
}
