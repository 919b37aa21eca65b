import { unsetVerifiedPublisher } from '../../shared/directory/verified-publisher.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /applications/{id}/unsetVerifiedPublisher`, of an ordinary application or a blueprint. */
export const handler = managementOperation('applications/unset-verified-publisher', {}, unsetVerifiedPublisher)
