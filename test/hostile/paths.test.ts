import { beforeAll, describe, expect, test } from 'vitest'
import { applicationTypes, groupTypes, principalTypes, userTypes } from '../../shared/directory/read.ts'
import { collectionOf, type ObjectType } from '../../shared/domain/directory-object.ts'
import { written } from '../../shared/openapi/document.ts'
import { missing } from '../scenarios/makers.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import { type Event, type Ready, stageForTests, successes, titled, wrongsOfError } from './stage.ts'
import { anotherTenant, firstTenant, type Populated } from './tenant.ts'
import { nobody, type Raw, sendRaw, without } from './wire.ts'

/** Every address with an id in it × every id that names nothing there. */
const some = successes()
const stage = stageForTests(some, async () => {
  own = await firstTenant(sigil)
  other = await anotherTenant(sigil)
})
const { sigil } = stage
let own: Populated
let other: Populated

/** Of each address, the first request that prepared scenarios have. */
const addresses = new Map<string, Ready>()
beforeAll(async () => {
  for (const scenario of some) {
    const ready = await stage.ready(scenario)
    const { routeKey, pathParameters = {} } = ready.prepared.event as Event
    if (Object.keys(pathParameters).length > 1 && !addresses.has(routeKey)) addresses.set(routeKey, ready)
  }
})

type Parameters = Record<string, string>
const parametersOf = ({ prepared }: Ready): Parameters => ((prepared.event as Event).pathParameters ?? {}) as Parameters

/** The address with these values, as clients write it. */
const addressOf = (routeKey: string, parameters: Parameters): string =>
  written(routeKey.slice(routeKey.indexOf(' ') + 1)).replaceAll(/\{(\w+)\}/g, (_, name) => parameters[name] ?? '')

/** The same request of somebody else, with these values. */
const ask = (routeKey: string, { sent, prepared }: Ready, parameters: Parameters, token: string): Promise<Raw> =>
  sendRaw(sigil, {
    method: (prepared.event as Event).requestContext.http.method,
    path: addressOf(routeKey, parameters),
    body: sent.body,
    token,
  })

/** Two answers that must be the same to the last byte, but for the ids that were asked for. */
async function sameAsNothing(
  routeKey: string,
  ready: Ready,
  asked: Parameters,
  nothing: Parameters,
  token: string,
): Promise<string[]> {
  const [one, another] = [
    without(Object.values(asked), await ask(routeKey, ready, asked, token)),
    without(Object.values(nothing), await ask(routeKey, ready, nothing, token)),
  ]
  const what = `${routeKey} ${JSON.stringify(asked)}`
  if (one.status < 400 || one.status >= 500) return [`${what}: ${one.status} ${one.text.slice(0, 200)}`]
  return JSON.stringify(one) === JSON.stringify(another)
    ? wrongsOfError(JSON.parse(one.text)).map((wrong) => `${what}: ${wrong}`)
    : [`${what}: ${JSON.stringify(one).slice(0, 300)} in place of ${JSON.stringify(another).slice(0, 300)}`]
}

const nobodyFor = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, nobody(value) ?? value]))

test('what is of another tenant is answered as what is nowhere, at every address', async () => {
  const found: string[] = []
  for (const [routeKey, ready] of addresses) {
    const asked = parametersOf(ready)
    const nothing = nobodyFor(asked)
    if (JSON.stringify(asked) === JSON.stringify(nothing)) continue
    found.push(...(await sameAsNothing(routeKey, ready, asked, nothing, other.token)))
  }
  expect(found).toEqual([])
})

test("and so is what is of another tenant's, below an object of one's own", async () => {
  const found: string[] = []
  const parents: Record<string, string> = {
    applications: other.objects.agentIdentityBlueprint.id,
    servicePrincipals: other.objects.agentIdentity.id,
    users: other.objects.user.id,
    groups: other.objects.group.id,
  }
  for (const [routeKey, ready] of addresses) {
    const { id = '', ...rest } = parametersOf(ready)
    const parent = parents[routeKey.split('/')[2] ?? '']
    if (Object.keys(rest).length < 2 || !parent || id === '') continue
    const asked = { ...rest, id: parent }
    found.push(...(await sameAsNothing(routeKey, ready, asked, { ...nobodyFor(rest), id: parent }, other.token)))
  }
  expect(found).toEqual([])
})

/** Which types there are behind the first names of an address. */
const typesOf: Record<string, readonly ObjectType[]> = {
  applications: applicationTypes,
  servicePrincipals: principalTypes,
  users: userTypes,
  groups: groupTypes,
  directoryObjects: Object.keys(collectionOf) as ObjectType[],
  dependents: Object.keys(collectionOf) as ObjectType[],
}

test('what is of another type, or deleted, is answered as what is nowhere, at every address', async () => {
  const found: string[] = []
  for (const [routeKey, ready] of addresses) {
    const [, , collection = '', cast = ''] = routeKey.split('/')
    const named = cast.startsWith('microsoft.graph.') ? [cast.replace('microsoft.graph.', '')] : typesOf[collection]
    const parameters = parametersOf(ready)
    const first = Object.keys(parameters).find((name) => name !== 'version') ?? ''
    const isOfDeleted = routeKey.includes('deletedItems')
    for (const [what, id] of Object.entries(own.ids)) {
      const isThere = isOfDeleted
        ? what.startsWith('a deleted')
        : named?.includes(what as ObjectType) || (what === 'a tenant' && collection === 'organization')
      if (isThere || what === 'an appId') continue
      const asked = { ...parameters, [first]: id }
      const wrong = await sameAsNothing(routeKey, ready, asked, { ...parameters, [first]: nobody(id) ?? '' }, own.token)
      found.push(...wrong.map((each) => `${what}: ${each}`))
    }
  }
  expect(found).toEqual([])
})

// biome-ignore format: a table reads better aligned
const strange = {
  'a space':                    '%20',
  'a dot':                      '.',
  'dots':                       '%2e%2e',
  'dots and a parameter':       '..;',
  'a slash':                    'a%2fb',
  'a backslash':                'a%5cb',
  'NUL':                        'a%00b',
  'a line break':               'a%0d%0ab',
  'no UTF-8':                   '%ff%fe',
  'half a surrogate pair':      '%ed%a0%bd',
  'an emoji':                   '%F0%9F%98%80',
  'a turn from right to left':  '%E2%80%AEabc',
  'a number':                   '7',
  'a number beyond all':        '1e400',
  'a GUID in braces':           `{${missing.id}}`,
  'a URN':                      `urn:uuid:${missing.id}`,
  'a GUID and more':            `${missing.id}0`,
  'a GUID with a Kelvin sign':  '0000000%E2%84%AA-0000-0000-0000-000000000000',
  'a condition':                "(appId='a'%20or%20'1'='1')",
  'an empty alternate key':     'appId=',
  'an alternate key of no GUID': 'appId=a%20or%201',
  'an unknown alternate key':   'secret=x',
  'a property of all objects':  '__proto__',
  'parts of a key':             'DIRECTORY%23t%23user%230',
  'another parameter':          '{id}',
  'a star':                     '*',
  '10 KB':                      'x'.repeat(10_240),
  '10 KB of digits':            '0'.repeat(10_240),
  'a long record id':           'A'.repeat(4_000),
}

test('what is no id at all names nothing, at every address', async () => {
  const found: string[] = []
  for (const [routeKey, ready] of addresses) {
    const parameters = parametersOf(ready)
    for (const name of Object.keys(parameters).filter((each) => each !== 'version')) {
      for (const [what, value] of Object.entries(strange)) {
        const { status, text } = await ask(routeKey, ready, { ...parameters, [name]: value }, own.token)
        if (![400, 404, 431].includes(status))
          found.push(`${routeKey} with ${name} ${what}: ${status} ${text.slice(0, 200)}`)
      }
    }
  }
  expect(found).toEqual([])
})

describe('a GUID in capitals is the same GUID', () => {
  const withGuid = (scenario: Scenario): boolean => scenario.operation !== 'batch/run'

  test.each(titled(some.filter(withGuid)))('%s', async (_, scenario) => {
    const ready = await stage.ready(scenario)
    const { pathParameters = {}, rawPath } = ready.prepared.event as Event
    const capitals = (text: string) =>
      text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => id.toUpperCase())
    if (capitals(rawPath) === rawPath) return
    const changed = {
      rawPath: capitals(rawPath),
      pathParameters: Object.fromEntries(
        Object.entries(pathParameters).map(([name, value]) => [name, capitals(value ?? '')]),
      ),
    }
    const [small, large] = [await stage.outcome(ready, {}), await stage.outcome(ready, changed)]
    const comparable = ({ status, body, changes }: typeof small) =>
      [status, JSON.stringify(body).toLowerCase(), changes] as const
    expect(comparable(large)).toEqual(comparable(small))
  })
})
