import { readFederatedCredential } from '../../shared/directory/federated-credentials.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /applications/{id}/federatedIdentityCredentials/{id or name}`. */
export const handler = managementOperation(
  'federated-credentials/read',
  { query: ['$select'] },
  readFederatedCredential,
)
