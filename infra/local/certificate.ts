import 'reflect-metadata'
import { createPublicKey, type KeyObject } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** Who signs: for a certificate authority's own certificate, itself. */
type Issuer = { name: string; privateKey: KeyObject }
type Validity = { notBefore: Date; notAfter: Date }

/** The certificate of an authority that may sign for this machine's own names and nothing else, in PEM. */
export function authorityCertificate(authority: Issuer, validity: Validity): Promise<string> {
  return certificate(authority, { name: authority.name, publicKey: createPublicKey(authority.privateKey) }, validity, [
    new BasicConstraintsExtension(true, 0, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
    new Extension('2.5.29.30', true, Buffer.from(nameConstraints, 'hex')),
  ])
}

/** The certificate of a TLS server on this machine, in PEM. */
export function serverCertificate(issuer: Issuer, publicKey: KeyObject, validity: Validity): Promise<string> {
  return certificate(issuer, { name: 'localhost', publicKey }, validity, [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension([
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
      { type: 'ip', value: '::1' },
    ]),
  ])
}

/**
 * RFC 5280 §4.2.1.10, permittedSubtrees: DNS localhost, IP 127.0.0.0/8 and ::1/128. A stolen key of the authority is of no
 * use for any other name. In DER, since the library has no name for it.
 */
const nameConstraints =
  '303fa03d300b82096c6f63616c686f7374300a87087f000000ff0000003022872000000000000000000000000000000001ffffffffffffffffffffffffffffffff'

async function certificate(
  issuer: Issuer,
  subject: { name: string; publicKey: KeyObject },
  { notBefore, notAfter }: Validity,
  extensions: Extension[],
): Promise<string> {
  const publicKey = subject.publicKey.toCryptoKey(curve, true, ['verify'])
  const issuerKey = createPublicKey(issuer.privateKey).toCryptoKey(curve, true, ['verify'])
  const made = await X509CertificateGenerator.create({
    subject: `CN=${subject.name}`,
    issuer: `CN=${issuer.name}`,
    notBefore,
    notAfter,
    publicKey,
    signingKey: issuer.privateKey.toCryptoKey(curve, false, ['sign']),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [
      ...extensions,
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(issuerKey),
    ],
  })
  return `${made.toString('pem')}\n`
}

const curve = { name: 'ECDSA', namedCurve: 'P-256' }
