import { afterEach, expect, test } from 'vitest'
import { newAgent, newAgentUser, newFamily } from '../scenarios/families.ts'
import type { Made } from '../scenarios/makers.ts'
import { sigilForTests } from '../support/sigil.ts'
import {
  agentToken,
  askAsAgent,
  askForT1,
  deletedItem,
  expectExactCounters,
  rowsNaming,
  statesOf,
  t1,
  works,
} from './lifecycle.ts'

const sigil = sigilForTests()
afterEach(() => sigil.clock.reset())

const hourMs = 3_600_000
const inAnHour = (): string => new Date(sigil.clock.now().getTime() + hourMs).toISOString()
const dueOf = async ({ id }: Made) => (await sigil.rows('DUE#')).filter((row) => row.id === id)

test('an ephemeral agent works until its second, and from then on gets no token and makes no call, before anything has run', async () => {
  sigil.clock.stop()
  const family = await newFamily(sigil)
  const expiresAt = inAnHour()
  const agent = await newAgent(sigil, family, { expiresAt })
  expect(agent.expiresAt).toBe(expiresAt)
  sigil.clock.advance(hourMs - 1000)
  const exchanged = await t1(sigil, family, agent)
  const token = await agentToken(sigil, family, agent)
  expect(await works(sigil, family, agent)).toBe(true)
  expect((await sigil.graph('GET', '/me', undefined, token)).status).not.toBe(401)
  await sigil.work()
  expect(await statesOf(sigil, [agent])).toEqual(['living'])

  sigil.clock.advance(1000)
  expect((await askForT1(sigil, family, agent)).body).not.toHaveProperty('access_token')
  expect((await askAsAgent(sigil, agent, exchanged)).body).not.toHaveProperty('access_token')
  expect(await sigil.graph('GET', '/me', undefined, token)).toMatchObject({ status: 401 })
  expect(await statesOf(sigil, [agent])).toEqual(['living'])
})

test('it is deleted by itself, with its user, and 30 days later purged', async () => {
  const family = await newFamily(sigil)
  const agent = await newAgent(sigil, family, { expiresAt: inAnHour() })
  const user = await newAgentUser(sigil, agent)
  const stays = await newAgent(sigil, family)
  sigil.clock.advance(hourMs + 1000)
  await sigil.work()
  expect(await statesOf(sigil, [agent, user, stays])).toEqual(['deleted', 'deleted', 'living'])
  const [record] = (await sigil.rows('AUDIT#')).filter(
    ({ initiatedBy, targetResources }) =>
      JSON.stringify(initiatedBy).includes('"Sigil"') && JSON.stringify(targetResources).includes(agent.id),
  )
  expect(record).toMatchObject({ activityDisplayName: 'Remove service principal' })
  expect(record?.targetResources).toMatchObject([{ id: agent.id }, { id: user.id }])
  expect(await sigil.graph('POST', `${deletedItem(agent.id)}/restore`)).toMatchObject({ status: 400 })
  await expectExactCounters(sigil)

  sigil.clock.advance(30 * 24 * hourMs)
  await sigil.work()
  expect(await rowsNaming(sigil, agent.id, user.id)).toEqual([])
  expect(await works(sigil, family, stays)).toBe(true)
  await expectExactCounters(sigil)
})

test('one that is deleted before its time does not end twice, and one that comes back ends when it was to', async () => {
  const family = await newFamily(sigil)
  const agent = await newAgent(sigil, family, { expiresAt: inAnHour() })
  await sigil.graph('DELETE', `/servicePrincipals/${agent.id}`)
  expect(await dueOf(agent)).toMatchObject([{ what: 'purge' }])
  await sigil.graph('POST', `${deletedItem(agent.id)}/restore`)
  expect(await dueOf(agent)).toMatchObject([{ what: 'expire' }])
  expect(await works(sigil, family, agent)).toBe(true)
  sigil.clock.advance(hourMs + 1000)
  expect(await works(sigil, family, agent)).toBe(false)
  await sigil.work()
  expect(await statesOf(sigil, [agent])).toEqual(['deleted'])
  await expectExactCounters(sigil)
})

test('it is not made for a time that has passed, or for ever after', async () => {
  const family = await newFamily(sigil)
  for (const expiresAt of [
    new Date(sigil.clock.now().getTime() - 1000).toISOString(),
    '2999-01-01T00:00:00Z',
    'soon',
  ]) {
    await expect(newAgent(sigil, family, { expiresAt })).rejects.toThrow(/answered 400.*expiresAt/)
  }
})
