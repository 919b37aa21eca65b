import { removeRelated } from '../../shared/directory/related.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE …/owners/{id}/$ref`. */
export const handler = managementOperation('owners/remove', {}, (request) => removeRelated(request, 'owners'))
