import { deleteApplication } from '../../shared/directory/deletions.ts'
import { applicationTypes } from '../../shared/directory/read.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE /applications/{id}`, of an ordinary application or a blueprint. */
export const handler = managementOperation('applications/delete', {}, (request) =>
  deleteApplication(request, applicationTypes),
)
