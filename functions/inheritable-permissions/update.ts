import { inheritablePatch, updateInheritable } from '../../shared/directory/inheritable-permissions.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `PATCH /applications/{id}/inheritablePermissions/{resourceAppId}`. */
export const handler = managementOperation(
  'inheritable-permissions/update',
  { body: inheritablePatch },
  updateInheritable,
)
