import { expect, test } from 'vitest'
import { effectiveRoles } from '../../shared/domain/permission.ts'

const offered: Record<string, string> = { r: 'Tasks.Read', w: 'Tasks.Write', again: 'Tasks.Read' }

test.each([
  ['acts with what it holds', ['r'], ['Tasks.Read']],
  ['acts with all of it, in order', ['w', 'r'], ['Tasks.Read', 'Tasks.Write']],
  ['acts with nothing when it holds nothing', [], []],
  ['gets nothing of what is no longer offered', ['r', 'gone'], ['Tasks.Read']],
  ['gets nothing of default access', ['00000000-0000-0000-0000-000000000000'], []],
  ['has one value once', ['r', 'again'], ['Tasks.Read']],
])('a client %s', (_, held, expected) => {
  expect(effectiveRoles(new Set(held), (id) => offered[id])).toEqual(expected)
})
