import { beforeAll, describe, expect, test } from 'vitest'
import {
  agent,
  agentUser,
  application,
  blueprint,
  blueprintType,
  blueprintWithPrincipal,
  type Made,
  missing,
  person,
  principalOf,
  smallTenant,
  tokenWith,
} from '../scenarios/makers.ts'
import { group } from '../scenarios/relations.ts'
import { relate } from '../support/delegated.ts'
import { type Sigil, sigilForTests } from '../support/sigil.ts'
import { auditsOf, idsAt, refer, refusal, refuses, relationsOf } from './relations.ts'

const sigil = sigilForTests()

type Holder = [what: string, collection: string, activity: string, make: (sigil: Sigil) => Promise<Made>]
// biome-ignore format: a table reads better aligned
const holders: Holder[] = [
  ['an application',         'applications',      'application',       application],
  ['a blueprint',            'applications',      'application',       blueprint],
  ['a service principal',    'servicePrincipals', 'service principal', async () => principalOf(sigil, await application(sigil))],
  ['a blueprint principal',  'servicePrincipals', 'service principal', async () => (await blueprintWithPrincipal(sigil)).principal],
  ['an agent identity',      'servicePrincipals', 'service principal', agent],
  ['a group',                'groups',            'group',             group],
]

let someone: Made
let app: Made
let ledger: Made
beforeAll(async () => {
  someone = await person(sigil)
  app = await application(sigil)
  ledger = await principalOf(sigil, app)
})

const owners = (made: Made, collection = 'applications'): string => `/${collection}/${made.id}/owners`
const add = (made: Made, owner: Pick<Made, 'id'>, collection?: string) =>
  sigil.graph('POST', `${owners(made, collection)}/$ref`, refer(owner))

describe.each(holders)('%s', (_, collection, activity, make) => {
  test('has owners: people, and principals of every kind', async () => {
    const made = await make(sigil)
    const before = await sigil.make('GET', `/${collection}/${made.id}`)
    const { principal } = await blueprintWithPrincipal(sigil)
    const owned = [someone, ledger, principal, await agent(sigil)]
    for (const owner of owned) expect((await add(made, owner, collection)).status).toBe(204)

    const list = owners(made, collection)
    const { '@odata.context': context, value } = await sigil.make('GET', `${list}?$select=id`)
    expect(context).toBe(`${sigil.service.origin}/v1.0/$metadata#directoryObjects`)
    const types = ['user', 'servicePrincipal', 'agentIdentityBlueprintPrincipal', 'agentIdentity']
    const expected = owned.map(({ id }, index) => ({ '@odata.type': `#microsoft.graph.${types[index]}`, id }))
    expect(value).toHaveLength(owned.length)
    expect(value).toEqual(expect.arrayContaining(expected))
    expect((await sigil.graph('GET', `${list}/$count`)).body).toBe(4)
    expect(await idsAt(sigil, `${list}/microsoft.graph.agentIdentity`)).toEqual([owned[3]?.id])
    expect((await idsAt(sigil, `${list}/graph.servicePrincipal`)).sort()).toEqual(
      owned
        .slice(1)
        .map(({ id }) => id)
        .sort(),
    )
    expect((await sigil.graph('GET', `${list}/microsoft.graph.user/$count`)).body).toBe(1)
    // What it is has not changed, and it can be changed as it is now.
    expect(await sigil.make('GET', `/${collection}/${made.id}`)).toEqual(before)

    const rows = (await relationsOf(sigil, made)).filter(({ pk, sk }) => `${pk}#${sk}`.includes('owners'))
    expect(rows).toHaveLength(8)
    expect(
      (await auditsOf(sigil, made)).filter((each) => each.activityDisplayName === `Add owner to ${activity}`),
    ).toHaveLength(4)

    for (const owner of owned) {
      expect((await sigil.graph('DELETE', `${list}/${owner.id}/$ref`)).status).toBe(204)
    }
    expect(await idsAt(sigil, list)).toEqual([])
    expect((await relationsOf(sigil, made)).filter(({ pk, sk }) => `${pk}#${sk}`.includes('owners'))).toEqual([])
    const removals = (await auditsOf(sigil, made)).filter(
      (each) => each.activityDisplayName === `Remove owner from ${activity}`,
    )
    expect(removals.map(({ additionalDetails }) => additionalDetails)).toContainEqual([
      { key: 'Target.Id', value: someone.id },
      { key: 'Target.Type', value: 'user' },
    ])
  })
})

test('the addresses of owners are listed as $ref, whatever else is selected', async () => {
  const made = await application(sigil)
  await add(made, someone)
  expect(await sigil.make('GET', `${owners(made)}/$ref?$select=displayName`)).toEqual({
    '@odata.context': `${sigil.service.origin}/v1.0/$metadata#Collection($ref)`,
    value: [{ '@odata.id': `${sigil.service.origin}/v1.0/directoryObjects/${someone.id}` }],
  })
})

test('they are the same under every address of the object', async () => {
  const uniqueName = `ledger-${crypto.randomUUID()}`
  const made = await blueprint(sigil, { uniqueName })
  const addresses = [
    `/applications/${made.id}`,
    `/applications/${blueprintType}/${made.id}`,
    `/applications/${made.id}/${blueprintType}`,
    `/Applications(appId='${made.appId}')`,
    `/applications(uniqueName='${uniqueName}')`,
    `/beta/applications('${made.id}')`,
  ]
  for (const address of addresses) {
    expect((await sigil.graph('POST', `${address}/owners/$ref`, refer(someone))).status).toBe(204)
    for (const other of addresses) expect(await idsAt(sigil, `${other}/owners`)).toEqual([someone.id])
    expect((await sigil.graph('DELETE', `${address}/owners/${someone.id.toUpperCase()}/$ref`)).status).toBe(204)
  }
})

describe('an owner is named by an address', () => {
  const host = 'https://graph.microsoft.com/v1.0'

  test('of whichever host and version, which is never asked', async () => {
    const made = await application(sigil)
    for (const address of [
      `${host}/directoryObjects/${someone.id}`,
      `https://sigil.invalid/beta/users/${someone.id}`,
      `https://127.0.0.1:1/v1.0/Users('${someone.id.toUpperCase()}')`,
      `/users/${someone.id}`,
    ]) {
      const answer = await sigil.graph('POST', `${owners(made)}/$ref`, { '@odata.id': address })
      expect([address, answer.status]).toEqual([address, 204])
      await sigil.make('DELETE', `${owners(made)}/${someone.id}/$ref`)
    }
  })

  test('and by nothing else', async () => {
    const made = await application(sigil)
    for (const address of [
      'file:///etc/passwd',
      `file:///v1.0/users/${someone.id}`,
      `http://graph.microsoft.com/v1.0/users/${someone.id}`,
      `${host}/applications/${app.id}`,
      `${host}/users/${someone.id}/manager`,
      `${host}/users/${someone.id}?$select=id`,
      `${host}/users/${someone.userPrincipalName}`,
      `${host}/users/${'a'.repeat(10_000)}`,
      someone.id,
      '',
      7,
      null,
    ]) {
      const path = `${owners(made)}/$ref`
      const answer = await refuses(sigil, () => sigil.graph('POST', path, { '@odata.id': address }))
      expect([address, answer]).toEqual([
        address,
        { status: 400, code: 'Request_BadRequest', message: expect.stringContaining("Property '@odata.id'") },
      ])
    }
    const unnamed = await refuses(sigil, () => sigil.graph('POST', `${owners(made)}/$ref`, { id: someone.id }))
    expect(unnamed.status).toBe(400)
  })

  test('of a user or principal of the tenant, in its own collection', async () => {
    const made = await application(sigil)
    const { token } = await smallTenant(sigil)
    const [foreign] = (await sigil.make('GET', '/users', undefined, token)).value as [Made]
    const wrong: [Pick<Made, 'id'>, string][] = [
      [await group(sigil), 'groups'],
      [await agentUser(sigil), 'users'],
      [app, 'directoryObjects'],
      [someone, 'servicePrincipals'],
      [ledger, 'users'],
      [missing, 'users'],
      [foreign, 'users'],
      [foreign, 'directoryObjects'],
    ]
    for (const [owner, collection] of wrong) {
      const answer = await refuses(sigil, () => sigil.graph('POST', `${owners(made)}/$ref`, refer(owner, collection)))
      expect(answer).toEqual({
        status: 400,
        code: 'Request_BadRequest',
        message: `Property '@odata.id': object with id '${owner.id}' is no user or service principal of the tenant.`,
      })
    }
  })
})

test('an owner is added once, of however many who add them at once', async () => {
  const made = await application(sigil)
  const answers = await Promise.all(Array.from({ length: 5 }, () => add(made, someone)))
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 400, 400, 400, 400])
  expect(refusal(answers.find(({ status }) => status === 400) as never)).toEqual({
    status: 400,
    code: 'Request_BadRequest',
    message: expect.stringContaining(
      "One or more added object references already exist for the following modified properties: 'owners'",
    ),
  })
  expect(await idsAt(sigil, owners(made))).toEqual([someone.id])
})

test('an object has at most 100 owners, of however many who are added at once', async () => {
  const made = await application(sigil)
  for (let count = 0; count < 98; count++) await relate(sigil, made.id, 'owners', crypto.randomUUID())
  const people = await Promise.all(Array.from({ length: 4 }, () => person(sigil)))
  const answers = await Promise.all(people.map((each) => add(made, each)))
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 204, 400, 400])
  expect(await sigil.rows(`RELATION#${sigil.tenantId}#${made.id}`)).toHaveLength(100)
  expect(refusal(await add(made, await person(sigil))).message).toContain('at most 100 owners')
})

test('what is no owner cannot be removed, and not twice', async () => {
  const made = await application(sigil)
  await add(made, someone)
  const remove = (id: string) => sigil.graph('DELETE', `${owners(made)}/${id}/$ref`)
  expect((await remove(someone.id)).status).toBe(204)
  for (const id of [someone.id, missing.id, 'x', 'x'.repeat(1500), '%F0%9F%92%A9']) {
    expect(await refuses(sigil, () => remove(id))).toMatchObject({ status: 404, code: 'Request_ResourceNotFound' })
  }
})

test('a deleted owner is not listed, and is one again when restored', async () => {
  const made = await application(sigil)
  const owner = await person(sigil)
  await add(made, owner)
  await sigil.make('DELETE', `/users/${owner.id}`)
  expect(await idsAt(sigil, owners(made))).toEqual([])
  expect((await sigil.graph('GET', `${owners(made)}/$count`)).body).toBe(0)
  await sigil.make('POST', `/directory/deletedItems/${owner.id}/restore`, {})
  expect(await idsAt(sigil, owners(made))).toEqual([owner.id])
})

test('users have no owners: they look as if they were not there', async () => {
  expect((await sigil.graph('GET', `/users/${someone.id}/owners`)).status).toBe(404)
  expect((await sigil.graph('POST', `/users/${someone.id}/owners/$ref`, refer(ledger))).status).toBe(404)
})

describe('who may', () => {
  test('name owners of agents names none of ordinary principals (Silverfort)', async () => {
    const token = await tokenWith(sigil, 'AgentIdentity.ReadWrite.All', 'AgentIdentityBlueprint.ReadWrite.All')
    const made = await agent(sigil)
    const onAgent = `/servicePrincipals/${made.id}/owners/$ref`
    expect((await sigil.graph('POST', onAgent, refer(someone), token)).status).toBe(204)
    for (const path of [`/servicePrincipals/${ledger.id}`, `/applications/${app.id}`]) {
      const answer = await refuses(sigil, () => sigil.graph('POST', `${path}/owners/$ref`, refer(someone), token))
      expect(answer).toMatchObject({ status: 403, code: 'Authorization_RequestDenied' })
    }
  })

  test('only read, changes nothing', async () => {
    const token = await tokenWith(sigil, 'AgentIdentity.Read.All')
    const made = await agent(sigil)
    await sigil.make('POST', `/servicePrincipals/${made.id}/owners/$ref`, refer(someone))
    const path = `/servicePrincipals/${made.id}/owners`
    for (const run of [
      () => sigil.graph('POST', `${path}/$ref`, refer(ledger), token),
      () => sigil.graph('DELETE', `${path}/${someone.id}/$ref`, undefined, token),
    ]) {
      expect(await refuses(sigil, run)).toMatchObject({ status: 403, code: 'Authorization_RequestDenied' })
    }
  })

  test('read an object reads that it has owners, and of those that they may not read nothing but their types', async () => {
    const made = await agent(sigil)
    for (const owner of [someone, await agent(sigil)]) {
      await sigil.make('POST', `/servicePrincipals/${made.id}/owners/$ref`, refer(owner))
    }
    const token = await tokenWith(sigil, 'AgentIdentity.Read.All')
    const path = `/servicePrincipals/${made.id}/owners`
    const { value } = await sigil.make('GET', path, undefined, token)
    expect(value).toHaveLength(2)
    expect(value).toContainEqual({ '@odata.type': '#microsoft.graph.user', id: someone.id })
    expect(value).toContainEqual(expect.objectContaining({ displayName: 'Clerk 7' }))
    const expanded = await sigil.make('GET', `/servicePrincipals/${made.id}?$expand=owners`, undefined, token)
    expect(expanded.owners).toEqual(value)
    // Nor is their name found out by asking for it.
    const asked = `${path}/microsoft.graph.user?$filter=displayName eq 'Grace'`
    expect(await idsAt(sigil, asked)).toEqual([someone.id])
    expect(await idsAt(sigil, asked, token)).toEqual([])
  })
})
