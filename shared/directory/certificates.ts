import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import * as v from 'valibot'
import type { Certificate } from '../domain/application.ts'
import type { DirectoryObject } from '../domain/directory-object.ts'
import { Refusal } from '../refusal.ts'
import type { Change } from '../store/store.ts'
import { keys } from '../store/table.ts'
import { dateTime, guid, text } from './shape.ts'

/** Graph `keyCredential` (reference §1.6): a certificate with which an application proves who it is. */
export type KeyCredential = {
  keyId: string
  type: 'AsymmetricX509Cert'
  usage: 'Verify'
  /** DER in base64. */
  key: string
  /** The SHA-1 thumbprint in base64, unless the caller says otherwise. */
  customKeyIdentifier: string
  displayName: string | null
  startDateTime: string
  endDateTime: string
}

/** Far more than a certificate of the largest key here. */
const longestKey = 12_000
const rsaBits = { least: 2048, most: 8192 }
const curves = new Set(['prime256v1', 'secp384r1', 'secp521r1'])

const privateKey =
  'holds a private key; send the certificate alone, and make a new key, since this one has left its owner'

const base64 = v.regex(/^[A-Za-z0-9+/]+={0,2}$/, 'must be base64, of a certificate the DER without the lines of PEM')

export const keyCredentialShape = v.strictObject({
  type: v.picklist(['AsymmetricX509Cert']),
  usage: v.picklist(['Verify']),
  key: v.nullish(
    v.pipe(
      v.string(),
      v.maxLength(longestKey, `must have at most ${longestKey} characters`),
      v.check((value) => !value.includes('PRIVATE KEY'), privateKey),
      base64,
    ),
  ),
  keyId: v.nullish(guid),
  customKeyIdentifier: v.nullish(v.pipe(text(64), base64)),
  displayName: v.nullish(text(256)),
  startDateTime: v.nullish(dateTime),
  endDateTime: v.nullish(dateTime),
})

type Asked = v.InferOutput<typeof keyCredentialShape>

export const keysOf = ({ properties }: DirectoryObject): readonly KeyCredential[] =>
  properties.keyCredentials as KeyCredential[]

/**
 * What `keyCredentials` are after a PATCH, whose array takes the place of the one before: an entry that names one of those keeps it.
 * @throws Request_BadRequest naming the entry
 */
export function replacedKeys(
  before: readonly KeyCredential[],
  asked: readonly Asked[],
  newId: () => string,
  now: Date,
): KeyCredential[] {
  const after = asked.map((each, index) => {
    const property = `keyCredentials.${index}`
    const kept = before.find(({ keyId }) => keyId === each.keyId)
    return kept ? unchanged(kept, each, property) : newKey(each, each.keyId ?? newId(), now, property)
  })
  requireDistinct(after, 'keyCredentials')
  return after
}

/** A certificate that is new to an application. */
export function newKey(asked: Asked, keyId: string, now: Date, property: string): KeyCredential {
  const wrong = (member: string, why: string) =>
    new Refusal('Request_BadRequest', `property '${property}.${member}': ${why}`)
  if (asked.key === undefined || asked.key === null) {
    throw wrong(
      'key',
      'is required, as the base64 of a certificate; it may be left out of one that is there already, by its keyId',
    )
  }
  const certificate = readCertificate(asked.key, (why) => wrong('key', why))
  const [notBefore, notAfter] = [certificate.validFromDate, certificate.validToDate]
  const startDateTime = asked.startDateTime ?? notBefore.toISOString()
  const endDateTime = asked.endDateTime ?? notAfter.toISOString()
  if (Date.parse(startDateTime) < notBefore.getTime()) {
    throw wrong('startDateTime', `must not be before ${notBefore.toISOString()}, when the certificate begins`)
  }
  if (Date.parse(endDateTime) > notAfter.getTime()) {
    throw wrong('endDateTime', `must not be after ${notAfter.toISOString()}, when the certificate ends`)
  }
  if (Date.parse(endDateTime) <= Math.max(Date.parse(startDateTime), now.getTime())) {
    throw wrong('endDateTime', 'must be after startDateTime and in the future')
  }
  return {
    keyId,
    type: 'AsymmetricX509Cert',
    usage: 'Verify',
    key: certificate.raw.toString('base64'),
    customKeyIdentifier: asked.customKeyIdentifier ?? digest('sha1', certificate.raw).toString('base64'),
    displayName: asked.displayName ?? null,
    startDateTime,
    endDateTime,
  }
}

/** What the token path knows of the certificates of an application. */
export const certificatesChange = (appId: string, credentials: readonly KeyCredential[]): Change => ({
  action: 'update',
  key: keys.app(appId),
  set: { certificates: certificatesOf(credentials) },
  when: 'present',
})

/** The certificates themselves, by keyId. */
export const certificatesOf = (credentials: readonly KeyCredential[]): Record<string, Certificate> =>
  Object.fromEntries(
    credentials.map(({ keyId, key, startDateTime, endDateTime }) => {
      const { raw, publicKey } = new X509Certificate(Buffer.from(key, 'base64'))
      return [
        keyId,
        {
          x5t: digest('sha1', raw).toString('base64url'),
          x5tS256: digest('sha256', raw).toString('base64url'),
          publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
          startDateTime,
          endDateTime,
        },
      ]
    }),
  )

/** @throws Request_BadRequest where one certificate stands twice */
export function requireDistinct(credentials: readonly KeyCredential[], property: string): void {
  for (const part of ['key', 'keyId'] as const) {
    if (new Set(credentials.map((each) => each[part])).size < credentials.length) {
      throw new Refusal('Request_BadRequest', `property '${property}': no two may have the same ${part}`)
    }
  }
}

/** The very certificate in base64: no PEM, nothing behind it, and a public key that signatures can be trusted by. */
function readCertificate(key: string, wrong: (why: string) => Refusal): X509Certificate {
  const der = Buffer.from(key, 'base64')
  if (holdsPrivateKey(der)) throw wrong(privateKey)
  const certificate = parsed(der)
  if (!certificate?.raw.equals(der)) {
    throw wrong('must be the base64 of one X.509 certificate in DER, with nothing before or behind it and no PEM')
  }
  if (!isStrong(certificate.publicKey)) {
    throw wrong(
      `the certificate's public key must be RSA of ${rsaBits.least} to ${rsaBits.most} bits, or on the curve P-256, P-384 or P-521`,
    )
  }
  return certificate
}

function parsed(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der)
  } catch {
    return undefined
  }
}

/** PEM with a private key; or a SEQUENCE that begins with a version, as keys (PKCS #1, PKCS #8, SEC 1) and PFX do, and no certificate. */
function holdsPrivateKey(der: Buffer): boolean {
  if (der.includes('PRIVATE KEY')) return true
  const length = der[1] ?? 0
  const content = 2 + (length > 0x80 ? length - 0x80 : 0)
  return der[0] === 0x30 && der[content] === 0x02 && der[content + 1] === 0x01
}

function isStrong({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  const { modulusLength = 0, namedCurve = '' } = asymmetricKeyDetails ?? {}
  if (asymmetricKeyType === 'rsa') return modulusLength >= rsaBits.least && modulusLength <= rsaBits.most
  return asymmetricKeyType === 'ec' && curves.has(namedCurve)
}

function unchanged(kept: KeyCredential, asked: Asked, property: string): KeyCredential {
  const differs = (Object.keys(kept) as (keyof KeyCredential)[]).find((name) => {
    const given = asked[name]
    return given !== undefined && given !== null && given !== kept[name]
  })
  if (differs === undefined) return kept
  throw new Refusal(
    'Request_BadRequest',
    `property '${property}.${differs}': cannot be changed; add the certificate under another keyId and leave this one out`,
  )
}

const digest = (algorithm: 'sha1' | 'sha256', data: Buffer): Buffer => createHash(algorithm).update(data).digest()
