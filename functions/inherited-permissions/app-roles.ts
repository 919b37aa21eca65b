import { listInheritedRoles } from '../../shared/directory/effective-permissions.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /servicePrincipals/{id}/inheritedAppRoleAssignments`. */
export const handler = managementOperation('inherited-permissions/app-roles', {}, listInheritedRoles)
