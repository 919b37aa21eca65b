import { removeRelated } from '../../shared/directory/related.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE …/sponsors/{id}/$ref`. */
export const handler = managementOperation('sponsors/remove', {}, (request) => removeRelated(request, 'sponsors'))
