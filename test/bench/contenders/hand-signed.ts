import { createHash, createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'

export type Service = { name: 'dynamodb' | 'kms'; endpoint: string; target: string; contentType: string }

const agent = new Agent({ keepAlive: true })
const region = 'us-east-1'
const credentials = { id: 'local', secret: 'local' }
const signedHeaders = 'content-type;host;x-amz-date;x-amz-target'

/** One call to AWS with nothing between: Signature Version 4 by hand over a kept-alive connection. */
export async function call(service: Service, operation: string, input: object): Promise<unknown> {
  const body = JSON.stringify(input)
  const { hostname, port, host } = new URL(service.endpoint)
  const headers = signed(service, `${service.target}.${operation}`, host, body)
  return new Promise((resolve, reject) => {
    const sent = request({ agent, hostname, port, method: 'POST', path: '/', headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        if (response.statusCode === 200) resolve(JSON.parse(text))
        else reject(new Error(`${operation} answered ${response.statusCode}: ${text}`))
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function signed(service: Service, target: string, host: string, body: string): Record<string, string> {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${time.slice(0, 8)}/${region}/${service.name}/aws4_request`
  const canonical =
    `POST\n/\n\ncontent-type:${service.contentType}\nhost:${host}\nx-amz-date:${time}\nx-amz-target:${target}\n\n` +
    `${signedHeaders}\n${sha256(body)}`
  const signature = createHmac('sha256', keyFor(scope))
    .update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`)
    .digest('hex')
  return {
    host,
    'content-type': service.contentType,
    'content-length': String(Buffer.byteLength(body)),
    'x-amz-date': time,
    'x-amz-target': target,
    authorization: `AWS4-HMAC-SHA256 Credential=${credentials.id}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  }
}

const dayKeys = new Map<string, Buffer>()

/** The same for a day and a service. */
function keyFor(scope: string): Buffer {
  const known = dayKeys.get(scope)
  if (known) return known
  let key = Buffer.from(`AWS4${credentials.secret}`)
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest()
  dayKeys.set(scope, key)
  return key
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
