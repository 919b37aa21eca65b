import { beforeAll, describe, expect, test } from 'vitest'
import { tokenWith } from '../scenarios/makers.ts'
import { type Answer, type Cast, cast, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>
type Made = Body & { id: string }

const sigil = sigilForTests()

let actors: Cast

beforeAll(async () => {
  actors = await cast(sigil, 'groups')
})

const refusal = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}
const security = (more: Body = {}): Body => ({
  displayName: 'Clerks',
  mailEnabled: false,
  mailNickname: 'clerks',
  securityEnabled: true,
  ...more,
})
const unified = { groupTypes: ['Unified'], mailEnabled: true, securityEnabled: false }
const dynamic = { groupTypes: ['DynamicMembership'], membershipRule: 'user.department -eq "Clerks"' }
const create = (more: Body = {}): Promise<Made> => sigil.make('POST', '/groups', security(more))
const user = (id: string): string => `https://graph.microsoft.com/v1.0/users/${id}`
const newPerson = (): Promise<Made> =>
  sigil.make('POST', '/users', {
    accountEnabled: true,
    displayName: 'Grace',
    mailNickname: 'grace',
    userPrincipalName: `grace-${crypto.randomUUID()}@${sigil.service.domain}`,
  })
const relations = (id: string) => sigil.rows(`RELATION#${sigil.tenantId}#${id}`)

describe('a group', () => {
  test('is made as an administrator enters it', async () => {
    const { status, body } = await sigil.graph('POST', '/groups', security({ description: 'All of them' }))
    expect(status).toBe(201)
    expect(body).toEqual({
      '@odata.context': `${sigil.service.origin}/v1.0/$metadata#groups/$entity`,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      createdDateTime: expect.any(String),
      deletedDateTime: null,
      description: 'All of them',
      displayName: 'Clerks',
      groupTypes: [],
      isAssignableToRole: null,
      mail: null,
      mailEnabled: false,
      mailNickname: 'clerks',
      membershipRule: null,
      membershipRuleProcessingState: null,
      securityEnabled: true,
      visibility: null,
    })
    expect(await sigil.make('GET', `/groups/${body.id}`)).toEqual(body)
    const audit = (await sigil.rows('AUDIT#')).find(
      ({ targetResources }) => (targetResources as Body[])[0]?.id === body.id,
    )
    expect(audit).toMatchObject({ activityDisplayName: 'Add group', category: 'UserManagement' })
  })

  test('of Microsoft 365 has an address, and one of a rule its rule', async () => {
    expect(await create({ ...unified, visibility: 'Private' })).toMatchObject({
      mail: `clerks@${sigil.service.domain}`,
      visibility: 'Private',
    })
    expect(await create({ ...dynamic, membershipRuleProcessingState: 'On' })).toMatchObject({
      ...dynamic,
      mail: null,
      membershipRuleProcessingState: 'On',
    })
    const both = { ...dynamic, ...unified, groupTypes: ['DynamicMembership', 'Unified'] }
    expect(await create(both)).toMatchObject(both)
  })

  test('is under both positions of its own cast, in any letters', async () => {
    const { id } = await create()
    for (const address of [
      `/groups/${id.toUpperCase()}`,
      `/Groups('${id}')`,
      `/beta/groups/microsoft.graph.group/${id}`,
      `/groups/${id}/Microsoft.Graph.Group`,
    ]) {
      const { status, body } = await sigil.graph('GET', address)
      expect([address, status, body.id]).toEqual([address, 200, id])
    }
  })

  test('is born with owners and members, of whom each is found in the tenant', async () => {
    const { person, agent, apiPrincipal } = actors
    const inner = await create()
    const { id } = await create({
      'owners@odata.bind': [user(person.id), user(person.id)],
      'members@odata.bind': [
        user(person.id),
        `https://graph.microsoft.com/v1.0/groups/${inner.id}`,
        `https://sigil.example/beta/directoryObjects/${agent.id}`,
        `/servicePrincipals/${apiPrincipal.id}`,
      ],
    })
    expect((await relations(id)).map(({ sk, targetType }) => [sk, targetType]).sort()).toEqual(
      [
        [`owners#${person.id}`, 'user'],
        [`members#${person.id}`, 'user'],
        [`members#${inner.id}`, 'group'],
        [`members#${agent.id}`, 'agentIdentity'],
        [`members#${apiPrincipal.id}`, 'servicePrincipal'],
      ].sort(),
    )
    expect((await sigil.rows(`INVERSE#${sigil.tenantId}#${agent.id}#members`)).map(({ sk }) => sk)).toEqual([id])
  })

  test('is listed, searched, filtered and counted', async () => {
    const displayName = `Zebras ${crypto.randomUUID()}`
    const { id } = await create({ displayName })
    const { value } = await sigil.make('GET', '/groups?$select=id,displayName')
    expect(value).toContainEqual({ id, displayName })
    const found = await sigil.make('GET', `/groups?$filter=displayName eq '${displayName}'&$select=id`)
    expect(found.value).toEqual([{ id }])
    const headers = { authorization: `Bearer ${await sigil.adminToken()}` }
    const count = await fetch(`${sigil.service.http}/v1.0/groups/$count`, { headers })
    expect(Number(await count.text())).toBe((value as Body[]).length)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, Body]>([
    ['displayName',         { displayName: undefined }],
    ['displayName',         { displayName: 'x'.repeat(257) }],
    ['displayName',         { displayName: null }],
    ['description',         { description: 'x'.repeat(1025) }],
    ['mailNickname',        { mailNickname: undefined }],
    ['mailNickname',        { mailNickname: 'x'.repeat(65) }],
    ['mailNickname',        { mailNickname: 'cle rks' }],
    ['mailEnabled',         { mailEnabled: undefined }],
    ['mailEnabled',         { mailEnabled: 'true' }],
    ['mailEnabled',         { mailEnabled: true }],
    ['mailEnabled',         { ...unified, mailEnabled: false }],
    ['securityEnabled',     { securityEnabled: undefined }],
    ['securityEnabled',     { securityEnabled: false }],
    ['groupTypes',          { groupTypes: null }],
    ['groupTypes',          { groupTypes: 'Unified' }],
    ['groupTypes.0',        { groupTypes: ['Security'] }],
    ['groupTypes',          { groupTypes: ['DynamicMembership', 'DynamicMembership'] }],
    ['membershipRule',      { groupTypes: ['DynamicMembership'] }],
    ['membershipRule',      { ...dynamic, membershipRule: ' ' }],
    ['membershipRule',      { membershipRule: 'user.department -eq "x"' }],
    ['membershipRuleProcessingState', { membershipRuleProcessingState: 'On' }],
    ['membershipRuleProcessingState', { ...dynamic, membershipRuleProcessingState: 'Off' }],
    ['visibility',          { visibility: 'Secret' }],
    ['isAssignableToRole',  { isAssignableToRole: 'true' }],
    ['isAssignableToRole',  { ...unified, isAssignableToRole: true }],
    ['isAssignableToRole',  { ...dynamic, isAssignableToRole: true }],
    ['id',                  { id: crypto.randomUUID() }],
    ['mail',                { mail: 'clerks@example.com' }],
    ['createdDateTime',     { createdDateTime: '2020-01-01T00:00:00Z' }],
    ['members',             { members: [] }],
    ['members@odata.bind',  { 'members@odata.bind': [user(crypto.randomUUID())] }],
    ['members@odata.bind',  { 'members@odata.bind': Array.from({ length: 21 }, () => user(crypto.randomUUID())) }],
    ['members@odata.bind',  { ...dynamic, 'members@odata.bind': [user(crypto.randomUUID())] }],
    ['owners@odata.bind',   { 'owners@odata.bind': [user(crypto.randomUUID())] }],
    ['@odata.type',         { '@odata.type': '#microsoft.graph.user' }],
  ])('is not made for its %s: %j', async (property, more) => {
    const before = await sigil.rows()
    const answer = refusal(await sigil.graph('POST', '/groups', security(more)))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain(`'${property}'`)
    expect(await sigil.rows()).toEqual(before)
  })

  test('is owned by no group, nor by an object of another collection than its address says', async () => {
    const inner = await create()
    for (const reference of [`/groups/${inner.id}`, `/users/${actors.agent.id}`, `/applications/${actors.api.id}`]) {
      const answer = refusal(await sigil.graph('POST', '/groups', security({ 'owners@odata.bind': [reference] })))
      expect([reference, answer.status]).toEqual([reference, 400])
      expect(answer.message).toContain("'owners@odata.bind")
    }
  })
})

describe('a group is changed', () => {
  test('property by property', async () => {
    const { id } = await create({ description: 'All of them' })
    const patch = { displayName: 'Scribes', description: null, mailNickname: 'scribes', visibility: 'Private' }
    expect((await sigil.graph('PATCH', `/groups/${id}`, patch)).status).toBe(204)
    expect(await sigil.make('GET', `/groups/${id}`)).toMatchObject({ ...patch, securityEnabled: true })
    const found = await sigil.make('GET', `/groups?$filter=displayName eq 'Scribes' and id eq '${id}'&$select=id`)
    expect(found.value).toEqual([{ id }])
  })

  test('to a rule and back', async () => {
    const { id } = await create()
    await sigil.make('PATCH', `/groups/${id}`, dynamic)
    expect(await sigil.make('GET', `/groups/${id}`)).toMatchObject(dynamic)
    await sigil.make('PATCH', `/groups/${id}`, { groupTypes: [], membershipRuleProcessingState: 'Paused' })
    expect(await sigil.make('GET', `/groups/${id}`)).toMatchObject({ groupTypes: [] })
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, Body]>([
    ['displayName',        { displayName: null }],
    ['mailNickname',       { mailNickname: null }],
    ['mailEnabled',        { mailEnabled: null }],
    ['mailEnabled',        { mailEnabled: true }],
    ['securityEnabled',    { securityEnabled: false }],
    ['groupTypes',         { groupTypes: null }],
    ['groupTypes',         { groupTypes: ['Unified'], mailEnabled: true }],
    ['membershipRule',     { groupTypes: ['DynamicMembership'] }],
    ['isAssignableToRole', { isAssignableToRole: true }],
    ['isAssignableToRole', { isAssignableToRole: false }],
    ['id',                 { id: crypto.randomUUID() }],
    ['mail',               { mail: null }],
    ['deletedDateTime',    { deletedDateTime: null }],
    ['members@odata.bind', { 'members@odata.bind': [] }],
    ['owners',             { owners: [] }],
  ])('but never has its %s changed so: %j', async (property, patch) => {
    const { id } = await create()
    const before = await sigil.rows()
    const answer = refusal(await sigil.graph('PATCH', `/groups/${id}`, patch))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain(`'${property}'`)
    expect(await sigil.rows()).toEqual(before)
  })

  test('and stays of Microsoft 365 if it is', async () => {
    const { id } = await create(unified)
    const answer = await sigil.graph('PATCH', `/groups/${id}`, {
      groupTypes: [],
      mailEnabled: false,
      securityEnabled: true,
    })
    expect(refusal(answer)).toMatchObject({ status: 400, message: expect.stringContaining("'groupTypes'") })
  })
})

describe('a group is deleted', () => {
  test('softly, with its members, once', async () => {
    const { id } = await create({ 'members@odata.bind': [user(actors.person.id)] })
    const answers = await Promise.all(Array.from({ length: 8 }, () => sigil.graph('DELETE', `/groups/${id}`)))
    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array(7).fill(404)])
    expect((await sigil.graph('GET', `/groups/${id}`)).status).toBe(404)
    expect((await sigil.rows('DELETED#')).find(({ sk }) => sk === id)).toMatchObject({
      type: 'group',
      deletedDateTime: expect.any(String),
    })
    expect(await relations(id)).toHaveLength(1)
  })
})

describe('a group that can hold directory roles', () => {
  const groupsToken = () => tokenWith(sigil, 'Group.ReadWrite.All')

  test('is made, changed and deleted by those alone who may give such roles', async () => {
    const token = await groupsToken()
    const both = await tokenWith(sigil, 'Group.ReadWrite.All', 'RoleManagement.ReadWrite.Directory')
    const body = security({ isAssignableToRole: true })
    expect(refusal(await sigil.graph('POST', '/groups', body, token))).toMatchObject({ status: 403 })
    const { id } = await sigil.make('POST', '/groups', body, both)
    for (const [method, sent] of [['PATCH', { displayName: 'x' }], ['DELETE']] as const) {
      const answer = refusal(await sigil.graph(method, `/groups/${id}`, sent, token))
      expect(answer).toMatchObject({ status: 403, code: 'Authorization_RequestDenied' })
    }
    expect((await sigil.graph('PATCH', `/groups/${id}`, { displayName: 'x' }, both)).status).toBe(204)
    expect((await sigil.graph('DELETE', `/groups/${id}`, undefined, both)).status).toBe(204)
  })

  test('is restored and purged by those alone', async () => {
    const token = await groupsToken()
    const both = await tokenWith(sigil, 'Group.ReadWrite.All', 'RoleManagement.ReadWrite.Directory')
    const { id } = await sigil.make('POST', '/groups', security({ isAssignableToRole: true }), both)
    await sigil.make('DELETE', `/groups/${id}`, undefined, both)
    const restore = (as: string) => sigil.graph('POST', `/directory/deletedItems/${id}/restore`, undefined, as)
    const purge = (as: string) => sigil.graph('DELETE', `/directory/deletedItems/${id}`, undefined, as)
    expect(refusal(await restore(token))).toMatchObject({ status: 403, code: 'Authorization_RequestDenied' })
    expect(refusal(await purge(token))).toMatchObject({ status: 403, code: 'Authorization_RequestDenied' })
    expect((await restore(both)).status).toBe(200)
    await sigil.make('DELETE', `/groups/${id}`, undefined, both)
    expect((await purge(both)).status).toBe(204)
  })

  test('has neither agents, nor their principals and users, nor groups for members', async () => {
    const { id: agentUser } = await sigil.make('POST', '/users/microsoft.graph.agentUser', {
      accountEnabled: true,
      displayName: 'Agent',
      mailNickname: 'agent',
      userPrincipalName: `agent-${crypto.randomUUID()}@${sigil.service.domain}`,
      identityParentId: actors.agent.id,
    })
    const { id: inner } = await create()
    const person = await newPerson()
    const bodyWith = (reference: string) =>
      security({ isAssignableToRole: true, 'members@odata.bind': [user(person.id), reference] })
    for (const [reference, id] of [
      [user(agentUser), agentUser],
      [`/groups/${inner}`, inner],
      [`/servicePrincipals/${actors.agent.id}`, actors.agent.id],
      [`/servicePrincipals/${actors.principal.id}`, actors.principal.id],
    ] as const) {
      const answer = refusal(await sigil.graph('POST', '/groups', bodyWith(reference)))
      expect(answer).toMatchObject({ status: 400, message: expect.stringContaining(id) })
    }
    expect((await sigil.graph('POST', '/groups', bodyWith(user(actors.person.id)))).status).toBe(201)
    expect((await sigil.graph('POST', '/groups', security({ 'members@odata.bind': [user(agentUser)] }))).status).toBe(
      201,
    )
  })
})

test('a group of another tenant is as little there as none', async () => {
  const { tenantId, admin } = await sigil.openTenant(`other-${crypto.randomUUID()}.example`)
  const { body } = await sigil.token(
    {
      grant_type: 'client_credentials',
      client_id: admin.clientId,
      client_secret: admin.clientSecret,
      scope: 'https://graph.microsoft.com/.default',
    },
    tenantId,
  )
  const theirs = String(body.access_token)
  const { id } = await create()
  const before = await sigil.rows()
  const nobody = crypto.randomUUID()
  for (const method of ['GET', 'PATCH', 'DELETE']) {
    const sent = method === 'PATCH' ? { displayName: 'x' } : undefined
    const answers = [id, nobody].map((each) => sigil.graph(method, `/groups/${each}`, sent, theirs))
    const [found, missing] = (await Promise.all(answers)).map(refusal)
    expect(found).toMatchObject({ status: 404, code: 'Request_ResourceNotFound' })
    expect(found?.message.replace(id, '')).toBe(missing?.message.replace(nobody, ''))
  }
  const bound = security({ 'members@odata.bind': [`/groups/${id}`], 'owners@odata.bind': [user(actors.person.id)] })
  expect(refusal(await sigil.graph('POST', '/groups', bound, theirs)).status).toBe(400)
  expect(await sigil.rows()).toEqual(before)
})
