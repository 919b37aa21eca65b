import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newUti, parseUti, timeOfUti } from '../../shared/domain/uti.ts'

const shardCount = 16
const random = fc.uint8Array({ minLength: 10, maxLength: 10 })
const time = fc.date({ min: new Date('2020-01-01'), max: new Date('2140-01-01'), noInvalidDate: true })

test('a uti says where its row is, and when it was made', () => {
  fc.assert(
    fc.property(time, random, (now, bytes) => {
      const made = newUti(now, bytes, shardCount)
      expect(parseUti(made.uti)).toEqual(made)
      expect(timeOfUti(made.uti)).toEqual(now)
      expect(made.uti).toMatch(/^[A-Za-z0-9_-]{22}$/)
      expect(made.day).toBe(now.toISOString().slice(0, 10))
      expect(made.shard).toBeGreaterThanOrEqual(0)
      expect(made.shard).toBeLessThan(shardCount)
    }),
  )
})

test('rows of a partition sort as their requests came', () => {
  fc.assert(
    fc.property(time, time, random, random, (one, other, a, b) => {
      const [first, second] = [one, other].sort((x, y) => x.getTime() - y.getTime()) as [Date, Date]
      fc.pre(first.getTime() !== second.getTime())
      expect(newUti(first, a, shardCount).sk < newUti(second, b, shardCount).sk).toBe(true)
    }),
  )
})

// biome-ignore format: a table reads better aligned
test.each([
  ['the first millisecond of a day', '2026-11-23T00:00:00.000Z', '2026-11-23'],
  ['the last millisecond of a day',  '2026-11-23T23:59:59.999Z', '2026-11-23'],
  ['a leap day',                     '2028-02-29T12:00:00.000Z', '2028-02-29'],
])('%s belongs to that day', (_, now, day) => {
  const made = newUti(new Date(now), new Uint8Array(10), shardCount)
  expect(made.day).toBe(day)
  expect(timeOfUti(made.uti).toISOString()).toBe(now)
})

test('every shard is used alike', () => {
  const now = new Date()
  const shards = Array.from({ length: 256 }, (_, i) => newUti(now, new Uint8Array(10).fill(i), shardCount).shard)
  for (let shard = 0; shard < shardCount; shard++) expect(shards.filter((each) => each === shard)).toHaveLength(16)
})

test.each(['', 'x', 'A'.repeat(21), 'A'.repeat(23), `${'A'.repeat(21)}=`, `${'A'.repeat(21)}B`, `${'A'.repeat(22)}\n`])(
  'the text %j is no uti',
  (text) => {
    expect(parseUti(text)).toBeUndefined()
  },
)
