import { describe, expect, test } from 'vitest'
import { hashSecret } from '../../shared/domain/client-secret.ts'
import { assertion } from '../support/sigil.ts'
import {
  app,
  b,
  basic,
  bp,
  bx,
  encode,
  type Form,
  formType,
  issued,
  keepSecret,
  makeApplication,
  nobody,
  ordinary,
  percent,
  raw,
  refused,
  secrets,
  shapeOf,
  sigil,
  step1,
  step2,
  swapCase,
  t1,
  without,
} from './token-refusal.ts'

describe('the credential of a client (RFC 6749 §2.3, §5.2; reference §3.1, §3.9)', () => {
  // biome-ignore format: a table reads better aligned
  test.each<[string, () => Form, number]>([
    ['none at all',                     () => without(step1(), 'client_secret'),                     7000216],
    ['none at all, of an application',  () => without(ordinary(), 'client_secret'),                  7000216],
    ['an empty secret',                 () => step1({ client_secret: '' }),                          7000216],
    ['a blank secret',                  () => step1({ client_secret: '  ' }),                        7000215],
    ['a wrong secret',                  () => step1({ client_secret: 'x'.repeat(43) }),              7000215],
    ['a secret and a line break',       () => step1({ client_secret: `${bp.secret}\n` }),            7000215],
    ['a secret and a space before it',  () => step1({ client_secret: ` ${bp.secret}` }),             7000215],
    ['a secret in another letter case', () => step1({ client_secret: swapCase(bp.secret) }),         7000215],
    ['its hash as it is kept',          () => step1({ client_secret: hashSecret(bp.secret) }),       7000215],
    ['its hint',                        () => step1({ client_secret: bp.secret.slice(0, 3) }),       7000215],
    ['its key id',                      () => step1({ client_secret: bp.keyId }),                    7000215],
    ['the secret of its sibling',       () => step1({ client_secret: bx.secret }),                   7000215],
    ['the secret of a namesake',        () => step1({ client_secret: b.blueprint.secret }),          7000215],
    ['the secret of an application',    () => step1({ client_secret: app.secret }),                  7000215],
    ['a token as its secret',           () => step1({ client_secret: t1 }),                          7000215],
    ['a secret and an assertion',       () => step1(assertion(t1)),                                  9002324],
    ['an assertion of no type',         () => without(step2(), 'client_assertion_type'),             900144],
    ['an assertion of another type',    () => step2({ client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' }), 900144],
    ['an assertion type alone',         () => without(step2(), 'client_assertion'),                  7000216],
    ['an agent with a secret',          () => ordinary({ client_id: bp.agent.id }),                  7000215],
    ["an agent with its blueprint's",   () => step1({ client_id: bp.agent.id }),                     7000215],
  ])('%s is refused', async (_, form, code) => {
    await refused(() => sigil.token(form()), code)
  })

  test('a NUL in it is no secret of anyone', async () => {
    await refused(() => sigil.token(step1({ client_secret: `${bp.secret}\0` })), { code: 9002313, row: false })
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    ['of a sibling, with another client_id in the body', () => basic(bx.blueprint.appId, bx.secret),    9002313],
    ['beside a secret in the body',                      () => basic(bp.blueprint.appId, bp.secret),    9002324],
  ])('a Basic credential %s is refused', async (what, authorization, code) => {
    const form = what.startsWith('beside') ? step1() : without(step1(), 'client_secret')
    await refused(() => sigil.token(form, undefined, authorization()), code)
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    ['no credential at all',   'Basic'],
    ['two words',              'Basic YTpi YTpi'],
    ['no base64',              'Basic a:b'],
    ['base64url',              'Basic -_-_'],
    ['no colon',               `Basic ${Buffer.from('ab').toString('base64')}`],
    ['a malformed escape',     `Basic ${Buffer.from('a:%zz').toString('base64')}`],
    ['two of them',            'Basic YTpi, Basic YTpi'],
  ])('a Basic header with %s is refused (RFC 6749 §2.3.1)', async (_, authorization) => {
    await refused(() => sigil.token(without(step1(), 'client_secret'), undefined, { authorization }), 9002313)
  })

  test('an Authorization header of another scheme is no credential', async () => {
    await refused(
      () => sigil.token(without(step1(), 'client_secret'), undefined, { authorization: `Bearer ${t1}` }),
      7000216,
    )
    await issued(step1(), { authorization: `Bearer ${t1}` })
  })

  test('a secret is form-encoded in the body and in Basic alike (RFC 6749 appendix B)', async () => {
    const odd = await makeApplication()
    const secret = 'a% +:&=ü€"\\'
    secrets.push(secret)
    await keepSecret(odd.appId, secret)
    const form = { client_id: odd.appId, scope: bp.scope, grant_type: 'client_credentials' }
    await issued({ ...form, client_secret: secret })
    await issued({ scope: bp.scope, grant_type: 'client_credentials' }, basic(percent(odd.appId), percent(secret)))
    await issued(form, basic(odd.appId, new URLSearchParams({ x: secret }).toString().slice(2)))
    await refused(() => sigil.token(form, undefined, basic(odd.appId, secret.replace('%', ''))), 7000215)
  })

  test.each([
    'client_secret',
    'client_assertion',
    'assertion',
    'refresh_token',
    'user_federated_identity_credential',
    'Client_Secret',
  ])('a %s in the address is refused, whatever else is right (RFC 6749 §2.3.1)', async (name) => {
    const path = `/${sigil.tenantId}/oauth2/v2.0/token?${new URLSearchParams({ [name]: bp.secret })}`
    await refused(() => raw('POST', path, { 'content-type': formType }, encode(step1())), {
      code: 9002313,
      row: false,
    })
  })

  test('wrong secrets lock nobody out', async () => {
    for (let i = 0; i < 20; i++) {
      const client_id = i % 2 ? bp.blueprint.appId.toUpperCase() : bp.blueprint.appId
      expect((await sigil.token(step1({ client_id, client_secret: `wrong ${i}` }))).status).toBe(401)
    }
    await issued(step1())
  })

  test('however near a wrong secret is, and whatever it lacks, the answer looks the same', async () => {
    const { secret } = bp
    const other = (character: string | undefined) => (character === 'A' ? 'B' : 'A')
    const wrong = [
      other(secret[0]) + secret.slice(1),
      secret.slice(0, -1) + other(secret.at(-1)),
      secret.slice(0, -1),
      `${secret}A`,
      'x',
    ]
    const answers = await Promise.all(wrong.map((client_secret) => sigil.token(step1({ client_secret }))))
    expect(new Set(answers.map(shapeOf)).size).toBe(1)
  })
})

describe('a client that is not there', () => {
  // biome-ignore format: a table reads better aligned
  test.each([
    ['unknown',                         () => nobody],
    ["another tenant's",                () => b.blueprint.appId],
    ['the object id of a principal',    () => bp.principal.id],
    ['the object id of an application',  () => app.id],
    ['a person',                        () => bp.person.id],
    ['a tenant',                        () => sigil.tenantId],
    ['in braces',                       () => `{${bp.blueprint.appId}}`],
    ['a URN',                           () => `urn:uuid:${bp.blueprint.appId}`],
    ['without hyphens',                 () => bp.blueprint.appId.replaceAll('-', '')],
    ['with a space behind',             () => `${bp.blueprint.appId} `],
    ['of full-width letters',           () => bp.blueprint.appId.replace(/[a-f]/, 'ａ')],
    ['a key of the table',              () => `${sigil.tenantId}#${bp.blueprint.appId}`],
    ['4 KB long',                       () => 'a'.repeat(4096)],
  ])('%s is refused (AADSTS700016)', async (_, clientId) => {
    await refused(() => sigil.token(step1({ client_id: clientId() })), 700016)
  })

  test('is the same to a caller, whether it is unknown or of another tenant', async () => {
    const asked = [nobody, b.blueprint.appId, bp.person.id].map((client_id) => sigil.token(step1({ client_id })))
    expect(new Set((await Promise.all(asked)).map(shapeOf)).size).toBe(1)
  })

  test('with an assertion is refused, too', async () => {
    await refused(() => sigil.token(step2({ client_id: nobody })), 700016)
  })

  test('is one without client_id, unless the assertion says who it is (RFC 7521 §4.2)', async () => {
    await refused(() => sigil.token(without(step1(), 'client_id')), 900144)
    await refused(() => sigil.token(without(step2({ client_assertion: 'a.b.c' }), 'client_id')), 900144)
    await issued(without(step2(), 'client_id'))
  })

  test('is not one that is written in another letter case', async () => {
    await issued(step1({ client_id: bp.blueprint.appId.toUpperCase(), fmi_path: bp.agent.id.toUpperCase() }))
    await issued(step2({ client_id: bp.agent.id.toUpperCase() }))
  })
})
