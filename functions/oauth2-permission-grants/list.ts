import { listGrants } from '../../shared/directory/oauth2-permission-grants.ts'
import { recordOptions } from '../../shared/directory/records.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /oauth2PermissionGrants`, `/servicePrincipals/{id}/oauth2PermissionGrants` and `/users/{id}/oauth2PermissionGrants`. */
export const handler = managementOperation('oauth2-permission-grants/list', { query: recordOptions }, listGrants)
