import { readPrincipal } from '../../shared/directory/principals.ts'
import { principalTypes } from '../../shared/directory/read.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /servicePrincipals/{id}`, of any type. */
export const handler = managementOperation('service-principals/read', { query: ['$select'] }, (request) =>
  readPrincipal(request, principalTypes),
)
