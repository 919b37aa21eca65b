import { expect, test } from 'vitest'
import { effectiveRoles, withInherited } from '../../shared/domain/permission.ts'

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

// Reference §5.2: effective = direct ∪ (parent ∩ inherit).
// biome-ignore format: a table reads better aligned
test.each([
  ['keeps its own',                                     ['a'],      [],         'allAllowed', ['a']],
  ['inherits all that its blueprint holds and shares',  ['a'],      ['b', 'c'], 'allAllowed', ['a', 'b', 'c']],
  ['has once what both hold',                           ['a'],      ['a'],      'allAllowed', ['a']],
  ['inherits nothing that is kept back',                ['a'],      ['b'],      'none',       ['a']],
  ['inherits nothing where nothing is said of it',      ['a'],      ['b'],      undefined,    ['a']],
  ['inherits what is named and held',                   [],         ['b', 'c'], ['c', 'd'],   ['c']],
  ['inherits nothing where none is named',              [],         ['b'],      [],           []],
  ['holds nothing that only its blueprint could share', [],         [],         ['b'],        []],
] as const)('an agent %s', (_, own, parents, inherit, expected) => {
  expect([...withInherited(own, parents, inherit)].sort()).toEqual(expected)
})
