import { federatedCredentialOptions, listFederatedCredentials } from '../../shared/directory/federated-credentials.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /applications/{id}/federatedIdentityCredentials`. */
export const handler = managementOperation(
  'federated-credentials/list',
  { query: federatedCredentialOptions },
  listFederatedCredentials,
)
