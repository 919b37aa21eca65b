import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { found, parseSearch } from '../../shared/odata/options.ts'
import { refusalOf } from './arbitrary.ts'

/** A search as `(a:x | b:y) & (c:z)`. */
const clauses = (text: string): string =>
  parseSearch(text)
    .map((clause) => `(${clause.map(({ property, words }) => `${property}:${words}`).join(' | ')})`)
    .join(' & ')

const terms = (count: number): string => Array(count).fill('"a:x"').join(' OR ')
const nested = (times: number): string => `${'('.repeat(times)}"a:x"${')'.repeat(times)}`

describe('a search is read as alternatives, each of which must be found', () => {
  // biome-ignore format: a table reads better aligned
  test.each([
    ['"displayName:sales"',                       '(displayName:sales)'],
    ['  "displayName:sales team"  ',              '(displayName:sales team)'],
    ['"a:x" AND "b:y"',                           '(a:x) & (b:y)'],
    ['"a:x"AND"b:y"',                             '(a:x) & (b:y)'],
    ['"a:x" OR "b:y"',                            '(a:x | b:y)'],
    ['"a:x" OR "b:y" AND "c:z"',                  '(a:x | b:y) & (a:x | c:z)'],
    ['("a:x" OR "b:y") AND "c:z"',                '(a:x | b:y) & (c:z)'],
    ['("a:x" AND "b:y") OR ("c:z" AND "d:w")',    '(a:x | c:z) & (a:x | d:w) & (b:y | c:z) & (b:y | d:w)'],
    ['"a:x AND \\"y\\" \\\\ (b:c)"',              '(a:x AND "y" \\ (b:c))'],
    ['"a::x"',                                    '(a::x)'],
    [nested(10),                                  '(a:x)'],
    [terms(10),                                   `(${Array(10).fill('a:x').join(' | ')})`],
  ])('%s', (text, expected) => {
    expect(clauses(text)).toBe(expected)
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    ['',                        'the end does not fit where it stands'],
    ['displayName:x',           "'displayName:x' does not fit where it stands"],
    ['"a:x" and "b:y"',         "'and' does not fit where it stands"],
    ['"a:x" "b:y"',             `'"b:y"' does not fit where it stands`],
    ['"a:x" AND',               'the end does not fit where it stands'],
    ['AND "a:x"',               "'AND' does not fit where it stands"],
    ['"a:x" NOT "b:y"',         "'NOT' does not fit where it stands"],
    ['("a:x"',                  'the end does not fit where it stands'],
    ['"a:x")',                  "')' does not fit where it stands"],
    ['()',                      "')' does not fit where it stands"],
    ['"a:x',                    `'"' does not fit where it stands`],
    ['"sales"',                 'must name a property and words in each term'],
    ['":sales"',                'must name a property and words in each term'],
    ['"a:"',                    'must name a property and words in each term'],
    ['"a: - "',                 'must name a property and words in each term'],
    ['"a b:x"',                 'must name a property and words in each term'],
    [terms(11),                 "'$search' must have at most 10 terms"],
    [nested(11),                "'$search' must have at most 10 parentheses in each other"],
    ['('.repeat(4096),          "'$search' must have at most 10 parentheses in each other"],
    ['('.repeat(4097),          "'$search' must have at most 4096 characters"],
  ])('not %s', (text, expected) => {
    expect(refusalOf(() => parseSearch(text))).toContain(expected)
  })

  test('whatever the text is, it is read or refused', () => {
    const words = fc.constantFrom('"a:x"', '"', '(', ')', 'AND', 'OR', '\\', ' ', 'a:')
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(words).map((each) => each.join(' ')),
    )
    fc.assert(
      fc.property(text, (each) => {
        expect(refusalOf(() => parseSearch(each)) ?? "'$search'").toMatch(/^'\$search'/)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a search finds', () => {
  const properties = {
    displayName: 'Sales-Team (Überlingen) 2nd',
    description: 'One\u0301 हिन्दी ΟΔΟΣ 営業部',
    tags: ['sales'],
    accountEnabled: true,
  }

  // biome-ignore format: a table reads better aligned
  test.each([
    ['"displayName:sales"',                            true],
    ['"displayName:SAL"',                              true],
    ['"displayName:ales"',                             false],
    ['"displayName:team sales"',                       true],
    ['"displayName:team-sales"',                       true],
    ['"displayName:sales support"',                    false],
    ['"displayName:über"',                             true],
    ['"displayName:u\u0308ber"',                       true],
    ['"displayName:uber"',                             false],
    ['"displayName:2"',                                true],
    ['"displayName:nd"',                               false],
    ['"description:oné"',                              true],
    ['"description:हिन्"',                               true],
    ['"description:न्दी"',                               false],
    ['"description:οδος"',                             true],
    ['"description:営業"',                             true],
    ['"tags:sales"',                                   false],
    ['"accountEnabled:true"',                          false],
    ['"nothing:x"',                                    false],
    ['"constructor:x"',                                false],
    ['"displayName:sales" AND "description:oné"',      true],
    ['"displayName:sales" AND "description:two"',      false],
    ['"displayName:x" OR "description:oné"',           true],
    ['"displayName:x" OR "description:two"',           false],
    ['"displayName:x" OR "description:oné" AND "displayName:y"', false],
  ])('%s: %s', (text, expected) => {
    expect(found(parseSearch(text), properties)).toBe(expected)
  })

  test('each text by the beginnings of its own words', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9é]{1,8}$/)
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1 }),
        fc.nat(),
        fc.integer({ min: 1, max: 8 }),
        (words, which, length) => {
          const some = words[which % words.length]?.slice(0, length)
          expect(found(parseSearch(`"name:${some}"`), { name: words.join('-') })).toBe(true)
        },
      ),
    )
  })
})
