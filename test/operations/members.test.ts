import { beforeAll, describe, expect, test } from 'vitest'
import type { TenantId } from '../../shared/domain/tenant.ts'
import { keys } from '../../shared/store/table.ts'
import {
  agent,
  agentUser,
  application,
  type Made,
  missing,
  person,
  principalOf,
  tokenWith,
} from '../scenarios/makers.ts'
import { group } from '../scenarios/relations.ts'
import { put, relate } from '../support/delegated.ts'
import { sigilForTests } from '../support/sigil.ts'
import { auditsOf, idsAt, refer, refusal, refuses, relationsOf } from './relations.ts'

const sigil = sigilForTests()

let someone: Made
let ledger: Made
beforeAll(async () => {
  someone = await person(sigil)
  ledger = await principalOf(sigil, await application(sigil))
})

const members = ({ id }: Pick<Made, 'id'>): string => `/groups/${id}/members`
const add = (to: Pick<Made, 'id'>, member: Pick<Made, 'id'>, token?: string) =>
  sigil.graph('POST', `${members(to)}/$ref`, refer(member), token)
const remove = (from: Made, member: Pick<Made, 'id'>, token?: string) =>
  sigil.graph('DELETE', `${members(from)}/${member.id}/$ref`, undefined, token)
const ids = (...made: Made[]): string[] => made.map(({ id }) => id).sort()

describe('a group', () => {
  test('has members of every kind that is no application', async () => {
    const clerks = await group(sigil)
    const all = [someone, await agentUser(sigil), await agent(sigil), ledger, await group(sigil)]
    for (const each of all) expect((await add(clerks, each)).status).toBe(204)
    expect((await idsAt(sigil, members(clerks))).sort()).toEqual(ids(...all))
    expect((await sigil.graph('GET', `${members(clerks)}/$count`)).body).toBe(5)
    expect((await sigil.graph('GET', `${members(clerks)}/microsoft.graph.user/$count`)).body).toBe(2)
    expect(await idsAt(sigil, `${members(clerks)}/microsoft.graph.agentUser`)).toEqual(ids(all[1] as Made))
    expect((await sigil.make('GET', `${members(clerks)}/$ref?$top=1`)).value).toHaveLength(1)
    for (const each of all) expect((await remove(clerks, each)).status).toBe(204)
    expect(await idsAt(sigil, members(clerks))).toEqual([])
    expect(await relationsOf(sigil, clerks)).toEqual([])
    const activities = (await auditsOf(sigil, clerks)).map(({ activityDisplayName }) => activityDisplayName)
    expect(activities.filter((each) => each === 'Add member to group')).toHaveLength(5)
    expect(activities.filter((each) => each === 'Remove member from group')).toHaveLength(5)
  })

  test('gets many at once, and is no other version of itself for it', async () => {
    const clerks = await group(sigil)
    const people = await Promise.all(Array.from({ length: 12 }, () => person(sigil)))
    const answers = await Promise.all(people.map((each) => add(clerks, each)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]))
    expect((await idsAt(sigil, members(clerks))).sort()).toEqual(ids(...people))
    const [row] = (await sigil.rows('DIRECTORY#')).filter(({ sk }) => sk === clerks.id)
    expect(row?.version).toBe(1)
  })

  test('has each member once, of however many who add them', async () => {
    const clerks = await group(sigil)
    const answers = await Promise.all(Array.from({ length: 4 }, () => add(clerks, someone)))
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 400, 400, 400])
    expect(refusal(await add(clerks, someone)).message).toContain(
      "One or more added object references already exist for the following modified properties: 'members'",
    )
  })

  test('loses none that it does not have', async () => {
    const clerks = await group(sigil)
    for (const id of [someone.id, missing.id, 'x'.repeat(1500)]) {
      expect(await refuses(sigil, () => remove(clerks, { id }))).toMatchObject({ status: 404 })
    }
  })

  test('of a rule has no other members, and a role-assignable one neither groups nor agents and their users', async () => {
    const ruled = await group(sigil, { groupTypes: ['DynamicMembership'], membershipRule: 'true' })
    expect(await refuses(sigil, () => add(ruled, someone))).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    const assignable = await group(sigil, { isAssignableToRole: true })
    for (const each of [await group(sigil), await agent(sigil), await agentUser(sigil)]) {
      expect(await refuses(sigil, () => add(assignable, each))).toMatchObject({ status: 400 })
    }
    expect((await add(assignable, someone)).status).toBe(204)
  })

  test('and no application, nobody, and nothing that is no group has members', async () => {
    const clerks = await group(sigil)
    for (const each of [await application(sigil), missing]) {
      expect(await refuses(sigil, () => add(clerks, each))).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    }
    for (const id of [missing.id, someone.id, ledger.id]) {
      expect((await sigil.graph('GET', `/groups/${id}/members`)).status).toBe(404)
      expect((await add({ id }, someone)).status).toBe(404)
    }
  })

  test('is changed by who may change its members, and by nobody else', async () => {
    const clerks = await group(sigil)
    const token = await tokenWith(sigil, 'GroupMember.ReadWrite.All')
    expect((await add(clerks, someone, token)).status).toBe(204)
    expect((await remove(clerks, someone, token)).status).toBe(204)
    const owners = () => sigil.graph('POST', `/groups/${clerks.id}/owners/$ref`, refer(someone), token)
    expect(await refuses(sigil, owners)).toMatchObject({ status: 403 })
    const reader = await tokenWith(sigil, 'Group.Read.All')
    expect(await refuses(sigil, () => add(clerks, someone, reader))).toMatchObject({ status: 403 })
    const assignable = await group(sigil, { isAssignableToRole: true })
    expect(await refuses(sigil, () => add(assignable, someone, token))).toMatchObject({ status: 403 })
  })
})

describe('groups within groups', () => {
  const transitive = ({ id }: Made, rest = '') => idsAt(sigil, `/groups/${id}/transitiveMembers${rest}`)
  const of = (collection: string, { id }: Made, rest = '') =>
    idsAt(sigil, `/${collection}/${id}/transitiveMemberOf${rest}`)

  test('are gone through both ways, once each, whatever circle they make', async () => {
    const [outer, middle, inner] = [await group(sigil), await group(sigil), await group(sigil)]
    const [clerk, clever] = [await agent(sigil), await person(sigil)]
    for (const [to, member] of [
      [outer, middle],
      [middle, inner],
      [inner, outer],
      [inner, clever],
      [middle, clever],
      [inner, clerk],
    ] as const) {
      await add(to, member)
    }
    expect((await transitive(outer)).sort()).toEqual(ids(middle, inner, clever, clerk))
    expect(await transitive(outer, '/microsoft.graph.agentIdentity')).toEqual(ids(clerk))
    expect((await sigil.graph('GET', `/groups/${outer.id}/transitiveMembers/$count`)).body).toBe(4)
    expect(await idsAt(sigil, `/servicePrincipals/${clerk.id}/memberOf`)).toEqual(ids(inner))
    expect((await of('servicePrincipals', clerk)).sort()).toEqual(ids(outer, middle, inner))
    expect((await of('groups', inner)).sort()).toEqual(ids(outer, middle))
    expect((await sigil.graph('GET', `/users/${clever.id}/transitiveMemberOf/$count`)).body).toBe(3)
    const paged = await sigil.make('GET', `/groups/${outer.id}/transitiveMembers?$top=3`)
    const rest = new URL(String(paged['@odata.nextLink']))
    const pages = [
      ...(paged.value as Made[]),
      ...((await sigil.make('GET', rest.pathname + rest.search)).value as Made[]),
    ]
    expect(ids(...pages)).toEqual(ids(middle, inner, clever, clerk))
  })

  test('that are deleted lead nowhere, until they are restored', async () => {
    const [outer, inner, member] = [await group(sigil), await group(sigil), await person(sigil)]
    await add(outer, inner)
    await add(inner, member)
    await sigil.make('DELETE', `/groups/${inner.id}`)
    expect(await transitive(outer)).toEqual([])
    expect(await of('users', member)).toEqual([])
    await sigil.make('POST', `/directory/deletedItems/${inner.id}/restore`, {})
    expect((await transitive(outer)).sort()).toEqual(ids(inner, member))
    expect((await of('users', member)).sort()).toEqual(ids(outer, inner))
  })

  test('are gone through up to 100, and one more is told', async () => {
    const member = await person(sigil)
    const tenantId = sigil.tenantId as TenantId
    const join = async () => {
      const id = crypto.randomUUID()
      await put(sigil, keys.object(tenantId, 'group', id), { type: 'group', id, version: 1, properties: { id } })
      await relate(sigil, id, 'members', member.id)
      await put(sigil, keys.inverse(tenantId, member.id, 'members', id), { id, type: 'group' })
    }
    for (let count = 0; count < 100; count++) await join()
    expect(await sigil.make('GET', `/users/${member.id}/transitiveMemberOf`)).toMatchObject({ value: { length: 100 } })
    await join()
    expect(refusal(await sigil.graph('GET', `/users/${member.id}/transitiveMemberOf`))).toMatchObject({
      status: 400,
      code: 'Request_BadRequest',
      message: expect.stringContaining('More than 100 groups'),
    })
    const { value } = await sigil.make('GET', `/users/${member.id}/memberOf?$top=100`)
    expect(value).toHaveLength(100)
  })
})
