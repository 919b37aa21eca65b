import { agentIdentityCreate, agentIdentityPatch } from '../directory/agent-identities.ts'
import { assignmentBody } from '../directory/app-role-assignments.ts'
import { applicationCreate, applicationPatch, blueprintCreate, blueprintPatch } from '../directory/application-shape.ts'
import { bulkCreateBody } from '../directory/bulk-create.ts'
import { bulkDeleteBody } from '../directory/bulk-delete.ts'
import { bulkUpdateBody } from '../directory/bulk-update.ts'
import { getByIdsBody } from '../directory/directory-objects.ts'
import { roleAssignmentBody } from '../directory/directory-role-assignments.ts'
import { federatedCredentialCreate, federatedCredentialPatch } from '../directory/federated-credentials.ts'
import { groupCreate, groupPatch } from '../directory/groups.ts'
import { inheritableBody, inheritablePatch } from '../directory/inheritable-permissions.ts'
import { addKeyBody, removeKeyBody } from '../directory/key-credentials.ts'
import { grantBody, grantPatch } from '../directory/oauth2-permission-grants.ts'
import { addPasswordBody, removePasswordBody } from '../directory/passwords.ts'
import { principalCreate, principalPatch } from '../directory/principals.ts'
import { provisionBody } from '../directory/provision.ts'
import { referenceBody } from '../directory/shape.ts'
import { agentUserCreate, agentUserPatch, userCreate, userPatch } from '../directory/user-shape.ts'
import { verifiedPublisherBody } from '../directory/verified-publisher.ts'
import { batchBody } from '../http/batch.ts'

/** The very shapes that operations parse bodies with, by the names that they have in the document. */
export const bodies = {
  addKey: addKeyBody,
  addPassword: addPasswordBody,
  agentIdentityCreate,
  agentIdentityPatch,
  agentUserCreate,
  agentUserPatch,
  appRoleAssignmentCreate: assignmentBody,
  applicationCreate,
  applicationPatch,
  batchRequest: batchBody,
  blueprintCreate,
  blueprintPatch,
  bulkCreate: bulkCreateBody,
  bulkDelete: bulkDeleteBody,
  bulkUpdate: bulkUpdateBody,
  federatedCredentialCreate,
  federatedCredentialPatch,
  groupCreate,
  groupPatch,
  inheritablePermissionCreate: inheritableBody,
  inheritablePermissionPatch: inheritablePatch,
  getByIds: getByIdsBody,
  reference: referenceBody,
  oauth2PermissionGrantCreate: grantBody,
  oauth2PermissionGrantPatch: grantPatch,
  provision: provisionBody,
  removeKey: removeKeyBody,
  removePassword: removePasswordBody,
  roleAssignmentCreate: roleAssignmentBody,
  servicePrincipalCreate: principalCreate,
  servicePrincipalPatch: principalPatch,
  userCreate,
  userPatch,
  verifiedPublisher: verifiedPublisherBody,
}
