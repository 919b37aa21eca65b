import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import {
  bitString,
  boolean,
  context,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from './der.ts'

/** Who signs: for a certificate authority's own certificate, itself. */
type Issuer = { name: string; privateKey: KeyObject }
type Validity = { notBefore: Date; notAfter: Date }

/** The certificate of an authority that may sign for this machine's own names and nothing else, in PEM. */
export function authorityCertificate(authority: Issuer, validity: Validity): string {
  return certificate(authority, { name: authority.name, publicKey: createPublicKey(authority.privateKey) }, validity, [
    extension(oid.basicConstraints, sequence(boolean(true), integer(Buffer.of(0))), { critical: true }), // cA, pathLen 0
    extension(oid.keyUsage, keyUsage.certSign, { critical: true }),
    extension(oid.nameConstraints, sequence(context(0, permittedSubtrees(), true)), { critical: true }),
  ])
}

/** The certificate of a TLS server on this machine, in PEM. */
export function serverCertificate(issuer: Issuer, publicKey: KeyObject, validity: Validity): string {
  const names = [
    context(generalName.dns, Buffer.from(localNames.dns)),
    ...localNames.ip.map((ip) => context(generalName.ip, ip)),
  ]
  return certificate(issuer, { name: localNames.dns, publicKey }, validity, [
    extension(oid.basicConstraints, sequence(), { critical: true }), // an absent cA means false
    extension(oid.keyUsage, keyUsage.digitalSignature, { critical: true }),
    extension(oid.extendedKeyUsage, sequence(objectIdentifier(oid.serverAuth))),
    extension(oid.subjectAlternativeName, sequence(...names)),
  ])
}

const localNames = {
  dns: 'localhost',
  ip: [Buffer.from([127, 0, 0, 1]), Buffer.concat([Buffer.alloc(15), Buffer.of(1)])],
}

/** The choices of GeneralName (RFC 5280 §4.2.1.6). */
const generalName = { dns: 2, ip: 7 }

/** The bits of KeyUsage (RFC 5280 §4.2.1.3): digitalSignature is the first, keyCertSign the sixth. */
const keyUsage = {
  digitalSignature: bitString(Buffer.of(0b1000_0000), 7),
  certSign: bitString(Buffer.of(0b0000_0100), 2),
}

const oid = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
}

/** What the authority may vouch for (RFC 5280 §4.2.1.10): a stolen key of it is of no use for any other name. An address here has a mask. */
function permittedSubtrees(): Buffer {
  const subtrees = [
    context(generalName.dns, Buffer.from(localNames.dns)),
    context(generalName.ip, Buffer.from([127, 0, 0, 0, 255, 0, 0, 0])),
    context(generalName.ip, Buffer.concat([Buffer.alloc(15), Buffer.of(1), Buffer.alloc(16, 0xff)])),
  ]
  return Buffer.concat(subtrees.map((name) => sequence(name)))
}

/** A version 3 certificate (RFC 5280 §4.1), signed with ECDSA and SHA-256. */
function certificate(
  issuer: Issuer,
  subject: { name: string; publicKey: KeyObject },
  { notBefore, notAfter }: Validity,
  extensions: Buffer[],
): string {
  const algorithm = sequence(objectIdentifier(oid.ecdsaWithSha256))
  const issuerKeyId = keyIdentifier(createPublicKey(issuer.privateKey))
  const content = sequence(
    context(0, integer(Buffer.of(2)), true), // version 3
    integer(randomBytes(16)),
    algorithm,
    distinguishedName(issuer.name),
    sequence(time(notBefore), time(notAfter)),
    distinguishedName(subject.name),
    spki(subject.publicKey),
    context(
      3,
      sequence(
        ...extensions,
        extension(oid.subjectKeyIdentifier, octetString(keyIdentifier(subject.publicKey))),
        extension(oid.authorityKeyIdentifier, sequence(context(0, issuerKeyId))),
      ),
      true,
    ),
  )
  const signature = sign('sha256', content, issuer.privateKey)
  return pem(sequence(content, algorithm, bitString(signature)))
}

function extension(id: string, value: Buffer, { critical } = { critical: false }): Buffer {
  return sequence(objectIdentifier(id), ...(critical ? [boolean(true)] : []), octetString(value))
}

const distinguishedName = (commonName: string): Buffer =>
  sequence(set(sequence(objectIdentifier(oid.commonName), utf8String(commonName))))

const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' })

/** Any value does that is the same for the same key (RFC 7093 §2, method 4). */
const keyIdentifier = (key: KeyObject): Buffer => createHash('sha256').update(spki(key)).digest().subarray(0, 20)

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
