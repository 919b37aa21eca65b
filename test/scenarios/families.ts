import type { Sigil } from '../support/sigil.ts'
import {
  agentType,
  assign,
  bind,
  blueprint,
  type Made,
  managementRole,
  newPerson,
  password,
  principalOf,
  resource,
} from './makers.ts'

/* Blueprints with all that hangs on them. */

/** A blueprint with its principal and a secret. */
export async function newFamily(sigil: Sigil, properties: object = {}) {
  const made = await blueprint(sigil, properties)
  const principal = await principalOf(sigil, made)
  const { secretText } = await password(sigil, made)
  return { blueprint: made, principal, secret: String(secretText) }
}

export type Family = Awaited<ReturnType<typeof newFamily>>

export async function newAgent(sigil: Sigil, { blueprint: parent }: Family, properties: object = {}): Promise<Made> {
  const sponsor = await someone(sigil)
  return sigil.make('POST', `/servicePrincipals/${agentType}`, {
    displayName: 'Clerk 7',
    agentIdentityBlueprintId: parent.appId,
    'sponsors@odata.bind': bind(sponsor),
    ...properties,
  })
}

export const newAgentUser = (sigil: Sigil, agent: Made, name: string = crypto.randomUUID()): Promise<Made> =>
  sigil.make('POST', '/users/microsoft.graph.agentUser', {
    ...newPerson(sigil.service.domain, name),
    displayName: 'Clerk',
    identityParentId: agent.id,
  })

/** As many agent identities as are wanted, some at a time; every third with a user. */
export async function newAgents(
  sigil: Sigil,
  family: Family,
  count: number,
): Promise<{ agents: Made[]; users: Made[] }> {
  const agents: Made[] = []
  const users: Made[] = []
  for (let at = 0; at < count; at += 10) {
    const some = await Promise.all(Array.from({ length: Math.min(10, count - at) }, () => newAgent(sigil, family)))
    agents.push(...some)
    users.push(
      ...(await Promise.all(some.filter((_, i) => (at + i) % 3 === 0).map((agent) => newAgentUser(sigil, agent)))),
    )
  }
  return { agents, users }
}

const people = new WeakMap<object, Promise<Made>>()
export function someone(sigil: Sigil): Promise<Made> {
  const known = people.get(sigil.service) ?? sigil.make('POST', '/users', newPerson(sigil.service.domain))
  people.set(sigil.service, known)
  return known
}

/** Scopes granted to a client for everybody, or by one user. */
export const grant = (sigil: Sigil, client: Made, on: Made, scope: string, user?: Made): Promise<Made> =>
  sigil.make('POST', '/oauth2PermissionGrants', {
    clientId: client.id,
    consentType: user ? 'Principal' : 'AllPrincipals',
    ...(user && { principalId: user.id }),
    resourceId: on.id,
    scope,
  })

export const directoryRole = (sigil: Sigil, holder: Made): Promise<Made> =>
  sigil.make('POST', '/roleManagement/directory/roleAssignments', {
    principalId: holder.id,
    roleDefinitionId: directoryReaders,
  })

const directoryReaders = '88d8e3e3-8f55-4a1e-953a-9b9898b8876b'

/** An agent that everything there is names: sponsors, owners, roles, grants, a user. */
export async function entangled(sigil: Sigil, family: Family) {
  const owner = await someone(sigil)
  const agent = await newAgent(sigil, family, { 'owners@odata.bind': bind(owner) })
  const user = await newAgentUser(sigil, agent)
  const offering = await resource(sigil)
  await assign(sigil, agent, offering.principal, offering.role)
  const { api } = await managementRole(sigil, 'User.Read.All')
  await grant(sigil, agent, api, 'User.Read')
  await grant(sigil, agent, api, 'User.Read', owner)
  await grant(sigil, family.principal, api, 'User.Read', user)
  for (const holder of [agent, user]) await directoryRole(sigil, holder)
  return { agent, user, resource: offering.principal, api }
}
