import { createApplication } from '../../shared/directory/applications.ts'
import { anyObject, typeOf } from '../../shared/directory/odata-type.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /applications/microsoft.graph.agentIdentityBlueprint`. */
export const handler = managementOperation('blueprints/create', { body: anyObject }, (request) =>
  createApplication(request, typeOf(request.body, ['agentIdentityBlueprint']) ?? 'agentIdentityBlueprint'),
)
