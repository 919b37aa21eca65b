import { readObject, readOptions } from '../../shared/directory/objects.ts'
import { applicationTypes } from '../../shared/directory/read.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /applications/{id}`, of an ordinary application or a blueprint. */
export const handler = managementOperation('applications/read', { query: readOptions }, (request) =>
  readObject(request, applicationTypes),
)
