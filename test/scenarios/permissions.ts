import { randomUUID } from 'node:crypto'
import { directoryRoles } from '../../shared/directory-roles.ts'
import type { Operation } from '../../shared/routes.ts'
import type { Sigil } from '../support/sigil.ts'
import {
  agent,
  application,
  assign,
  blueprintWithPrincipal,
  company,
  fresh,
  type Made,
  managementRole,
  missing,
  person,
  principalOf,
  resource,
} from './makers.ts'
import type { Scenario, Sent } from './scenario.ts'

const managementApi = '00000003-0000-0000-c000-000000000000'
const everything = { inheritableScopes: { kind: 'allAllowed' }, inheritableRoles: { kind: 'allAllowed' } }

/** An application with a principal, which offers two scopes. */
async function scoped(sigil: Sigil): Promise<Made> {
  const scope = (value: string) => ({ id: randomUUID(), value })
  return principalOf(
    sigil,
    await application(sigil, { api: { oauth2PermissionScopes: [scope('Read'), scope('Write')] } }),
  )
}

const grantBody = (client: Made, on: Made, user?: Made) => ({
  clientId: client.id,
  consentType: user ? 'Principal' : 'AllPrincipals',
  ...(user && { principalId: user.id }),
  resourceId: on.id,
  scope: 'Read',
})

const grant = async (sigil: Sigil, client: Made, user?: Made): Promise<Made> =>
  sigil.make('POST', '/oauth2PermissionGrants', grantBody(client, await scoped(sigil), user))

const grants = '/v1.0/oauth2PermissionGrants'
const noGrant = `${grants}/${'A'.repeat(64)}`

/** Scopes that clients may use, for everybody or for one user. */
export const grantScenarios: Scenario[] = [
  {
    operation: 'oauth2-permission-grants/create',
    name: 'for everybody',
    status: 201,
    prepare: async (sigil) => ({ path: grants, body: grantBody(await agent(sigil), await scoped(sigil)) }),
  },
  {
    operation: 'oauth2-permission-grants/create',
    name: 'the first of one user',
    status: 201,
    prepare: async (sigil) => ({
      path: grants,
      body: grantBody(await agent(sigil), await scoped(sigil), await person(sigil)),
    }),
  },
  {
    operation: 'oauth2-permission-grants/create',
    name: 'another one of the same user',
    status: 201,
    prepare: async (sigil) => {
      const [client, user] = [await agent(sigil), await person(sigil)]
      await grant(sigil, client, user)
      return { path: grants, body: grantBody(client, await scoped(sigil), user) }
    },
  },
  {
    operation: 'oauth2-permission-grants/create',
    name: 'once more',
    status: 409,
    prepare: async (sigil) => {
      const [client, on] = [await agent(sigil), await scoped(sigil)]
      await sigil.make('POST', '/oauth2PermissionGrants', grantBody(client, on))
      return { path: grants, body: grantBody(client, on) }
    },
  },
  {
    operation: 'oauth2-permission-grants/list',
    name: 'of a client, by filter',
    status: 200,
    prepare: async (sigil) => {
      const client = await agent(sigil)
      await grant(sigil, client)
      return { path: `${grants}?$filter=${encodeURIComponent(`clientId eq '${client.id}'`)}` }
    },
  },
  {
    operation: 'oauth2-permission-grants/list',
    name: 'of a service principal',
    status: 200,
    prepare: async (sigil) => {
      const client = await agent(sigil)
      await grant(sigil, client)
      return { path: `/v1.0/servicePrincipals/${client.id}/oauth2PermissionGrants` }
    },
  },
  {
    operation: 'oauth2-permission-grants/list',
    name: 'of a user, by name',
    status: 200,
    prepare: async (sigil) => {
      const { userPrincipalName } = await person(sigil)
      return { path: `/v1.0/users/${userPrincipalName}/oauth2PermissionGrants` }
    },
  },
  {
    operation: 'oauth2-permission-grants/read',
    name: 'one',
    status: 200,
    prepare: async (sigil) => ({ path: `${grants}/${(await grant(sigil, await agent(sigil))).id}` }),
  },
  {
    operation: 'oauth2-permission-grants/read',
    name: 'no such grant',
    status: 404,
    prepare: () => ({ path: noGrant }),
  },
  {
    operation: 'oauth2-permission-grants/update',
    name: 'for everybody',
    status: 204,
    prepare: async (sigil) => ({
      path: `${grants}/${(await grant(sigil, await agent(sigil))).id}`,
      body: { scope: 'Read Write' },
    }),
  },
  {
    operation: 'oauth2-permission-grants/update',
    name: 'of one user',
    status: 204,
    prepare: async (sigil) => ({
      path: `${grants}/${(await grant(sigil, await agent(sigil), await person(sigil))).id}`,
      body: { scope: 'Write' },
    }),
  },
  {
    operation: 'oauth2-permission-grants/delete',
    name: 'for everybody',
    status: 204,
    prepare: async (sigil) => ({ path: `${grants}/${(await grant(sigil, await agent(sigil))).id}` }),
  },
  {
    operation: 'oauth2-permission-grants/delete',
    name: 'of one user',
    status: 204,
    prepare: async (sigil) => ({
      path: `${grants}/${(await grant(sigil, await agent(sigil), await person(sigil))).id}`,
    }),
  },
  {
    operation: 'oauth2-permission-grants/delete',
    name: 'of a client that is deleted',
    status: 204,
    prepare: async (sigil) => {
      const client = await agent(sigil)
      const { id } = await grant(sigil, client)
      await sigil.make('DELETE', `/servicePrincipals/${client.id}`)
      return { path: `${grants}/${id}` }
    },
  },
]

/** A blueprint with a unique name that lets its agents inherit all of the management API. */
async function generous(sigil: Sigil) {
  const { sponsors } = await company(sigil)
  const uniqueName = fresh('generous')
  const blueprint = await sigil.make('POST', '/applications/microsoft.graph.agentIdentityBlueprint', {
    displayName: 'Generous',
    uniqueName,
    ...sponsors,
  })
  await sigil.make('POST', `/applications/${blueprint.id}/inheritablePermissions`, {
    resourceAppId: managementApi,
    ...everything,
  })
  return { blueprint, uniqueName }
}

const inheritable = (
  verb: 'create' | 'list' | 'read' | 'update' | 'delete',
  status: number,
  body?: () => object,
): Scenario[] => {
  const end = verb === 'create' || verb === 'list' ? '' : `/${managementApi}`
  const sent = (key: string): Sent => ({
    path: `/v1.0/applications${key}/inheritablePermissions${end}`,
    ...(body && { body: body() }),
  })
  const operation: Operation = `inheritable-permissions/${verb}`
  return [
    { operation, name: 'by id', status, prepare: async (sigil) => sent(`/${(await generous(sigil)).blueprint.id}`) },
    {
      operation,
      name: 'by appId',
      status,
      prepare: async (sigil) => sent(`(appId='${(await generous(sigil)).blueprint.appId}')`),
    },
    {
      operation,
      name: 'by unique name',
      status,
      prepare: async (sigil) => sent(`(uniqueName='${(await generous(sigil)).uniqueName}')`),
    },
  ]
}

/** What a blueprint lets its agents inherit, and what they have of it. */
export const inheritanceScenarios: Scenario[] = [
  ...inheritable('create', 201, () => ({ resourceAppId: randomUUID(), ...everything })),
  ...inheritable('list', 200),
  ...inheritable('read', 200),
  ...inheritable('update', 200, () => ({ inheritableRoles: { kind: 'none' } })),
  ...inheritable('delete', 204),
  {
    operation: 'inheritable-permissions/create',
    name: 'once more',
    status: 409,
    prepare: async (sigil) => ({
      path: `/v1.0/applications/${(await generous(sigil)).blueprint.id}/inheritablePermissions`,
      body: { resourceAppId: managementApi, ...everything },
    }),
  },
  ...(['app-roles', 'grants'] as const).flatMap((kind): Scenario[] => {
    const operation: Operation = `inherited-permissions/${kind}`
    const name = kind === 'grants' ? 'inheritedOauth2PermissionGrants' : 'inheritedAppRoleAssignments'
    return [
      {
        operation,
        name: 'some',
        status: 200,
        prepare: async (sigil) => ({
          method: 'GET',
          path: `/beta/servicePrincipals/${(await heir(sigil)).id}/${name}`,
        }),
      },
      {
        operation,
        name: 'written',
        status: 405,
        prepare: async (sigil) => ({ path: `/beta/servicePrincipals/${(await agent(sigil)).id}/${name}`, body: {} }),
      },
    ]
  }),
  {
    operation: 'effective-permissions/read',
    name: 'own and inherited',
    status: 200,
    prepare: async (sigil) => ({ path: `/beta/servicePrincipals/${(await heir(sigil)).id}/effectivePermissions` }),
  },
]

/** An agent identity that holds a role and a scope, and inherits others. */
async function heir(sigil: Sigil): Promise<Made> {
  const { blueprint, principal } = await blueprintWithPrincipal(sigil)
  const child = await agent(sigil, { agentIdentityBlueprintId: blueprint.appId })
  await sigil.make('POST', `/applications/${blueprint.id}/inheritablePermissions`, {
    resourceAppId: managementApi,
    ...everything,
  })
  const { api, id } = await managementRole(sigil, 'User.Read.All')
  await assign(sigil, principal, api, { id })
  const { principal: on, role } = await resource(sigil)
  await assign(sigil, child, on, role)
  for (const holder of [child, principal]) {
    await sigil.make('POST', '/oauth2PermissionGrants', { ...grantBody(holder, api), scope: 'User.Read' })
  }
  return child
}

const readerId = directoryRoles.find(({ displayName }) => displayName === 'Global Reader')?.templateId
const roleAssignments = '/v1.0/roleManagement/directory/roleAssignments'
const members = `/v1.0/directoryRoles/${readerId}/members`
const roleBody = ({ id }: Made) => ({ roleDefinitionId: readerId, principalId: id, directoryScopeId: '/' })

async function member(sigil: Sigil, make: (sigil: Sigil) => Promise<Made>) {
  const holder = await make(sigil)
  return { holder, assignment: await sigil.make('POST', '/roleManagement/directory/roleAssignments', roleBody(holder)) }
}

async function deletedMember(sigil: Sigil) {
  const { holder, assignment } = await member(sigil, agent)
  await sigil.make('DELETE', `/servicePrincipals/${holder.id}`)
  return { holder, assignment }
}

const roots = {
  'directory-roles/list': '/v1.0/directoryRoles',
  'directory-roles/read': '/v1.0/directoryRoles',
  'role-definitions/list': '/v1.0/roleManagement/directory/roleDefinitions',
  'role-definitions/read': '/v1.0/roleManagement/directory/roleDefinitions',
}

const kinds = [
  ['an agent identity', agent],
  ['a person', person],
] as const

/** Directory roles, and who holds them. */
export const directoryRoleScenarios: Scenario[] = [
  ...(['directory-roles/list', 'role-definitions/list'] as const).map(
    (operation): Scenario => ({
      operation,
      name: 'by name',
      status: 200,
      prepare: () => ({ path: `${roots[operation]}?$filter=${encodeURIComponent("displayName eq 'Global Reader'")}` }),
    }),
  ),
  ...(['directory-roles/read', 'role-definitions/read'] as const).map(
    (operation): Scenario => ({
      operation,
      name: 'one',
      status: 200,
      prepare: () => ({ path: `${roots[operation]}/${readerId}` }),
    }),
  ),
  {
    operation: 'directory-roles/members',
    name: 'some',
    status: 200,
    prepare: async (sigil) => {
      await member(sigil, agent)
      return { path: members }
    },
  },
  ...kinds.flatMap(([kind, make]): Scenario[] => [
    {
      operation: 'directory-roles/add-member',
      name: kind,
      status: 204,
      prepare: async (sigil) => ({
        path: `${members}/$ref`,
        body: { '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${(await make(sigil)).id}` },
      }),
    },
    {
      operation: 'directory-roles/remove-member',
      name: kind,
      status: 204,
      prepare: async (sigil) => ({ path: `${members}/${(await member(sigil, make)).holder.id}/$ref` }),
    },
    {
      operation: 'role-assignments/create',
      name: `to ${kind}`,
      status: 201,
      prepare: async (sigil) => ({ path: roleAssignments, body: roleBody(await make(sigil)) }),
    },
    {
      operation: 'role-assignments/delete',
      name: `of ${kind}`,
      status: 204,
      prepare: async (sigil) => ({ path: `${roleAssignments}/${(await member(sigil, make)).assignment.id}` }),
    },
  ]),
  {
    operation: 'directory-roles/remove-member',
    name: 'one that is deleted',
    status: 204,
    prepare: async (sigil) => ({ path: `${members}/${(await deletedMember(sigil)).holder.id}/$ref` }),
  },
  {
    operation: 'role-assignments/create',
    name: 'to nobody',
    status: 404,
    prepare: () => ({ path: roleAssignments, body: roleBody({ id: missing.id, appId: missing.id }) }),
  },
  {
    operation: 'role-assignments/list',
    name: 'of a role',
    status: 200,
    prepare: async (sigil) => {
      await member(sigil, agent)
      return { path: `${roleAssignments}?$top=1&$filter=${encodeURIComponent(`roleDefinitionId eq '${readerId}'`)}` }
    },
  },
  {
    operation: 'role-assignments/read',
    name: 'one',
    status: 200,
    prepare: async (sigil) => ({ path: `${roleAssignments}/${(await member(sigil, agent)).assignment.id}` }),
  },
  {
    operation: 'role-assignments/delete',
    name: 'of one that is deleted',
    status: 204,
    prepare: async (sigil) => ({ path: `${roleAssignments}/${(await deletedMember(sigil)).assignment.id}` }),
  },
]
