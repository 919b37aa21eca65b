import { randomBytes, randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { directoryRoles } from '../../shared/directory-roles.ts'
import type { Sigil } from '../support/sigil.ts'

/** An answer to the last byte, but for what differs from one request to the next. */
export type Raw = { status: number; headers: string; text: string }

const agent = new Agent({ keepAlive: true, maxSockets: 4 })

/** A request whose address goes out as it stands: fetch would tidy it up. */
export function sendRaw(
  sigil: Sigil,
  { method, path, body, token }: { method: string; path: string; body?: unknown; token: string },
): Promise<Raw> {
  const text = body === undefined ? '' : JSON.stringify(body)
  const headers = {
    authorization: `Bearer ${token}`,
    ...(text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
  }
  const { promise, resolve, reject } = Promise.withResolvers<Raw>()
  const { hostname, port } = new URL(sigil.service.http)
  request({ hostname, port, method, path, headers, agent }, (response) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('error', reject)
    response.on('end', () => {
      const { date, 'request-id': id, 'client-request-id': clientId, 'x-ms-request-id': _, ...rest } = response.headers
      const whole = Buffer.concat(chunks).toString()
      resolve({
        status: response.statusCode ?? 0,
        headers: JSON.stringify(rest),
        text: [id, clientId]
          .flat()
          .reduce<string>((masked, each) => (each ? masked.replaceAll(each, '{request}') : masked), whole)
          .replace(/"date":"[^"]*"/, '"date":"{date}"'),
      })
    })
  })
    .on('error', reject)
    .end(text)
  return promise
}

/** The same answer with other words in place of those ids that the request itself had. */
export const without = (ids: readonly string[], { status, headers, text }: Raw): Raw => ({
  status,
  headers,
  text: ids.reduce((masked, id) => masked.replaceAll(id, '{id}'), text),
})

const guid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
/** Ids of relations and assignments: some GUIDs in base64url. */
const record = /^[\w-]{43}$|^[\w-]{64}$|^[\w-]{86}$/
/** What is the same in every tenant. */
const everywhere = new Set(directoryRoles.map(({ templateId }) => templateId))

/** A value of the same form as one that names something, which names nothing; undefined where the value is no tenant's own. */
export function nobody(value: string): string | undefined {
  if (everywhere.has(value)) return undefined
  if (record.test(value))
    return randomBytes((value.length * 3) >> 2)
      .toString('base64url')
      .slice(0, value.length)
  const other = value.replaceAll(guid, () => randomUUID()).replace(/[^=]+(?=@)/, (name) => randomText(name.length))
  return other === value ? undefined : other
}

const randomText = (length: number): string => randomBytes(length).toString('hex').slice(0, length)
