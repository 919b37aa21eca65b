import type { Caller } from '../auth/bearer.ts'
import { agentIdDeveloper, roleAllows } from '../auth/powers.ts'
import { directoryRoles } from '../directory-roles.ts'
import type { ObjectType } from '../domain/directory-object.ts'
import type { Binds } from './relations.ts'
import type { Reference } from './shape.ts'

const agentIdAdministrator = directoryRoles.find(({ displayName }) => displayName === 'Agent ID Administrator')

/** What has sponsors at its creation (reference §1.9). */
const sponsored: ReadonlySet<ObjectType> = new Set([
  'agentIdentityBlueprint',
  'agentIdentityBlueprintPrincipal',
  'agentIdentity',
])

/**
 * The sponsors and owners of an object that is made, the creator among them where nothing else is said (reference §1.9): a user is the
 * sponsor where none is named, "unless the user holds an Agent ID admin role"; and an owner who makes it as Agent ID Developer
 * or as an owner of what it is made under.
 */
export function withCreator({ user, directoryRoles: held }: Caller, type: ObjectType, binds: Binds): Binds {
  if (!user) return binds
  const creator: Reference = { collection: 'users', id: user.id }
  const { 'sponsors@odata.bind': sponsors = [], 'owners@odata.bind': owners = [] } = binds
  const isSponsor = sponsored.has(type) && sponsors.length === 0 && !held.has(agentIdAdministrator?.templateId ?? '')
  const isOwner = held.has(agentIdDeveloper) || !roleAllows(held, 'create', type)
  return {
    'sponsors@odata.bind': isSponsor ? [creator] : sponsors,
    'owners@odata.bind': isOwner ? [...owners, creator] : owners,
  }
}
