import { createFederatedCredential, federatedCredentialCreate } from '../../shared/directory/federated-credentials.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /applications/{id}/federatedIdentityCredentials`, of an ordinary application or a blueprint. */
export const handler = managementOperation(
  'federated-credentials/create',
  { body: federatedCredentialCreate },
  createFederatedCredential,
)
