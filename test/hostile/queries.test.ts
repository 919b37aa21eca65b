import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { QueryOption } from '../../shared/http/query.ts'
import { routes } from '../../shared/routes.ts'
import type { Outcome } from '../scenarios/lab.ts'
import { described } from './schema.ts'
import { type Event, firstOfEach, inTurn, type Ready, stageForTests, successes, titled, wrongs } from './stage.ts'
import { anotherTenant, type Populated } from './tenant.ts'

/** Every `GET` × every query option × what nobody asks for: an answer or a 400, for a bounded number of calls of the store. */
const some = firstOfEach(successes(({ operation }) => ['GET', 'ANY'].includes(routes[operation].method)))
const stage = stageForTests(some, async () => {
  other = await anotherTenant(stage.sigil)
})
let other: Populated

const many = (count: number, of: (index: number) => string, separator: string): string =>
  Array.from({ length: count }, (_, index) => of(index)).join(separator)
const guid = '99999999-9999-4999-8999-999999999999'

/** Refused wherever they stand, and whether or not the operation understands the option. */
const refused: Record<QueryOption, string[]> = {
  $top: [
    '',
    '0',
    '-1',
    '1000',
    '1e9',
    'NaN',
    '10abc',
    ' 5',
    '5.0',
    '0x10',
    '\uff11\uff10',
    '9'.repeat(400),
    '1,2',
    'null',
  ],
  $count: ['', '1', 'yes', 'TRUE ', 'null', 'true,false'],
  $skiptoken: ['', 'x', '=', '{}', 'e30', 'bnVsbA', 'W10', 'A'.repeat(5_000), 'WyJ4IiwwLCJ4Il0', '../..', '\u0000'],
  $select: ['', ',', 'id,,id', 'id;drop', 'x'.repeat(5_000), 'id\u0000', '__proto__', "'id'"],
  $expand: [
    '',
    ',',
    'x',
    '*',
    '__proto__',
    'owners(',
    'owners()',
    'owners($expand=owners)',
    'owners($top=0)',
    many(60, () => 'owners', ','),
  ],
  $orderby: [
    '',
    ',',
    'id desc asc',
    'x',
    'displayName sideways',
    '__proto__',
    'displayName,displayName',
    "'displayName'",
    'x'.repeat(5_000),
  ],
  $search: [
    '',
    '"',
    'x',
    '"displayName"',
    '"displayName:',
    '"__proto__:x"',
    '"id:x"',
    '""',
    '"displayName:x" OR',
    many(200, () => '"displayName:x"', ' AND '),
  ],
  $filter: [
    '',
    ' ',
    'x',
    'displayName',
    'displayName eq',
    "displayName eq 'x",
    "displayName eq 'x' and",
    "displayName eq 'x' displayName eq 'y'",
    'displayName eq x',
    "displayName = 'x'",
    "(displayName eq 'x'",
    "displayName eq 'x')",
    'not',
    'displayName in ()',
    `id in (${many(200, () => `'${guid}'`, ',')})`,
    many(300, () => "displayName eq 'x'", ' or '),
    `${'('.repeat(3_000)}displayName eq 'x'${')'.repeat(3_000)}`,
    `${'not '.repeat(2_000)}accountEnabled eq true`,
    "__proto__ eq 'x'",
    "constructor/prototype eq 'x'",
    "passwordProfile/password eq 'x'",
    "passwordCredentials/any(c:c/secretText eq 'x')",
    "contains(displayName,'x')",
    "substringof('x',displayName)",
    'startswith(displayName)',
    "isof('microsoft.graph.x')",
    "tags/any(t:t eq 'x' and tags/any(t:t eq 'y'))",
    'createdDateTime ge 2030-13-45T00:00:00Z',
    "accountEnabled eq 'false'",
    'accountEnabled eq 1e400',
    '1 eq 1',
    "'a' or '1'='1'",
    `displayName eq '${'x'.repeat(8_000)}'`,
  ],
}

/** Understood by some, and never more than they understand. */
const odd: Partial<Record<QueryOption, string[]>> = {
  $top: ['1', '999'],
  $count: ['true', 'false', 'TRUE'],
  $select: [
    'id',
    'ID',
    'id,displayName',
    'secretText',
    'passwordCredentials',
    'customSecurityAttributes',
    'displayName/x',
    '*,*',
    'toString',
    '*,*',
    many(40, (each) => `p${each}`, ','),
  ],
  $expand: ['owners', 'sponsors', 'owners,sponsors', 'manager', 'members($select=id;$top=5)'],
  $orderby: ['displayName', 'displayName desc', 'createdDateTime desc', 'id'],
  $search: ['"displayName:x"', '"displayName:\u202e"', '"displayName:a" OR "displayName:b"'],
  $filter: [
    "displayName eq 'x'",
    "displayName eq ''''",
    'displayName ne null',
    "startswith(displayName,'')",
    "endswith(displayName,'\u{1f600}')",
    "not(startswith(displayName,'x'))",
    `id in (${many(15, (each) => `'${guid.replace('9', String(each % 10))}'`, ',')})`,
    many(10, (each) => `displayName eq 'n${each}'`, ' or '),
    `id eq '${guid}'`,
    "id eq 'x'",
    `id eq '${'x'.repeat(3_000)}'`,
    `appId eq '${guid}'`,
    `agentIdentityBlueprintId eq '${'x'.repeat(3_000)}'`,
    `agentIdentityBlueprintId eq '${guid}'`,
    `identityParentId eq '${'x'.repeat(3_000)}'`,
    `userPrincipalName eq '${'x'.repeat(3_000)}@x'`,
    `uniqueName eq '${'x'.repeat(3_000)}'`,
    `principalId eq '${'x'.repeat(3_000)}'`,
    `clientId eq '${guid}' and resourceId eq 'x'`,
    `sponsors/any(s:s/id eq '${'x'.repeat(3_000)}')`,
    `owners/any(s:s/id eq '${guid}')`,
    "isof('microsoft.graph.agentIdentity')",
    'accountEnabled eq false',
    "tags/any(t:t eq 'x')",
    "identifierUris/any(u:u eq 'x')",
    'createdDateTime ge 0001-01-01T00:00:00Z',
  ],
}

const isUnderstood = ({ scenario }: Ready, option: QueryOption): boolean =>
  described[scenario.operation]?.query?.includes(option) ?? false

/** The scenario's request with other query options, asking for what is eventually consistent as others must. */
async function asked(ready: Ready, options: readonly (readonly [string, string])[]): Promise<Outcome> {
  const { headers } = ready.prepared.event as Event
  const rawQueryString = options.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  return stage.outcome(ready, { rawQueryString, headers: { ...headers, consistencylevel: 'eventual' } })
}

/** With `$count` where that is understood, without which some are refused for that alone. */
const counted = (ready: Ready, option: QueryOption, value: string): [string, string][] => [
  [option, value],
  ...(isUnderstood(ready, '$count') && ['$filter', '$search', '$orderby'].includes(option)
    ? [['$count', 'true'] as [string, string]]
    : []),
]

/** A page and its count each read what a listing without any option reads, and what is expanded is read of each object of the page. */
async function budgetOf(ready: Ready): Promise<(outcome: Outcome) => number> {
  const { calls } = await asked(ready, [])
  return ({ body }) => 2 * calls.length + 15 + 4 * (Array.isArray(body.value) ? body.value.length : 1)
}

const shown = (value: string): string => JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
const all = (some: Partial<Record<QueryOption, string[]>>) =>
  (Object.entries(some) as [QueryOption, string[]][]).flatMap(([option, values]) =>
    values.map((value, index) => ({ option, value, isFirst: index === 0 })),
  )

describe('what no query option can be is refused', () => {
  test.each(titled(some))('%s', async (_, scenario) => {
    const ready = await stage.ready(scenario)
    const found: string[] = []
    const understood = all(refused).filter(({ option }) => isUnderstood(ready, option))
    const others = all(refused).filter(({ option, isFirst }) => isFirst && !isUnderstood(ready, option))
    for (const { option, value } of [...inTurn(understood, some.indexOf(scenario), 6), ...others]) {
      const outcome = await asked(ready, counted(ready, option, value))
      found.push(...wrongs(outcome, 400).map((wrong) => `${option}=${shown(value)}: ${wrong}`))
    }
    for (const options of [
      [
        ['$top', '1'],
        ['$top', '1'],
      ],
      [
        ['$top', '1'],
        ['$TOP', '1'],
      ],
      [['$skip', '1']],
      [['$Format', 'xml']],
      [['$apply', 'aggregate($count as c)']],
      [['$unheardOf', '']],
    ] as [string, string][][]) {
      found.push(...wrongs(await asked(ready, options), 400).map((wrong) => `${options.join()}: ${wrong}`))
    }
    expect(found).toEqual([])
  })
})

test('one deleted object takes no option of a list of them', async () => {
  const { token, ids } = other
  const path = `/directory/deletedItems/${ids['a deleted user']}`
  expect((await stage.sigil.graph('GET', `${path}?$select=id`, undefined, token)).status).toBe(200)
  const { status, body } = await stage.sigil.graph('GET', `${path}?$top=5`, undefined, token)
  expect([status, (body.error as { message: string }).message]).toEqual([
    400,
    "The query option '$top' is not supported here; supported are $select.",
  ])
})

describe('what is odd is answered, for a bounded number of calls', () => {
  const understanding = some.filter(({ operation }) => described[operation]?.query?.length)

  test.each(titled(understanding))('%s', async (_, scenario) => {
    const ready = await stage.ready(scenario)
    const budget = await budgetOf(ready)
    const found: string[] = []
    const understood = all(odd).filter(({ option }) => isUnderstood(ready, option))
    for (const { option, value } of inTurn(understood, some.indexOf(scenario), 6)) {
      const outcome = await asked(ready, counted(ready, option, value))
      const isFine = [200, 400, 403].includes(outcome.status ?? 0)
      const wrong = isFine ? wrongs(outcome, 'refused or taken', budget(outcome)) : [`answered ${outcome.status}`]
      found.push(...wrong.map((each) => `${option}=${shown(value)}: ${each}`))
    }
    expect(found).toEqual([])
  })

  const piece = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        'displayName',
        'id',
        'appId',
        'accountEnabled',
        'tags',
        'owners',
        'createdDateTime',
        'agentIdentityBlueprintId',
      ),
    },
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        ' eq ',
        ' ne ',
        ' in ',
        ' and ',
        ' or ',
        'not ',
        ' ge ',
        ' desc',
        ' asc',
        ',',
        ';',
        ':',
        '/',
      ),
    },
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        '(',
        ')',
        '/any(t:t',
        '/any()',
        'startswith(',
        "isof('microsoft.graph.agentIdentity')",
        '$select=',
        '$top=',
      ),
    },
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        "'x'",
        "''",
        "'",
        '"',
        'true',
        'null',
        '7',
        '-1',
        `'${guid}'`,
        '2030-01-01T00:00:00Z',
        '"displayName:x"',
      ),
    },
    { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  )
  const value = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join('').toWellFormed())

  test.each(titled(understanding))('%s, whatever is asked', async (_, scenario) => {
    const ready = await stage.ready(scenario)
    const option = fc.constantFrom(...(described[scenario.operation]?.query ?? []))
    const budget = await budgetOf(ready)
    const property = fc.asyncProperty(option, value, async (option, value) => {
      const outcome = await asked(ready, counted(ready, option, value))
      const found = wrongs(outcome, 'refused or taken', budget(outcome))
      if (found.length > 0) throw new Error(`${option}=${value}: ${found.join('; ')}`)
    })
    await fc.assert(property, { seed: 5, numRuns: 6 })
  })
})

describe('what a filter finds of another tenant is what it finds of nothing', () => {
  // biome-ignore format: a table reads better aligned
  const filters: [of: string[], filter: (id: string) => string][] = [
    [['user', 'agentIdentity', 'application'], (id) => `id eq '${id}'`],
    [['group'],                                (id) => `id in ('${id}','${guid}')`],
    [['an appId', 'agentIdentityBlueprint'],   (id) => `appId eq '${id}'`],
    [['agentIdentity', 'user'],                (id) => `principalId eq '${id}'`],
    [['servicePrincipal'],                     (id) => `clientId eq '${id}'`],
    [['servicePrincipal'],                     (id) => `resourceId eq '${id}'`],
    [['agentIdentityBlueprint'],               (id) => `agentIdentityBlueprintId eq '${id}'`],
    [['agentIdentity'],                        (id) => `identityParentId eq '${id}'`],
    [['user', 'group'],                        (id) => `sponsors/any(s:s/id eq '${id}')`],
    [['user', 'agentIdentity'],                (id) => `owners/any(o:o/id eq '${id}')`],
  ]
  const filtered = some.filter(({ operation }) => described[operation]?.query?.includes('$filter'))

  test.each(titled(filtered))('%s', async (_, scenario) => {
    const ready = await stage.ready(scenario)
    const comparable = ({ status, body }: Outcome, id: string) =>
      JSON.stringify([status, body])
        .replaceAll(id, '{id}')
        .replace(/"request-id":"[^"]*"/, '')
    const found: string[] = []
    for (const [kinds, filter] of filters) {
      const nothing = comparable(await asked(ready, counted(ready, '$filter', filter(nobody))), nobody)
      for (const kind of nothing.startsWith('[400') ? kinds.slice(0, 1) : kinds) {
        const id = other.ids[kind] ?? ''
        const said = comparable(await asked(ready, counted(ready, '$filter', filter(id))), id)
        if (said !== nothing) found.push(`${filter(kind)}: ${said} in place of ${nothing}`)
      }
    }
    expect(found).toEqual([])
  })
})

const nobody = crypto.randomUUID()
