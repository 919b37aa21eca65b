import { readLimits } from '../../shared/directory/limits.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** `GET /beta/sigil/limits`: how much the tenant holds, and how much it may hold. */
export const handler = managementOperation('limits/read', {}, readLimits)
