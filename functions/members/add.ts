import { addRelated } from '../../shared/directory/related.ts'
import { referenceBody } from '../../shared/directory/shape.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST …/members/$ref`. */
export const handler = managementOperation('members/add', { body: referenceBody }, (request) =>
  addRelated(request, 'members'),
)
