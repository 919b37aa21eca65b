import { describe, expect, test } from 'vitest'
import { cast, sigilForTests } from '../support/sigil.ts'

/** What a token and a permission rest on must be the very thing that it was given for, not another in its place. */
const sigil = sigilForTests()

const principals = '/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal'

async function give(principalId: string, value: string): Promise<void> {
  const api = await sigil.make('GET', "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')")
  const role = (api.appRoles as { id: string; value: string }[]).find((each) => each.value === value)
  const body = { principalId, resourceId: api.id, appRoleId: role?.id }
  await sigil.make('POST', `/servicePrincipals/${principalId}/appRoleAssignments`, body)
}

const management = 'https://graph.microsoft.com/.default'

describe('a blueprint principal that is deleted and made again', () => {
  test('is no parent of the agents that were made under the first: neither they nor their T1s come back', async () => {
    const { agent, blueprint, principal, scope, secret, sponsors, t1 } = await cast(sigil, 'reborn')
    const old = await t1()
    expect(await sigil.agentToken(agent.id, old, scope)).toBeTruthy()
    await sigil.make('DELETE', `/servicePrincipals/${principal.id}`)
    await sigil.make('POST', '/servicePrincipals', { appId: blueprint.appId })

    await expect(sigil.agentToken(agent.id, old, scope)).rejects.toThrow('AADSTS700016')
    await sigil.make('POST', `/directory/deletedItems/${agent.id}/restore`)
    await expect(sigil.agentToken(agent.id, old, scope)).rejects.toThrow('AADSTS7000112')
    await expect(t1()).rejects.toThrow('AADSTS700016')
    const body = { displayName: 'Next', agentIdentityBlueprintId: blueprint.appId, ...sponsors }
    const next = await sigil.make('POST', '/servicePrincipals/microsoft.graph.agentIdentity', body)
    const fmi = { fmi_path: next.id }
    const fresh = await sigil.tokenFor(blueprint.appId, secret, 'api://AzureADTokenExchange/.default', fmi)
    expect(await sigil.agentToken(next.id, fresh, scope)).toBeTruthy()
  })
})

describe('a blueprint', () => {
  test('changes itself, and no other blueprint, whatever it is given', async () => {
    const [one, other] = [await cast(sigil, 'one'), await cast(sigil, 'other')]
    await give(one.principal.id, 'AgentIdentityBlueprint.AddRemoveCreds.All')
    await give(one.principal.id, 'AgentIdentityBlueprintPrincipal.ReadWrite.All')
    const token = await sigil.tokenFor(one.blueprint.appId, one.secret, management)
    const statusOf = async (method: string, path: string, body?: object) =>
      (await sigil.graph(method, path, body, token)).status

    expect(await statusOf('POST', `/applications/${other.blueprint.id}/addPassword`, {})).toBe(403)
    expect(await statusOf('PATCH', `${principals}/${other.principal.id}`, { accountEnabled: false })).toBe(403)
    expect(await statusOf('DELETE', `${principals}/${other.principal.id}`)).toBe(403)
    expect(await statusOf('GET', `${principals}/${other.principal.id}`)).toBe(200)
    expect(await statusOf('POST', `/applications/${one.blueprint.id}/addPassword`, {})).toBe(200)
    expect(await statusOf('PATCH', `${principals}/${one.principal.id}`, { tags: ['own'] })).toBe(204)
  })
})

describe('an agent identity', () => {
  test('makes neither directory objects nor credentials, by no path', async () => {
    const { agent, blueprint, t1 } = await cast(sigil, 'maker')
    await give(agent.id, 'AgentIdentityBlueprint.AddRemoveCreds.All')
    await give(agent.id, 'AgentIdentityBlueprintPrincipal.ReadWrite.All')
    const token = await sigil.agentToken(agent.id, await t1(), management)
    for (const [path, body] of [
      [principals, { appId: blueprint.appId }],
      ['/servicePrincipals', { appId: blueprint.appId }],
      [`/applications/${blueprint.id}/addPassword`, {}],
    ] as const) {
      expect([path, (await sigil.graph('POST', path, body, token)).status]).toEqual([path, 403])
    }
  })
})
