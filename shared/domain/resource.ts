/** What an access token may be for, as the token path sees it: one item per identifier URI and one for the appId. */
export type Resource = {
  appId: string
  /** The identifier URI (or appId) of this item, as registered: the audience of a v1 token that was asked for by it. */
  identifier: string
  displayName: string
  /** The object id of the resource's principal in the tenant; absent while there is none, and then no token is issued for it. */
  objectId?: string
  enabled: boolean
  /** `api.requestedAccessTokenVersion`: null and 1 mean 1. */
  tokenVersion: 1 | 2
  /** `appRoleAssignmentRequired`: without a role on this resource a client gets no token for it. */
  assignmentRequired: boolean
  /** Enabled app roles, id → value. The management API's own are data in the code (`permissions.ts`). */
  roles: Record<string, string>
}

/** What an identifier URI or appId is found by: letter case and a last slash make no difference. */
export const resourceKey = (identifier: string): string => identifier.toLowerCase().replace(/\/$/, '')
