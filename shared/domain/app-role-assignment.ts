/** Graph `appRoleAssignment`: a principal holds an app role on a resource. */
export type AppRoleAssignment = {
  /** Made from the three ids below, so that the same assignment cannot stand twice. */
  id: string
  appRoleId: string
  principalId: string
  principalType: 'ServicePrincipal' | 'User' | 'Group'
  principalDisplayName: string
  resourceId: string
  resourceDisplayName: string
  createdDateTime: string
  /** Ours, not shown: the client whose token carries the role; absent for users and groups. */
  clientId?: string
}
