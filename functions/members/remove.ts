import { removeRelated } from '../../shared/directory/related.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE …/members/{id}/$ref`. */
export const handler = managementOperation('members/remove', {}, (request) => removeRelated(request, 'members'))
