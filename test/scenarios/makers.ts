import { randomUUID } from 'node:crypto'
import type { ObjectType } from '../../shared/domain/directory-object.ts'
import type { TenantId } from '../../shared/domain/tenant.ts'
import { keys } from '../../shared/store/table.ts'
import { edit } from '../support/delegated.ts'
import { type Cast, cast, claimsIn, type Sigil } from '../support/sigil.ts'

/** What scenarios are made of, each made anew by the operations that administrators use. */
export type Made = Record<string, unknown> & { id: string; appId: string }

export const graph = 'https://graph.microsoft.com/.default'
export const blueprintType = 'microsoft.graph.agentIdentityBlueprint'
export const principalType = 'microsoft.graph.agentIdentityBlueprintPrincipal'
export const agentType = 'microsoft.graph.agentIdentity'
export const agentUserType = 'microsoft.graph.agentUser'

/** Ids that nothing bears. */
const nobody = '00000000-0000-4000-8000-00000000dead'
const noAssignment = 'A'.repeat(43)
export const missing = { id: nobody, assignment: noAssignment }

/** A name that no other scenario has, of always the same length. */
export const fresh = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 8)}`

const casts = new WeakMap<object, Promise<Cast>>()

/** A cast that scenarios share which leave its members in place. */
export function company(sigil: Sigil): Promise<Cast> {
  const known = casts.get(sigil.service) ?? cast(sigil, 'company')
  casts.set(sigil.service, known)
  return known
}

export const newPerson = (domain: string, name = fresh('grace')) => ({
  accountEnabled: true,
  displayName: 'Grace',
  mailNickname: 'grace',
  userPrincipalName: `${name}@${domain}`,
})

export const person = (sigil: Sigil): Promise<Made> => sigil.make('POST', '/users', newPerson(sigil.service.domain))

export const bind = (...people: Made[]): string[] =>
  people.map(({ id }) => `https://graph.microsoft.com/v1.0/users/${id}`)

export const bindPrincipals = (...principals: Made[]): string[] =>
  principals.map(({ id }) => `https://graph.microsoft.com/v1.0/servicePrincipals/${id}`)

export const role = (value = 'Tasks.Read', allowedMemberTypes = ['Application', 'User']) => ({
  id: randomUUID(),
  value,
  displayName: value,
  description: value,
  isEnabled: true,
  allowedMemberTypes,
})

export const application = (sigil: Sigil, properties: object = {}): Promise<Made> =>
  sigil.make('POST', '/applications', { displayName: 'Ledger', ...properties })

/** The principal of an application or blueprint. */
export const principalOf = (sigil: Sigil, { appId }: Made, properties: object = {}): Promise<Made> =>
  sigil.make('POST', '/servicePrincipals', { appId, ...properties })

/** An application with a principal, which offers one role. */
export async function resource(sigil: Sigil) {
  const offered = role()
  const app = await application(sigil, { appRoles: [offered], identifierUris: [`https://${fresh('ledger')}.example`] })
  return { app, role: offered, principal: await principalOf(sigil, app) }
}

export async function blueprint(sigil: Sigil, properties: object = {}): Promise<Made> {
  const { sponsors } = await company(sigil)
  return sigil.make('POST', `/applications/${blueprintType}`, { displayName: 'Clerk', ...sponsors, ...properties })
}

export async function blueprintWithPrincipal(sigil: Sigil): Promise<{ blueprint: Made; principal: Made }> {
  const made = await blueprint(sigil)
  return { blueprint: made, principal: await principalOf(sigil, made) }
}

/** A new agent identity of the company's blueprint. */
export async function agent(sigil: Sigil, properties: object = {}): Promise<Made> {
  const { sponsors, blueprint: parent } = await company(sigil)
  return sigil.make('POST', `/servicePrincipals/${agentType}`, {
    displayName: 'Clerk 7',
    agentIdentityBlueprintId: parent.appId,
    ...sponsors,
    ...properties,
  })
}

/** What an agent user is made of, for a new agent identity of the company's blueprint. */
export const newAgentUser = async (sigil: Sigil): Promise<object> => ({
  ...newPerson(sigil.service.domain, fresh('clerk')),
  identityParentId: (await agent(sigil)).id,
})

export const newGroup = (displayName = fresh('Clerks')) => ({
  displayName,
  mailEnabled: false,
  mailNickname: 'clerks',
  securityEnabled: true,
})

export const group = (sigil: Sigil, properties: object = {}): Promise<Made> =>
  sigil.make('POST', '/groups', { ...newGroup(), ...properties })

export const agentUser = async (sigil: Sigil): Promise<Made> =>
  sigil.make('POST', `/users/${agentUserType}`, await newAgentUser(sigil))

export const password = (sigil: Sigil, { id }: Made) =>
  sigil.make('POST', `/applications/${id}/addPassword`, { passwordCredential: { displayName: 'made for a scenario' } })

/** An app role given to a principal. */
export const assign = (sigil: Sigil, holder: Made, on: Made, { id }: { id: string }): Promise<Made> =>
  sigil.make('POST', `/servicePrincipals/${on.id}/appRoleAssignedTo`, {
    principalId: holder.id,
    resourceId: on.id,
    appRoleId: id,
  })

/** The id of an app role of the management API, as clients look it up: by its value. */
export async function managementRole(sigil: Sigil, value: string): Promise<{ api: Made; id: string }> {
  const [api] = await list(sigil, "/servicePrincipals?$filter=appId eq '00000003-0000-0000-c000-000000000000'")
  const found = (api?.appRoles as { id: string; value: string }[] | undefined)?.find((each) => each.value === value)
  if (!api || !found) throw new Error(`the management API offers no ${value}`)
  return { api, id: found.id }
}

export async function list(sigil: Sigil, path: string): Promise<Made[]> {
  const { body } = await sigil.graph('GET', path)
  return body.value as Made[]
}

/** An ordinary application with these permissions on the management API, and a token of its own. */
export async function tokenWith(sigil: Sigil, ...permissions: string[]): Promise<string> {
  const app = await application(sigil)
  const principal = await principalOf(sigil, app)
  for (const permission of permissions) {
    const { api, id } = await managementRole(sigil, permission)
    await assign(sigil, principal, api, { id })
  }
  const { secretText } = await password(sigil, app)
  return sigil.tokenFor(app.appId, secretText as string, graph)
}

/** The token with which the company's blueprint manages its own agents. */
export async function blueprintToken(sigil: Sigil): Promise<string> {
  const { blueprint: own, secret } = await company(sigil)
  return sigil.tokenFor(own.appId, secret, graph)
}

/**
 * A tenant of its own for a listing, whose rows no other scenario adds to: its administrator's token, and one person, blueprint
 * with its principal, and agent identity.
 */
export async function smallTenant(sigil: Sigil) {
  const { tenantId, domain, admin } = await sigil.openTenant(`${fresh('small')}.example`)
  const scoped = (form: Record<string, string>) =>
    sigil.token({ grant_type: 'client_credentials', scope: graph, ...form }, tenantId)
  const answer = await scoped({ client_id: admin.clientId, client_secret: admin.clientSecret })
  const token = String(answer.body.access_token)
  const make = (path: string, body: object): Promise<Made> => sigil.make('POST', path, body, token)
  const someone = await make('/users', newPerson(domain))
  const sponsors = { 'sponsors@odata.bind': bind(someone) }
  const parent = await make(`/applications/${blueprintType}`, { displayName: 'Clerk', ...sponsors })
  await make('/servicePrincipals', { appId: parent.appId })
  await make(`/servicePrincipals/${agentType}`, {
    displayName: 'Clerk 7',
    agentIdentityBlueprintId: parent.appId,
    ...sponsors,
  })
  const { secretText } = await make(`/applications/${parent.id}/addPassword`, {})
  const own = await scoped({ client_id: parent.appId, client_secret: String(secretText) })
  return { token, blueprintToken: String(own.body.access_token) }
}

/** A tenant that may hold no more objects of a type, its domain, and its one agent identity. */
export async function fullTenant(sigil: Sigil, type: ObjectType) {
  const { token } = await smallTenant(sigil)
  const tenantId = claimsIn(token).tid as TenantId
  await edit(sigil, keys.tenant(tenantId), 'SET #name = :value', 'limits', { [type]: 0 })
  const { verifiedDomains } = await sigil.make('GET', `/organization/${tenantId}`, undefined, token)
  const { value } = await sigil.make('GET', `/servicePrincipals/${agentType}`, undefined, token)
  const [{ name: domain }] = verifiedDomains as [{ name: string }]
  const [parent] = value as [Made]
  return { tenantId, token, domain, agent: parent }
}
