import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Table } from '../../shared/store/store.ts'
import { KeySet, publish, type TokenKind } from '../../shared/tokens/keyset.ts'
import { verifyOurs } from '../../shared/tokens/verify.ts'

const now = new Date('2026-11-23T12:00:00.000Z')
const seconds = now.getTime() / 1000

const pairs = {
  resource: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  exchange: generateKeyPairSync('rsa', { modulusLength: 2048 }),
}
const published = (['resource', 'exchange'] as const).map((kind) =>
  publish(kind, `arn:${kind}`, pairs[kind].publicKey, now),
)

/** A table that holds the published keys alone, and counts how often it is read. */
function tableOf(keys: readonly unknown[] | undefined): { table: Table; reads: () => number } {
  let reads = 0
  const table = {
    snapshot: () => {
      reads++
      return Promise.resolve([keys && { keys }])
    },
  }
  return { table: table as unknown as Table, reads: () => reads }
}

const keySetAt = (time: () => Date) => new KeySet(tableOf(published).table, time)

const claims = (change: object = {}) => ({
  iss: 'i',
  aud: 'a',
  sub: 's',
  oid: 'o',
  tid: 't',
  idtyp: 'app',
  uti: 'u',
  iat: seconds - 300,
  nbf: seconds - 300,
  exp: seconds + 3600,
  ...change,
})

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

function signed(payload: object, kind: TokenKind = 'resource'): string {
  const kid = published.find((key) => key.kind === kind)?.kid
  const input = `${encode({ typ: 'JWT', alg: 'RS256', kid })}.${encode(payload)}`
  return `${input}.${sign('sha256', Buffer.from(input), pairs[kind].privateKey).toString('base64url')}`
}

const verify = (token: string, kind: TokenKind = 'resource', at = now) =>
  verifyOurs(
    keySetAt(() => now),
    token,
    kind,
    at,
  )

describe('the time of a token, to the millisecond (RFC 7519 §4.1.4, §4.1.5)', () => {
  const at = (ms: number) => new Date(now.getTime() + ms)

  // biome-ignore format: a table reads better aligned
  test.each([
    ['at once',                           {},                                         0,         'ok'],
    ['a millisecond before its end',      {},                                         3_599_999, 'ok'],
    ['at its end',                        {},                                         3_600_000, 'expired'],
    ['a millisecond after its end',       {},                                         3_600_001, 'expired'],
    ['10 seconds before its begin',       { nbf: seconds + 10 },                      0,         'ok'],
    ['10 seconds and one ms before it',   { nbf: seconds + 10 },                      -1,        'notYetValid'],
    ['61 seconds before its begin',       { nbf: seconds + 61 },                      0,         'notYetValid'],
    ['10 seconds before it was made',     { iat: seconds + 10 },                      0,         'ok'],
    ['61 seconds before it was made',     { iat: seconds + 61 },                      0,         'notYetValid'],
    ['when it ends before it begins',     { nbf: seconds + 5, exp: seconds + 4 },     0,         'malformed'],
    ['when it ends as it begins',         { nbf: seconds + 5, exp: seconds + 5 },     0,         'malformed'],
    ['when it ends before it was made',   { iat: seconds + 5, exp: seconds + 4 },     0,         'malformed'],
    ['when it lives a day',               { exp: seconds + 86_400 },                  0,         'ok'],
    ['when it lives longer than a day',   { exp: seconds + 86_401 },                  0,         'malformed'],
  ])('%s', async (_, change, ms, expected) => {
    const outcome = await verify(signed(claims(change)), 'resource', at(ms))
    expect(typeof outcome === 'string' ? outcome : 'ok').toBe(expected)
  })
})

describe('a claim', () => {
  test.each(['iss', 'aud', 'sub', 'oid', 'tid', 'idtyp', 'uti'])('%s is a text', async (name) => {
    for (const value of [undefined, null, true, 1, [], ['x'], { $ne: 1 }]) {
      expect(await verify(signed(claims({ [name]: value })))).toBe('malformed')
    }
  })

  test.each(['exp', 'nbf', 'iat'])('%s is a whole number', async (name) => {
    for (const value of [undefined, null, true, String(seconds), [], {}, seconds + 0.5, Number.POSITIVE_INFINITY]) {
      expect(await verify(signed(claims({ [name]: value })))).toBe('malformed')
    }
  })
})

describe('a key', () => {
  test('verifies tokens of its own kind alone', async () => {
    expect(await verify(signed(claims()), 'resource')).toEqual(claims())
    expect(await verify(signed(claims(), 'exchange'), 'exchange')).toEqual(claims())
    expect(await verify(signed(claims()), 'exchange')).toBe('unknownKey')
    expect(await verify(signed(claims(), 'exchange'), 'resource')).toBe('unknownKey')
  })

  test('that is unknown costs one read in 30 seconds, however many ask; all are read again after 5 minutes', async () => {
    const { table, reads } = tableOf(published)
    let time = now.getTime()
    const keySet = new KeySet(table, () => new Date(time))
    const [known] = published
    const ask = async (kid: string) => (await keySet.find(kid, 'resource')) !== undefined

    expect(await Promise.all(Array.from({ length: 20 }, () => ask(known?.kid ?? '')))).toEqual(Array(20).fill(true))
    expect(reads()).toBe(1)
    for (let i = 0; i < 20; i++) expect(await ask(`unknown ${i}`)).toBe(false)
    expect(reads()).toBe(1)
    time += 30_000
    for (let i = 0; i < 20; i++) expect(await ask(`unknown ${i}`)).toBe(false)
    expect(reads()).toBe(2)
    time += 299_999
    expect(await ask(known?.kid ?? '')).toBe(true)
    expect(reads()).toBe(2)
    time += 1
    expect(await ask(known?.kid ?? '')).toBe(true)
    expect(reads()).toBe(3)
  })

  test('that is not published yet is looked for each time', async () => {
    const { table, reads } = tableOf(undefined)
    const keySet = new KeySet(table, () => now)
    await expect(keySet.active('resource')).rejects.toThrow('no resource key is published')
    await expect(keySet.active('resource')).rejects.toThrow('no resource key is published')
    expect(reads()).toBe(2)
    expect(await keySet.publicKeys()).toEqual([])
  })

  // RFC 7638 §3: the thumbprint is of the required members in order, so no two keys bear the same id.
  test('is published by its thumbprint, its public half alone', async () => {
    const [resource] = published
    const keys = await keySetAt(() => now).publicKeys()
    expect(keys).toEqual([resource?.jwk])
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
    expect(keys[0]?.kid).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  test('must be an RSA key', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    expect(() => publish('resource', 'arn', publicKey, now)).toThrow('must be an RSA key')
  })
})
