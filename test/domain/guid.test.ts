import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseGuid } from '../../shared/domain/guid.ts'

const guid = 'abcdef01-2345-6789-abcd-ef0123456789'

test('a GUID is what it is in any letter case, and its canonical form is in lower case', () => {
  expect(parseGuid(guid)).toBe(guid)
  expect(parseGuid(guid.toUpperCase())).toBe(guid)
  fc.assert(fc.property(fc.uuid(), (each) => parseGuid(parseGuid(each.toUpperCase())) === each))
})

test.each([
  ['nothing', undefined],
  ['an empty text', ''],
  ['braces', `{${guid}}`],
  ['a URN', `urn:uuid:${guid}`],
  ['no hyphens', guid.replaceAll('-', '')],
  ['hyphens elsewhere', 'abcdef012-345-6789-abcd-ef0123456789'],
  ['hyphens alone', '-'.repeat(36)],
  ['a character too few', guid.slice(1)],
  ['a character too many', `${guid}0`],
  ['a space before', ` ${guid.slice(1)}`],
  ['a line break behind', `${guid}\n`],
  ['a NUL', guid.replace('a', '\0')],
  ['a letter that is no digit', guid.replace('a', 'g')],
  ['full-width letters', guid.replace('a', 'ａ')],
  ['full-width digits', guid.replace('0', '０')],
  ['a Kelvin sign', guid.replace('a', '\u212a')],
])('with %s it is none', (_, text) => {
  expect(parseGuid(text)).toBeUndefined()
})
