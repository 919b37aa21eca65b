import type { Properties } from '../domain/directory-object.ts'
import { parseGuid } from '../domain/guid.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import { ok, type Response } from '../http/response.ts'
import { parseSelect } from '../odata/options.ts'
import { notFound } from './read.ts'

/** `GET /organization`: the caller's tenant, and no other. */
export function listOrganizations(request: ManagementRequest<unknown>): Response {
  return ok({ '@odata.context': contextOf(request), value: [selected(request)] })
}

/** `GET /organization/{id}`. */
export function readOrganization(request: ManagementRequest<unknown>): Response {
  const { caller, path } = request
  if (parseGuid(path.id) !== caller.tenantId) throw notFound(path.id ?? '')
  return ok({ '@odata.context': `${contextOf(request)}/$entity`, ...selected(request) })
}

function contextOf({ world, path, query }: ManagementRequest<unknown>): string {
  const fragment = query.$select === undefined ? '' : `(${parseSelect(query.$select).join(',')})`
  return `${world.origin}/${path.version}/$metadata#organization${fragment}`
}

function selected({ caller, query }: ManagementRequest<unknown>): Properties {
  const all = organizationOf(caller.tenant)
  if (query.$select === undefined) return all
  const names = parseSelect(query.$select)
  return names.includes('*') ? all : Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)))
}

const organizationOf = ({ tenantId, displayName, domain, createdDateTime }: Tenant): Properties => ({
  id: tenantId,
  assignedPlans: [],
  businessPhones: [],
  city: null,
  country: null,
  countryLetterCode: null,
  createdDateTime,
  defaultUsageLocation: null,
  deletedDateTime: null,
  displayName,
  marketingNotificationEmails: [],
  onPremisesLastSyncDateTime: null,
  onPremisesSyncEnabled: null,
  partnerTenantType: null,
  postalCode: null,
  preferredLanguage: null,
  privacyProfile: null,
  provisionedPlans: [],
  securityComplianceNotificationMails: [],
  securityComplianceNotificationPhones: [],
  state: null,
  street: null,
  technicalNotificationMails: [],
  tenantType: 'AAD',
  verifiedDomains: [{ capabilities: 'None', isDefault: true, isInitial: true, name: domain, type: 'Managed' }],
})
