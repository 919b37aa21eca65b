import type { ObjectType } from '../../shared/domain/directory-object.ts'
import {
  agentType,
  agentUserType,
  bind,
  blueprintType,
  fresh,
  graph,
  type Made,
  newPerson,
  role,
} from '../scenarios/makers.ts'
import type { Sigil } from '../support/sigil.ts'

/** A tenant with an object of every type, and a deleted one of each type that can be deleted alone. */
export type Populated = {
  tenantId: string
  token: string
  objects: Record<ObjectType, Made>
  deleted: Partial<Record<ObjectType, Made>>
  /** Every id in it, by what it is of. */
  ids: Record<string, string>
}

/** Another tenant than the first, opened as an operator does. */
export async function anotherTenant(sigil: Sigil): Promise<Populated> {
  const { tenantId, domain, admin } = await sigil.openTenant(`${fresh('other')}.example`)
  const { body } = await sigil.token(
    { grant_type: 'client_credentials', scope: graph, client_id: admin.clientId, client_secret: admin.clientSecret },
    tenantId,
  )
  return populate(sigil, { tenantId, domain, token: String(body.access_token) })
}

export const firstTenant = async (sigil: Sigil): Promise<Populated> =>
  populate(sigil, { tenantId: sigil.tenantId, domain: sigil.service.domain, token: await sigil.adminToken() })

async function populate(
  sigil: Sigil,
  { tenantId, domain, token }: { tenantId: string; domain: string; token: string },
): Promise<Populated> {
  const make = (path: string, body: object): Promise<Made> => sigil.make('POST', path, body, token)
  const user = await make('/users', newPerson(domain, fresh('ada')))
  const sponsors = { 'sponsors@odata.bind': bind(user) }
  const offered = role()
  const blueprint = () => make(`/applications/${blueprintType}`, { displayName: 'Clerk', ...sponsors })
  const application = () => make('/applications', { displayName: 'Ledger', appRoles: [offered] })
  const group = () =>
    make('/groups', {
      displayName: 'Sponsors',
      mailNickname: 'sponsors',
      mailEnabled: true,
      securityEnabled: false,
      groupTypes: ['Unified'],
    })
  const app = await application()
  const servicePrincipal = await make('/servicePrincipals', { appId: app.appId })
  const agentIdentityBlueprint = await blueprint()
  const agentIdentityBlueprintPrincipal = await make('/servicePrincipals', { appId: agentIdentityBlueprint.appId })
  const agent = (displayName: string) =>
    make(`/servicePrincipals/${agentType}`, {
      displayName,
      agentIdentityBlueprintId: agentIdentityBlueprint.appId,
      ...sponsors,
    })
  const agentIdentity = await agent('Clerk 7')
  const agentUser = await make(`/users/${agentUserType}`, {
    ...newPerson(domain, fresh('clerk')),
    identityParentId: agentIdentity.id,
  })
  const objects = {
    application: app,
    agentIdentityBlueprint,
    servicePrincipal,
    agentIdentityBlueprintPrincipal,
    agentIdentity,
    user,
    agentUser,
    group: await group(),
  }
  const deleted = {
    application: await application(),
    agentIdentity: await agent('Clerk 8'),
    user: await make('/users', newPerson(domain, fresh('bob'))),
    group: await group(),
  }
  const collections = {
    application: 'applications',
    agentIdentity: 'servicePrincipals',
    user: 'users',
    group: 'groups',
  }
  for (const [type, { id }] of Object.entries(deleted)) {
    await sigil.make('DELETE', `/${collections[type as keyof typeof collections]}/${id}`, undefined, token)
  }
  await sigil.work()
  return {
    tenantId,
    token,
    objects,
    deleted,
    ids: {
      ...Object.fromEntries(Object.entries(objects).map(([type, { id }]) => [type, id])),
      ...Object.fromEntries(Object.entries(deleted).map(([type, { id }]) => [`a deleted ${type}`, id])),
      'an appId': app.appId,
      'an app role': offered.id,
      'a tenant': tenantId,
    },
  }
}
