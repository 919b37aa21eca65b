import { operatorOperation } from '../../shared/http/operator.ts'
import { changeState } from '../../shared/operator/tenant-state.ts'

/** Closes a tenant for good. Its record stays; nothing in it can be used or resumed. */
export const handler = operatorOperation('tenants/close', {}, (request) =>
  changeState(request, 'closed', 'Close tenant'),
)
