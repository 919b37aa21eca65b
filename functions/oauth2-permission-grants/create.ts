import { createGrant, grantBody } from '../../shared/directory/oauth2-permission-grants.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /oauth2PermissionGrants`. */
export const handler = managementOperation('oauth2-permission-grants/create', { body: grantBody }, createGrant)
