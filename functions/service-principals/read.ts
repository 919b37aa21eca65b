import { readObject, readOptions } from '../../shared/directory/objects.ts'
import { principalTypes } from '../../shared/directory/read.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /servicePrincipals/{id}`, of any type. */
export const handler = managementOperation('service-principals/read', { query: readOptions }, (request) =>
  readObject(request, principalTypes),
)
