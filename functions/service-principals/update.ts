import { anyObject } from '../../shared/directory/odata-type.ts'
import { updateAnyPrincipal } from '../../shared/directory/principals.ts'
import { principalTypes } from '../../shared/directory/read.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `PATCH /servicePrincipals/{id}`, of any type. */
export const handler = managementOperation('service-principals/update', { body: anyObject }, (request) =>
  updateAnyPrincipal(request, principalTypes),
)
