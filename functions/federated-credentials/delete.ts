import { deleteFederatedCredential } from '../../shared/directory/federated-credentials.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `DELETE /applications/{id}/federatedIdentityCredentials/{id or name}`. */
export const handler = managementOperation('federated-credentials/delete', {}, deleteFederatedCredential)
