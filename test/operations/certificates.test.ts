import { createPublicKey, X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { certificate, privateForms, proofOf, type TestCertificate } from '../support/certificate.ts'
import { type Answer, type Cast, cast, type Row, sigilForTests } from '../support/sigil.ts'

type Body = Record<string, unknown>
type KeyCredential = Body & { keyId: string }

// The log is on here, and goes where it can be read back. It is opened with the first function, after this.
Object.assign(process.env, { POWERTOOLS_LOG_LEVEL: 'DEBUG', POWERTOOLS_DEV: 'true' })
const log: string[] = []
for (const channel of ['log', 'info', 'warn', 'error', 'debug'] as const) {
  vi.spyOn(console, channel).mockImplementation((...line) => void log.push(line.map(String).join(' ')))
}

const sigil = sigilForTests()

let actors: Cast
let one: TestCertificate
let two: TestCertificate
beforeAll(async () => {
  actors = await cast(sigil, 'certificates')
  one = await certificate('ES256')
  two = await certificate('RS256')
})

const refusal = ({ status, body }: Answer) => {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}
const blueprint = (more: Body = {}) =>
  sigil.make('POST', '/applications/microsoft.graph.agentIdentityBlueprint', {
    displayName: 'x',
    ...actors.sponsors,
    ...more,
  })
const credential = ({ key }: TestCertificate, more: Body = {}) => ({
  type: 'AsymmetricX509Cert',
  usage: 'Verify',
  key,
  ...more,
})
const patch = (id: string, keyCredentials: unknown, token?: string) =>
  sigil.graph('PATCH', `/applications/${id}`, { keyCredentials }, token)
const keysOf = async (id: string) =>
  (await sigil.make('GET', `/applications/${id}?$select=keyCredentials`)).keyCredentials as KeyCredential[]
const certificatesOf = async (appId: string) => (await sigil.rows(`APP#${appId}`))[0]?.certificates as Row | undefined

/** A blueprint that has a certificate, and what a proof of it is. */
async function withKey(made = one) {
  const object = await blueprint({ keyCredentials: [credential(made)] })
  const [{ keyId } = { keyId: '' }] = await keysOf(object.id)
  return { ...object, keyId, proof: (more?: object, header?: object) => proofOf(made, object.id, { ...more }, header) }
}
const addKey = (id: string, added: TestCertificate, proof: unknown, more: Body = {}, token?: string) =>
  sigil.graph('POST', `/applications/${id}/addKey`, { keyCredential: credential(added), proof, ...more }, token)
const removeKey = (id: string, keyId: string, proof: unknown, token?: string) =>
  sigil.graph('POST', `/applications/${id}/removeKey`, { keyId, proof }, token)

describe('the first certificate of an application', () => {
  test.each(['ES256', 'ES384', 'ES512', 'RS256'] as const)('is set by PATCH: %s', async (algorithm) => {
    const made = await blueprint()
    const given = await certificate(algorithm)
    expect((await patch(made.id, [credential(given, { displayName: 'first' })])).status).toBe(204)
    const der = Buffer.from(given.key, 'base64')
    const sha1 = await crypto.subtle.digest('SHA-1', der)
    expect(await keysOf(made.id)).toEqual([
      {
        keyId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        type: 'AsymmetricX509Cert',
        usage: 'Verify',
        key: given.key,
        customKeyIdentifier: Buffer.from(sha1).toString('base64'),
        displayName: 'first',
        startDateTime: given.notBefore.toISOString(),
        endDateTime: given.notAfter.toISOString(),
      },
    ])
    const [[keyId, kept] = ['', undefined]] = Object.entries((await certificatesOf(made.appId)) ?? {})
    expect([keyId]).toEqual((await keysOf(made.id)).map((each) => each.keyId))
    const { x5t, publicKey } = kept as unknown as { x5t: string; publicKey: string }
    expect(x5t).toBe(Buffer.from(sha1).toString('base64url'))
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' })
    expect(key.equals(new X509Certificate(der).publicKey)).toBe(true)
  })

  test('may come with the creation, and is shown without its key unless that is asked for', async () => {
    const { id, appId } = await withKey()
    const { keyCredentials } = await sigil.make('GET', `/applications/${id}`)
    expect(keyCredentials).toMatchObject([{ type: 'AsymmetricX509Cert', key: null }])
    expect(await keysOf(id)).toMatchObject([{ key: one.key }])
    expect(Object.keys((await certificatesOf(appId)) ?? {})).toHaveLength(1)
  })

  test('is shown nowhere else: in no list, and in no audit record', async () => {
    const { id } = await withKey()
    await patch(id, [credential(two)])
    expect(JSON.stringify(await sigil.make('GET', '/applications'))).not.toContain(one.key)
    expect(JSON.stringify(await sigil.rows('AUDIT#'))).not.toContain(one.key)
    expect(log.join('\n')).not.toContain(one.key)
  })
})

describe('keyCredentials', () => {
  test('are replaced as a whole; those that are named by their keyId stay as they are', async () => {
    const { id, appId, keyId } = await withKey()
    const [kept] = await keysOf(id)
    expect((await patch(id, [{ ...kept, key: null }, credential(two)])).status).toBe(204)
    const both = await keysOf(id)
    expect(both).toHaveLength(2)
    expect(both[0]).toEqual(kept)
    expect((await patch(id, [{ type: 'AsymmetricX509Cert', usage: 'Verify', keyId: both[1]?.keyId }])).status).toBe(204)
    expect((await keysOf(id)).map((each) => each.keyId)).toEqual([both[1]?.keyId])
    expect(Object.keys((await certificatesOf(appId)) ?? {})).toEqual([both[1]?.keyId])
    expect((await patch(id, [])).status).toBe(204)
    expect([await keysOf(id), await certificatesOf(appId)]).toEqual([[], {}])
    expect(keyId).not.toBe(both[1]?.keyId)
  })

  test('that are there are not changed, but taken away and added', async () => {
    const { id, keyId } = await withKey()
    for (const change of [{ key: two.key }, { displayName: 'x' }, { endDateTime: one.notBefore.toISOString() }]) {
      const answer = refusal(await patch(id, [{ ...credential(one), keyId, ...change }]))
      expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
      expect(answer.message).toContain(`'keyCredentials.0.${Object.keys(change)[0]}': cannot be changed`)
    }
    expect(await keysOf(id)).toMatchObject([{ keyId, key: one.key }])
  })

  test('may last for a part of their certificate’s time, and no longer', async () => {
    const { id } = await blueprint()
    const [startDateTime, endDateTime] = [new Date(Date.now() - 3600_000), new Date(Date.now() + 3600_000)].map(
      (each) => each.toISOString(),
    )
    expect((await patch(id, [credential(one, { startDateTime, endDateTime })])).status).toBe(204)
    expect(await keysOf(id)).toMatchObject([{ startDateTime, endDateTime }])
    for (const [property, wrong] of [
      ['startDateTime', { startDateTime: new Date(one.notBefore.getTime() - 1).toISOString() }],
      ['endDateTime', { endDateTime: new Date(one.notAfter.getTime() + 1).toISOString() }],
      ['endDateTime', { startDateTime: endDateTime, endDateTime: startDateTime }],
      ['endDateTime', { endDateTime: startDateTime }],
    ] as const) {
      const answer = refusal(await patch(id, [credential(one, wrong)]))
      expect([answer.status, answer.message]).toEqual([400, expect.stringContaining(`'keyCredentials.0.${property}'`)])
    }
  })

  test('are certificates that are good now, of keys that are strong enough', async () => {
    const { id } = await blueprint()
    const over = await certificate('ES256', { from: -2 * 86_400_000, for: 86_400_000 })
    const weak = await certificate('RS256', { modulusLength: 1024 })
    expect(refusal(await patch(id, [credential(over)])).message).toContain("'keyCredentials.0.endDateTime'")
    expect(refusal(await patch(id, [credential(weak)])).message).toContain('RSA of 2048')
  })

  test('are public: whatever holds a private key is refused, and not a letter of it is kept', async () => {
    const { id } = await blueprint()
    const { pem, pkcs8 } = privateForms(two)
    const pfx = Buffer.from('308209a002010330820966', 'hex')
    const begun = log.length
    for (const key of [pem, Buffer.from(pem).toString('base64'), pkcs8.toString('base64'), pfx.toString('base64')]) {
      const answer = refusal(await patch(id, [credential(two, { key })]))
      expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
      expect(answer.message).toContain("'keyCredentials.0.key': holds a private key")
      const secret = key.replace(/-----[^-]*-----|\s/g, '').slice(0, 24)
      expect(log.slice(begun).join('\n')).not.toContain(secret)
      expect(JSON.stringify(await sigil.rows())).not.toContain(secret)
    }
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, () => unknown]>([
    ['keyCredentials',          () => null],
    ['keyCredentials',          () => ({})],
    ['keyCredentials',          () => one.key],
    ['keyCredentials.0',        () => [one.key]],
    ['keyCredentials.0.type',   () => [credential(one, { type: 'Symmetric' })]],
    ['keyCredentials.0.type',   () => [credential(one, { type: 'X509CertAndPassword' })]],
    ['keyCredentials.0.type',   () => [credential(one, { type: undefined })]],
    ['keyCredentials.0.usage',  () => [credential(one, { usage: 'Sign' })]],
    ['keyCredentials.0.usage',  () => [credential(one, { usage: null })]],
    ['keyCredentials.0.key',    () => [credential(one, { key: undefined })]],
    ['keyCredentials.0.key',    () => [credential(one, { key: null })]],
    ['keyCredentials.0.key',    () => [credential(one, { key: '' })]],
    ['keyCredentials.0.key',    () => [credential(one, { key: 'AAAA' })]],
    ['keyCredentials.0.key',    () => [credential(one, { key: 'not base64!' })]],
    ['keyCredentials.0.key',    () => [credential(one, { key: 'A'.repeat(12_001) })]],
    ['keyCredentials.0.key',    () => [credential(one, { key: 7 })]],
    ['keyCredentials.0.key',    () => [credential(one, { key: doubled(one) })]],
    ['keyCredentials.0.key',    () => [credential(one, { key: Buffer.from(pemOf(one)).toString('base64') })]],
    ['keyCredentials.0.key',    () => [credential(one, { key: pemOf(one) })]],
    ['keyCredentials.0.keyId',  () => [credential(one, { keyId: 'x' })]],
    ['keyCredentials.0.secret', () => [credential(one, { secret: 'x' })]],
    ['keyCredentials',          () => [credential(one), credential(one)]],
    ['keyCredentials',          () => [credential(one, { keyId: actors.keyId }), credential(two, { keyId: actors.keyId })]],
    ['keyCredentials',          () => [credential(one, { keyId: actors.keyId })]],
    ['keyCredentials',          () => Array.from({ length: 17 }, () => credential(one))],
  ])('are refused for %s', async (property, keyCredentials) => {
    const answer = refusal(await patch(actors.blueprint.id, keyCredentials()))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain(`'${property}'`)
    expect(await keysOf(actors.blueprint.id)).toEqual([])
  })

  test('are at most 16 together with the secrets', async () => {
    const { id } = await blueprint({ keyCredentials: [credential(one)] })
    for (let each = 0; each < 15; each++) await sigil.make('POST', `/applications/${id}/addPassword`, {})
    expect(refusal(await sigil.graph('POST', `/applications/${id}/addPassword`, {})).message).toContain('16')
    const [kept] = await keysOf(id)
    expect(refusal(await patch(id, [{ ...kept, key: null }, credential(two)])).message).toContain('16')
  })

  test('are what tokenEncryptionKeyId may name, as long as it does', async () => {
    const { id, keyId } = await withKey()
    const set = (tokenEncryptionKeyId: unknown) => sigil.graph('PATCH', `/applications/${id}`, { tokenEncryptionKeyId })
    expect((await set(keyId)).status).toBe(204)
    for (const wrong of [crypto.randomUUID(), 'x', 7]) {
      expect(refusal(await set(wrong)).message).toContain("'tokenEncryptionKeyId'")
    }
    expect(refusal(await patch(id, [])).message).toContain("'tokenEncryptionKeyId'")
    expect((await set(null)).status).toBe(204)
    expect((await patch(id, [])).status).toBe(204)
  })
})

describe('addKey and removeKey', () => {
  test.each(['ES256', 'RS256', 'ES384', 'ES512'] as const)(
    'need a proof that a certificate signed: %s',
    async (algorithm) => {
      const own = await certificate(algorithm)
      const made = await withKey(own)
      const { status, body } = await addKey(made.id, two, await made.proof())
      expect(status).toBe(200)
      expect(body).toMatchObject({
        '@odata.context': expect.stringContaining('#microsoft.graph.keyCredential'),
        type: 'AsymmetricX509Cert',
        key: null,
      })
      expect(Object.keys((await certificatesOf(made.appId)) ?? {}).sort()).toEqual([made.keyId, body.keyId].sort())
      expect((await removeKey(made.id, made.keyId, await made.proof())).status).toBe(204)
      expect(Object.keys((await certificatesOf(made.appId)) ?? {})).toEqual([body.keyId])
      // What was removed proves nothing any more.
      expect(refusal(await removeKey(made.id, String(body.keyId), await made.proof()))).toMatchObject({ status: 403 })
      expect((await removeKey(made.id, String(body.keyId), await proofOf(two, made.appId))).status).toBe(204)
    },
  )

  test('take a PS256 proof by an RSA certificate', async () => {
    const keys = await crypto.subtle.exportKey('pkcs8', two.privateKey)
    const pss = await crypto.subtle.importKey('pkcs8', keys, { name: 'RSA-PSS', hash: 'SHA-256' }, true, ['sign'])
    const made = await withKey(two)
    const proof = await proofOf({ privateKey: pss, algorithm: 'PS256' as never }, made.id)
    expect((await addKey(made.id, one, proof)).status).toBe(200)
  })

  test('do nothing where there is no valid certificate, though one was', async () => {
    const made = await blueprint()
    const answer = refusal(await addKey(made.id, two, await proofOf(one, made.id)))
    expect(answer).toMatchObject({ status: 400, code: 'Request_BadRequest' })
    expect(answer.message).toContain('no valid certificate')
    const brief = await blueprint()
    const endDateTime = new Date(Date.now() + 1_000).toISOString()
    expect((await patch(brief.id, [credential(one, { endDateTime })])).status).toBe(204)
    await vi.waitUntil(() => Date.now() > Date.parse(endDateTime), { timeout: 5_000 })
    const late = refusal(await addKey(brief.id, two, await proofOf(one, brief.id)))
    expect(late.message).toContain('no valid certificate')
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, number, (made: Awaited<ReturnType<typeof withKey>>) => unknown]>([
    ['of another key',                403, ({ id }) => proofOf(two, id)],
    ['for another application',       403, () => proofOf(one, actors.blueprint.id)],
    ['by nobody',                     403, ({ proof }) => proof({ iss: undefined })],
    ['for another audience',          403, ({ proof }) => proof({ aud: '00000003-0000-0000-c000-000000000000' })],
    ['for several audiences',         403, ({ proof }) => proof({ aud: ['00000002-0000-0000-c000-000000000000'] })],
    ['that is over',                  403, ({ proof }) => proof({ nbf: seconds() - 601, exp: seconds() - 1 })],
    ['that is still to come',         403, ({ proof }) => proof({ nbf: seconds() + 300, exp: seconds() + 600 })],
    ['for longer than ten minutes',   403, ({ proof }) => proof({ exp: seconds() + 3600 })],
    ['without end',                   403, ({ proof }) => proof({ exp: undefined })],
    ['without beginning',             403, ({ proof }) => proof({ nbf: undefined })],
    ['that ends before it begins',    403, ({ proof }) => proof({ exp: seconds() - 10, nbf: seconds() })],
    ['with a broken signature',       403, async ({ proof }) => (await proof()).replace(/.{6}$/, 'AAAAAA')],
    ['without a signature',           400, async ({ proof }) => (await proof()).replace(/[^.]+$/, '')],
    ['with critical headers',         400, async ({ proof }) => withHeader(await proof(), { crit: ['exp'] })],
    ['that says it needs none',       400, async ({ proof }) => withHeader(await proof(), { alg: 'none' })],
    ['with a symmetric algorithm',    400, async ({ proof }) => withHeader(await proof(), { alg: 'HS256' })],
    ['with an algorithm of its key',  403, async ({ proof }) => withHeader(await proof(), { alg: 'RS256' })],
    ['that is no JWT',                400, () => 'proof'],
    ['that is nothing',               400, () => ''],
    ['that is null',                  400, () => null],
    ['that is absent',                400, () => undefined],
  ])('take no proof %s', async (_, status, proof) => {
    const made = await withKey()
    const before = await sigil.rows(`APP#${made.appId}`)
    expect(refusal(await addKey(made.id, two, await proof(made))).status).toBe(status)
    expect(refusal(await removeKey(made.id, made.keyId, await proof(made))).status).toBe(status)
    expect(await sigil.rows(`APP#${made.appId}`)).toEqual(before)
  })

  test('take certificates alone, each once, and remove none that is not there', async () => {
    const made = await withKey()
    const withPassword = { passwordCredential: { secretText: 'x' } }
    expect(refusal(await addKey(made.id, two, await made.proof(), withPassword)).message).toContain(
      "'passwordCredential'",
    )
    expect((await addKey(made.id, two, await made.proof(), { passwordCredential: null })).status).toBe(200)
    expect(refusal(await addKey(made.id, two, await made.proof())).status).toBe(400)
    expect(refusal(await removeKey(made.id, crypto.randomUUID(), await made.proof())).status).toBe(400)
  })

  test('are open to the application itself with nothing but its proof, and to no other of its kind', async () => {
    const own = await sigil.tokenFor(actors.blueprint.appId, actors.secret, 'https://graph.microsoft.com/.default')
    const made = await withKey()
    expect((await patch(actors.blueprint.id, [credential(one)])).status).toBe(204)
    try {
      const proof = await proofOf(one, actors.blueprint.id)
      const { status, body } = await addKey(actors.blueprint.id, two, proof, {}, own)
      expect(status).toBe(200)
      expect((await removeKey(actors.blueprint.id, String(body.keyId), proof, own)).status).toBe(204)
      // What is not its own is not even told from what is not there.
      for (const id of [made.id, actors.api.id, crypto.randomUUID()]) {
        const answer = refusal(await addKey(id, two, await made.proof(), {}, own))
        expect(answer).toMatchObject({ status: 403, code: 'Authorization_RequestDenied' })
      }
      expect(refusal(await patch(actors.blueprint.id, [], own)).status).toBe(403)
    } finally {
      await patch(actors.blueprint.id, [])
    }
  })

  test('are nothing to an agent identity, be it its own blueprint’s', async () => {
    const token = await sigil.agentToken(actors.agent.id, await actors.t1(), 'https://graph.microsoft.com/.default')
    const answer = refusal(await addKey(actors.blueprint.id, two, 'proof.proof.proof', {}, token))
    expect(answer).toMatchObject({ status: 403, code: 'Authorization_RequestDenied' })
  })
})

const seconds = (): number => Math.floor(Date.now() / 1000)
const pemOf = ({ key }: TestCertificate) => new X509Certificate(Buffer.from(key, 'base64')).toString()
const doubled = ({ key }: TestCertificate): string => {
  const der = Buffer.from(key, 'base64')
  return Buffer.concat([der, der]).toString('base64')
}
function withHeader(jwt: string, more: object): string {
  const [head = '', ...rest] = jwt.split('.')
  const header = { ...JSON.parse(Buffer.from(head, 'base64url').toString()), ...more }
  return [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.')
}
