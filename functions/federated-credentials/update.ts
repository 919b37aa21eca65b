import { federatedCredentialPatch, updateFederatedCredential } from '../../shared/directory/federated-credentials.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `PATCH /applications/{id}/federatedIdentityCredentials/{id or name}`, and the upsert by name. */
export const handler = managementOperation(
  'federated-credentials/update',
  { body: federatedCredentialPatch },
  updateFederatedCredential,
)
