import { listObjects, listOptions } from '../../shared/directory/list.ts'
import { principalTypes } from '../../shared/directory/read.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /servicePrincipals`: of applications, of blueprints, and agent identities. */
export const handler = managementOperation('service-principals/list', { query: listOptions }, (request) =>
  listObjects(request, principalTypes),
)
