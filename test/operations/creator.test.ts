import { beforeAll, describe, expect, test } from 'vitest'
import { delegatedToken, grantScopes, holdRole } from '../support/delegated.ts'
import { type Answer, type Cast, cast, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>
type Made = Body & { id: string; appId: string }

const sigil = sigilForTests()
const blueprints = '/applications/microsoft.graph.agentIdentityBlueprint'
const principals = '/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal'
const agents = '/servicePrincipals/microsoft.graph.agentIdentity'
const scopes = [
  'AgentIdentity.ReadWrite.All',
  'AgentIdentityBlueprint.ReadWrite.All',
  'AgentIdentityBlueprintPrincipal.ReadWrite.All',
  'Application.ReadWrite.All',
]

let actors: Cast
let portal: string
beforeAll(async () => {
  actors = await cast(sigil, 'creators')
  const { appId } = await sigil.make('POST', '/applications', { displayName: 'Portal' })
  await sigil.make('POST', '/servicePrincipals', { appId })
  await grantScopes(sigil, { clientId: appId, scopes })
  portal = appId
})

/** Somebody with these directory roles, and a token on their behalf. */
async function somebody(...roles: string[]): Promise<{ id: string; token: string }> {
  const { id } = await sigil.make('POST', '/users', {
    accountEnabled: true,
    displayName: roles.join(' and ') || 'nobody special',
    mailNickname: 'grace',
    userPrincipalName: `grace-${crypto.randomUUID()}@${sigil.service.domain}`,
  })
  for (const role of roles) await holdRole(sigil, { userId: id }, role)
  return { id, token: await delegatedToken(sigil, { clientId: portal, userId: id, scopes, roles }) }
}
const related = async (id: string) =>
  (await sigil.rows(`RELATION#${sigil.tenantId}#${id}`)).map(({ sk }) => sk.split('#')).sort()
const agentBody = (more: Body = {}) => ({ displayName: 'x', agentIdentityBlueprintId: actors.blueprint.appId, ...more })
const refusal = ({ status, body }: Answer) => ({ status, message: (body.error as { message: string }).message })

describe('a user who makes something and names no sponsor', () => {
  test.each<[string, (token: string) => Promise<Made>]>([
    ['a blueprint', (token) => sigil.make('POST', blueprints, { displayName: 'x' }, token)],
    ['an agent identity', (token) => sigil.make('POST', agents, agentBody(), token)],
  ])('becomes the sponsor of it: %s', async (_, make) => {
    const { id, token } = await somebody('AI Administrator')
    expect(await related((await make(token)).id)).toEqual([['sponsors', id]])
  })

  test('becomes that of a blueprint’s principal too, and of no ordinary one', async () => {
    const { id, token } = await somebody('AI Administrator', 'Application Administrator')
    const { appId } = await sigil.make('POST', blueprints, { displayName: 'x', ...actors.sponsors })
    const { id: principal } = await sigil.make('POST', principals, { appId }, token)
    expect(await related(principal)).toEqual([['sponsors', id]])
    const app = await sigil.make('POST', '/applications', { displayName: 'x' }, token)
    const ordinary = await sigil.make('POST', '/servicePrincipals', { appId: app.appId }, token)
    expect([await related(app.id), await related(ordinary.id)]).toEqual([[], []])
  })

  test('has to name one as Agent ID Administrator, and then is none', async () => {
    const { token } = await somebody('Agent ID Administrator')
    for (const [path, body] of [
      [blueprints, { displayName: 'x' }],
      [agents, agentBody()],
    ] as const) {
      const answer = refusal(await sigil.graph('POST', path, body, token))
      expect(answer).toMatchObject({ status: 400, message: expect.stringContaining("'sponsors@odata.bind'") })
      const { id } = await sigil.make('POST', path, { ...body, ...actors.sponsors }, token)
      expect(await related(id)).toEqual([['sponsors', actors.person.id]])
    }
  })

  test('is none where another is named', async () => {
    const { token } = await somebody('AI Administrator')
    const { id } = await sigil.make('POST', agents, agentBody(actors.sponsors), token)
    expect(await related(id)).toEqual([['sponsors', actors.person.id]])
  })

  test('as an application by itself has to name one', async () => {
    const answer = refusal(await sigil.graph('POST', agents, agentBody()))
    expect(answer).toMatchObject({ status: 400, message: expect.stringContaining("'sponsors@odata.bind'") })
  })
})

describe('an Agent ID Developer', () => {
  test('owns the blueprint, the principal and the agents that they make', async () => {
    const { id, token } = await somebody('Agent ID Developer')
    const blueprint = await sigil.make('POST', blueprints, { displayName: 'x' }, token)
    const principal = await sigil.make('POST', principals, { appId: blueprint.appId }, token)
    const body = { displayName: 'x', agentIdentityBlueprintId: blueprint.appId }
    const agent = await sigil.make('POST', agents, body, token)
    for (const each of [blueprint, principal, agent]) {
      expect(await related(each.id)).toEqual([
        ['owners', id],
        ['sponsors', id],
      ])
    }
    expect((await sigil.graph('PATCH', `${blueprints}/${blueprint.id}`, { displayName: 'y' }, token)).status).toBe(204)
  })

  test('names themselves once, and others besides', async () => {
    const { id, token } = await somebody('Agent ID Developer')
    const owners = [id, actors.person.id].map((each) => `https://graph.microsoft.com/v1.0/users/${each}`)
    const blueprint = await sigil.make('POST', blueprints, { displayName: 'x', 'owners@odata.bind': owners }, token)
    expect(await related(blueprint.id)).toEqual(
      [
        ['owners', id],
        ['owners', actors.person.id],
        ['sponsors', id],
      ].sort(),
    )
  })

  test('makes no agents of a blueprint that is not theirs', async () => {
    const { token } = await somebody('Agent ID Developer')
    expect(refusal(await sigil.graph('POST', agents, agentBody(), token)).status).toBe(403)
  })
})

test('an owner of a blueprint without any role owns the agents that they make of it', async () => {
  const { id, token } = await somebody()
  const owners = { 'owners@odata.bind': [`https://graph.microsoft.com/v1.0/users/${id}`] }
  const blueprint = await sigil.make('POST', blueprints, { displayName: 'x', ...actors.sponsors, ...owners })
  await sigil.make('POST', principals, { appId: blueprint.appId })
  const agent = await sigil.make('POST', agents, agentBody({ agentIdentityBlueprintId: blueprint.appId }), token)
  expect(await related(agent.id)).toEqual([
    ['owners', id],
    ['sponsors', id],
  ])
})
