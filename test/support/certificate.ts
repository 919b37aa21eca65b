import 'reflect-metadata'
import { KeyObject, type webcrypto } from 'node:crypto'
import { X509CertificateGenerator } from '@peculiar/x509'
import { type JWTPayload, SignJWT } from 'jose'

const algorithms = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  ES256: { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' },
  ES384: { name: 'ECDSA', hash: 'SHA-384', namedCurve: 'P-384' },
  ES512: { name: 'ECDSA', hash: 'SHA-512', namedCurve: 'P-521' },
}

export type Algorithm = keyof typeof algorithms

type CryptoKey = webcrypto.CryptoKey

export type TestCertificate = {
  key: string
  privateKey: CryptoKey
  algorithm: Algorithm
  notBefore: Date
  notAfter: Date
}

/** A certificate that signs itself, from a day ago for a year, unless it is said otherwise. */
export async function certificate(
  algorithm: Algorithm = 'ES256',
  {
    from = -86_400_000,
    for: life = 365 * 86_400_000,
    ...more
  }: { from?: number; for?: number; modulusLength?: number } = {},
): Promise<TestCertificate> {
  const of = { ...algorithms[algorithm], ...more }
  const keys = (await crypto.subtle.generateKey(of, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
  const start = Math.floor((Date.now() + from) / 1000) * 1000
  const [notBefore, notAfter] = [new Date(start), new Date(start + life)]
  const made = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=an application',
    notBefore,
    notAfter,
    keys,
    signingAlgorithm: of,
  })
  return {
    key: Buffer.from(made.rawData).toString('base64'),
    privateKey: keys.privateKey,
    algorithm,
    notBefore,
    notAfter,
  }
}

/** The same with its private key, in the forms in which people have them at hand. */
export const privateForms = ({ privateKey }: TestCertificate) => {
  const key = KeyObject.from(privateKey)
  return {
    pkcs8: key.export({ format: 'der', type: 'pkcs8' }),
    pem: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
}

const azureAdGraph = '00000002-0000-0000-c000-000000000000'

/** The proof that `addKey` and `removeKey` ask for (reference §1.6); claims as they are given, `undefined` for none. */
export async function proofOf(
  { privateKey, algorithm }: Pick<TestCertificate, 'privateKey' | 'algorithm'>,
  iss: string,
  claims: JWTPayload = {},
  header: object = {},
): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000)
  const all = { aud: azureAdGraph, iss, nbf: seconds, exp: seconds + 600, ...claims }
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  return new SignJWT(given).setProtectedHeader({ alg: algorithm, ...header }).sign(privateKey)
}
