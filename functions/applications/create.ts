import { createApplication } from '../../shared/directory/applications.ts'
import { anyObject, typeOf } from '../../shared/directory/odata-type.ts'
import { applicationTypes } from '../../shared/directory/read.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /applications`: an ordinary application, or a blueprint where `@odata.type` says so. */
export const handler = managementOperation('applications/create', { body: anyObject }, (request) =>
  createApplication(request, typeOf(request.body, applicationTypes) ?? 'application'),
)
