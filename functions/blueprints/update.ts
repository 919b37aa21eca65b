import { updateApplication } from '../../shared/directory/applications.ts'
import { anyObject } from '../../shared/directory/odata-type.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `PATCH /applications/{id}/microsoft.graph.agentIdentityBlueprint`. */
export const handler = managementOperation('blueprints/update', { body: anyObject }, (request) =>
  updateApplication(request, ['agentIdentityBlueprint']),
)
