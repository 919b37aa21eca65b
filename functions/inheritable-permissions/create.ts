import { createInheritable, inheritableBody } from '../../shared/directory/inheritable-permissions.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /applications/{id}/inheritablePermissions`. */
export const handler = managementOperation(
  'inheritable-permissions/create',
  { body: inheritableBody },
  createInheritable,
)
