import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { makePrivateDirectory, readIfThere, writeDurably } from './durable-file.ts'

/** What an https server on this machine needs, and the file by which clients come to trust it. */
export type Tls = { key: string; cert: string; caFile: string }

const days = (count: number): number => count * 86_400_000
const lifetime = { authority: days(3650), server: days(397) }
/** A certificate with less left than this is replaced at the next start. */
const renewal = days(30)

/**
 * A private certificate authority and its certificate for this machine: made at the first start, kept in `directory`, and
 * replaced when they near their end. Only a new authority has to be trusted anew.
 */
export async function prepareTls(directory: string, now: Date): Promise<Tls> {
  makePrivateDirectory(directory)
  const caFile = join(directory, 'ca.pem')
  const caKeyFile = join(directory, 'ca-key.pem')
  const certFile = join(directory, 'server.pem')
  const keyFile = join(directory, 'server-key.pem')

  if (!isGood(read(caFile), readKey(caKeyFile), now)) {
    const privateKey = newKey(caKeyFile)
    const name = `Sigil development CA ${now.toISOString().slice(0, 10)}`
    writeDurably(
      caFile,
      await (await making()).authorityCertificate({ name, privateKey }, validity(now, lifetime.authority)),
    )
  }
  const ca = required(read(caFile), caFile)
  const caKey = required(readKey(caKeyFile), caKeyFile)

  if (!isGood(read(certFile), readKey(keyFile), now, ca)) {
    const privateKey = newKey(keyFile)
    const issuer = { name: commonNameOf(ca), privateKey: caKey }
    const until = Math.min(lifetime.server, ca.validToDate.getTime() - now.getTime())
    writeDurably(
      certFile,
      await (await making()).serverCertificate(issuer, createPublicKey(privateKey), validity(now, until)),
    )
  }
  return { key: required(readIfThere(keyFile), keyFile), cert: required(readIfThere(certFile), certFile), caFile }
}

/** Loaded at the first start alone: later ones have their certificates, and need not wait for what makes them. */
const making = () => import('./certificate.ts')

/** Whether a certificate belongs to this key and this authority and lasts a while: a crash may have come between two files. */
function isGood(cert: X509Certificate | undefined, key: KeyObject | undefined, now: Date, ca = cert): boolean {
  if (!cert || !key || !ca) return false
  if (cert.validFromDate > now || cert.validToDate.getTime() - now.getTime() < renewal) return false
  return cert.checkPrivateKey(key) && cert.checkIssued(ca) && cert.verify(ca.publicKey)
}

function newKey(file: string): KeyObject {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeDurably(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  return privateKey
}

/** From an hour ago, so that a clock that is a little behind accepts it. */
function validity(now: Date, length: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now.getTime() - 3_600_000), notAfter: new Date(now.getTime() + length) }
}

/** Undefined as well for what is no certificate: it is made anew. */
function read(file: string): X509Certificate | undefined {
  try {
    return new X509Certificate(readIfThere(file) ?? '')
  } catch {
    return undefined
  }
}

function readKey(file: string): KeyObject | undefined {
  try {
    return createPrivateKey(readIfThere(file) ?? '')
  } catch {
    return undefined
  }
}

const commonNameOf = ({ subject }: X509Certificate): string => subject.slice(subject.indexOf('CN=') + 3)

function required<Value>(value: Value | undefined, file: string): Value {
  if (value === undefined) throw new Error(`${file} cannot be read; remove it, and it is made anew`)
  return value
}
