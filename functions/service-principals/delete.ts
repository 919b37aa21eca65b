import { deleteAnyPrincipal } from '../../shared/directory/deletions.ts'
import { principalTypes } from '../../shared/directory/read.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE /servicePrincipals/{id}`, of any type. */
export const handler = managementOperation('service-principals/delete', {}, (request) =>
  deleteAnyPrincipal(request, principalTypes),
)
