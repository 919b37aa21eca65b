import { addRelated } from '../../shared/directory/related.ts'
import { referenceBody } from '../../shared/directory/shape.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST …/sponsors/$ref`. */
export const handler = managementOperation('sponsors/add', { body: referenceBody }, (request) =>
  addRelated(request, 'sponsors'),
)
