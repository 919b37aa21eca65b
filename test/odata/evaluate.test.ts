import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ObjectType, objectTypes, type Properties } from '../../shared/domain/directory-object.ts'
import { matches, required } from '../../shared/odata/evaluate.ts'
import { type Filter, type Literal, parseFilter } from '../../shared/odata/filter.ts'
import { filter, literal } from './arbitrary.ts'

const properties: Properties = {
  id: 'abcdef01-2345-6789-abcd-ef0123456789',
  displayName: 'Sales Ünit',
  greek: 'ΟΔΟΣ',
  description: null,
  accountEnabled: false,
  size: 5,
  createdDateTime: '2026-01-01T00:00:00.000Z',
  tags: ['Blue', 'red', null],
  keyCredentials: [{ keyId: 'k1', usage: 'Verify' }, { keyId: 'k2' }],
  customSecurityAttributes: { Engineering: { Project: 'Baker', Levels: ['a', 'b'], Rank: 3 } },
}

describe('an object satisfies', () => {
  // biome-ignore format: a table reads better aligned
  test.each([
    ["displayName eq 'Sales Ünit'",                    true],
    ["displayName eq 'SALES üNIT'",                    true],
    ["displayName eq 'sales u\u0308nit'",              true],
    ["displayName eq 'Sales'",                         false],
    ["displayName ne 'sales ünit'",                    false],
    ["displayName ne 'x'",                             true],
    ["displayName in ('x','sales ünit')",              true],
    ["displayName in ('x','y')",                       false],
    ["startsWith(displayName,'sALES')",                true],
    ["startsWith(displayName,'')",                     true],
    ["startsWith(displayName,'ales')",                 false],
    ["endsWith(displayName,'ÜNIT')",                   true],
    ["endsWith(displayName,'sales')",                  false],
    ["startsWith(greek,'οδοσ')",                       true],
    ["displayName gt 'SALES'",                         true],
    ["displayName lt 'T'",                             true],
    ["displayName ge 'sales ünit'",                    true],
    ["displayName gt 'sales ünit'",                    false],
    ['id eq ABCDEF01-2345-6789-ABCD-EF0123456789',     true],

    ['accountEnabled eq false',                        true],
    ['accountEnabled eq true',                         false],
    ['accountEnabled ne true',                         true],
    ["accountEnabled eq 'false'",                      false],
    ["accountEnabled ne 'false'",                      true],
    ['accountEnabled ge false',                        false],
    ['displayName eq true',                            false],
    ['accountEnabled eq null',                         false],
    ['accountEnabled eq 0',                            false],

    ['size eq 5',                                      true],
    ['size gt 4.5',                                    true],
    ['size le 4',                                      false],
    ["size eq '5'",                                    false],
    ["size ge '5'",                                    false],

    ['createdDateTime ge 2026-01-01T00:00:00Z',        true],
    ['createdDateTime gt 2026-01-01T00:00:00Z',        false],
    ['createdDateTime lt 2026-01-01T00:00:00.001Z',    true],
    ['createdDateTime eq 2026-01-01T02:00:00+02:00',   true],
    ['createdDateTime le 2025-12-31T23:59:59Z',        false],
    ['displayName ge 2026-01-01T00:00:00Z',            false],
    ['displayName ne 2026-01-01T00:00:00Z',            true],

    ['description eq null',                            true],
    ['description ne null',                            false],
    ['nothing eq null',                                true],
    ['nothing ne null',                                false],
    ["nothing eq 'x'",                                 false],
    ["nothing ne 'x'",                                 true],
    ["nothing in ('x',null)",                          true],
    ["nothing in ('x')",                               false],
    ["nothing ge ''",                                  false],
    ["nothing le 'x'",                                 false],
    ['nothing ge null',                                false],
    ["startsWith(nothing,'')",                         false],
    ['nothing/at/all eq null',                         true],
    ["not startsWith(nothing,'x')",                    true],
    ['constructor eq null',                            true],
    ['toString/name eq null',                          true],

    ["tags/any(t:t eq 'blue')",                        true],
    ["tags/any(t:t eq 'green')",                       false],
    ["tags/any(t:startsWith(t,'RE'))",                 true],
    ['tags/any(t:t eq null)',                          true],
    ["tags/any(t:t eq 'blue' and t eq 'red')",         false],
    ["tags/any(t:t eq 'blue') and tags/any(t:t eq 'red')", true],
    ["not tags/any(t:t eq 'green')",                   true],
    ['tags/any()',                                     true],
    ["tags eq 'blue'",                                 false],
    ["nothing/any(t:t ne 'x')",                        false],
    ['displayName/any()',                              false],
    ["keyCredentials/any(k:k/keyId eq 'K2')",          true],
    ["keyCredentials/any(k:k/keyId eq 'k2' and k/usage eq 'Verify')", false],

    ["customSecurityAttributes/Engineering/Project eq 'baker'", true],
    ["customSecurityAttributes/Engineering/Nothing eq 'baker'", false],
    ['customSecurityAttributes/Engineering/Rank ge 3',          true],
    ["customSecurityAttributes/Engineering/Levels/any(l:l eq 'b')", true],

    ["displayName eq 'x' or accountEnabled eq false",  true],
    ["displayName eq 'x' or accountEnabled eq true",   false],
    ["size eq 5 and accountEnabled eq true",           false],
    ["not (size eq 5 and accountEnabled eq true)",     true],
  ])('%s: %s', (text, expected) => {
    expect(matches(parseFilter(text), { type: 'application', properties })).toBe(expected)
  })

  test.each<[ObjectType, ObjectType[]]>([
    ['application', ['application', 'agentIdentityBlueprint']],
    ['agentIdentityBlueprint', ['agentIdentityBlueprint']],
    ['servicePrincipal', ['servicePrincipal', 'agentIdentityBlueprintPrincipal', 'agentIdentity']],
    ['agentIdentityBlueprintPrincipal', ['agentIdentityBlueprintPrincipal']],
    ['agentIdentity', ['agentIdentity']],
    ['user', ['user', 'agentUser']],
    ['agentUser', ['agentUser']],
    ['group', ['group']],
  ])('isof(%s) where it is of %j', (type, expected) => {
    const of = objectTypes.filter((each) => matches({ op: 'isof', type }, { type: each, properties: {} }))
    expect(of).toEqual(expected)
  })
})

const anyObject = fc.record({
  type: fc.constantFrom(...objectTypes),
  properties: fc.dictionary(fc.stringMatching(/^[a-c]$/), fc.anything({ withNullPrototype: true, withDate: true })),
})

/** Filters of objects that have the properties a, b and c, so that many match. */
const condition: fc.Arbitrary<Filter> = fc.record({
  op: fc.constantFrom('eq', 'ne', 'ge', 'le', 'gt', 'lt'),
  path: fc.stringMatching(/^[a-c]$/).map((name) => [name]),
  value: literal,
})

describe('the connectives mean what they say', () => {
  test('whatever is stored, a filter is satisfied or not', () => {
    fc.assert(
      fc.property(filter, anyObject, (each, object) => {
        expect(matches(each, object)).toBeTypeOf('boolean')
      }),
    )
  })

  test('either a filter is satisfied or its opposite', () => {
    fc.assert(
      fc.property(fc.oneof(filter, condition), anyObject, (each, object) => {
        expect(matches({ op: 'not', of: each }, object)).toBe(!matches(each, object))
      }),
    )
  })

  test('ne is not eq, and in is one of several eq', () => {
    const path = ['a']
    fc.assert(
      fc.property(fc.array(literal), literal, anyObject, (values, value, object) => {
        const eq = (each: typeof value): boolean => matches({ op: 'eq', path, value: each }, object)
        expect(matches({ op: 'ne', path, value }, object)).toBe(!eq(value))
        expect(matches({ op: 'in', path, values }, object)).toBe(values.some(eq))
      }),
    )
  })

  test('of two texts, exactly one of lt, eq and gt holds', () => {
    const text = fc.string({ unit: 'binary', maxLength: 3 })
    fc.assert(
      fc.property(text, text, (stored, value) => {
        const held = (['lt', 'eq', 'gt'] as const).filter((op) =>
          matches({ op, path: ['a'], value }, { type: 'user', properties: { a: stored } }),
        )
        expect(held).toHaveLength(1)
      }),
    )
  })
})

describe('what a filter requires', () => {
  // biome-ignore format: a table reads better aligned
  test.each([
    ["id eq 'x'",                                    { id: 'x' }],
    ["'x' eq id and (a eq 1 and b eq true)",         { id: 'x', a: 1, b: true }],
    ["a/b eq 'x' and c ne 'y'",                      { 'a/b': 'x' }],
    ["id eq 'x' or id eq 'y'",                       {}],
    ["not (id eq 'x')",                              {}],
    ["id in ('x')",                                  {}],
    ["tags/any(t:t eq 'x')",                         {}],
    ["startsWith(id,'x') and (a eq 1 or b eq 2)",    {}],
  ])('%s', (text, expected) => {
    expect(Object.fromEntries(required(parseFilter(text)).map(({ path, value }) => [path, value]))).toEqual(expected)
  })

  test('holds in every object that satisfies it', () => {
    const few = fc.constantFrom<Literal>('x', 'X', 1, true, null)
    const each = fc.record({ op: fc.constantFrom('eq', 'ne', 'in'), path: fc.constantFrom(['a'], ['b']), value: few })
    const both = fc.array(each, { minLength: 2, maxLength: 3 }).map(
      (parts): Filter => ({
        op: 'and',
        of: parts.map(({ op, path, value }) => (op === 'in' ? { op, path, values: [value] } : { op, path, value })),
      }),
    )
    fc.assert(
      fc.property(both, fc.record({ a: few, b: few }), (filter, own) => {
        const object = { type: 'user' as const, properties: own }
        fc.pre(matches(filter, object) && required(filter).length > 0)
        for (const { path, value } of required(filter)) {
          expect(matches({ op: 'eq', path: [path], value }, object)).toBe(true)
        }
      }),
    )
  })
})
