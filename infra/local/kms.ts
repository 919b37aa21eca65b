import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { refuseRealAws } from './development-only.ts'
import { KmsError } from './kms-error.ts'
import { KmsKeys } from './kms-keys.ts'
import { type Input, operations } from './kms-operations.ts'
import { listen } from './ports.ts'

/** A running stand-in for AWS KMS. */
export type Kms = { endpoint: string; close(): Promise<void> }

/**
 * For development only: speaks the protocol of AWS KMS (AWS JSON 1.1) on loopback, with real keys that lie unprotected in
 * `directory`. So the service signs through the same client, and meets the same errors, as in AWS.
 */
export async function startKms(directory: string, now: () => Date = () => new Date()): Promise<Kms> {
  refuseRealAws(process.env)
  const keys = new KmsKeys(directory, now)
  const server = createServer((request, response) => void answer(keys, request, response))
  await listen(server, 0, '127.0.0.1')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

const targetPrefix = 'TrentService.' // what KMS calls itself on the wire
const maxBytes = 64 * 1024

async function answer(keys: KmsKeys, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const run = operationOf(request)
    send(response, 200, await run(keys, await readInput(request)))
  } catch (error) {
    if (error instanceof KmsError) send(response, 400, { __type: error.name, message: error.message })
    else send(response, 500, { __type: 'KMSInternalException', message: 'the stand-in failed' })
  }
}

function operationOf(request: IncomingMessage) {
  const target = request.headers['x-amz-target']
  // A web page can reach loopback by a name of its own that resolves there; the name then gives it away.
  const reachedByAddress = request.headers.host === `127.0.0.1:${request.socket.localPort}`
  const name = typeof target === 'string' && target.startsWith(targetPrefix) ? target.slice(targetPrefix.length) : ''
  const run = Object.hasOwn(operations, name) ? operations[name] : undefined
  if (!run || !reachedByAddress || request.method !== 'POST') {
    throw new KmsError('UnknownOperationException', `the stand-in does not know ${target}`)
  }
  return run
}

async function readInput(request: IncomingMessage): Promise<Input> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw new KmsError('ValidationException', `the request is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  const input = parseJson(Buffer.concat(chunks).toString('utf8'))
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new KmsError('ValidationException', 'the request is no JSON object')
  }
  return { ...input }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  const content = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'content-length': Buffer.byteLength(content),
    'x-amzn-requestid': randomUUID(),
  })
  response.end(content)
}
