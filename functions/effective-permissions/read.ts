import { readEffectivePermissions } from '../../shared/directory/effective-permissions.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Sigil's own `GET /servicePrincipals/{id}/effectivePermissions`. */
export const handler = managementOperation('effective-permissions/read', {}, readEffectivePermissions)
