import { operatorOperation } from '../../shared/http/operator.ts'
import { changeState } from '../../shared/operator/tenant-state.ts'

/** Opens a suspended tenant again, as it was. */
export const handler = operatorOperation('tenants/resume', {}, (request) =>
  changeState(request, 'active', 'Resume tenant'),
)
