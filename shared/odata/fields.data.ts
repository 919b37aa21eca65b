import type { ObjectType } from '../domain/directory-object.ts'

/** What a property holds, which decides what can be asked of it: `related` are other objects, told by their ids. */
export type Kind = 'guid' | 'text' | 'flag' | 'date' | 'texts' | 'related'

type Fields = Readonly<Record<string, Kind>>

const everyObject: Fields = { id: 'guid', displayName: 'text', createdDateTime: 'date', deletedDateTime: 'date' }

const application: Fields = {
  ...everyObject,
  appId: 'guid',
  createdByAppId: 'guid',
  disabledByMicrosoftStatus: 'text',
  identifierUris: 'texts',
  owners: 'related',
  publisherDomain: 'text',
  signInAudience: 'text',
  tags: 'texts',
  uniqueName: 'text',
}

const servicePrincipal: Fields = {
  ...everyObject,
  accountEnabled: 'flag',
  appId: 'guid',
  appOwnerOrganizationId: 'guid',
  appRoleAssignmentRequired: 'flag',
  createdByAppId: 'guid',
  disabledByMicrosoftStatus: 'text',
  owners: 'related',
  servicePrincipalNames: 'texts',
  servicePrincipalType: 'text',
  signInAudience: 'text',
  tags: 'texts',
}

const user: Fields = {
  ...everyObject,
  accountEnabled: 'flag',
  companyName: 'text',
  department: 'text',
  employeeId: 'text',
  givenName: 'text',
  jobTitle: 'text',
  mail: 'text',
  mailNickname: 'text',
  sponsors: 'related',
  surname: 'text',
  userPrincipalName: 'text',
  userType: 'text',
}

/** What the objects of each type can be filtered by (reference §1, 2.1). A name means the same in every type. */
export const filtered: Record<ObjectType, Fields> = {
  application,
  agentIdentityBlueprint: { ...application, sponsors: 'related' },
  servicePrincipal,
  agentIdentityBlueprintPrincipal: { ...servicePrincipal, sponsors: 'related' },
  agentIdentity: { ...servicePrincipal, agentIdentityBlueprintId: 'guid', expiresAt: 'date', sponsors: 'related' },
  user,
  agentUser: { ...user, identityParentId: 'guid' },
  group: {
    ...everyObject,
    groupTypes: 'texts',
    mail: 'text',
    mailEnabled: 'flag',
    mailNickname: 'text',
    owners: 'related',
    securityEnabled: 'flag',
  },
}

/** The types that have custom security attributes (reference §5.7). */
export const attributed: ReadonlySet<ObjectType> = new Set<ObjectType>([
  'servicePrincipal',
  'agentIdentityBlueprintPrincipal',
  'agentIdentity',
  'user',
  'agentUser',
])

const namesOfApplications = ['displayName', 'description']
const namesOfUsers = ['displayName', 'givenName', 'surname', 'mail', 'mailNickname', 'userPrincipalName']

/** What `$search` looks in. */
export const searched: Record<ObjectType, readonly string[]> = {
  application: namesOfApplications,
  agentIdentityBlueprint: namesOfApplications,
  servicePrincipal: namesOfApplications,
  agentIdentityBlueprintPrincipal: namesOfApplications,
  agentIdentity: namesOfApplications,
  user: namesOfUsers,
  agentUser: namesOfUsers,
  group: ['displayName', 'description', 'mail', 'mailNickname'],
}

/** Older names of properties that clients still send (reference §1.4). */
export const aliases: Readonly<Record<string, string>> = {
  agentAppId: 'agentIdentityBlueprintId',
  agentIdentityBlueprintAppId: 'agentIdentityBlueprintId',
}
