import { operatorOperation } from '../../shared/http/operator.ts'
import { limitsBody, setLimits } from '../../shared/operator/set-limits.ts'

/** Says how many objects of each type a tenant may hold; null, as many as usual. */
export const handler = operatorOperation('tenants/set-limits', { body: limitsBody }, setLimits)
