import { listInheritable } from '../../shared/directory/inheritable-permissions.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /applications/{id}/inheritablePermissions`. */
export const handler = managementOperation('inheritable-permissions/list', {}, listInheritable)
