import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quoted, shown } from '../../shared/domain/shown.ts'

const guid = 'abcdef01-2345-6789-abcd-ef0123456789'

describe('what a caller wrote is shown again', () => {
  test.each([
    'me',
    'User.Read',
    guid,
    guid.toUpperCase(),
    `api://${guid}`,
    `https://contoso.example/${guid}/${guid}`,
    'urn:ietf:params:oauth:grant-type:device_code',
    '',
  ])('as it is: %s', (text) => {
    expect(shown(text)).toBe(text)
    expect(quoted(text)).toBe(`'${text}'`)
  })

  test('cut, when it is long', () => {
    expect(shown('a.'.repeat(100))).toHaveLength(100)
  })

  const secret = fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((bytes) => Buffer.from(bytes).toString('base64url'))

  test('unless it could be a secret, wherever in it that stands', () => {
    fc.assert(
      fc.property(secret, fc.constantFrom('', 'api://', `${guid}/`, 'a.'.repeat(60)), (text, before) => {
        const around = shown(`${before}${text}/.default`)
        expect(around).not.toContain(text)
        expect(around).not.toContain(text.slice(0, 20))
      }),
    )
  })

  test.each([
    [
      'a JWT',
      `${Buffer.from('{"alg":"RS256","typ":"JWT"}').toString('base64url')}.${randomBytes(60).toString('base64url')}.x`,
    ],
    ['a secret of Entra', `abc8Q~${'dEfGhIjKlMnOpQrStUvWxYz0123456789a'}`],
    ['base64', randomBytes(48).toString('hex')],
  ])('unless it could be %s', (_, text) => {
    expect(shown(text)).toBe('(not shown: it could be a secret)')
  })
})
