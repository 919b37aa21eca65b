import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { assertion, type Cast, cast, sigilForTests } from '../support/sigil.ts'

/* No character of a token can be changed, taken out, put in or moved without its being refused (RFC 7515 §5.2). */

const sigil = sigilForTests()
let c: Cast
let t1: string
let bearer: string

beforeAll(async () => {
  c = await cast(sigil, 'mutation')
  t1 = await c.t1()
  bearer = await sigil.agentToken(c.agent.id, t1, 'https://graph.microsoft.com/.default')
})

const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

type Mutation = { operation: 'change' | 'delete' | 'insert' | 'double' | 'swap'; at: number; character: string }

const mutation = (characters: string): fc.Arbitrary<Mutation> =>
  fc.record({
    operation: fc.constantFrom('change', 'delete', 'insert', 'double', 'swap'),
    // The ends of the segments are where decoders are lenient.
    at: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1)),
    character: fc.constantFrom(...characters),
  })

function mutate(token: string, { operation, at, character }: Mutation): string {
  const i = Math.min(token.length - 1, Math.floor(at * token.length))
  const [before, here = '', next = '', after] = [token.slice(0, i), token[i], token[i + 1], token.slice(i + 2)]
  switch (operation) {
    case 'change':
      return before + character + next + after
    case 'delete':
      return before + next + after
    case 'insert':
      return at === 1 ? token + character : before + character + here + next + after
    case 'double':
      return before + here + here + next + after
    case 'swap':
      return before + next + here + after
  }
}

describe('a token with one character changed', () => {
  test('is no client assertion', async () => {
    const odd = `${base64url}.=+/ \n\t~%é`
    await fc.assert(
      fc.asyncProperty(mutation(odd), async (change) => {
        const client_assertion = mutate(t1, change)
        fc.pre(client_assertion !== t1)
        const form = { client_id: c.agent.id, scope: c.scope, grant_type: 'client_credentials' }
        const { status, body } = await sigil.token({ ...form, ...assertion(client_assertion) })
        expect({ status, error: body.error }).toEqual({ status: 401, error: 'invalid_client' })
      }),
      { numRuns: 300 },
    )
  })

  test('is no bearer token', async () => {
    // What HTTP itself strips from the ends of a header's value is no part of the token (RFC 9110 §5.5).
    await fc.assert(
      fc.asyncProperty(mutation(`${base64url}.=+/~%,`), async (change) => {
        const token = mutate(bearer, change)
        fc.pre(token !== bearer)
        const { status, body } = await sigil.graph('GET', `/servicePrincipals/${c.agent.id}`, undefined, token)
        expect({ status, body }).toMatchObject({ status: 401, body: { error: { code: 'InvalidAuthenticationToken' } } })
      }),
      { numRuns: 300 },
    )
  })

  test('while the tokens themselves are accepted', async () => {
    expect((await sigil.agentToken(c.agent.id, t1, c.scope)).split('.')).toHaveLength(3)
    expect((await sigil.graph('GET', `/servicePrincipals/${c.agent.id}`, undefined, bearer)).status).not.toBe(401)
  })
})
