import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Filter, parseFilter } from '../../shared/odata/filter.ts'
import { filter, hand, print, refusalOf } from './arbitrary.ts'

const guid = 'ABCDEF01-2345-6789-abcd-ef0123456789'

const a: Filter = { op: 'eq', path: ['a'], value: 1 }
const b: Filter = { op: 'eq', path: ['b'], value: 2 }
const c: Filter = { op: 'eq', path: ['c'], value: 3 }

describe('a filter is read as OData URL §5.1.1 has it', () => {
  // biome-ignore format: a table reads better aligned
  test.each<[string, Filter]>([
    ["displayName eq 'Sales'",                       { op: 'eq', path: ['displayName'], value: 'Sales' }],
    ["displayName EQ 'Sales'",                       { op: 'eq', path: ['displayName'], value: 'Sales' }],
    ["'Sales' eq displayName",                       { op: 'eq', path: ['displayName'], value: 'Sales' }],
    ["displayName eq 'O''Brien'",                    { op: 'eq', path: ['displayName'], value: "O'Brien" }],
    ["displayName eq ''",                            { op: 'eq', path: ['displayName'], value: '' }],
    ["displayName eq ' (a and b) '",                 { op: 'eq', path: ['displayName'], value: ' (a and b) ' }],
    ['displayName ne null',                          { op: 'ne', path: ['displayName'], value: null }],
    ['accountEnabled eq TRUE',                       { op: 'eq', path: ['accountEnabled'], value: true }],
    [`appId eq ${guid}`,                             { op: 'eq', path: ['appId'], value: guid.toLowerCase() }],
    [`appId eq '${guid}'`,                           { op: 'eq', path: ['appId'], value: guid }],
    ['size ge -1.5e3',                               { op: 'ge', path: ['size'], value: -1500 }],
    ['size eq -0',                                   { op: 'eq', path: ['size'], value: 0 }],
    ['3 lt size',                                    { op: 'gt', path: ['size'], value: 3 }],
    ['3 ge size',                                    { op: 'le', path: ['size'], value: 3 }],
    ['createdDateTime ge 2026-01-01T00:00:00Z',      { op: 'ge', path: ['createdDateTime'], value: { date: '2026-01-01T00:00:00.000Z' } }],
    ['createdDateTime ge 2026-01-01t01:30+01:30',    { op: 'ge', path: ['createdDateTime'], value: { date: '2026-01-01T00:00:00.000Z' } }],
    ['createdDateTime ge 2026-01-01T00:00:00.1239Z', { op: 'ge', path: ['createdDateTime'], value: { date: '2026-01-01T00:00:00.123Z' } }],
    ["id in ('x','y')",                              { op: 'in', path: ['id'], values: ['x', 'y'] }],
    [`id in(${guid}, null )`,                        { op: 'in', path: ['id'], values: [guid.toLowerCase(), null] }],
    ["startswith(displayName,'a')",                  { op: 'startsWith', path: ['displayName'], value: 'a' }],
    ["endsWith( mail , '@x.example' )",              { op: 'endsWith', path: ['mail'], value: '@x.example' }],
    ["customSecurityAttributes/Set/Name eq 'x'",     { op: 'eq', path: ['customSecurityAttributes', 'Set', 'Name'], value: 'x' }],
    ["isof('microsoft.graph.agentIdentity')",        { op: 'isof', type: 'agentIdentity' }],
    ['isof(microsoft.graph.agentIdentity)',          { op: 'isof', type: 'agentIdentity' }],
    ["isof('#Microsoft.Graph.AgentIdentity')",       { op: 'isof', type: 'agentIdentity' }],
    ['ISOF(#graph.agentuser)',                       { op: 'isof', type: 'agentUser' }],
    ['tags/any()',                                   { op: 'any', path: ['tags'], of: undefined }],
    ["tags/any(t:t eq 'x')",                         { op: 'any', path: ['tags'], of: { op: 'eq', path: [], value: 'x' } }],
    ["tags/any(t: startswith(t,'x'))",               { op: 'any', path: ['tags'], of: { op: 'startsWith', path: [], value: 'x' } }],
    ["sponsors/any(s:s/id eq 'x')",                  { op: 'any', path: ['sponsors'], of: { op: 'eq', path: ['id'], value: 'x' } }],
    ["a/any(x:x/b/any(y:y/c eq 3))",                 { op: 'any', path: ['a'], of: { op: 'any', path: ['b'], of: c } }],
    ['a eq 1 and b eq 2 and c eq 3',                 { op: 'and', of: [a, b, c] }],
    ['a eq 1 or b eq 2 and c eq 3',                  { op: 'or', of: [a, { op: 'and', of: [b, c] }] }],
    ['(a eq 1 or b eq 2) and c eq 3',                { op: 'and', of: [{ op: 'or', of: [a, b] }, c] }],
    ['(a eq 1 and b eq 2) and c eq 3',               { op: 'and', of: [{ op: 'and', of: [a, b] }, c] }],
    ['((a eq 1))',                                   a],
    ['not(a eq 1) and b eq 2',                       { op: 'and', of: [{ op: 'not', of: a }, b] }],
    ['NOT (a eq 1 and b eq 2)',                      { op: 'not', of: { op: 'and', of: [a, b] } }],
    ["not startsWith(a,'x') or b eq 2",              { op: 'or', of: [{ op: 'not', of: { op: 'startsWith', path: ['a'], value: 'x' } }, b] }],
    ['not not (a eq 1)',                             { op: 'not', of: { op: 'not', of: a } }],
    ["not tags/any(t:t eq 'x')",                     { op: 'not', of: { op: 'any', path: ['tags'], of: { op: 'eq', path: [], value: 'x' } } }],
    ['and eq 1 and or eq 2',                         { op: 'and', of: [{ op: 'eq', path: ['and'], value: 1 }, { op: 'eq', path: ['or'], value: 2 }] }],
    ["constructor eq 'x'",                           { op: 'eq', path: ['constructor'], value: 'x' }],
  ])('%s', (text, expected) => {
    expect(parseFilter(text)).toEqual(expected)
  })

  test('whatever a filter is, it is read back as it was written', () => {
    fc.assert(
      fc.property(filter, hand, (written, by) => {
        const text = print(written, by)
        fc.pre(text.length <= 4096)
        expect(parseFilter(text)).toEqual(written)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a filter that is not understood is refused with what is wrong, and where', () => {
  const nested = (times: number): string => `${'('.repeat(times)}a eq 1${')'.repeat(times)}`
  const conditions = (count: number): string => Array(count).fill('a eq 1').join(' or ')
  const values = (count: number): string => `id in (${Array(count).fill("'x'").join()})`

  // biome-ignore format: a table reads better aligned
  test.each([
    ['',                                      "character 1: expected a property or a value, found the end"],
    ['   ',                                   "character 4: expected a property or a value, found the end"],
    ['displayName',                           "character 12: expected an operator, found the end"],
    ["displayName = 'x'",                     "character 13: '=' cannot stand here"],
    ["displayName has 'x'",                   "character 13: expected an operator, found 'has'"],
    ['size add 1 eq 2',                       "character 6: expected an operator, found 'add'"],
    ['displayName eq',                        "character 15: expected a property or a value, found the end"],
    ['displayName eq mail',                   "character 13: 'eq' must stand between a property and a value"],
    ["'a' eq 'a'",                            "character 5: 'eq' must stand between a property and a value"],
    ["displayName eq 'x",                     "character 16: the text that begins here has no closing quote"],
    ["displayName eq 'O'Brien'",              "character 19: expected a space before 'Brien'"],
    ["displayName eq'x'",                     "character 15: expected a space before"],
    ["displayName eq 'x' mail eq 'y'",        "character 20: expected 'and', 'or' or the end, found 'mail'"],
    ["displayName eq 'x')",                   "character 19: expected 'and', 'or' or the end, found ')'"],
    ["(displayName eq 'x'",                   "character 20: expected ')', found the end"],
    ["displayName eq 'x' and",                "character 23: expected a property or a value, found the end"],
    ["not displayName eq 'x'",                "character 5: expected '(' or a function after 'not'"],
    ["contains(displayName,'x')",             "character 1: the function 'contains' is not supported"],
    ["tolower(displayName) eq 'x'",           "character 1: the function 'tolower' is not supported"],
    ["'x' eq tolower(displayName)",           "character 8: the function 'tolower' is not supported"],
    ["any(t:t eq 'x')",                       "character 1: the function 'any' is not supported"],
    ["tags/all(t:t eq 'x')",                  "character 1: the function 'tags/all' is not supported"],
    ["tags/any(t eq 'x')",                    "character 12: expected ':', found 'eq'"],
    ["tags/any('x')",                         "character 10: expected a name for the element"],
    ["tags/any(t:mail eq 'x')",               "character 12: inside any() a property is one of the element: 't/…'"],
    ["a/any(x:x/b/any(y:x/c eq 3))",          "character 19: inside any() a property is one of the element: 'y/…'"],
    ["owners/any(o:isof(microsoft.graph.user))", "character 14: isof() is about the listed object"],
    ["isof('microsoft.graph.device')",        "character 6: isof() takes one of 'microsoft.graph.application'"],
    ['isof(agentIdentity)',                   "character 6: isof() takes one of"],
    ['startswith(displayName,1)',             "character 24: expected a text in single quotes, found '1'"],
    ["startswith('x',displayName)",           "character 12: expected the name of a property, found the text 'x'"],
    ["startswith(displayName)",               "character 23: expected ',', found ')'"],
    ["microsoft.graph.user/mail eq 'x'",      "character 1: expected the name of a property, found 'microsoft.graph.user/mail'"],
    ["#mail eq 'x'",                          "character 1: expected the name of a property, found '#mail'"],
    ["_mail eq 'x'",                          "character 1: '_' cannot stand here"],
    ["mail/ eq 'x'",                          "character 5: '/' cannot stand here"],
    ["a/b/c/d/e eq 'x'",                      "character 1: a path has at most 4 segments"],
    ["id in ()",                              "character 8: expected a value, found ')'"],
    ["id in 'x'",                             "character 7: expected '(', found the text 'x'"],
    ["id in ('x' 'y')",                       "character 12: expected ')', found the text 'y'"],
    ["id in (mail)",                          "character 8: expected a value, found 'mail'"],
    ["'x' in tags",                           "character 5: before 'in' stands a property"],
    ['createdDateTime ge 2026-01-01',         "character 20: '2026-01-01' is no date and time such as 2026-01-01T00:00:00Z"],
    ['createdDateTime ge 2026-02-30T00:00:00Z', "'2026-02-30T00:00:00Z' is no date and time"],
    ['createdDateTime ge 2026-13-01T00:00:00Z', "'2026-13-01T00:00:00Z' is no date and time"],
    ['createdDateTime ge 2026-01-01T24:00:00Z', "'2026-01-01T24:00:00Z' is no date and time"],
    ['createdDateTime ge 2026-01-01T00:00:00',  "'2026-01-01T00:00:00' is no date and time"],
    ['createdDateTime ge 9999-12-31T23:59:59-01:00', "is no date and time"],
    ['size eq 10abc',                         "character 11: expected a space before 'abc'"],
    ['size eq 1e999',                         "character 9: '1e999' is too large a number"],
    ['size eq \u0661',                        "character 9: '\u0661' cannot stand here"],
    ['a eq 1\u00a0and b eq 2',                "character 7: '\u00a0' cannot stand here"],
    ['a eq 😀',                               "character 6: '😀' cannot stand here"],
    [nested(17),                              'character 18: at most 16 parentheses, not and any() may stand in each other'],
    [conditions(100),                         'must have at most 100 conditions and connectives'],
    [values(51),                              "'in' takes at most 50 values"],
    [`a eq '${'x'.repeat(4091)}'`,            'must have at most 4096 characters'],
  ])('%s', (text, expected) => {
    expect(refusalOf(() => parseFilter(text))).toContain(expected)
  })

  test.each([nested(16), conditions(99), values(50), `a eq '${'x'.repeat(4089)}'`])(
    'but not for its size: %s',
    (text) => {
      expect(refusalOf(() => parseFilter(text))).toBeUndefined()
    },
  )

  test('the refusal lists what is supported', () => {
    expect(refusalOf(() => parseFilter("contains(displayName,'x')"))).toContain(
      'supported are eq, ne, gt, ge, lt, le, in, startsWith(), endsWith(), isof(), any() on collections, and, or, not',
    )
  })

  test('the refusal does not show what could be a secret', () => {
    const secret = `abc8Q~${'dEfGhIjKlMnOpQrStUvWxYz0123456789a'}`
    for (const text of [`startswith('${secret}',x)`, secret.replace('~', ''), `${secret.replace('~', '')}(a)`]) {
      expect(refusalOf(() => parseFilter(text))).toMatch(/^((?!MnOpQr).)*$/)
    }
  })

  const words = fc.constantFrom(
    'a',
    'tags/any',
    'eq',
    'in',
    'and',
    'or',
    'not',
    'any',
    'isof',
    'startsWith',
    'microsoft.graph.user',
    '(',
    ')',
    ',',
    ':',
    "'x'",
    "'",
    '1',
    'null',
    '2026-01-01T00:00:00Z',
    '2026-99-99',
    guid,
    '-',
    '/',
  )

  test.each([
    ['characters', fc.string({ unit: 'binary', maxLength: 200 })],
    ['words', fc.array(words, { maxLength: 30 }).map((each) => each.join(' '))],
    ['words without spaces', fc.array(words, { maxLength: 30 }).map((each) => each.join(''))],
    ['one word again and again', fc.tuple(words, fc.nat(5000)).map(([word, times]) => `${word} `.repeat(times))],
  ])('whatever the text is, it is read or refused: %s', (_, text) => {
    fc.assert(
      fc.property(text, (each) => {
        expect(refusalOf(() => parseFilter(each)) ?? '').toMatch(/^('\$filter'|$)/)
      }),
      { numRuns: 500 },
    )
  })
})
