import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Properties } from '../../shared/domain/directory-object.ts'
import { compareBy, parseCount, parseExpand, parseOrderBy, parseSelect } from '../../shared/odata/options.ts'
import { refusalOf } from './arbitrary.ts'

const names = (count: number): string => Array.from({ length: count }, (_, index) => `p${index}`).join()

describe('$orderby', () => {
  const up = (property: string) => ({ property, descending: false })
  const down = (property: string) => ({ property, descending: true })

  // biome-ignore format: a table reads better aligned
  test.each([
    ['displayName',                             [up('displayName')]],
    ['displayName asc',                         [up('displayName')]],
    [' displayName  DESC , createdDateTime ',   [down('displayName'), up('createdDateTime')]],
    ['a,b desc,c',                              [up('a'), down('b'), up('c')]],
    ['desc desc',                               [down('desc')]],
  ])('%s', (text, expected) => {
    expect(parseOrderBy(text)).toEqual(expected)
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    ['',                    "'$orderby' must be names of properties, each with 'asc' or 'desc' or neither, not ''"],
    ['a,',                  "not ''"],
    ['a down',              "not 'a down'"],
    ['a desc desc',         "not 'a desc desc'"],
    ['a/b',                 "not 'a/b'"],
    ['1a',                  "not '1a'"],
    ['$it',                 "not '$it'"],
    ['a,b,c,d',             "'$orderby' names at most 3 properties"],
    ['a,a desc',            "'$orderby' names 'a' more than once"],
    ['a'.repeat(101),       "'$orderby' must be names of properties"],
    ['a'.repeat(4097),      "'$orderby' must have at most 4096 characters"],
  ])('not %s', (text, expected) => {
    expect(refusalOf(() => parseOrderBy(text))).toContain(expected)
  })
})

describe('$select', () => {
  // biome-ignore format: a table reads better aligned
  test.each([
    ['id',                          ['id']],
    [' id , displayName,id',        ['id', 'displayName']],
    ['*',                           ['*']],
    ['*,customSecurityAttributes',  ['*', 'customSecurityAttributes']],
    [names(100),                    names(100).split(',')],
  ])('%s', (text, expected) => {
    expect(parseSelect(text)).toEqual(expected)
  })

  test.each(['', 'id,', ',', 'a b', 'a/b', '**', 'id;x', '@odata.type', 'a'.repeat(101), names(101)])(
    'not %s',
    (text) => {
      expect(refusalOf(() => parseSelect(text))).toBe(
        "'$select' must be names of properties, separated by commas, at most 100",
      )
    },
  )
})

describe('$expand', () => {
  // biome-ignore format: a table reads better aligned
  test.each([
    ['owners',                                             [{ navigation: 'owners' }]],
    ['owners, sponsors',                                   [{ navigation: 'owners' }, { navigation: 'sponsors' }]],
    ['sponsors($select=id,displayName;$top=5),owners',     [{ navigation: 'sponsors', select: ['id', 'displayName'], top: 5 }, { navigation: 'owners' }]],
    ['owners($TOP=20)',                                    [{ navigation: 'owners', top: 20 }]],
    ['owners( $top = 1 ; $select = id , mail )',           [{ navigation: 'owners', select: ['id', 'mail'], top: 1 }]],
    ['owners($select=id,mail),sponsors($select=id,mail)',  [{ navigation: 'owners', select: ['id', 'mail'] }, { navigation: 'sponsors', select: ['id', 'mail'] }]],
  ])('%s', (text, expected) => {
    expect(parseExpand(text)).toEqual(expected)
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    ['',                              "'$expand' must be names of relations such as sponsors($select=id;$top=5), not ''"],
    ['*',                             "not '*'"],
    ['owners/$ref',                   "not 'owners/$ref'"],
    ['owners,',                       "not ''"],
    ['owners($top=5',                 "not 'owners($top=5'"],
    ['owners)',                       "not 'owners)'"],
    ['owners($top=5)x',               "not 'owners($top=5)x'"],
    ['owners($expand=a($top=1))',     "not 'owners($expand=a($top=1))'"],
    ['owners()',                      "'$expand' supports $select and $top in parentheses, not ''"],
    ['owners($filter=id eq 1)',       "'$expand' supports $select and $top in parentheses, not '$filter'"],
    ['owners(__proto__=1)',           "'$expand' supports $select and $top in parentheses, not '__proto__'"],
    ['owners($top=0)',                "'$expand' with '$top': must be a number from 1 to 999"],
    ['owners($top=10abc)',            "'$expand' with '$top': must be a number from 1 to 999"],
    ['owners($top=1000)',             "'$expand' with '$top': must be a number from 1 to 999"],
    ['owners($top=1;$top=2)',         "'$expand' names '$top' more than once"],
    ['owners($select=a b)',           "'$select' must be names of properties"],
    ['owners,owners($top=1)',         "'$expand' names 'owners' more than once"],
    [names(11),                       "'$expand' names at most 10 relations"],
    ['a'.repeat(4097),                "'$expand' must have at most 4096 characters"],
  ])('not %s', (text, expected) => {
    expect(refusalOf(() => parseExpand(text))).toContain(expected)
  })
})

describe('$count', () => {
  test('true or false', () => {
    expect([parseCount('true'), parseCount('false')]).toEqual([true, false])
  })

  test.each(['', 'True', 'TRUE', '1', ' true', 'true,true', 'null'])('not %s', (text) => {
    expect(refusalOf(() => parseCount(text))).toBe(`'$count' must be true or false, not '${text}'`)
  })
})

test('whatever an option says, it is read or refused', () => {
  const words = fc.constantFrom('a', 'owners', ',', ';', '(', ')', '=', '$select', '$top', ' desc', ' ', '*', '1', '\\')
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(words).map((each) => each.join('')),
  )
  const read = fc.constantFrom<(text: string) => unknown>(parseOrderBy, parseSelect, parseExpand, parseCount)
  fc.assert(
    fc.property(text, read, (each, by) => {
      expect(refusalOf(() => by(each)) ?? "'$").toMatch(/^'\$/)
    }),
    { numRuns: 1000 },
  )
})

describe('the order of objects', () => {
  const sorted = (orderBy: string, objects: Properties[]): Properties[] =>
    objects.toSorted(compareBy(parseOrderBy(orderBy)))

  test.each([
    ['texts without regard to letter case', ['a', 'B', 'c', 'D']],
    ['texts by code point, not by code unit', ['z', 'é', '\uff21', '😀']],
    ['null first, and absent is null', [null, '', 'a']],
    ['what begins another before it', ['a', 'a ', 'ab']],
    ['ISO dates by time', ['2025-12-31T23:59:59.999Z', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.001Z']],
    ['numbers by size', [-1, 2, 10]],
    ['false before true', [false, true]],
    ['values of different types apart', [null, true, 1, 'a', ['x']]],
  ])('%s', (_, values) => {
    const objects = values.map((value) => ({ value }))
    expect(sorted('value', objects.toReversed())).toEqual(objects)
    expect(sorted('value desc', objects)).toEqual(objects.toReversed())
  })

  test('an absent property is null', () => {
    expect(compareBy(parseOrderBy('value'))({}, { value: null })).toBe(0)
    expect(compareBy(parseOrderBy('constructor'))({}, { constructor: null })).toBe(0)
    expect(compareBy(parseOrderBy('value'))({}, { value: '' })).toBeLessThan(0)
  })

  test('é is é, however it is composed', () => {
    expect(compareBy(parseOrderBy('value'))({ value: '\u00c9' }, { value: 'e\u0301' })).toBe(0)
  })

  test('a later property decides between equals, and equals keep their order', () => {
    const objects = [
      { a: 'x', b: 1, n: 0 },
      { a: 'X', b: 2, n: 1 },
      { a: 'w', b: 3, n: 2 },
      { a: 'x', b: 1, n: 3 },
    ]
    expect(sorted('a,b desc', objects).map(({ n }) => n)).toEqual([2, 1, 0, 3])
  })

  test('is one order, whatever is stored', () => {
    const object = fc.record(
      { a: fc.oneof(fc.string({ unit: 'binary', maxLength: 2 }), fc.jsonValue()) },
      { requiredKeys: [] },
    )
    const compare = compareBy([{ property: 'a', descending: false }])
    fc.assert(
      fc.property(object, object, object, (a, b, c) => {
        expect(Math.sign(compare(a, b))).toBe(0 - Math.sign(compare(b, a)))
        const [first, second, third] = [a, b, c].sort(compare) as [Properties, Properties, Properties]
        expect(compare(first, second)).toBeLessThanOrEqual(0)
        expect(compare(second, third)).toBeLessThanOrEqual(0)
        expect(compare(first, third)).toBeLessThanOrEqual(0)
      }),
      { numRuns: 500 },
    )
  })
})
