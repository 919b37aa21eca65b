import { listInheritedGrants } from '../../shared/directory/effective-permissions.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /servicePrincipals/{id}/inheritedOauth2PermissionGrants`. */
export const handler = managementOperation('inherited-permissions/grants', {}, listInheritedGrants)
