import { readApplication } from '../../shared/directory/applications.ts'
import { applicationTypes } from '../../shared/directory/read.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /applications/{id}`, of an ordinary application or a blueprint. */
export const handler = managementOperation('applications/read', { query: ['$select'] }, (request) =>
  readApplication(request, applicationTypes),
)
