import { describe, expect, test } from 'vitest'
import { admit, decide, decideRecord, type Standing, stranger, type Target } from '../../shared/auth/authorize.ts'
import type { Caller } from '../../shared/auth/bearer.ts'
import type { Action } from '../../shared/auth/powers.ts'
import { directoryRoles } from '../../shared/directory-roles.ts'
import type { ObjectType } from '../../shared/domain/directory-object.ts'
import type { Tenant, TenantId } from '../../shared/domain/tenant.ts'
import { isBlockedForAgents, isScopeBlockedForAgents, permissions } from '../../shared/permissions.ts'
import { Refusal } from '../../shared/refusal.ts'
import { type Operation, type Route, routes } from '../../shared/routes.ts'

/**
 * Who may do what, cell by cell: every kind of caller × type × action, and every route of the management API. What is expected
 * stands here by hand, from the reference, and is not made from the data that decides. What a table does not name is refused.
 */
type RecordName = 'appRoleAssignment' | 'oauth2PermissionGrant' | 'roleAssignment' | 'organization' | 'me'
type Type = ObjectType | RecordName
type Cells = Partial<Record<Type, string>>

const records: readonly RecordName[] = [
  'appRoleAssignment',
  'oauth2PermissionGrant',
  'roleAssignment',
  'organization',
  'me',
]

/** All that somebody could ever do, by type. */
// biome-ignore format: a table reads better aligned
const all: Record<Type, string> = {
  application:                     'read create update delete restore credentials owners',
  agentIdentityBlueprint:          'read create update delete restore credentials owners sponsors',
  servicePrincipal:                'read create update delete restore owners assign grant attributes',
  agentIdentityBlueprintPrincipal: 'read create update delete restore owners sponsors assign grant attributes',
  agentIdentity:                   'read create update delete restore owners sponsors grant attributes',
  user:                            'read create update delete restore sponsors revokeSessions',
  agentUser:                       'read create update delete restore sponsors revokeSessions',
  group:                           'read create update delete restore owners',
  appRoleAssignment:               'read write',
  oauth2PermissionGrant:           'read write',
  roleAssignment:                  'read write',
  organization:                    'read',
  me:                              'read',
}
const types = Object.keys(all) as Type[]
const actions = [...new Set([...words(Object.values(all).join(' '))])]

/** What each permission is enough for, where no more than a permission is asked for (reference §2.2 to §2.9, §5.7). */
// biome-ignore format: a table reads better aligned
const opens: Record<string, Cells> = {
  'AgentIdentity.Create.All':                          { agentIdentity: 'create' },
  // Of its own agents, and of no others.
  'AgentIdentity.CreateAsManager':                     {},
  'AgentIdentity.DeleteRestore.All':                   { agentIdentity: 'delete restore' },
  'AgentIdentity.EnableDisable.All':                   { agentIdentity: 'update' },
  'AgentIdentity.Read.All':                            { agentIdentity: 'read' },
  'AgentIdentity.ReadWrite.All':                       { agentIdentity: 'read create update delete restore owners sponsors' },
  'AgentIdentity.UpdateSponsors.All':                  { agentIdentity: 'sponsors' },
  'AgentIdentityBlueprint.AddRemoveCreds.All':         { agentIdentityBlueprint: 'credentials' },
  'AgentIdentityBlueprint.Create':                     { agentIdentityBlueprint: 'create' },
  'AgentIdentityBlueprint.DeleteRestore.All':          { agentIdentityBlueprint: 'delete restore' },
  'AgentIdentityBlueprint.Read.All':                   { agentIdentityBlueprint: 'read' },
  'AgentIdentityBlueprint.ReadWrite.All':              { agentIdentityBlueprint: 'read create update delete restore credentials owners sponsors' },
  'AgentIdentityBlueprint.UpdateSponsors.All':         { agentIdentityBlueprint: 'sponsors' },
  'AgentIdentityBlueprintPrincipal.Create':            { agentIdentityBlueprintPrincipal: 'create' },
  'AgentIdentityBlueprintPrincipal.DeleteRestore.All': { agentIdentityBlueprintPrincipal: 'delete restore' },
  'AgentIdentityBlueprintPrincipal.EnableDisable.All': { agentIdentityBlueprintPrincipal: 'update' },
  'AgentIdentityBlueprintPrincipal.Read.All':          { agentIdentityBlueprintPrincipal: 'read' },
  'AgentIdentityBlueprintPrincipal.ReadWrite.All':     { agentIdentityBlueprintPrincipal: 'read create update delete restore owners sponsors' },
  'AgentIdUser.ReadWrite.All':                         { agentUser: 'read create update delete restore sponsors revokeSessions' },
  // Of the users of its own agents, and of no others.
  'AgentIdUser.ReadWrite.IdentityParentedBy':          {},
  'AppRoleAssignment.ReadWrite.All':                   { servicePrincipal: 'assign', agentIdentityBlueprintPrincipal: 'assign', appRoleAssignment: 'read write' },
  'Application.Read.All':                              { application: 'read', servicePrincipal: 'read', appRoleAssignment: 'read' },
  'Application.ReadWrite.All':                         { application: all.application, servicePrincipal: 'read create update delete restore owners', appRoleAssignment: 'read' },
  'CustomSecAttributeAssignment.ReadWrite.All':        { servicePrincipal: 'attributes', agentIdentityBlueprintPrincipal: 'attributes', agentIdentity: 'attributes' },
  'DelegatedPermissionGrant.ReadWrite.All':            { servicePrincipal: 'grant', agentIdentityBlueprintPrincipal: 'grant', agentIdentity: 'grant', oauth2PermissionGrant: 'read write' },
  'Directory.Read.All':                                { application: 'read', servicePrincipal: 'read', user: 'read', agentUser: 'read', group: 'read', appRoleAssignment: 'read', oauth2PermissionGrant: 'read', roleAssignment: 'read', organization: 'read' },
  'Group.Create':                                      { group: 'create' },
  'Group.Read.All':                                    { group: 'read' },
  'Group.ReadWrite.All':                               { group: all.group },
  'Organization.Read.All':                             { organization: 'read' },
  'Organization.ReadWrite.All':                        { organization: 'read' },
  'RoleManagement.Read.Directory':                     { roleAssignment: 'read' },
  'RoleManagement.ReadWrite.Directory':                { roleAssignment: 'read write' },
  'User.DeleteRestore.All':                            { user: 'delete restore' },
  'User.EnableDisableAccount.All':                     { user: 'update' },
  'User.Read.All':                                     { user: 'read', agentUser: 'read' },
  'User.ReadWrite.All':                                { user: 'read create update delete restore sponsors', agentUser: 'read create update delete restore sponsors' },
  'User.RevokeSessions.All':                           { user: 'revokeSessions', agentUser: 'revokeSessions' },
}

/** Updates of one property, by permissions that cover some properties alone: `update` above is of `accountEnabled`. */
// biome-ignore format: a table reads better aligned
const updates: [permission: string, type: ObjectType, property: string][] = [
  ['AgentIdentityBlueprint.UpdateBranding.All',       'agentIdentityBlueprint',          'displayName'],
  ['AgentIdentityBlueprint.UpdateAuthProperties.All', 'agentIdentityBlueprint',          'appRoles'],
  ['AgentIdentityBlueprint.UpdateAuthProperties.All', 'agentIdentityBlueprint',          'inheritablePermissions'],
  ['AgentIdentityBlueprint.AddRemoveCreds.All',       'agentIdentityBlueprint',          'keyCredentials'],
  ['AgentIdentityBlueprintPrincipal.EnableDisable.All', 'agentIdentityBlueprintPrincipal', 'accountEnabled'],
  ['AgentIdentity.EnableDisable.All',                 'agentIdentity',                   'accountEnabled'],
  ['User.EnableDisableAccount.All',                   'user',                            'accountEnabled'],
  ['GroupMember.ReadWrite.All',                       'group',                           'members'],
]

/** What the directory roles allow (reference §2.14), to a user through a client with every scope, beyond what any member may. */
const agentObjects: Cells = {
  agentIdentityBlueprint: 'read create update delete restore credentials owners sponsors',
  agentIdentityBlueprintPrincipal: 'read create update delete restore owners sponsors',
  agentIdentity: 'read create update delete restore owners sponsors',
  agentUser: 'read create update delete restore sponsors revokeSessions',
}
const applications: Cells = {
  application: 'read create update delete restore credentials owners',
  servicePrincipal: 'read create update delete restore owners assign grant',
  agentIdentityBlueprint: 'read restore',
  agentIdentityBlueprintPrincipal: 'read restore assign grant',
  agentIdentity: 'read update restore grant',
  appRoleAssignment: 'read write',
  oauth2PermissionGrant: 'read write',
}
const readEverything: Cells = Object.fromEntries(types.filter((type) => type !== 'me').map((type) => [type, 'read']))
const roles: Record<string, Cells> = {
  'Agent ID Administrator': agentObjects,
  'Agent ID Developer': { agentIdentityBlueprint: 'create' },
  'AI Administrator': agentObjects,
  'Application Administrator': applications,
  'Attribute Assignment Administrator': {
    servicePrincipal: 'read attributes',
    agentIdentityBlueprintPrincipal: 'read attributes',
    agentIdentity: 'read attributes',
  },
  'Cloud Application Administrator': applications,
  'Directory Readers': readEverything,
  'Global Administrator': all,
  'Global Reader': readEverything,
  'Groups Administrator': { group: 'read create update delete restore owners' },
  'Privileged Role Administrator': {
    application: 'read',
    servicePrincipal: 'read assign grant',
    agentIdentityBlueprintPrincipal: 'read assign grant',
    agentIdentity: 'read grant',
    appRoleAssignment: 'read write',
    oauth2PermissionGrant: 'read write',
    roleAssignment: 'read write',
  },
  'User Administrator': {
    user: 'read create update delete restore sponsors revokeSessions',
    agentUser: 'read update delete revokeSessions',
  },
}

/** Every member looks around: Entra's default. */
const member: Cells = { ...readEverything, me: 'read' }

/** By how a user stands to the object (reference §7.1), beyond what any member may. */
const standings: Record<string, { standing: Partial<Standing>; may: Cells }> = {
  'an owner of it': {
    standing: { owner: true },
    may: {
      application: 'update delete restore credentials owners',
      agentIdentityBlueprint: 'update delete restore credentials owners sponsors',
      servicePrincipal: 'update delete restore owners',
      agentIdentityBlueprintPrincipal: 'update delete restore owners sponsors',
      agentIdentity: 'update delete restore owners sponsors',
      group: 'update delete restore owners',
    },
  },
  'an owner of its blueprint': {
    standing: { parentOwner: true },
    may: { agentIdentity: 'create update delete restore owners sponsors' },
  },
  'a sponsor of it': {
    standing: { sponsor: true },
    may: {
      agentIdentityBlueprint: 'sponsors',
      agentIdentityBlueprintPrincipal: 'sponsors',
      agentIdentity: 'update delete sponsors',
      agentUser: 'update delete sponsors',
    },
  },
}

const tenantId = '11111111-1111-4111-8111-111111111111' as TenantId
const [clientId, objectId, userId, blueprintId, somebody] = [2, 3, 4, 5, 6].map(
  (digit) => `${String(digit).repeat(8)}-0000-4000-8000-000000000000`,
) as [string, string, string, string, string]

const caller = (given: Partial<Caller> = {}): Caller => ({
  tenantId,
  tenant: {
    tenantId,
    domain: 'contoso.example',
    displayName: 'Contoso',
    state: 'active',
    createdDateTime: '',
  } as Tenant,
  clientId,
  objectId,
  type: 'servicePrincipal',
  displayName: 'a caller',
  permissions: new Set(),
  directoryRoles: new Set(),
  ...given,
})
const user = {
  id: userId,
  displayName: 'Ada',
  userPrincipalName: 'ada@contoso.example',
  isAgentUser: false,
  isGuest: false,
}
const everyScope = new Set(permissions.filter(({ delegatedId }) => delegatedId).map(({ value }) => value))
const everyRole = new Set(permissions.filter(({ applicationId }) => applicationId).map(({ value }) => value))
const role = (name: string): string => {
  const found = directoryRoles.find(({ displayName }) => displayName === name)
  if (!found) throw new Error(`there is no directory role ${name}`)
  return found.templateId
}
const person = (given: Partial<Caller> = {}): Caller => caller({ user, permissions: everyScope, ...given })

const foreign: Partial<Record<ObjectType, object>> = {
  agentIdentity: { agentIdentityBlueprintId: blueprintId },
  agentIdentityBlueprintPrincipal: { appId: blueprintId },
  agentUser: { identityParentId: somebody },
}
const targetOf = (type: ObjectType, id = somebody): Target => ({ type, id, properties: { ...foreign[type] } })

/** The cells in which something is allowed, in words. */
function allowedTo(who: Caller, standing: Partial<Standing> = {}, target = targetOf): Cells {
  const allowed = (type: Type, action: string): boolean => {
    if (isRecord(type)) {
      return (action === 'read' || action === 'write') && decideRecord(who, action, type) === undefined
    }
    if (action === 'write') return false
    const changed = action === 'update' ? ['accountEnabled'] : []
    return decide(who, action as Action, target(type), changed, { ...stranger, ...standing }) === undefined
  }
  return cells((type) => actions.filter((action) => allowed(type, action)))
}

const isRecord = (type: Type): type is RecordName => records.includes(type as RecordName)

function words(text: string | undefined): string[] {
  return text?.split(' ').filter(Boolean) ?? []
}

const cells = (of: (type: Type) => readonly string[]): Cells =>
  Object.fromEntries(types.map((type) => [type, [...new Set(of(type))].sort().join(' ')]).filter(([, text]) => text))

const sum = (...tables: Cells[]): Cells => cells((type) => tables.flatMap((table) => words(table[type])))

describe('an application as itself', () => {
  test.each([...everyRole])('with %s', (permission) => {
    expect(allowedTo(caller({ permissions: new Set([permission]) }))).toEqual(sum(opens[permission] ?? {}))
  })

  test('without a permission does nothing', () => {
    expect(allowedTo(caller())).toEqual({})
  })

  test('with all of them does all there is, but is nobody of whom /me could tell', () => {
    const { me: _, ...rest } = all
    expect(allowedTo(caller({ permissions: everyRole }))).toEqual(sum(rest))
  })

  test.each(Object.keys(roles))('with the directory role %s and no permission', (name) => {
    const { me: _, ...expected } = roles[name] as Cells
    expect(allowedTo(caller({ directoryRoles: new Set([role(name)]) }))).toEqual(sum(expected))
  })

  test('with any other directory role does nothing', () => {
    const others = directoryRoles.filter(({ displayName }) => !(displayName in roles))
    expect(others.length).toBeGreaterThan(80)
    expect(allowedTo(caller({ directoryRoles: new Set(others.map(({ templateId }) => templateId)) }))).toEqual({})
  })

  test.each(updates)('with %s updates of a %s its %s', (permission, type, property) => {
    const why = (...changed: string[]) =>
      decide(caller({ permissions: new Set([permission]) }), 'update', targetOf(type), changed, stranger)
    expect(why(property)).toBeUndefined()
    expect(why('uniqueName')).toBeDefined()
    expect(why(property, 'uniqueName')).toBeDefined()
  })
})

describe('a blueprint as itself', () => {
  const blueprint = caller({ type: 'agentIdentityBlueprintPrincipal', permissions: everyRole })
  const readable: Cells = cells((type) => (['agentIdentity', 'agentUser', 'me'].includes(type) ? [] : ['read']))
  const own = (type: ObjectType): Target => ({
    type,
    id: type === 'agentIdentityBlueprint' ? clientId : objectId,
    properties: { agentIdentityBlueprintId: clientId },
  })

  test('with every permission manages nothing that is not its own', () => {
    const recordsToo: Cells = { appRoleAssignment: 'write', oauth2PermissionGrant: 'write', roleAssignment: 'write' }
    expect(allowedTo(blueprint)).toEqual(sum(readable, recordsToo))
  })

  test('with its birthright manages its own agents, and no owners, sponsors or grants of theirs', () => {
    const born = { ...blueprint, permissions: new Set(['AgentIdentity.CreateAsManager']) }
    expect(allowedTo(born, {}, own)).toEqual({ agentIdentity: 'create delete read update' })
    expect(allowedTo(born)).toEqual({})
  })

  test('manages the users of its own agents', () => {
    const parent = { ...blueprint, permissions: new Set(['AgentIdUser.ReadWrite.IdentityParentedBy']) }
    expect(allowedTo(parent, { child: true })).toEqual(sum({ agentUser: all.agentUser }))
    expect(allowedTo(parent)).toEqual({})
    const broad = { ...blueprint, permissions: new Set(['AgentIdUser.ReadWrite.All']) }
    expect(allowedTo(broad, { child: true })).toEqual(sum({ agentUser: all.agentUser }))
    expect(allowedTo(broad)).toEqual({})
  })

  test('may do nothing that is not its own through the permission that an application has beside', () => {
    const mixed = caller({ permissions: new Set(['AgentIdentity.CreateAsManager', 'AgentIdentity.EnableDisable.All']) })
    expect(decide(mixed, 'update', targetOf('agentIdentity'), ['accountEnabled'], stranger)).toBeUndefined()
    expect(decide(mixed, 'update', targetOf('agentIdentity'), ['displayName'], stranger)).toBeDefined()
  })
})

describe('an agent identity as itself', () => {
  const notBlocked = permissions.filter(({ applicationId }) => applicationId && !isBlockedForAgents(applicationId))
  const agent = (given: Partial<Caller>) => caller({ type: 'agentIdentity', parentAppId: blueprintId, ...given })

  test('with every permission that agents may hold makes nothing, and no credentials', () => {
    const held = new Set(notBlocked.map(({ value }) => value))
    expect(allowedTo(agent({ permissions: held }))).toEqual(
      sum(readEverything, {
        agentIdentityBlueprint: 'delete restore sponsors',
        agentIdentityBlueprintPrincipal: 'update delete restore owners sponsors',
        agentIdentity: 'update delete restore owners sponsors',
        agentUser: 'update delete restore sponsors revokeSessions',
        user: 'revokeSessions',
      }),
    )
  })

  test('with a directory role does what the role allows, and makes nothing', () => {
    const holding = (name: string) => allowedTo(agent({ directoryRoles: new Set([role(name)]) }))
    expect(holding('Global Reader')).toEqual(sum(readEverything))
    expect(holding('AI Administrator')).toEqual({
      agentIdentityBlueprint: 'delete owners read restore sponsors update',
      agentIdentityBlueprintPrincipal: 'delete owners read restore sponsors update',
      agentIdentity: 'delete owners read restore sponsors update',
      agentUser: 'delete read restore revokeSessions sponsors update',
    })
  })
})

describe('on behalf of a user', () => {
  test('who is any member, with every scope, everything is read and nothing changed', () => {
    expect(allowedTo(person())).toEqual(sum(member))
  })

  test('who is a guest, only they themselves are read', () => {
    const guest = person({ user: { ...user, isGuest: true } })
    expect(allowedTo(guest)).toEqual({ me: 'read' })
    expect(decide(guest, 'read', targetOf('user', userId), [], stranger)).toBeUndefined()
  })

  test.each(Object.keys(roles))('who is %s', (name) => {
    expect(allowedTo(person({ directoryRoles: new Set([role(name)]) }))).toEqual(sum(member, roles[name] as Cells))
  })

  test.each(Object.entries(standings))('who is %s', (_, { standing, may }) => {
    expect(allowedTo(person(), standing)).toEqual(sum(member, may))
  })

  test('a scope that is not there lets nothing through, whoever they are', () => {
    const everybody = { owner: true, parentOwner: true, sponsor: true, child: true }
    for (const name of Object.keys(roles)) {
      const without = person({ permissions: new Set(), directoryRoles: new Set([role(name)]) })
      expect(allowedTo(without, everybody)).toEqual({})
    }
    const global = { directoryRoles: new Set([role('Global Administrator')]) }
    expect(allowedTo(person({ ...global, permissions: new Set(['AgentIdentity.Read.All']) }))).toEqual({
      agentIdentity: 'read',
    })
    expect(allowedTo(person({ ...global, permissions: new Set(['AgentIdentity.CreateAsManager']) }))).toEqual({})
  })

  test('an agent identity or an agent user makes nothing, whoever they act for', () => {
    const scopes = new Set([...everyScope].filter((value) => !isScopeBlockedForAgents(value)))
    const administrator = { permissions: scopes, directoryRoles: new Set([role('Global Administrator')]) }
    const made = (who: Caller) =>
      Object.values(allowedTo(who))
        .flatMap(words)
        .filter((action) => action === 'create' || action === 'credentials')
    expect(made(person({ ...administrator, type: 'agentIdentity' }))).toEqual([])
    expect(made(person({ ...administrator, user: { ...user, isAgentUser: true } }))).toEqual([])
    expect(made(person(administrator)).length).toBeGreaterThan(0)
  })

  test('a developer makes the principal of their own blueprint, and of no other', () => {
    const developer = person({ directoryRoles: new Set([role('Agent ID Developer')]) })
    const why = (who: Caller, standing: Partial<Standing>) =>
      decide(who, 'create', targetOf('agentIdentityBlueprintPrincipal'), [], { ...stranger, ...standing })
    expect(why(developer, { parentOwner: true })).toBeUndefined()
    expect(why(developer, {})).toBeDefined()
    expect(why(person(), { parentOwner: true })).toBeDefined()
  })

  test('a sponsor stops and starts, and changes nothing else', () => {
    const why = (...changed: string[]) =>
      decide(person(), 'update', targetOf('agentIdentity'), changed, { ...stranger, sponsor: true })
    expect(why('accountEnabled')).toBeUndefined()
    expect(why('accountEnabled', 'displayName')).toBeDefined()
    expect(why('displayName')).toBeDefined()
    expect(why()).toBeDefined()
  })

  test('they end their own sessions, and nobody else’s', () => {
    const why = (id: string) => decide(person(), 'revokeSessions', targetOf('user', id), [], stranger)
    expect(why(userId)).toBeUndefined()
    expect(why(somebody)).toBeDefined()
  })

  // Reference §2.14: "non-Graph app permissions"; those of the management API are a Privileged Role Administrator's.
  test.each([
    ['Application Administrator', false],
    ['Cloud Application Administrator', false],
    ['Privileged Role Administrator', true],
    ['Global Administrator', true],
    ['Agent ID Administrator', false],
  ])('who is %s gives app roles of the management API: %s', (name, allowed) => {
    const target = targetOf('servicePrincipal', '00000003-0000-0000-c000-000000000000')
    const why = decide(person({ directoryRoles: new Set([role(name)]) }), 'assign', target, [], stranger)
    expect(why === undefined).toBe(allowed)
  })
})

/** What routes are for. A route that none of these names has no row. */
const ofApplications = ['application', 'agentIdentityBlueprint'] as const
const ofPrincipals = ['servicePrincipal', 'agentIdentityBlueprintPrincipal', 'agentIdentity'] as const
const ofUsers = ['user', 'agentUser'] as const
const objects = [...ofApplications, ...ofPrincipals, ...ofUsers, 'group'] as const

const collections: Record<string, readonly ObjectType[]> = {
  applications: ofApplications,
  servicePrincipals: ofPrincipals,
  users: ofUsers,
  groups: ['group'],
  directoryObjects: objects,
  deletedItems: objects,
}
const casts: Record<string, readonly ObjectType[]> = {
  application: ofApplications,
  servicePrincipal: ofPrincipals,
  user: ofUsers,
  group: ['group'],
  agentIdentityBlueprint: ['agentIdentityBlueprint'],
  agentIdentityBlueprintPrincipal: ['agentIdentityBlueprintPrincipal'],
  agentIdentity: ['agentIdentity'],
  agentUser: ['agentUser'],
}

/**
 * By the method, the collection, and what stands behind it: actions on the object, or on a record beside it. The first that fits
 * counts. Where there are several, each has its part in it: an upsert makes what is missing, a `PATCH` may be of attributes.
 */
// biome-ignore format: a table reads better aligned
const deeds: [pattern: RegExp, deed: string | readonly [RecordName, 'read' | 'write'], of?: readonly ObjectType[]][] = [
  [/^GET \w+ $|^POST \w+ getByIds$|^GET \w+ count$/,                    'read'],
  [/^POST \w+ $/,                                                       'create'],
  [/^GET \w+ \{id\}$/,                                                  'read'],
  [/^PATCH applications \{id\}$/,                                       'update create'],
  [/^PATCH servicePrincipals \{id\}$/,                                  'update attributes'],
  [/^PATCH \w+ \{id\}$/,                                                'update'],
  [/^DELETE deletedItems \{id\}$/,                                      'restore'],
  [/^DELETE \w+ \{id\}$/,                                               'delete'],
  // Refused in words, to whoever may see the principal.
  [/^POST servicePrincipals \{id\}\/addPassword$/,                      'read'],
  [/^POST applications \{id\}\/(addPassword|removePassword)$/,          'credentials'],
  [/^(POST|PATCH|DELETE) \w+ \{id\}\/federatedIdentityCredentials/,     'credentials'],
  [/^GET \w+ \{id\}\/federatedIdentityCredentials/,                     'read credentials'],
  [/^(POST|PATCH|DELETE) \w+ \{id\}\/inheritablePermissions/,           'update', ['agentIdentityBlueprint']],
  [/^GET \w+ \{id\}\/inheritablePermissions/,                           'read',   ['agentIdentityBlueprint']],
  [/^GET \w+ \{id\}\/effectivePermissions$/,                            'read',   ['agentIdentity']],
  [/^POST \w+ \{id\}\/(setVerifiedPublisher|unsetVerifiedPublisher)$/,  'update'],
  [/^(POST|DELETE) \w+ \{id\}\/owners\//,                               'owners'],
  [/^(POST|DELETE) \w+ \{id\}\/sponsors\//,                             'sponsors'],
  [/^(POST|DELETE) \w+ \{id\}\/members\//,                              'update'],
  [/^(PUT|DELETE) \w+ \{id\}\/manager\//,                               'update'],
  [/^POST \w+ \{id\}\/revokeSignInSessions$/,                           'revokeSessions'],
  [/^POST \w+ \{id\}\/restore/,                                         'restore'],
  [/^(GET|ANY) \w+ \{id\}\/(appRoleAssign|inheritedAppRoleAssignments)/, ['appRoleAssignment', 'read']],
  [/^(POST|DELETE) \w+ \{id\}\/appRoleAssign/,                          ['appRoleAssignment', 'write']],
  [/^(GET|ANY) \w+ \{id\}\/(oauth2|inheritedOauth2PermissionGrants)/,   ['oauth2PermissionGrant', 'read']],
  [/^GET \w+ \{id\}\/sponsors/,                                         'read',   ['agentIdentityBlueprint', 'agentIdentityBlueprintPrincipal', 'agentIdentity', 'user', 'agentUser']],
  [/^GET \w+ \{id\}\//,                                                 'read'],
]
/** Collections of what is no directory object. */
const recordPaths: [pattern: RegExp, record: RecordName][] = [
  [/^oauth2PermissionGrants/, 'oauth2PermissionGrant'],
  [/^(directoryRoles|directoryRoleTemplates|roleManagement\/directory)/, 'roleAssignment'],
  [/^organization/, 'organization'],
  [/^sigil\/limits$/, 'organization'],
  [/^me$/, 'me'],
]
/** Sigil's own, and what is only for objects that others hang on. */
const ownPaths: [pattern: RegExp, action: Action, types: readonly ObjectType[]][] = [
  [/^GET sigil\/operations\/\{id\}$/, 'read', [...ofApplications, ...ofPrincipals]],
  [/^POST sigil\/agents(\/bulkCreate)?$/, 'create', ['agentIdentity']],
  [/^POST sigil\/agents\/bulkUpdate$/, 'update', ['agentIdentity']],
  [/^POST sigil\/agents\/bulkDelete$/, 'delete', ['agentIdentity']],
  [/^GET directoryObjects\/\{id\}\/dependents$/, 'read', [...ofApplications, ...ofPrincipals]],
]

type Deed = { type: Type; action: string }

/** What a route is for, on all of its paths; undefined where no row says it of the first. */
function rowOf({ method, path, also = [] }: Pick<Route, 'method' | 'path' | 'also'>): Deed[] | undefined {
  const [first, ...others] = [path, ...also].map((each) => rowOfPath(method, each))
  return first && [...first, ...others.flatMap((each) => each ?? [])]
}

function rowOfPath(method: Route['method'], path: string): Deed[] | undefined {
  const rest = path.replace(/^\/\{version\}\//, '').replace(/^directory\/deletedItems/, 'deletedItems')
  const record = recordPaths.find(([pattern]) => pattern.test(rest))
  if (record) return [{ type: record[1], action: method === 'GET' ? 'read' : 'write' }]
  const own = ownPaths.find(([pattern]) => pattern.test(`${method} ${rest}`))
  if (own) return own[2].map((type) => ({ type, action: own[1] }))
  const [collection = '', ...segments] = rest.split('/')
  const cast = /^microsoft\.graph\.(\w+)$/.exec(segments[0] ?? '')?.[1]
  const named = cast === undefined ? collections[collection] : casts[cast]
  const behind = segments.slice(cast === undefined ? 0 : 1).join('/')
  const [, deed, of = objects] = deeds.find(([pattern]) => pattern.test(`${method} ${collection} ${behind}`)) ?? []
  if (!named || !deed) return undefined
  if (typeof deed !== 'string') return [{ type: deed[0], action: deed[1] }]
  const row: Deed[] = words(deed).flatMap((action) =>
    named.filter((type) => of.includes(type) && words(all[type]).includes(action)).map((type) => ({ type, action })),
  )
  // Who reads a user may be that user.
  if (`${method} ${collection} ${behind}` === 'GET users {id}') row.push({ type: 'me', action: 'read' })
  return row.length > 0 ? row : undefined
}

const has = (table: Cells, row: readonly Deed[]): boolean =>
  row.some(({ type, action }) => words(table[type]).includes(action))

describe('every route of the management API', () => {
  const bearers = (Object.entries(routes) as [Operation, Route][]).filter(([, { caller: who }]) => who === 'bearer')
  const guarded = bearers.filter(([, { allow }]) => allow !== 'any caller') as [
    Operation,
    Route & { allow: readonly string[] },
  ][]
  const admits = (who: Caller, allow: readonly string[]): boolean => {
    try {
      admit(who, allow)
      return true
    } catch (error) {
      if (error instanceof Refusal) return false
      throw error
    }
  }

  test('is there, and what asks for no permission asks for more: a proof, those of its parts, to be oneself', () => {
    expect(guarded.length).toBeGreaterThan(30)
    const open = bearers.filter(([, { allow }]) => allow === 'any caller')
    expect(open.map(([operation]) => operation).sort()).toEqual([
      'applications/add-key',
      'applications/remove-key',
      'batch/run',
      'me/read',
    ])
  })

  test.each(guarded)('%s has its row', (_, route) => {
    expect(rowOf(route)).toBeDefined()
  })

  const rows = guarded.flatMap(([operation, route]) => {
    const row = rowOf(route)
    return row ? [[operation, route, row] as const] : []
  })

  test.each(rows)('%s asks for the permissions that its row has, and no others', (_, { allow }, row) => {
    const narrow = updates.filter(([, type]) => row.some((each) => each.type === type && each.action === 'update'))
    const broad = Object.keys(opens).filter((permission) => has(opens[permission] as Cells, row))
    const own = (permission: string, cell: Cells): string[] => (has(cell, row) ? [permission] : [])
    const expected = [
      ...broad,
      ...narrow.map(([permission]) => permission),
      ...own('AgentIdentity.CreateAsManager', { agentIdentity: 'read create update delete' }),
      ...own('AgentIdUser.ReadWrite.IdentityParentedBy', { agentUser: all.agentUser }),
      ...own('User.Read', { organization: 'read', me: 'read' }),
      ...own('Directory.Read.All', { me: 'read' }),
      ...own('User.Read.All', { me: 'read' }),
      ...own('User.ReadWrite.All', { me: 'read' }),
      ...own('AgentIdUser.ReadWrite.All', { me: 'read' }),
    ]
    expect([...new Set(allow)].sort()).toEqual([...new Set(expected)].sort())
  })

  const opensTo = (who: Caller, allow: readonly string[], row: readonly Deed[]): boolean => {
    const reachable = allowedTo(who)
    return admits(who, allow) && has(reachable, row)
  }

  test.each(rows)('%s is open to an application with a directory role for it, and to no other', (_, { allow }, row) => {
    for (const { displayName, templateId } of directoryRoles) {
      const { me: _me, ...expected } = roles[displayName] ?? {}
      const who = caller({ directoryRoles: new Set([templateId]) })
      expect([displayName, opensTo(who, allow, row)]).toEqual([displayName, has(expected, row)])
    }
    expect(admits(caller(), allow)).toBe(false)
  })

  test.each(rows)('%s is closed to a user without a scope for it', (_, { allow }) => {
    const global = { directoryRoles: new Set([role('Global Administrator')]) }
    expect(admits(person({ ...global, permissions: new Set() }), allow)).toBe(false)
    const others = new Set([...everyScope].filter((scope) => !allow.includes(scope)))
    expect(admits(person({ ...global, permissions: others }), allow)).toBe(false)
  })
})
