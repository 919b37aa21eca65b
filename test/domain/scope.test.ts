import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { resourceOfScope } from '../../shared/domain/scope.ts'
import { Refusal } from '../../shared/refusal.ts'

const appId = 'abcdef01-2345-6789-abcd-ef0123456789'

/** The resource, or the code of the refusal. */
function read(scope: string): string {
  try {
    return resourceOfScope(scope)
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

describe('the scope of client credentials names one resource (RFC 6749 §3.3; reference §3.12 (6))', () => {
  // biome-ignore format: a table reads better aligned
  test.each([
    ['api://x/.default',                                  'api://x'],
    ['API://X/.DEFAULT',                                  'api://x'],
    ['https://r.example//.default',                       'https://r.example'],
    ['https://r.example/a/b/.default',                    'https://r.example/a/b'],
    [`${appId}/.default`,                                 appId],
    [`${appId.toUpperCase()}/.default`,                   appId],
    ['api://x/.default api://x/.default',                 'api://x'],
    ['api://x/.default api://X//.default',                'api://x'],
    ['openid api://x/.default profile offline_access',    'api://x'],
    ['  api://x/.default  ',                              'api://x'],
    ['api://AzureADTokenExchange/.default',               'api://azureadtokenexchange'],
    ['fb60f99c-7a34-4190-8149-302f77469936/.default',     'api://azureadtokenexchange'],
    ['api://x/.default api://y/.default',                 'AADSTS700022'],
    ['openid',                                            'AADSTS700023'],
    ['OPENID Profile',                                    'AADSTS700023'],
    ['User.Read',                                         'AADSTS1002012'],
    ['api://x',                                           'AADSTS1002012'],
    ['api://x/.defaults',                                 'AADSTS1002012'],
    ['/.default',                                         'AADSTS1002012'],
    ['.default',                                          'AADSTS1002012'],
    ['api://x/.default User.Read',                        'AADSTS1002012'],
    [`${'a'.repeat(255)}/.default`,                       'a'.repeat(255)],
    [`${'a'.repeat(256)}/.default`,                       'AADSTS70011'],
    ['a'.repeat(4097),                                    'AADSTS70011'],
    ['api://x/.default\tapi://y/.default',                'AADSTS70011'],
    ['api://ü/.default',                                  'AADSTS70011'],
    ['api://"/.default',                                  'AADSTS70011'],
    ['api://\\/.default',                                 'AADSTS70011'],
  ])('%s: %s', (scope, expected) => {
    expect(read(scope)).toBe(expected)
  })

  test('neither order nor repetition makes a difference', () => {
    const scope = fc.constantFrom(
      'api://x/.default',
      'API://x//.default',
      'openid',
      'profile',
      'offline_access',
      'email',
    )
    fc.assert(
      fc.property(fc.array(scope, { minLength: 1 }), (scopes) => {
        const named = scopes.some((each) => each.endsWith('.default'))
        expect(read(scopes.join(' '))).toBe(named ? 'api://x' : 'AADSTS700023')
      }),
    )
  })

  test('whatever is asked, the answer is a key that is short enough, or a refusal', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string().map((each) => `${each}/.default`),
        ),
        (scope) => {
          expect(read(scope)).toMatch(/^(AADSTS\d+|[\x21-\x7e]{0,255})$/)
        },
      ),
    )
  })
})
