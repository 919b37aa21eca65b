import { describe, expect, test } from 'vitest'
import { applicationTypes, groupTypes, principalTypes, userTypes } from '../../shared/directory/read.ts'
import { type ObjectType, objectTypes } from '../../shared/domain/directory-object.ts'
import { written } from '../../shared/openapi/document.ts'
import { type Route, routes } from '../../shared/routes.ts'
import type { Outcome } from '../scenarios/lab.ts'
import { missing } from '../scenarios/makers.ts'
import {
  type Event,
  firstOfEach,
  inTurn,
  type Ready,
  stageForTests,
  successes,
  titled,
  wrongsOfError,
} from './stage.ts'
import { anotherTenant, firstTenant, type Populated } from './tenant.ts'
import { nobody, type Raw, sendRaw, without } from './wire.ts'

const hasId = (path: string): boolean => path.replace('{version}', '').includes('{')

/** Every address with an id in it × every id that names nothing there. */
const some = firstOfEach(successes(({ operation }) => hasId(routes[operation].path)))
const stage = stageForTests(some, async () => {
  own = await firstTenant(sigil)
  other = await anotherTenant(sigil)
  for (const scenario of some) addresses.push(...addressesOf(await stage.ready(scenario)))
})
const { sigil } = stage
let own: Populated
let other: Populated

type Parameters = Record<string, string>
/** One path of an operation, and values with which it names something of the first tenant. */
type Address = { path: string; parameters: Parameters; ready: Ready; isFirst: boolean }
const addresses: Address[] = []

function addressesOf(ready: Ready): Address[] {
  const { pathParameters, routeKey } = ready.prepared.event as Event
  const taken = routeKey.slice(routeKey.indexOf(' ') + 1)
  const { path, also = [] }: Route = routes[ready.scenario.operation]
  return [path, ...also].filter(hasId).map((each) => {
    const names = [...each.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
    const defaults: Parameters = { id: idsBehind(own)[collectionIn(each)] ?? missing.id, cast: 'microsoft.graph.user' }
    const isSame = collectionIn(each) === collectionIn(taken)
    const known: Parameters = { ...defaults, ...(pathParameters as Parameters), ...(!isSame && defaults) }
    return {
      path: each,
      parameters: Object.fromEntries(names.map((name) => [name, known[name] ?? missing.id])),
      ready,
      isFirst: each === taken,
    }
  })
}

const collectionIn = (path: string): string => path.split('/')[2] ?? ''
const idsBehind = ({ objects }: Populated): Parameters => ({
  applications: objects.agentIdentityBlueprint.id,
  servicePrincipals: objects.agentIdentity.id,
  users: objects.user.id,
  groups: objects.group.id,
  directoryObjects: objects.agentIdentity.id,
})

/** The request of an address with other values, of somebody. */
const ask = ({ path, ready: { sent, prepared } }: Address, parameters: Parameters, token: string): Promise<Raw> =>
  sendRaw(sigil, {
    method: (prepared.event as Event).requestContext.http.method,
    path: written(path).replaceAll(/\{(\w+)\}/g, (_, name) => parameters[name] ?? ''),
    body: sent.body,
    token,
  })

/** What is wrong with the answer about some ids, beside the answer about as many that name nothing: nothing, if it is the same to the last byte. */
async function wrongsBeside(nothing: Raw, address: Address, parameters: Parameters, token: string): Promise<string[]> {
  const answer = without(Object.values(parameters), await ask(address, parameters, token))
  const what = `${(address.ready.prepared.event as Event).routeKey} ${JSON.stringify(parameters)}`
  if (answer.status < 400 || answer.status >= 500) return [`${what}: ${answer.status} ${answer.text.slice(0, 200)}`]
  return JSON.stringify(answer) === JSON.stringify(nothing)
    ? wrongsOfError(JSON.parse(answer.text)).map((wrong) => `${what}: ${wrong}`)
    : [`${what}: ${answer.status} ${answer.text} in place of ${nothing.status} ${nothing.text}`]
}

const nothingAt = async (address: Address, parameters: Parameters, token: string): Promise<Raw> =>
  without(Object.values(parameters), await ask(address, parameters, token))

const nobodyFor = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, nobody(value) ?? value]))

test('what is of another tenant is answered as what is nowhere, at every address', async () => {
  const found: string[] = []
  for (const address of addresses) {
    const { parameters } = address
    const nobodies = nobodyFor(parameters)
    if (JSON.stringify(parameters) === JSON.stringify(nobodies)) continue
    const nothing = await nothingAt(address, nobodies, other.token)
    found.push(...(await wrongsBeside(nothing, address, parameters, other.token)))
  }
  expect(found).toEqual([])
})

test("and so is what is of another tenant's, below an object of one's own", async () => {
  const found: string[] = []
  for (const address of addresses) {
    const { id, ...rest } = address.parameters
    const parent = idsBehind(other)[collectionIn(address.path)]
    const nobodies = nobodyFor(rest)
    if (id === undefined || !parent || JSON.stringify(rest) === JSON.stringify(nobodies)) continue
    const nothing = await nothingAt(address, { ...nobodies, id: parent }, other.token)
    found.push(...(await wrongsBeside(nothing, address, { ...rest, id: parent }, other.token)))
  }
  expect(found).toEqual([])
})

/** Which types there are behind the first names of an address. */
const typesOf: Record<string, readonly ObjectType[]> = {
  applications: applicationTypes,
  servicePrincipals: principalTypes,
  users: userTypes,
  groups: groupTypes,
  directoryObjects: objectTypes,
}

test('what is of another type, or deleted, is answered as what is nowhere, at every address', async () => {
  const found: string[] = []
  for (const address of addresses) {
    const { path, parameters } = address
    const [, , collection = '', cast = ''] = path.split('/')
    const types: readonly string[] = cast.startsWith('microsoft.graph.')
      ? [cast.replace('microsoft.graph.', '')]
      : (typesOf[collection] ?? [])
    const isThere = (what: string): boolean =>
      path.includes('deletedItems')
        ? what.startsWith('a deleted')
        : types.includes(what) || (what === 'a tenant' && collection === 'organization')
    const first = Object.keys(parameters).find((name) => name !== 'version') ?? ''
    const nothing = await nothingAt(address, { ...parameters, [first]: crypto.randomUUID() }, own.token)
    const others = Object.entries(own.ids).filter(([each]) => !isThere(each))
    for (const [what, id] of others.filter((_, index) => address.isFirst || index % 4 === 0)) {
      const wrong = await wrongsBeside(nothing, address, { ...parameters, [first]: id }, own.token)
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
  for (const [turn, address] of addresses.entries()) {
    for (const name of Object.keys(address.parameters).filter((each) => each !== 'version')) {
      for (const [what, value] of inTurn(Object.entries(strange), turn)) {
        const { status, text } = await ask(address, { ...address.parameters, [name]: value }, own.token)
        const isFine = [400, 404, 431].includes(status)
        if (!isFine) found.push(`${address.path} with ${name} ${what}: ${status} ${text.slice(0, 200)}`)
      }
    }
  }
  expect(found).toEqual([])
})

test('work that goes on is asked for by its GUID: no longer text reaches the store', async () => {
  const path = `/beta/sigil/operations/${'A'.repeat(4_000)}`
  expect((await sendRaw(sigil, { method: 'GET', path, token: own.token })).status).toBe(404)
})

describe('a GUID in capitals is the same GUID', () => {
  test.each(titled(some))('%s', async (_, scenario) => {
    const ready = await stage.ready(scenario)
    const { pathParameters = {}, rawPath } = ready.prepared.event as Event
    const changed = {
      rawPath: capitals(rawPath),
      pathParameters: Object.fromEntries(
        Object.entries(pathParameters).map(([name, value = '']) => [name, capitals(value)]),
      ),
    }
    const [small, large] = [await stage.outcome(ready, {}), await stage.outcome(ready, changed)]
    expect(comparable(large)).toEqual(comparable(small))
  })

  const capitals = (text: string) =>
    text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => id.toUpperCase())
  /** A page's place in a listing is bound to the address as it was written. */
  const comparable = ({ status, body, changes }: Outcome) => {
    const { '@odata.nextLink': _, ...rest } = body
    return { status, body: JSON.stringify(rest).toLowerCase(), changes }
  }
})
