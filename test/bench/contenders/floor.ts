import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { peerAudience, peerClient } from '../setup.ts'
import { serve } from './server.ts'

/* The least that Node can do for a token: node:http, node:crypto, everything in memory. */

serve(() => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return {
    listener: (request, response) => void answer(privateKey, request, response),
    keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'floor', alg: 'RS256' }],
  }
})

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
const known = new Map([[peerClient.id, sha256(peerClient.secret)]])
const header = encode({ alg: 'RS256', typ: 'at+jwt', kid: 'floor' })

async function answer(key: KeyObject, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const form = new URLSearchParams(Buffer.concat(chunks).toString())
  const clientId = form.get('client_id') ?? ''
  const expected = known.get(clientId)
  if (!expected || !timingSafeEqual(expected, sha256(form.get('client_secret') ?? ''))) {
    response.writeHead(401).end()
    return
  }
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: 'http://localhost',
    aud: peerAudience,
    sub: clientId,
    iat: now,
    exp: now + 3600,
    jti: randomUUID(),
  }
  const input = `${header}.${encode(claims)}`
  const token = `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`
  const body = JSON.stringify({ token_type: 'Bearer', expires_in: 3600, access_token: token })
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
