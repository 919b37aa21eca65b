import { constants, createHash, createPublicKey, privateEncrypt } from 'node:crypto'
import { KmsError } from './kms-error.ts'
import { account, type KeyUsage, type KmsKey, type KmsKeys } from './kms-keys.ts'

/** The parameters of a request, as they came over the wire. */
export type Input = Readonly<Record<string, unknown>>

const algorithm = 'RSASSA_PKCS1_V1_5_SHA_256'
const rsaAlgorithms = ['PKCS1_V1_5', 'PSS'].flatMap((scheme) =>
  [256, 384, 512].map((bits) => `RSASSA_${scheme}_SHA_${bits}`),
)

/** The operations of AWS KMS that Sigil uses, and those that its tests need to bring a key into every state. */
export const operations: Readonly<Record<string, (keys: KmsKeys, input: Input) => object | Promise<object>>> = {
  async CreateKey(keys, input) {
    const spec = text(input, 'KeySpec', 'SYMMETRIC_DEFAULT')
    const usage = text(input, 'KeyUsage', 'ENCRYPT_DECRYPT')
    if (spec !== 'RSA_2048')
      throw new KmsError('UnsupportedOperationException', `the stand-in makes RSA_2048 keys only, not ${spec}`)
    if (!isUsage(usage))
      throw new KmsError('ValidationException', `KeyUsage ${usage} is not compatible with KeySpec ${spec}`)
    return { KeyMetadata: metadata(await keys.create(usage, text(input, 'Description', ''))) }
  },

  DescribeKey: (keys, input) => ({ KeyMetadata: metadata(named(keys, input)) }),

  ListKeys: (keys) => ({
    Keys: keys.list().map(({ keyId, arn }) => ({ KeyId: keyId, KeyArn: arn })),
    Truncated: false,
  }),

  GetPublicKey(keys, input) {
    const key = usable(named(keys, input))
    const { KeySpec, CustomerMasterKeySpec, KeyUsage, SigningAlgorithms } = metadata(key)
    const der = createPublicKey(key.privateKey).export({ type: 'spki', format: 'der' })
    return {
      KeyId: key.arn,
      PublicKey: der.toString('base64'),
      KeySpec,
      CustomerMasterKeySpec,
      KeyUsage,
      SigningAlgorithms,
    }
  },

  Sign(keys, input) {
    const key = usable(named(keys, input))
    const wanted = text(input, 'SigningAlgorithm')
    if (key.usage !== 'SIGN_VERIFY') {
      throw new KmsError(
        'InvalidKeyUsageException',
        `${key.arn} key usage is ${key.usage} which is not valid for Sign.`,
      )
    }
    if (!rsaAlgorithms.includes(wanted)) {
      throw new KmsError('InvalidKeyUsageException', `Algorithm ${wanted} is incompatible with key spec RSA_2048.`)
    }
    if (wanted !== algorithm) {
      throw new KmsError(
        'UnsupportedOperationException',
        `the stand-in signs with ${algorithm} only, not with ${wanted}`,
      )
    }
    const signature = signDigest(key, digestOf(bytes(input, 'Message'), text(input, 'MessageType', 'RAW')))
    return { KeyId: key.arn, Signature: signature.toString('base64'), SigningAlgorithm: algorithm }
  },

  EnableKey: (keys, input) => nothing(keys.setEnabled(notPendingDeletion(named(keys, input)), true)),

  DisableKey: (keys, input) => nothing(keys.setEnabled(notPendingDeletion(named(keys, input)), false)),

  ScheduleKeyDeletion(keys, input) {
    const days = input.PendingWindowInDays ?? 30
    if (typeof days !== 'number' || !Number.isInteger(days) || days < 7 || days > 30) {
      throw new KmsError('ValidationException', 'PendingWindowInDays must be between 7 and 30')
    }
    const key = keys.scheduleDeletion(notPendingDeletion(named(keys, input)), days)
    return { KeyId: key.arn, KeyState: key.state, DeletionDate: seconds(key.deletionDate), PendingWindowInDays: days }
  },

  CancelKeyDeletion(keys, input) {
    const key = named(keys, input)
    if (key.state !== 'PendingDeletion')
      throw new KmsError('KMSInvalidStateException', `${key.arn} is not pending deletion.`)
    return { KeyId: keys.cancelDeletion(key).arn }
  },
}

function metadata(key: KmsKey) {
  return {
    AWSAccountId: account,
    KeyId: key.keyId,
    Arn: key.arn,
    CreationDate: seconds(key.createdAt),
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: key.state,
    KeySpec: 'RSA_2048',
    CustomerMasterKeySpec: 'RSA_2048',
    KeyManager: 'CUSTOMER',
    Origin: 'AWS_KMS',
    MultiRegion: false,
    ...(key.usage === 'SIGN_VERIFY' && { SigningAlgorithms: rsaAlgorithms }),
    ...(key.deletionDate && { DeletionDate: seconds(key.deletionDate) }),
  }
}

const named = (keys: KmsKeys, input: Input): KmsKey => keys.find(text(input, 'KeyId'))

function usable(key: KmsKey): KmsKey {
  if (key.state === 'Disabled') throw new KmsError('DisabledException', `${key.arn} is disabled.`)
  return notPendingDeletion(key)
}

function notPendingDeletion(key: KmsKey): KmsKey {
  if (key.state === 'PendingDeletion') throw new KmsError('KMSInvalidStateException', `${key.arn} is pending deletion.`)
  return key
}

function digestOf(message: Buffer, type: string): Buffer {
  if (type === 'RAW') {
    if (message.length < 1 || message.length > 4096) {
      throw new KmsError('ValidationException', 'a RAW Message must have between 1 and 4096 bytes; send its DIGEST')
    }
    return createHash('sha256').update(message).digest()
  }
  if (type !== 'DIGEST') throw new KmsError('ValidationException', `MessageType ${type} is not one of RAW and DIGEST`)
  if (message.length !== 32)
    throw new KmsError('ValidationException', `Digest is invalid length for algorithm ${algorithm}.`)
  return message
}

/** The DigestInfo of SHA-256 up to the digest itself (RFC 8017 §9.2, note 1). */
const sha256DigestInfo = Buffer.from('3031300d060960864801650304020105000420', 'hex')

/** RSASSA-PKCS1-v1_5 over a digest (RFC 8017 §8.2.1). `sign` of node:crypto would hash the digest once more. */
function signDigest({ privateKey }: KmsKey, digest: Buffer): Buffer {
  return privateEncrypt(
    { key: privateKey, padding: constants.RSA_PKCS1_PADDING },
    Buffer.concat([sha256DigestInfo, digest]),
  )
}

function text(input: Input, name: string, otherwise?: string): string {
  const value = input[name] ?? otherwise
  if (typeof value !== 'string') throw new KmsError('ValidationException', `${name} must be given, as a string`)
  return value
}

function bytes(input: Input, name: string): Buffer {
  return Buffer.from(text(input, name), 'base64')
}

const isUsage = (usage: string): usage is KeyUsage => usage === 'SIGN_VERIFY' || usage === 'ENCRYPT_DECRYPT'
const seconds = (date: Date | undefined): number | undefined => date && date.getTime() / 1000
const nothing = (_done: KmsKey): object => ({})
