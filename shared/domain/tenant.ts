import type { Limits } from './limits.ts'

/** A tenant's GUID, in lower case, that has been checked to be one: from the path or from a verified token, never from a body. */
export type TenantId = string & { readonly brand: 'TenantId' }

/** One organisation's own space. `suspended` refuses every token and management call until resumed; `closed` for good. */
export type Tenant = {
  tenantId: TenantId
  displayName: string
  /** The verified domain that names the tenant in paths and ends its user principal names, in lower case. */
  domain: string
  state: 'active' | 'suspended' | 'closed'
  createdDateTime: string
  /** Where an operator gave this tenant other limits than the usual ones (`limits.ts`). */
  limits?: Partial<Limits>
  /** How often they have been changed. */
  limitsVersion?: number
}
