import { beforeAll, describe, expect, test } from 'vitest'
import { permissions } from '../../shared/permissions.ts'
import { type Answer, type Cast, cast, claimsIn, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>
type Made = Body & { id: string; appId: string }

const sigil = sigilForTests()
const managementApi = '00000003-0000-0000-c000-000000000000'

let actors: Cast

beforeAll(async () => {
  actors = await cast(sigil, 'inheritable')
})

const refusal = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}
const newBlueprint = () =>
  sigil.make('POST', '/applications/microsoft.graph.agentIdentityBlueprint', {
    displayName: 'Blueprint',
    ...actors.sponsors,
  })
const at = ({ id }: Body, resourceAppId?: string) =>
  `/applications/${id}/inheritablePermissions${resourceAppId === undefined ? '' : `/${resourceAppId}`}`
/** What tokens read. */
const inForce = async ({ appId }: Made) => (await sigil.rows(`APP#${appId}`))[0]?.inheritable
const all = { '@odata.type': 'microsoft.graph.allAllowedScopes', kind: 'allAllowed' }
const none = { '@odata.type': '#microsoft.graph.noScopes', kind: 'none' }
const enumerated = (...scopes: string[]) => ({
  '@odata.type': '#microsoft.graph.enumeratedScopes',
  kind: 'enumerated',
  scopes,
})
const noRoles = { '@odata.type': '#microsoft.graph.noRoles', kind: 'none' }
const allRoles = { '@odata.type': '#microsoft.graph.allAllowedRoles', kind: 'allAllowed' }

describe('what the agents of a blueprint inherit on a resource', () => {
  test('is shown, is what tokens read, is changed, and is nothing again once deleted', async () => {
    const blueprint = await newBlueprint()
    const { status, body } = await sigil.graph('POST', at(blueprint), {
      resourceAppId: managementApi,
      inheritableScopes: enumerated('User.Read', 'user.read'),
    })
    expect(status).toBe(201)
    const context = `${sigil.service.origin}/v1.0/$metadata#applications('${blueprint.id}')/microsoft.graph.agentIdentityBlueprint/inheritablePermissions`
    const shown = {
      resourceAppId: managementApi,
      inheritableScopes: enumerated('User.Read'),
      inheritableRoles: noRoles,
    }
    expect(body).toEqual({ '@odata.context': `${context}/$entity`, ...shown })
    expect(await sigil.make('GET', at(blueprint))).toEqual({ '@odata.context': context, value: [shown] })
    expect(await sigil.make('GET', at(blueprint, managementApi))).toEqual(body)
    expect(await inForce(blueprint)).toEqual({ [managementApi]: { scopes: ['User.Read'], roles: 'none' } })

    const patched = await sigil.graph('PATCH', at(blueprint, managementApi), { inheritableRoles: allRoles })
    expect(patched).toMatchObject({ status: 200, body: { ...shown, inheritableRoles: allRoles } })
    expect(await inForce(blueprint)).toEqual({ [managementApi]: { scopes: ['User.Read'], roles: 'allAllowed' } })

    expect((await sigil.graph('DELETE', at(blueprint, managementApi))).status).toBe(204)
    for (const method of ['GET', 'DELETE']) {
      expect((await sigil.graph(method, at(blueprint, managementApi))).status).toBe(404)
    }
    expect((await sigil.graph('PATCH', at(blueprint, managementApi), { inheritableRoles: allRoles })).status).toBe(404)
    expect(await inForce(blueprint)).toEqual({})
  })

  test('is found by every address of the blueprint', async () => {
    const blueprint = await newBlueprint()
    await sigil.make('POST', at(blueprint), { resourceAppId: managementApi, inheritableScopes: all })
    for (const path of [
      `/applications/microsoft.graph.agentIdentityBlueprint/${blueprint.id}/inheritablePermissions`,
      `/applications/${blueprint.id}/microsoft.graph.agentIdentityBlueprint/inheritablePermissions`,
      `/applications(appId='${blueprint.appId}')/InheritablePermissions`,
    ]) {
      expect([path, (await sigil.make('GET', path)).value]).toMatchObject([path, [{ resourceAppId: managementApi }]])
    }
    expect(await sigil.make('GET', at(blueprint, `${managementApi.toUpperCase()}`))).toMatchObject({
      resourceAppId: managementApi,
    })
  })

  test('shows in no answer about the blueprint itself, and cannot be set there', async () => {
    const blueprint = await newBlueprint()
    await sigil.make('POST', at(blueprint), { resourceAppId: managementApi, inheritableScopes: all })
    for (const query of ['', '?$select=id,inheritablePermissions', '?$select=*']) {
      expect(await sigil.make('GET', `/applications/${blueprint.id}${query}`)).not.toHaveProperty(
        'inheritablePermissions',
      )
    }
    const patch = { inheritablePermissions: [] }
    expect((await sigil.graph('PATCH', `/applications/${blueprint.id}`, patch)).status).toBe(400)
    await sigil.make('PATCH', `/applications/${blueprint.id}`, { description: 'changed' })
    expect(await inForce(blueprint)).toEqual({ [managementApi]: { scopes: 'allAllowed', roles: 'none' } })
    expect((await sigil.make('GET', at(blueprint))).value).toHaveLength(1)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, Body, Body]>([
    ['a type and a kind',           { inheritableScopes: all },                                            { scopes: 'allAllowed', roles: 'none' }],
    ['a type alone',                { inheritableScopes: { '@odata.type': '#microsoft.graph.noScopes' } }, { scopes: 'none', roles: 'none' }],
    ['a kind alone',                { inheritableScopes: { kind: 'allAllowed' } },                         { scopes: 'allAllowed', roles: 'none' }],
    ['scopes one by one',           { inheritableScopes: { kind: 'enumerated', scopes: ['Custom.Do'] } },  { scopes: ['Custom.Do'], roles: 'none' }],
    ['roles alone',                 { inheritableRoles: { kind: 'allAllowed' } },                          { scopes: 'none', roles: 'allAllowed' }],
    ['a type in whatever letters',  { inheritableRoles: { '@odata.type': 'graph.ALLAllowedRoles' } },      { scopes: 'none', roles: 'allAllowed' }],
    ['both',                        { inheritableScopes: none, inheritableRoles: allRoles },               { scopes: 'none', roles: 'allAllowed' }],
  ])('is said by %s', async (_, body, expected) => {
    const [blueprint, resourceAppId] = [await newBlueprint(), crypto.randomUUID()]
    await sigil.make('POST', at(blueprint), { resourceAppId, ...body })
    expect(await inForce(blueprint)).toEqual({ [resourceAppId]: expected })
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, Body]>([
    ['no resource',                    { resourceAppId: undefined }],
    ['a resource that is no GUID',     { resourceAppId: 'graph' }],
    ['nothing to inherit',             { inheritableScopes: undefined }],
    ['a kind that there is not',       { inheritableScopes: { kind: 'some' } }],
    ['neither type nor kind',          { inheritableScopes: {} }],
    ['a kind that is not set',         { inheritableScopes: { kind: 'scopeKindNotSet' } }],
    ['type and kind that differ',      { inheritableScopes: { ...all, kind: 'none' } }],
    ['a type of the other collection', { inheritableScopes: { '@odata.type': '#microsoft.graph.noRoles' } }],
    ['roles one by one',               { inheritableRoles: { kind: 'enumerated' } }],
    ['enumerated scopes without any',  { inheritableScopes: { kind: 'enumerated' } }],
    ['an empty list of scopes',        { inheritableScopes: enumerated() }],
    ['a list that is not enumerated',  { inheritableScopes: { ...all, scopes: ['User.Read'] } }],
    ['scopes with spaces',             { inheritableScopes: enumerated('User.Read Mail.Read') }],
    ['a scope that does not exist',    { inheritableScopes: enumerated('Nothing.At.All') }],
    ['an unknown property',            { inheritable: true }],
  ])('is refused with 400 for %s', async (_, change) => {
    const blueprint = await newBlueprint()
    const body = { resourceAppId: managementApi, inheritableScopes: all, ...change }
    expect(refusal(await sigil.graph('POST', at(blueprint), body))).toMatchObject({
      status: 400,
      code: 'Request_BadRequest',
    })
    expect(await inForce(blueprint)).toBeUndefined()
  })

  test('is never a permission that agents may not have', async () => {
    const blueprint = await newBlueprint()
    const blocked = permissions.filter(({ blocked }) => blocked === 'delegated' || blocked === 'both')
    expect(blocked.length).toBeGreaterThan(15)
    for (const { value } of blocked) {
      const inheritableScopes = enumerated('User.Read', value.toLowerCase())
      const answer = refusal(
        await sigil.graph('POST', at(blueprint), { resourceAppId: managementApi, inheritableScopes }),
      )
      expect(answer).toMatchObject({ status: 400, message: expect.stringContaining(`'${value}'`) })
    }
  })

  test('is said once for a resource, and for ten resources at most, however many ask at once', async () => {
    const blueprint = await newBlueprint()
    const post = (resourceAppId: string) =>
      sigil.graph('POST', at(blueprint), { resourceAppId, inheritableScopes: all })
    const one = crypto.randomUUID()
    const same = await Promise.all([post(one), post(one), post(one)])
    expect(same.map(({ status }) => status).sort()).toEqual([201, 409, 409])
    const others = await Promise.all(Array.from({ length: 12 }, () => post(crypto.randomUUID())))
    expect(others.filter(({ status }) => status === 201)).toHaveLength(9)
    expect(others.filter(({ status }) => status === 400)).toHaveLength(3)
    expect(Object.keys((await inForce(blueprint)) as object)).toHaveLength(10)
  })

  test('keeps the resource that it is about', async () => {
    const blueprint = await newBlueprint()
    await sigil.make('POST', at(blueprint), { resourceAppId: managementApi, inheritableScopes: all })
    const patch = (body: Body) => sigil.graph('PATCH', at(blueprint, managementApi), body)
    expect((await patch({ resourceAppId: crypto.randomUUID(), inheritableScopes: none })).status).toBe(400)
    expect((await patch({})).status).toBe(400)
    expect((await patch({ resourceAppId: managementApi, inheritableScopes: none })).status).toBe(200)
  })

  test('is of blueprints alone', async () => {
    for (const { id } of [actors.api, actors.principal, { id: crypto.randomUUID() }]) {
      expect((await sigil.graph('GET', at({ id }))).status).toBe(404)
      const body = { resourceAppId: managementApi, inheritableScopes: all }
      expect((await sigil.graph('POST', at({ id }), body)).status).toBe(404)
    }
    for (const id of ['x', crypto.randomUUID()]) {
      expect((await sigil.graph('GET', at(actors.blueprint, id))).status).toBe(404)
    }
  })

  test('is changed by nobody who has seen another version of the blueprint', async () => {
    const blueprint = await newBlueprint()
    const response = await fetch(`${sigil.service.http}/v1.0${at(blueprint)}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await sigil.adminToken()}`,
        'content-type': 'application/json',
        'if-match': 'W/"99"',
      },
      body: JSON.stringify({ resourceAppId: managementApi, inheritableScopes: all }),
    })
    expect(response.status).toBe(412)
  })

  test('is on record with how many agents it concerns', async () => {
    await sigil.make('POST', at(actors.blueprint), { resourceAppId: crypto.randomUUID(), inheritableScopes: all })
    const records = (await sigil.rows('AUDIT')).filter(({ targetResources }) =>
      (targetResources as Body[]).some(({ id }) => id === actors.blueprint.id),
    )
    expect(records.find(({ activityDisplayName }) => activityDisplayName === 'Update application')).toMatchObject({
      activityDisplayName: 'Update application',
      targetResources: [{ id: actors.blueprint.id, modifiedProperties: ['inheritablePermissions'] }],
      additionalDetails: [{ key: 'AffectedAgentIdentities', value: '1' }],
    })
  })

  test('is in the next token of an agent, and out of the one after it was taken back', async () => {
    const { apiPrincipal, api, role, principal, blueprint, agent, scope } = actors
    await sigil.make('POST', `/servicePrincipals/${principal.id}/appRoleAssignments`, {
      principalId: principal.id,
      resourceId: apiPrincipal.id,
      appRoleId: role.id,
    })
    const roles = async () => claimsIn(await sigil.agentToken(agent.id, await actors.t1(), scope)).roles ?? []
    expect(await roles()).toEqual([])
    await sigil.make('POST', at(blueprint), { resourceAppId: api.appId, inheritableRoles: allRoles })
    expect(await roles()).toEqual([role.value])
    await sigil.make('PATCH', at(blueprint, api.appId), { inheritableRoles: noRoles })
    expect(await roles()).toEqual([])
  })
})
