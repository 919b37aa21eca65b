import type { DirectoryObject } from '../domain/directory-object.ts'

/** A principal as `authorize` sees it. */
export const targetOf = ({ type, id, properties }: DirectoryObject) => ({
  type,
  id,
  agentIdentityBlueprintId: properties.agentIdentityBlueprintId as string,
})

/** What the audit log calls a change of a principal. */
export const activityOf = (patch: { accountEnabled?: boolean | undefined }): string => {
  if (patch.accountEnabled === false) return 'Disable service principal'
  return patch.accountEnabled === true ? 'Enable service principal' : 'Update service principal'
}
