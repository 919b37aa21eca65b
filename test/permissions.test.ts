import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { may, narrowUpdates } from '../shared/auth/may.ts'
import { managementApiProperties } from '../shared/directory/management-api.ts'
import { parseGuid } from '../shared/domain/guid.ts'
import {
  administratorPermissions,
  isBlockedForAgents,
  isScopeBlockedForAgents,
  lifecycleFamily,
  managementApi,
  permissions,
  roleId,
  roleValue,
} from '../shared/permissions.ts'
import { type Route, routes } from '../shared/routes.ts'

const find = (value: string) => permissions.find((permission) => permission.value === value)
const named = new Set<string>(Object.values(may).flatMap((verbs) => Object.values(verbs).flat()))

/** RFC 9562 §5.5, in the namespace of the management API unless told otherwise. */
function uuidV5(name: string, namespace = managementApi.appId): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16)
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6)
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8)
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

test('every permission is there once, and every id stands for one', () => {
  const ids = permissions.flatMap(({ applicationId, delegatedId }) =>
    [applicationId, delegatedId].filter((id) => id !== undefined),
  )
  expect(new Set(permissions.map(({ value }) => value)).size).toBe(permissions.length)
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(parseGuid(id)).toBe(id)
})

// "keep the table's values" (reference §2.15).
// biome-ignore format: a table reads better aligned
const published: [value: string, delegatedId: string | undefined, applicationId: string | undefined][] = [
  ['AgentIdentity.Read.All',                            '5e850691-d86a-4b24-bfa6-8a52fb37a0c1', 'b2b8f011-2898-4234-9092-5059f6c1ebfa'],
  ['AgentIdentity.ReadWrite.All',                       '4a4facd5-0ee1-49b7-a5b2-fdcc2491685e', 'dcf7150a-88d4-4fe6-9be1-c2744c455397'],
  ['AgentIdentity.Create.All',                          'e75eeac6-d759-4ba3-ae5c-773a27efafba', 'ad25cc1d-84d8-47df-a08e-b34c2e800819'],
  ['AgentIdentity.CreateAsManager',                     'ccf6a395-80ad-41b3-ba11-27d4930eb7d0', '4c390976-b2b7-42e0-9187-c6be3bead001'],
  ['AgentIdentity.EnableDisable.All',                   'a501206a-e364-4a3f-be6e-765806d0e323', '69ee0943-4fa4-4ec8-8e52-d12e4ea661a3'],
  ['AgentIdentity.DeleteRestore.All',                   'c8ee41e5-35e7-4fe9-8ecb-93493adcac5b', '5b016f9b-18eb-41d4-869a-66931914d1c8'],
  ['AgentIdentityBlueprint.Read.All',                   '26512dc8-1364-4e9f-867c-6d8b22a9e162', '7547a7d1-36fa-4479-9c31-559a600eaa4f'],
  ['AgentIdentityBlueprint.ReadWrite.All',              '4fd490fc-1467-48eb-8a4c-421597ab0402', '7fddd33b-d884-4ec0-8696-72cff90ff825'],
  ['AgentIdentityBlueprint.Create',                     '8fc15edd-ba24-494e-9bf6-d38e1b7ba8fd', 'ea4b2453-ad2d-4d94-9155-10d5d9493ce9'],
  ['AgentIdentityBlueprint.DeleteRestore.All',          'f12ba1f6-afb7-4685-9a30-21e8c3f551d8', '3f80b699-6405-4e36-a4df-4f19950ff91e'],
  ['AgentIdentityBlueprint.AddRemoveCreds.All',         '75b5feb2-bfe7-423f-907d-cc505186f246', '0510736e-bdfb-4b37-9a1f-89b4a074763a'],
  ['AgentIdentityBlueprint.UpdateBranding.All',         '60960e31-67cb-4d25-9d36-4922109923a2', '76232daa-a1e4-4544-b664-495a006513bf'],
  ['AgentIdentityBlueprintPrincipal.Read.All',          '88c856a2-de61-4632-b2d4-ac503cbc8dd2', '9361dea9-4524-493d-941d-f1b65aaf6c7c'],
  ['AgentIdentityBlueprintPrincipal.ReadWrite.All',     'bf2cad6a-9082-438a-9a63-95fa2687af65', '3bc933bc-8b4d-4cb6-ac49-b73774299250'],
  ['AgentIdentityBlueprintPrincipal.Create',            '00dcd896-6b23-42ce-b5de-c58493c05e22', '8959696d-d07e-4916-9b1e-3ba9ce459161'],
  ['AgentIdentityBlueprintPrincipal.EnableDisable.All', 'e7475e0a-9f02-43e2-a250-5c2ea74ccd0e', 'a0bdd23d-8b19-4682-b428-574d96527c6f'],
  ['AgentIdentityBlueprintPrincipal.DeleteRestore.All', '2c70023e-a482-4af2-9ff1-51ded53e6bad', 'f86a2dd8-9298-4675-bd78-f5a3572da2d7'],
  ['AgentIdUser.ReadWrite.All',                         'ad57fb88-4658-4fd6-ab7d-e43184b08e4e', 'b782c9ad-6f2b-4894-a21b-72bf22417f0a'],
  ['AgentIdUser.ReadWrite.IdentityParentedBy',          '52a417d9-0b3c-4466-9a3b-66960de73d74', '4aa6e624-eee0-40ab-bdd8-f9639038a614'],
  ['AgentInstance.Read.All',                            '4c3c738a-2df0-4877-bf4a-f796950ff34c', '799a4732-85b8-4c67-b048-75f0e88a232b'],
  ['AgentInstance.ReadWrite.All',                       'fc79e324-da24-497a-b5ec-e7de08320375', '07abdd95-78dc-4353-bd32-09f880ea43d0'],
  ['AgentInstance.ReadWrite.ManagedBy',                 undefined,                              '782ab1bf-24f1-4c27-8bbc-2006d42792a6'],
  ['AgentCardManifest.Read.All',                        'ada96a26-9579-4c29-a578-c3482a765716', '3ee18438-e6e5-4858-8f1c-d7b723b45213'],
  ['AgentCardManifest.ReadWrite.All',                   '80151b1a-1c31-4846-ae0d-c79939ee13d1', '228b1a03-f7ca-4348-b50d-e8a547ab61af'],
  ['AgentCardManifest.ReadWrite.ManagedBy',             undefined,                              '77f6034c-52f5-4526-9fa1-d55a67e72cc4'],
  ['AgentCollection.Read.All',                          'fa50be38-fdff-469c-96dc-ef5fce3c64bf', 'e65ee1da-d1d5-467b-bdd0-3e9bb94e6e0c'],
  ['AgentCollection.ReadWrite.All',                     '6d8a7002-a05e-4b95-a768-0e6f0badc6c8', 'feb31d7d-a227-4487-898c-e014840d07b3'],
  ['AgentCollection.ReadWrite.ManagedBy',               undefined,                              '2e0fb698-9996-479f-926b-ce63f4397829'],
  ['AgentCollection.Read.Global',                       'b14924c8-87f1-438a-81f2-dc370ba2f45d', undefined],
  ['AgentCollection.ReadWrite.Global',                  'c001dd65-8a6b-4349-ab0c-4e8a410d28d2', undefined],
  ['AgentCollection.Read.Quarantined',                  '43acfda3-daf3-4aa4-955d-b051d0024e82', undefined],
  ['AgentCollection.ReadWrite.Quarantined',             'ae331cc9-9f51-484b-a90b-124f2e4a6398', undefined],
  ['AgentRegistration.Read.All',                        'ef96ce0b-b2ea-4ae4-a783-108212d8ecee', 'd3acceb6-4673-47c0-aeac-582f2c7cf72c'],
  ['AgentRegistration.ReadWrite.All',                   '20f263bf-7d50-4e66-912c-16b4b4194fd4', '39fb8c64-7bd3-4107-8515-14d6e55ddda4'],
  ['IdentityRiskEvent.Read.All',                        '8f6a01e7-0391-4ee5-aa22-a3af122cef27', '6e472fd1-ad78-48da-a0f0-97ab2c6b769e'],
  ['IdentityRiskEvent.ReadWrite.All',                   '9e4862a5-b68f-479e-848a-4e07e25c9916', 'db06fb33-1953-4b7b-a2ac-f1e2c854f7ae'],
]

test.each(published)("%s has Microsoft's ids", (value, delegatedId, applicationId) => {
  expect(find(value)).toMatchObject({ delegatedId, applicationId })
})

const delegatedOnly = ['Directory.AccessAsUser.All', 'User.Read']
const ours = permissions.filter(({ value }) => !published.some(([known]) => known === value))

test.each(ours.map(({ value }) => value))('%s has ids made from its name', (value) => {
  const applicationId = delegatedOnly.includes(value) ? undefined : uuidV5(`Role:${value}`)
  expect(find(value)).toMatchObject({ applicationId, delegatedId: uuidV5(`Scope:${value}`) })
})

// RFC 9562 appendix A.4: the test vector.
test('a UUID of version 5 is made as the standard has it', () => {
  expect(uuidV5('www.example.com', '6ba7b810-9dad-11d1-80b4-00c04fd430c8')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2')
})

test('every permission that an operation asks for can be given', () => {
  const guarded: readonly Route[] = Object.values(routes)
  const asked = guarded.flatMap(({ allow }) => (allow === 'any caller' ? [] : (allow ?? [])))
  for (const value of [...named, ...Object.keys(narrowUpdates), ...asked]) {
    expect(find(value)?.delegatedId, value).toBeDefined()
    if (delegatedOnly.includes(value)) continue
    const id = roleId(value)
    expect(id, value).toBeDefined()
    expect(roleValue(id ?? '')).toBe(value)
  }
  expect(roleId('Nothing.Read.All')).toBeUndefined()
  expect(roleId('Directory.AccessAsUser.All')).toBeUndefined()
  expect(roleValue('00000000-0000-0000-0000-000000000000')).toBeUndefined()
})

// Reference §5.5: "Granting any of these to an agent identity, agent user, blueprint principal (for inheritance) … is refused."
// And the one that the list has forgotten (§10.2 (22)).
const blocked = {
  application: words(`
    AgentIdentity.Create AgentIdentity.Create.All AgentIdentity.CreateAsManager AgentIdentityBlueprint.Create
    AgentIdentityBlueprint.CreateAsManager AgentIdentityBlueprint.ReadWrite.All
    AgentIdentityBlueprintPrincipal.Create Application.ReadWrite.All Application.ReadWrite.OwnedBy
    AppRoleAssignment.ReadWrite.All BitlockerKey.Read.All Calendars.Read ChannelMessage.Read.All
    ChannelMessage.Read.Group Chat.Read.All Chat.ReadWrite.All ConsentRequest.ReadWrite.All Device.ReadWrite.All
    DeviceManagementConfiguration.Read.All EduRoster.ReadWrite.All EntitlementManagement.ReadWrite.All
    Files.Read.All Files.ReadWrite.All Group.Create IdentityProvider.ReadWrite.All LifecycleManagement.ReadWrite.All
    Organization.ReadWrite.All Policy.ReadWrite.AuthenticationMethod Policy.ReadWrite.CrossTenantAccess
    Policy.ReadWrite.PermissionGrant Policy.ReadWrite.SecurityDefaults PrintJob.ReadWrite.All
    PrivilegedAccess.ReadWrite.AzureAD PrivilegedAccess.ReadWrite.AzureResources Sites.FullControl.All
    Sites.Manage.All Sites.Read.All Sites.ReadWrite.All Tasks.ReadWrite.All User.Invite.All
  `),
  both: words(`
    CustomSecAttributeAssignment.ReadWrite.All CustomSecAttributeDefinition.ReadWrite.All
    DelegatedPermissionGrant.ReadWrite.All Device.Write.Restricted Directory.ReadWrite.All
    Directory.Write.Restricted Domain.ReadWrite.All Group.ReadWrite.All GroupMember.ReadWrite.All
    RoleManagement.ReadWrite.Directory User-PasswordProfile.ReadWrite.All User.DeleteRestore.All
    User.EnableDisableAccount.All User.ReadWrite.All UserAuthenticationMethod.ReadWrite.All
    UserAuthMethod-TAP.ReadWrite.All
  `),
  delegated: words(`
    Directory.AccessAsUser.All Group.Write.Restricted RoleManagement.ReadWrite.All UserAuthenticationMethod.Read.All
  `),
}

test.each(['application', 'both', 'delegated'] as const)('blocked for agents: %s', (form) => {
  expect(
    permissions
      .filter((permission) => permission.blocked === form)
      .map(({ value }) => value)
      .sort(),
  ).toEqual(blocked[form].sort())
})

test('an app role is blocked for agents as an application permission or as both', () => {
  for (const { value, applicationId, blocked: form } of permissions) {
    if (applicationId) expect(isBlockedForAgents(applicationId), value).toBe(form === 'application' || form === 'both')
  }
  expect(isBlockedForAgents('00000000-0000-0000-0000-000000000000')).toBe(false)
})

test('a scope is blocked for agents as a delegated permission or as both', () => {
  for (const { value, blocked: form } of permissions) {
    expect(isScopeBlockedForAgents(value), value).toBe(form === 'delegated' || form === 'both')
  }
  expect(isScopeBlockedForAgents('Nothing.Read.All')).toBe(false)
})

// biome-ignore format: a table reads better aligned
test.each([
  ['AgentIdentity.CreateAsManager',             true],
  ['AgentIdentityBlueprint.Read.All',           true],
  ['AgentIdentityBlueprintPrincipal.Read.All',  true],
  ['AgentIdUser.ReadWrite.IdentityParentedBy',  true],
  ['AgentInstance.ReadWrite.All',               false],
  ['AgentIdentityX.Read.All',                   false],
  ['Directory.Read.All',                        false],
])('a blueprint carries %s in its own token: %s', (value, carried) => {
  expect(lifecycleFamily(value)).toBe(carried)
})

test('the first administrator holds of whatever operations ask for the broadest, and is no manager', () => {
  const lists = Object.entries(may).flatMap(([type, verbs]) =>
    Object.entries(verbs).map(([verb, list]) => [`${verb} ${type}`, list as readonly string[]] as const),
  )
  const enough = administratorPermissions.filter((value) => !(value in narrowUpdates))
  expect(lists.filter(([, list]) => !list.some((value) => enough.includes(value))).map(([name]) => name)).toEqual([])
  expect(administratorPermissions).not.toContain('AgentIdentity.CreateAsManager')
  expect(administratorPermissions.filter((value) => roleId(value) === undefined)).toEqual([])
  expect(new Set(administratorPermissions).size).toBe(administratorPermissions.length)
  // Two items each, beside some thirty others, in one transaction of 100.
  expect(administratorPermissions.length).toBeLessThanOrEqual(30)
})

test('Graph shows each permission in the forms that it has', () => {
  const { appRoles, oauth2PermissionScopes } = managementApiProperties()
  expect(appRoles.map(({ id }) => id)).toEqual(permissions.flatMap(({ applicationId }) => applicationId ?? []))
  expect(oauth2PermissionScopes.map(({ id }) => id)).toEqual(
    permissions.flatMap(({ delegatedId }) => delegatedId ?? []),
  )
  expect(appRoles.find(({ value }) => value === 'AgentIdentityBlueprint.ReadWrite.All')).toEqual({
    id: '7fddd33b-d884-4ec0-8696-72cff90ff825',
    value: 'AgentIdentityBlueprint.ReadWrite.All',
    displayName: 'Agent identity blueprint: read and write (all)',
    description: 'Agent identity blueprint: read and write (all), without a signed-in user.',
    isEnabled: true,
    allowedMemberTypes: ['Application'],
    origin: 'Application',
  })
  expect(oauth2PermissionScopes.find(({ value }) => value === 'User.Read')).toMatchObject({
    type: 'Admin',
    isEnabled: true,
    adminConsentDisplayName: 'User: read',
    adminConsentDescription: 'User: read, on behalf of the signed-in user.',
  })
})

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean)
}
