import { readInheritable } from '../../shared/directory/inheritable-permissions.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /applications/{id}/inheritablePermissions/{resourceAppId}`. */
export const handler = managementOperation('inheritable-permissions/read', {}, readInheritable)
