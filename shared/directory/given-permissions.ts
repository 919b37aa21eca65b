import * as v from 'valibot'
import { authorize } from '../auth/authorize.ts'
import type { AppRoleAssignment } from '../domain/app-role-assignment.ts'
import { rolesOn } from '../domain/client.ts'
import type { DirectoryObject } from '../domain/directory-object.ts'
import { grantOn, type OAuth2PermissionGrant } from '../domain/oauth2-permission-grant.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import { managementApi } from '../permissions.ts'
import { Refusal } from '../refusal.ts'
import type { Change } from '../store/store.ts'
import { keys, type UserGrants } from '../store/table.ts'
import { assignmentBody, assignmentChanges, checkRole, newAssignment } from './app-role-assignments.ts'
import type { NewAgent } from './new-agent.ts'
import { allowedScopes, checkTimes, grantBody, grantedBy, mostScopes } from './oauth2-permission-grants.ts'
import { byId, notFound, principalTypes, userTypes } from './read.ts'
import { idOfGuids, noGuid } from './record-id.ts'

/*
 * App roles and scopes that agent identities are given at their making, by the rules of giving them afterwards. What tokens read
 * of them is in the agents' own new items.
 */

const ofRoles = v.omit(assignmentBody, ['principalId', '@odata.type'])
const ofGrants = v.strictObject({
  ...v.omit(grantBody, ['clientId', 'id', '@odata.type']).entries,
  consentType: v.optional(v.picklist(['AllPrincipals', 'Principal']), 'AllPrincipals'),
})

/** What of permissions stands in a body, for one agent or for all. */
export const permissionsGiven = {
  appRoleAssignments: v.optional(v.array(ofRoles), []),
  oauth2PermissionGrants: v.optional(v.array(ofGrants), []),
}

type RoleGiven = v.InferOutput<typeof ofRoles>
type GrantGiven = v.InferOutput<typeof ofGrants>
export type PermissionsGiven = { appRoleAssignments: RoleGiven[]; oauth2PermissionGrants: GrantGiven[] }

/** What one agent identity was given. */
export type Given = { client: NewAgent['client']; assignments: AppRoleAssignment[]; grants: OAuth2PermissionGrant[] }

/** Gives permissions to new agent identities, each resource and user looked at once. */
export class Giving {
  readonly #request: ManagementRequest<unknown>
  readonly #resources = new Map<string, Promise<DirectoryObject | undefined>>()
  readonly #assignable = new Map<string, Promise<void>>()
  readonly #users = new Map<string, Promise<DirectoryObject | undefined>>()
  readonly #checks = new Map<string, Change>()
  #mayGrant: Promise<void> | undefined

  constructor(request: ManagementRequest<unknown>) {
    this.#request = request
  }

  /** @param own the agent user that is made with the agent */
  async give(agent: NewAgent, own: DirectoryObject | undefined, given: PermissionsGiven): Promise<Given> {
    const client = { ...agent.client }
    const assignments: AppRoleAssignment[] = []
    for (const role of distinctRoles(given.appRoleAssignments)) {
      const assignment = await this.#assign(agent.object, role)
      const attribute = rolesOn(assignment.resourceId)
      client[attribute] = new Set([...(client[attribute] ?? []), assignment.appRoleId])
      assignments.push(assignment)
    }
    const grants: OAuth2PermissionGrant[] = []
    for (const each of given.oauth2PermissionGrants) {
      const grant = await this.#grant(agent.object, own, each)
      if (grants.some(({ id }) => id === grant.id)) {
        throw new Refusal(
          'Request_BadRequest',
          `property 'oauth2PermissionGrants': the resource '${grant.resourceId}' stands there twice for the same principal; name all scopes in one grant`,
        )
      }
      if ([...grants, grant].reduce((sum, { scope }) => sum + scope.split(' ').length, 0) > mostScopes) {
        throw new Refusal('Request_BadRequest', `a client may be granted at most ${mostScopes} scopes`)
      }
      if (grant.principalId === null) client[grantOn(grant.resourceId)] = grantedBy(grant)
      grants.push(grant)
    }
    return { client, assignments, grants }
  }

  /** What must still be as it was looked at: the roles and scopes that are offered, and the users. */
  checks(): Change[] {
    return [...this.#checks.values()]
  }

  async #assign(agent: DirectoryObject, { resourceId, appRoleId }: RoleGiven): Promise<AppRoleAssignment> {
    const resource = await this.#resource(resourceId)
    await once(this.#assignable, resourceId, () => authorize(this.#request, 'assign', resource))
    checkRole(agent, resource, appRoleId)
    this.#keep(resource, { version: resource.version })
    const displayName = agent.properties.displayName as string
    const holder = { id: agent.id, displayName, type: 'ServicePrincipal' as const, clientId: agent.id }
    return newAssignment(holder, resource, appRoleId, this.#request.now)
  }

  async #grant(
    agent: DirectoryObject,
    own: DirectoryObject | undefined,
    { resourceId, scope, consentType, principalId: named, startTime, expiryTime }: GrantGiven,
  ): Promise<OAuth2PermissionGrant> {
    // All agents are of one blueprint, and who may grant to one of them may to the others.
    this.#mayGrant ??= authorize(this.#request, 'grant', agent)
    await this.#mayGrant
    const principalId = consentType === 'Principal' ? (named ?? own?.id) : undefined
    if ((consentType === 'AllPrincipals' && named !== null) || (consentType === 'Principal' && !principalId)) {
      throw new Refusal(
        'Request_BadRequest',
        "property 'oauth2PermissionGrants': principalId names the user where consentType is 'Principal', unless that is the agent's own new user; it is not given where it is 'AllPrincipals'",
      )
    }
    checkTimes({ startTime, expiryTime }, this.#request.now)
    const resource = await this.#resource(resourceId)
    const user = principalId === undefined || principalId === own?.id ? own : await this.#user(principalId)
    const ofAll = consentType === 'AllPrincipals'
    if (resource.id !== managementApi.objectId) this.#keep(resource, { version: resource.version })
    return {
      id: idOfGuids(agent.id, resourceId, principalId ?? noGuid),
      clientId: agent.id,
      consentType,
      principalId: principalId ?? null,
      resourceId,
      scope: allowedScopes(scope, { client: agent, resource, user: ofAll ? undefined : user }).join(' '),
      ...(startTime !== undefined && { startTime }),
      ...(expiryTime !== undefined && { expiryTime }),
      appId: agent.id,
      version: 1,
    }
  }

  async #resource(id: string): Promise<DirectoryObject> {
    const { world, caller } = this.#request
    const resource = await once(this.#resources, id, () => byId(world.table, caller.tenantId, principalTypes, id))
    if (!resource) throw notFound(id)
    if (resource.type === 'agentIdentity') {
      throw new Refusal(
        'Request_BadRequest',
        "property 'resourceId': an agent identity offers neither app roles nor scopes; its blueprint's principal does",
      )
    }
    return resource
  }

  async #user(id: string): Promise<DirectoryObject> {
    const { world, caller } = this.#request
    const user = await once(this.#users, id, () => byId(world.table, caller.tenantId, userTypes, id))
    if (!user) throw notFound(id)
    this.#keep(user, 'present')
    return user
  }

  #keep({ type, id }: DirectoryObject, when: Change['when']): void {
    const key = keys.object(this.#request.caller.tenantId, type, id)
    this.#checks.set(`${key.pk} ${key.sk}`, { action: 'check', key, when })
  }
}

/** The rows of what was given, but for the agents' own. */
export function givenChanges(tenantId: TenantId, { client, assignments, grants }: Given): Change[] {
  const users = Map.groupBy(
    grants.flatMap(({ principalId, ...rest }) => (principalId === null ? [] : [{ ...rest, principalId }])),
    ({ principalId }) => principalId,
  )
  return [
    ...assignments.flatMap((each) => assignmentChanges(tenantId, each)),
    ...grants.map(
      (grant): Change => ({
        action: 'put',
        key: keys.grant(tenantId, grant.clientId, grant.resourceId, grant.principalId ?? '*'),
        item: grant,
        when: 'absent',
      }),
    ),
    ...[...users].map(
      ([userId, held]): Change => ({
        action: 'put',
        key: keys.userGrant(tenantId, client.clientId, userId),
        item: {
          objectId: client.objectId,
          ...Object.fromEntries(held.map((grant) => [grantOn(grant.resourceId), grantedBy(grant)])),
        } satisfies UserGrants,
        when: 'absent',
      }),
    ),
  ]
}

/** What all are given and one is given too, it is given once. */
const distinctRoles = (roles: readonly RoleGiven[]): RoleGiven[] => [
  ...new Map(roles.map((each) => [`${each.resourceId} ${each.appRoleId}`, each])).values(),
]

function once<Value>(known: Map<string, Promise<Value>>, name: string, make: () => Promise<Value>): Promise<Value> {
  const value = known.get(name) ?? make()
  known.set(name, value)
  return value
}
