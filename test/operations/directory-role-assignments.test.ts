import { beforeAll, describe, expect, test } from 'vitest'
import { directoryRoles } from '../../shared/directory-roles.ts'
import { delegatedToken, grantScopes, holdRole } from '../support/delegated.ts'
import { type Answer, type Cast, cast, claimsIn, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>
type Made = Body & { id: string; appId: string }

const sigil = sigilForTests()
const assignments = '/roleManagement/directory/roleAssignments'
const definitions = '/roleManagement/directory/roleDefinitions'
const graph = 'https://graph.microsoft.com/.default'

let actors: Cast

beforeAll(async () => {
  actors = await cast(sigil, 'roles')
})

const roleNamed = (name: string): string => {
  const found = directoryRoles.find(({ displayName }) => displayName === name)
  if (!found) throw new Error(`there is no role ${name}`)
  return found.templateId
}
const reader = roleNamed('Global Reader')
const administrator = roleNamed('Global Administrator')

const refusal = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}
const newAgent = () =>
  sigil.make('POST', '/servicePrincipals/microsoft.graph.agentIdentity', {
    displayName: 'Agent',
    agentIdentityBlueprintId: actors.blueprint.appId,
    ...actors.sponsors,
  })
const newPerson = () =>
  sigil.make('POST', '/users', {
    accountEnabled: true,
    displayName: 'Grace',
    mailNickname: 'grace',
    userPrincipalName: `grace-${crypto.randomUUID()}@${sigil.service.domain}`,
  })
async function newClient() {
  const application = await sigil.make('POST', '/applications', { displayName: 'Client' })
  const { secretText } = await sigil.make('POST', `/applications/${application.id}/addPassword`, {})
  const principal = await sigil.make('POST', '/servicePrincipals', { appId: application.appId })
  return { principal, token: () => sigil.tokenFor(application.appId, String(secretText), graph) }
}
const body = (principal: { id: string }, roleDefinitionId = reader): Body => ({
  roleDefinitionId,
  principalId: principal.id,
  directoryScopeId: '/',
})
const assign = (principal: { id: string }, roleDefinitionId = reader): Promise<Made> =>
  sigil.make('POST', assignments, body(principal, roleDefinitionId))
const listed = async (path: string) => (await sigil.make('GET', path)).value as Body[]
const memberRef = (id: string, roleId = reader) => `/directoryRoles/${roleId}/members/${id}/$ref`
const addMember = (object: string, roleId = reader) =>
  sigil.graph('POST', `/directoryRoles/${roleId}/members/$ref`, {
    '@odata.id': `https://graph.microsoft.com/v1.0/${object}`,
  })
/** What tokens read. */
const heldBy = async (family: 'CLIENT' | 'USER', id: string) => {
  const [row] = await sigil.rows(`${family}#${sigil.tenantId}#${id}`)
  return [...((row?.directoryRoles as Set<string> | undefined) ?? [])]
}

describe('directory roles', () => {
  test('are listed, all of them, and found by either key and by name', async () => {
    const all = await listed('/directoryRoles')
    expect(all).toHaveLength(directoryRoles.length)
    const shown = {
      id: reader,
      deletedDateTime: null,
      description: null,
      displayName: 'Global Reader',
      roleTemplateId: reader,
    }
    expect(all).toContainEqual(shown)
    for (const path of [`/${reader}`, `/${reader.toUpperCase()}`, `(roleTemplateId='${reader}')`]) {
      expect(await sigil.make('GET', `/directoryRoles${path}`)).toMatchObject(shown)
    }
    expect(await listed("/directoryRoles?$filter=displayName eq 'global reader'")).toEqual([shown])
    expect(await listed(`/directoryRoles?$filter=roleTemplateId eq '${reader}'`)).toEqual([shown])
  })

  test('are defined under the same ids', async () => {
    const all = await listed(definitions)
    expect(all.map(({ id }) => id).sort()).toEqual(directoryRoles.map(({ templateId }) => templateId).sort())
    const shown = { id: reader, templateId: reader, displayName: 'Global Reader', isBuiltIn: true, isEnabled: true }
    expect(await sigil.make('GET', `${definitions}/${reader}`)).toMatchObject(shown)
    expect(await listed(`${definitions}?$filter=displayName eq 'Global Reader'`)).toMatchObject([shown])
  })

  test.each(['x', crypto.randomUUID(), 'displayName=Global Reader'])('are not found as %s', async (id) => {
    for (const path of [`/directoryRoles/${id}`, `/directoryRoles/${id}/members`, `${definitions}/${id}`]) {
      expect((await sigil.graph('GET', path)).status).toBe(404)
    }
  })
})

describe('a directory role that is given', () => {
  test('is shown on every side, is in the next token, and is gone from all once taken away', async () => {
    const { principal, token } = await newClient()
    const { status, body: made } = await sigil.graph('POST', assignments, body(principal))
    expect(status).toBe(201)
    expect(made).toEqual({
      '@odata.context': `${sigil.service.origin}/v1.0/$metadata#roleManagement/directory/roleAssignments/$entity`,
      id: expect.stringMatching(/^[\w-]{43}$/),
      roleDefinitionId: reader,
      principalId: principal.id,
      directoryScopeId: '/',
      createdDateTime: expect.any(String),
    })
    expect(await sigil.make('GET', `${assignments}/${made.id}`)).toEqual(made)
    expect((await listed(`/directoryRoles/${reader}/members`)).map(({ id }) => id)).toContain(principal.id)
    expect(claimsIn(await token()).wids).toContain(reader)

    expect((await sigil.graph('DELETE', `${assignments}/${made.id}`)).status).toBe(204)
    for (const method of ['GET', 'DELETE']) {
      expect((await sigil.graph(method, `${assignments}/${made.id}`)).status).toBe(404)
    }
    expect((await sigil.graph('DELETE', memberRef(principal.id))).status).toBe(404)
    expect((await listed(`/directoryRoles/${reader}/members`)).map(({ id }) => id)).not.toContain(principal.id)
    expect(claimsIn(await token()).wids).not.toContain(reader)
  })

  test('lets its holder act, and no more from the call after it was taken away, whatever the token says', async () => {
    const { principal, token } = await newClient()
    const made = await assign(principal)
    const own = await token()
    const ask = async () => (await sigil.graph('GET', '/users', undefined, own)).status
    expect(await ask()).toBe(200)
    await sigil.make('DELETE', `${assignments}/${made.id}`)
    expect(await ask()).toBe(403)
  })

  test('is given and taken as a member just as well', async () => {
    const [agent, person] = [await newAgent(), await newPerson()]
    for (const [object, family, id] of [
      [`servicePrincipals/${agent.id}`, 'CLIENT', agent.id],
      [`directoryObjects/${person.id}`, 'USER', person.id],
    ] as const) {
      expect((await addMember(object)).status).toBe(204)
      expect(await heldBy(family, id)).toEqual([reader])
      expect(await listed(`${assignments}?$filter=principalId eq '${id}'`)).toMatchObject([
        { roleDefinitionId: reader },
      ])
      expect((await addMember(object)).status).toBe(409)
      expect((await sigil.graph('DELETE', memberRef(id))).status).toBe(204)
      expect(await heldBy(family, id)).toEqual([])
    }
  })

  test('stands once, however many give it at once', async () => {
    const agent = await newAgent()
    const answers = await Promise.all([
      ...Array.from({ length: 3 }, () => sigil.graph('POST', assignments, body(agent))),
      addMember(`servicePrincipals/${agent.id}`),
    ])
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(3)
  })

  test('of a holder that is deleted can be taken away, and then does not come back with it; another one does', async () => {
    const agent = await newAgent()
    const made = await assign(agent)
    const other = await assign(agent, roleNamed('Directory Readers'))
    await sigil.make('DELETE', `/servicePrincipals/${agent.id}`)
    expect((await listed(`/directoryRoles/${reader}/members`)).map(({ id }) => id)).not.toContain(agent.id)
    expect((await sigil.graph('POST', assignments, body(agent))).status).toBe(404)
    expect((await sigil.graph('DELETE', `${assignments}/${made.id}`)).status).toBe(204)
    await sigil.make('POST', `/directory/deletedItems/${agent.id}/restore`, {})
    expect(await heldBy('CLIENT', agent.id)).toEqual([other.roleDefinitionId])
  })

  test('is on record with its holder and its name', async () => {
    const agent = await newAgent()
    await assign(agent)
    const records = (await sigil.rows('AUDIT')).filter(({ targetResources }) =>
      (targetResources as Body[]).some(({ id }) => id === agent.id),
    )
    expect(records.find(({ activityDisplayName }) => activityDisplayName === 'Add member to role')).toMatchObject({
      additionalDetails: [
        { key: 'Role.TemplateId', value: reader },
        { key: 'Role.DisplayName', value: 'Global Reader' },
      ],
    })
  })
})

describe('a directory role is not given', () => {
  const forbidden = directoryRoles.filter(({ allowedForAgents }) => !allowedForAgents)

  test.each(forbidden.map(({ displayName, templateId }) => [displayName, templateId]))(
    'as %s to an agent identity or agent user',
    async (displayName, templateId) => {
      const answer = refusal(await sigil.graph('POST', assignments, body(actors.agent, templateId)))
      expect(answer).toMatchObject({ status: 400, message: expect.stringContaining(`'${displayName}'`) })
      expect((await addMember(`servicePrincipals/${actors.agent.id}`, templateId)).status).toBe(400)
    },
  )

  test('to an agent user where an agent may not have it, and otherwise is', async () => {
    const agent = await newAgent()
    const user = await sigil.make('POST', '/users', {
      '@odata.type': '#microsoft.graph.agentUser',
      accountEnabled: true,
      displayName: 'Agent user',
      mailNickname: 'agent',
      userPrincipalName: `agent-${crypto.randomUUID()}@${sigil.service.domain}`,
      identityParentId: agent.id,
    })
    expect(refusal(await sigil.graph('POST', assignments, body(user, administrator)))).toMatchObject({ status: 400 })
    await assign(user)
    expect(await heldBy('USER', user.id)).toEqual([reader])
  })

  test('to a blueprint principal', async () => {
    expect(refusal(await sigil.graph('POST', assignments, body(actors.principal)))).toMatchObject({ status: 400 })
  })

  test('to a group', async () => {
    const group = await sigil.make('POST', '/groups', {
      displayName: 'Group',
      mailEnabled: false,
      mailNickname: 'group',
      securityEnabled: true,
    })
    expect(refusal(await sigil.graph('POST', assignments, body(group)))).toMatchObject({ status: 400 })
    expect((await addMember(`groups/${group.id}`)).status).toBe(400)
  })

  test('by anyone to themselves', async () => {
    const client = await newClient()
    const api = await sigil.make('GET', '/servicePrincipals/00000003-0000-0000-c000-000000000000')
    const giver = (api.appRoles as Body[]).find(({ value }) => value === 'RoleManagement.ReadWrite.Directory')
    await sigil.make('POST', `/servicePrincipals/${client.principal.id}/appRoleAssignments`, {
      principalId: client.principal.id,
      resourceId: api.id,
      appRoleId: giver?.id,
    })
    const own = await client.token()
    const give = async (principal: { id: string }) =>
      (await sigil.graph('POST', assignments, body(principal, administrator), own)).status
    expect(await give(client.principal)).toBe(403)
    expect(await give(await newPerson())).toBe(201)
    const [held] = await listed(`/servicePrincipals/${client.principal.id}/appRoleAssignments`)
    await sigil.make('DELETE', `/servicePrincipals/${client.principal.id}/appRoleAssignments/${held?.id}`)
    expect(await give(await newPerson())).toBe(403)
  })

  test('by whoever may not give roles', async () => {
    const { principal, token } = await newClient()
    await assign(principal)
    const own = await token()
    expect((await sigil.graph('GET', assignments, undefined, own)).status).toBe(200)
    expect((await sigil.graph('POST', assignments, body(actors.agent), own)).status).toBe(403)
    expect((await sigil.graph('DELETE', memberRef(principal.id), undefined, own)).status).toBe(403)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[number, string, Body]>([
    [400, 'no role',                          { roleDefinitionId: undefined }],
    [400, 'a role by its name',               { roleDefinitionId: 'Global Reader' }],
    [400, 'a role that does not exist',       { roleDefinitionId: crypto.randomUUID() }],
    [400, 'nobody',                           { principalId: undefined }],
    [404, 'a holder that does not exist',     { principalId: crypto.randomUUID() }],
    [400, 'a part of the tenant',             { directoryScopeId: '/administrativeUnits/1' }],
    [400, 'an application’s scope',           { appScopeId: '/' }],
  ])('with %i for %s', async (status, _, change) => {
    const before = await sigil.rows('ROLEASSIGNMENT')
    expect((await sigil.graph('POST', assignments, { ...body(actors.agent), ...change })).status).toBe(status)
    expect(await sigil.rows('ROLEASSIGNMENT')).toEqual(before)
  })

  test('to a member whose address is none, or of another kind', async () => {
    for (const object of [
      `users/${actors.agent.id}`,
      `applications/${actors.api.id}`,
      'users/x',
      `users/${crypto.randomUUID()}`,
    ]) {
      expect([object, (await addMember(object)).status]).toEqual([object, 400])
    }
  })
})

describe('the listing of role assignments', () => {
  test('is narrowed to a role, to a holder, and to both', async () => {
    const [one, other] = [await newAgent(), await newPerson()]
    const billing = roleNamed('Billing Administrator')
    for (const principal of [one, other]) await assign(principal, billing)
    await assign(one, roleNamed('Security Reader'))
    const found = async (filter: string) =>
      (await listed(`${assignments}?$filter=${filter}`)).map(({ principalId }) => principalId).sort()
    expect(await found(`roleDefinitionId eq '${billing}'`)).toEqual([one.id, other.id].sort())
    expect(await found(`principalId eq '${one.id}'`)).toEqual([one.id, one.id])
    expect(await found(`principalId eq '${one.id}' and roleDefinitionId eq '${billing}'`)).toEqual([one.id])
    expect((await sigil.graph('GET', `${assignments}?$filter=createdDateTime ge 2020-01-01T00:00:00Z`)).status).toBe(
      400,
    )
  })

  test('comes in pages, each assignment once', async () => {
    const found: unknown[] = []
    let path: string | undefined = `/v1.0${assignments}?$top=2`
    while (path) {
      const page: Body = await sigil.make('GET', path)
      found.push(...(page.value as Body[]).map(({ id }) => id))
      path = (page['@odata.nextLink'] as string | undefined)?.slice(sigil.service.origin.length)
    }
    expect(found.sort()).toEqual((await sigil.rows('ROLEASSIGNMENT')).map(({ id }) => id).sort())
  })
})

describe('on behalf of a person', () => {
  // biome-ignore format: a table reads better aligned
  test.each<[string, number]>([
    ['Global Administrator',          201],
    ['Privileged Role Administrator', 201],
    ['Agent ID Administrator',        403],
    ['AI Administrator',              403],
  ])('as %s a role is given to another with %i, and to oneself never', async (role, expected) => {
    const scopes = ['RoleManagement.ReadWrite.Directory']
    const [{ principal }, user] = [await newClient(), await newPerson()]
    await grantScopes(sigil, { clientId: principal.appId, scopes })
    await holdRole(sigil, { userId: user.id }, role)
    const token = await delegatedToken(sigil, { clientId: principal.appId, userId: user.id, scopes, roles: [role] })
    const give = async (to: { id: string }) => (await sigil.graph('POST', assignments, body(to), token)).status
    expect(await give(await newAgent())).toBe(expected)
    expect([await give(user), await give(principal)]).toEqual([403, 403])
    await holdRole(sigil, { userId: user.id }, role, 'DELETE')
    expect(await give(await newAgent())).toBe(403)
  })
})
