import { authorize } from '../auth/authorize.ts'
import type { DirectoryObject, Properties } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'

/** What the audit log calls a change of a principal. */
export const activityOf = (patch: { accountEnabled?: boolean | undefined }): string => {
  if (patch.accountEnabled === false) return 'Disable service principal'
  return patch.accountEnabled === true ? 'Enable service principal' : 'Update service principal'
}

/**
 * Whether the caller may change these properties of a principal. Custom security attributes are for those who assign them, who
 * need be nobody else (reference §5.7).
 */
export async function authorizeChange(
  request: ManagementRequest<unknown>,
  principal: DirectoryObject,
  properties: Properties,
  attributes: Properties | undefined,
): Promise<void> {
  const changed = Object.keys(properties)
  if (attributes) await authorize(request, 'attributes', principal)
  if (changed.length > 0 || !attributes) await authorize(request, 'update', principal, changed)
}
