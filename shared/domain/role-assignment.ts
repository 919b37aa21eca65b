import type { ObjectType } from './directory-object.ts'

/** Graph `unifiedRoleAssignment`: a principal holds a directory role in the whole tenant. */
export type RoleAssignment = {
  /** Says where the assignment is: made from its two ids. */
  id: string
  /** The template id of a directory role. */
  roleDefinitionId: string
  principalId: string
  directoryScopeId: '/'
  createdDateTime: string
  /** Ours, not shown: the principal, named as members are. */
  targetId: string
  targetType: ObjectType
}
