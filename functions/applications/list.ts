import { listObjects, listOptions } from '../../shared/directory/list.ts'
import { applicationTypes } from '../../shared/directory/read.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /applications`: ordinary applications and blueprints. */
export const handler = managementOperation('applications/list', { query: listOptions }, (request) =>
  listObjects(request, applicationTypes),
)
