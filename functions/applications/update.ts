import { updateApplication } from '../../shared/directory/applications.ts'
import { anyObject } from '../../shared/directory/odata-type.ts'
import { applicationTypes } from '../../shared/directory/read.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `PATCH /applications/{id}`, of an ordinary application or a blueprint. */
export const handler = managementOperation('applications/update', { body: anyObject }, (request) =>
  updateApplication(request, applicationTypes),
)
