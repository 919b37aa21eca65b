import { setVerifiedPublisher, verifiedPublisherBody } from '../../shared/directory/verified-publisher.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /applications/{id}/setVerifiedPublisher`, of an ordinary application or a blueprint. */
export const handler = managementOperation(
  'applications/set-verified-publisher',
  { body: verifiedPublisherBody },
  setVerifiedPublisher,
)
