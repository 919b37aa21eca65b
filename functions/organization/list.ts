import { listOrganizations } from '../../shared/directory/organization.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /organization`. */
export const handler = managementOperation('organization/list', { query: ['$select'] }, async (request) =>
  listOrganizations(request),
)
