import { keys } from '../../shared/store/table.ts'
import { delegatedToken, grantScopes, put, relate, tenantOf } from '../support/delegated.ts'
import type { Sigil } from '../support/sigil.ts'
import { agent, agentType, application, bind, company, graph, person, principalOf } from './makers.ts'
import type { Scenario, Sent } from './scenario.ts'

const scopes = ['AgentIdentity.ReadWrite.All']

/** A person who would stop an agent identity that a group sponsors, through an application with the scope for it. */
async function stopping(sigil: Sigil, isMember: boolean): Promise<Sent> {
  const someone = await person(sigil)
  const { appId } = await principalOf(sigil, await application(sigil))
  await grantScopes(sigil, { clientId: appId, scopes })
  const { id } = await agent(sigil, { 'sponsors@odata.bind': bind(await person(sigil)) })
  const group = crypto.randomUUID()
  const properties = { id: group, displayName: 'Sponsors', groupTypes: ['Unified'] }
  await put(sigil, keys.object(tenantOf(sigil), 'group', group), { type: 'group', id: group, version: 1, properties })
  await relate(sigil, id, 'sponsors', group, 'group')
  if (isMember) await relate(sigil, group, 'members', someone.id)
  return {
    path: `/v1.0/servicePrincipals/${agentType}/${id}`,
    body: { accountEnabled: false },
    token: await delegatedToken(sigil, { clientId: appId, userId: someone.id, scopes }),
  }
}

/** An agent identity that holds nothing, and its token. */
async function agentToken(sigil: Sigil): Promise<string> {
  const { blueprint, secret } = await company(sigil)
  const { id } = await agent(sigil)
  const t1 = await sigil.tokenFor(blueprint.appId, secret, 'api://AzureADTokenExchange/.default', { fmi_path: id })
  return sigil.agentToken(id, t1, graph)
}

/**
 * Refused for who they are: all that is read of a caller, and of how they stand to an object, and nothing that the operation does.
 * Every operation of the management API may have to read as much.
 */
export const strangerScenarios: Scenario[] = [
  {
    operation: 'agent-identities/update',
    name: 'on behalf of somebody who is not in the group that sponsors it',
    status: 403,
    prepare: (sigil) => stopping(sigil, false),
  },
  {
    operation: 'users/list',
    name: 'as an agent identity without a permission',
    status: 403,
    prepare: async (sigil) => ({ path: '/v1.0/users', token: await agentToken(sigil) }),
  },
]

export const callerScenarios: Scenario[] = [
  ...strangerScenarios,
  {
    operation: 'agent-identities/update',
    name: 'on behalf of a member of the group that sponsors it',
    status: 204,
    prepare: (sigil) => stopping(sigil, true),
  },
]
