import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  DisabledException,
  DisableKeyCommand,
  EnableKeyCommand,
  GetPublicKeyCommand,
  InvalidKeyUsageException,
  type KeyUsageType,
  type KMSClient,
  KMSInvalidStateException,
  ListKeysCommand,
  NotFoundException,
  ScheduleKeyDeletionCommand,
  SignCommand,
  type SignCommandInput,
} from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kmsClient } from '../../infra/local/aws-clients.ts'
import { type Kms, startKms } from '../../infra/local/kms.ts'
import { temporaryState } from './support/state.ts'

const directory = join(temporaryState(), 'kms')
let now = new Date('2026-01-01T00:00:00Z')
let standIn: Kms
let kms: KMSClient

async function start(): Promise<void> {
  standIn = await startKms(directory, () => now)
  kms = kmsClient(standIn.endpoint)
}

async function stop(): Promise<void> {
  kms.destroy()
  await standIn.close()
}

beforeAll(start)
afterAll(stop)

async function makeKey(KeyUsage: KeyUsageType = 'SIGN_VERIFY'): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage }))
  return KeyMetadata?.Arn ?? ''
}

const text = Buffer.from('header.payload')
const digest = createHash('sha256').update(text).digest()
const SigningAlgorithm = 'RSASSA_PKCS1_V1_5_SHA_256'

const sign = (KeyId: string, input: Partial<SignCommandInput> = {}) =>
  kms.send(new SignCommand({ KeyId, Message: digest, MessageType: 'DIGEST', SigningAlgorithm, ...input }))

async function publicKeyOf(KeyId: string): Promise<KeyObject> {
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }))
  return createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' })
}

describe('a key of the stand-in', () => {
  test('is described as KMS describes one', async () => {
    const arn = await makeKey()
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: arn }))
    expect(arn).toMatch(/^arn:aws:kms:us-east-1:000000000000:key\/[0-9a-f-]{36}$/)
    expect(KeyMetadata).toMatchObject({
      Arn: arn,
      KeyId: arn.split('/')[1],
      CreationDate: now,
      Enabled: true,
      KeyState: 'Enabled',
      KeySpec: 'RSA_2048',
      KeyUsage: 'SIGN_VERIFY',
    })
    const { Keys } = await kms.send(new ListKeysCommand({}))
    expect(Keys?.map((key) => key.KeyArn)).toContain(arn)
  })

  test.each([
    ['a digest', { Message: digest, MessageType: 'DIGEST' }],
    ['the message itself', { Message: text, MessageType: 'RAW' }],
  ] as const)('signs %s so that its public key verifies it', async (_, input) => {
    const arn = await makeKey()
    const { Signature, KeyId } = await sign(arn, input)
    expect(KeyId).toBe(arn)
    expect(verify('sha256', text, await publicKeyOf(arn), Signature ?? new Uint8Array())).toBe(true)
  })

  test('is the same after a restart, in whatever state it was', async () => {
    const [enabled, disabled] = [await makeKey(), await makeKey()]
    await kms.send(new DisableKeyCommand({ KeyId: disabled }))
    const before = await publicKeyOf(enabled)
    await stop()
    await start()
    expect((await publicKeyOf(enabled)).equals(before)).toBe(true)
    await expect(sign(disabled)).rejects.toBeInstanceOf(DisabledException)
  })

  test('lies in a file of its own that nobody else can read', () => {
    const files = readdirSync(directory)
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) expect(statSync(join(directory, file)).mode & 0o777, file).toBe(0o600)
  })
})

describe('a key that may not be used', () => {
  test('does nothing while it is disabled, and signs again once enabled', async () => {
    const KeyId = await makeKey()
    await kms.send(new DisableKeyCommand({ KeyId }))
    await expect(sign(KeyId)).rejects.toBeInstanceOf(DisabledException)
    await expect(publicKeyOf(KeyId)).rejects.toBeInstanceOf(DisabledException)
    await kms.send(new EnableKeyCommand({ KeyId }))
    await expect(sign(KeyId)).resolves.toBeDefined()
  })

  test('does nothing while it waits for its deletion, comes back disabled, or is gone on its day', async () => {
    const KeyId = await makeKey()
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
    await expect(sign(KeyId)).rejects.toBeInstanceOf(KMSInvalidStateException)
    await expect(kms.send(new EnableKeyCommand({ KeyId }))).rejects.toBeInstanceOf(KMSInvalidStateException)
    await kms.send(new CancelKeyDeletionCommand({ KeyId }))
    await expect(sign(KeyId)).rejects.toBeInstanceOf(DisabledException)

    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
    now = new Date(now.getTime() + 7 * 86_400_000)
    await expect(sign(KeyId)).rejects.toBeInstanceOf(NotFoundException)
  })

  test('is one that was made to encrypt', async () => {
    await expect(sign(await makeKey('ENCRYPT_DECRYPT'))).rejects.toBeInstanceOf(InvalidKeyUsageException)
  })

  test.each([
    '00000000-0000-4000-8000-000000000000',
    'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-4000-8000-000000000000',
    'alias/sigil',
    '../service',
  ])('is one that does not exist: %s', async (name) => {
    await expect(sign(name)).rejects.toBeInstanceOf(NotFoundException)
  })
})

describe('a request to the stand-in', () => {
  test.each([
    ['a digest of another length', { Message: digest.subarray(1) }, 'ValidationException'],
    ['a message that is too long', { Message: Buffer.alloc(4097), MessageType: 'RAW' }, 'ValidationException'],
    ['an elliptic algorithm', { SigningAlgorithm: 'ECDSA_SHA_256' }, 'InvalidKeyUsageException'],
    ['an algorithm that it lacks', { SigningAlgorithm: 'RSASSA_PSS_SHA_256' }, 'UnsupportedOperationException'],
  ] as const)('is refused for %s', async (_, input, name) => {
    await expect(sign(await makeKey(), input)).rejects.toMatchObject({ name })
  })

  test.each([
    ['for no known operation', { 'x-amz-target': 'TrentService.constructor' }, '{}'],
    ['by another name than its address', { 'x-amz-target': 'TrentService.ListKeys', host: 'rebound.example' }, '{}'],
    ['that is no JSON object', { 'x-amz-target': 'TrentService.ListKeys' }, '[]'],
  ])('is refused %s', async (_, headers, body) => {
    expect(await post(headers, body)).toBe(400)
  })
})

/** Fetch would not let us choose the Host header. */
function post(headers: Record<string, string>, body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(standIn.endpoint, { method: 'POST', headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    call.on('error', reject)
    call.end(body)
  })
}
