import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashSecret, matchSecret, stateOf } from '../../shared/domain/client-secret.ts'

const at = (ms: number) => new Date(ms)
const kept = (secret: string, from: number, to: number) => ({
  sha256: hashSecret(secret),
  startDateTime: at(from).toISOString(),
  endDateTime: at(to).toISOString(),
})

describe('a secret', () => {
  // biome-ignore format: a table reads better aligned
  test.each([
    [ 999, 'notYet' ],
    [1000, 'live'   ],
    [1999, 'live'   ],
    [2000, 'expired'],
    [2001, 'expired'],
  ] as const)('that counts from 1000 to 2000 is at %i %s', (now, state) => {
    expect(stateOf(kept('x', 1000, 2000), at(now))).toBe(state)
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    ['the first of two',                 { a: kept('one', 0, 9), b: kept('two', 0, 9) }, 'one',  { keyId: 'a', state: 'live' }],
    ['the second of two',                { a: kept('one', 0, 9), b: kept('two', 0, 9) }, 'two',  { keyId: 'b', state: 'live' }],
    ['neither',                          { a: kept('one', 0, 9), b: kept('two', 0, 9) }, 'x',    undefined],
    ['none',                             {},                                             'one',  undefined],
    ['one that has ended',               { a: kept('one', 0, 5) },                       'one',  { keyId: 'a', state: 'expired' }],
    ['one that has not begun',           { a: kept('one', 6, 9) },                       'one',  { keyId: 'a', state: 'notYet' }],
    ['the same twice, the one that lives', { a: kept('one', 0, 5), b: kept('one', 0, 9) }, 'one', { keyId: 'b', state: 'live' }],
    ['one whose hash is damaged',        { a: { ...kept('one', 0, 9), sha256: 'x' } },   'one',  undefined],
    ['the hash itself',                  { a: kept('one', 0, 9) },                       hashSecret('one'), undefined],
    ['nothing',                          { a: kept('one', 0, 9) },                       '',     undefined],
  ])('that is %s is told so', (_, secrets, presented, match) => {
    expect(matchSecret(presented, secrets, at(5))).toEqual(match)
  })

  test('is itself and no other', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(matchSecret(other, { a: kept(one, 0, 9) }, at(5)) !== undefined).toBe(one === other)
      }),
    )
  })
})
