import { deleteInheritable } from '../../shared/directory/inheritable-permissions.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE /applications/{id}/inheritablePermissions/{resourceAppId}`. */
export const handler = managementOperation('inheritable-permissions/delete', {}, deleteInheritable)
