import { operatorOperation } from '../../shared/http/operator.ts'
import { changeState } from '../../shared/operator/tenant-state.ts'

/** Stops a tenant for a while: no token and no management call until it is resumed. Nothing is lost. */
export const handler = operatorOperation('tenants/suspend', {}, (request) =>
  changeState(request, 'suspended', 'Suspend tenant'),
)
