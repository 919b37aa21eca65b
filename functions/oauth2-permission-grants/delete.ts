import { deleteGrant } from '../../shared/directory/oauth2-permission-grants.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE /oauth2PermissionGrants/{id}`. */
export const handler = managementOperation('oauth2-permission-grants/delete', {}, deleteGrant)
