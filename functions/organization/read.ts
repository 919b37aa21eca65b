import { readOrganization } from '../../shared/directory/organization.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /organization/{id}`. */
export const handler = managementOperation('organization/read', { query: ['$select'] }, async (request) =>
  readOrganization(request),
)
