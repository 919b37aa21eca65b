import { grantPatch, updateGrant } from '../../shared/directory/oauth2-permission-grants.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `PATCH /oauth2PermissionGrants/{id}`. */
export const handler = managementOperation('oauth2-permission-grants/update', { body: grantPatch }, updateGrant)
