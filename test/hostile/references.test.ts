import { describe, expect, test } from 'vitest'
import type { Outcome } from '../scenarios/lab.ts'
import { bodiesOf } from './schema.ts'
import { firstOfEach, stageForTests, successes, titled, withText, wrongs } from './stage.ts'
import { anotherTenant, firstTenant, type Populated } from './tenant.ts'

/** Every body × every id in it, in the place of which stands one of another tenant's, a deleted one, or an address of elsewhere. */
const some = firstOfEach(successes(({ operation }) => bodiesOf(operation).length > 0))
const stage = stageForTests(some, async () => {
  own = await firstTenant(stage.sigil)
  other = await anotherTenant(stage.sigil)
})
let own: Populated
let other: Populated

const guid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
const idsIn = (text: string): string[] => [...new Set(text.match(guid) ?? [])]

/** All of an outcome but one id, and what the parts of a batch are called in the log. */
const comparable = ({ status, body, changes }: Outcome, id: string): string =>
  JSON.stringify([status, body, changes], (_, value) => (value instanceof Set ? [...value].sort() : value))
    .replaceAll(id, '{id}')
    .replaceAll(/"(request-id|date)":"[^"]*"/g, '')

describe("an id of another tenant's, or of what was deleted, is as good as one of nothing", () => {
  test.each(titled(some))('%s', async (_, scenario) => {
    const ready = await stage.ready(scenario)
    const valid = JSON.stringify(ready.sent.body)
    const found: string[] = []
    for (const id of idsIn(valid)) {
      const outcomeWith = (another: string) => stage.outcome(ready, withText(ready, valid.replaceAll(id, another)))
      const nobody = crypto.randomUUID()
      const nothing = comparable(await outcomeWith(nobody), nobody)
      const gone = Object.entries(own.ids).filter(([what]) => what.startsWith('a deleted'))
      const theirs = Object.entries(other.ids).filter(([what]) => !what.startsWith('a deleted'))
      for (const [what, each] of [...theirs, ...gone]) {
        const outcome = await outcomeWith(each)
        const said = comparable(outcome, each)
        found.push(...wrongs(outcome, 'refused or taken').map((wrong) => `${what} for ${id}: ${wrong}`))
        if (said !== nothing)
          found.push(`${what} for ${id}: ${said.slice(0, 300)} in place of ${nothing.slice(0, 300)}`)
      }
    }
    expect(found).toEqual([])
  })
})

/** Addresses in the place of one that names an object: none is fetched, and those that name nothing of the tenant's are refused. */
const elsewhere = (id: string): Record<string, string> => ({
  'a file': `file:///v1.0/users/${id}`,
  'plain http': `http://graph.microsoft.com/v1.0/users/${id}`,
  'a script': `javascript:/users/${id}`,
  'another version': `https://graph.microsoft.com/v2.0/users/${id}`,
  'another tenant in the path': `https://graph.microsoft.com/v1.0/${other.tenantId}/users/${id}`,
  'another collection': `https://graph.microsoft.com/v1.0/applications/${id}`,
  'a query': `https://graph.microsoft.com/v1.0/users/${id}?$select=id`,
  'a fragment': `https://graph.microsoft.com/v1.0/users/${id}#`,
  'more behind it': `https://graph.microsoft.com/v1.0/users/${id}/manager`,
  dots: `https://graph.microsoft.com/v1.0/users/../users/${id}`,
  'an alternate key': `https://graph.microsoft.com/v1.0/users(userPrincipalName='${id}')`,
  'the id alone': id,
  nothing: '',
  '10 KB': `https://graph.microsoft.com/v1.0/users/${id}${'x'.repeat(10_240)}`,
  '10 KB of host': `https://${'x'.repeat(10_240)}/v1.0/users/${id}`,
})

describe('an address of elsewhere names nothing', () => {
  const withReferences = titled(some)

  test.each(withReferences)('%s', async (_, scenario) => {
    const ready = await stage.ready(scenario)
    const valid = JSON.stringify(ready.sent.body)
    const addresses =
      valid.match(/"https:\/\/[^"]*\/(?:users|groups|servicePrincipals|directoryObjects)\/[^"]*"/g) ?? []
    const found: string[] = []
    for (const address of new Set(addresses)) {
      for (const [what, another] of Object.entries(elsewhere(idsIn(address)[0] ?? ''))) {
        const outcome = await stage.outcome(ready, withText(ready, valid.replaceAll(address, JSON.stringify(another))))
        found.push(...wrongs(outcome, 'refused').map((wrong) => `${what} for ${address}: ${wrong}`))
      }
    }
    expect(found).toEqual([])
  })
})
