import { addRelated } from '../../shared/directory/related.ts'
import { referenceBody } from '../../shared/directory/shape.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST …/owners/$ref`. */
export const handler = managementOperation('owners/add', { body: referenceBody }, (request) =>
  addRelated(request, 'owners'),
)
