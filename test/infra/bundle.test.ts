import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { measureBundles, packageDirectory, writeBundles } from '../../infra/bundle.ts'
import { type Operation, routes } from '../../shared/routes.ts'
import { type FunctionName, workers } from '../../shared/workers.ts'

const directory = mkdtempSync(join(tmpdir(), 'sigil-bundles-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const operations = Object.keys(routes) as Operation[]
const names = [...operations, ...(Object.keys(workers) as FunctionName[])]
const bundles = await writeBundles(directory)
const codeOf = (operation: FunctionName): string =>
  readFileSync(join(packageDirectory(operation, directory), 'index.mjs'), 'utf8')

test('every function has its package: the code, and its map', () => {
  expect(Object.keys(bundles).sort()).toEqual([...names].sort())
  for (const operation of names) {
    const folder = packageDirectory(operation, directory)
    expect(readdirSync(folder).sort()).toEqual(['index.mjs', 'index.mjs.map'])
    expect(statSync(join(folder, 'index.mjs')).size).toBe(bundles[operation].bytes)
  }
})

test.each(names)('%s holds its own function, what is shared, and packages for use in production', (operation) => {
  const { dependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'))
  const { inputs } = bundles[operation]
  const own = inputs.filter((file) => !file.startsWith('node_modules/') && !file.startsWith('shared/'))
  expect(own).toEqual([`functions/${operation}.ts`, 'infra/lambda-credentials.ts'])
  const packages = new Set(inputs.flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []))
  const development = [...packages].filter(
    (name) => !(name in dependencies) && lock.packages[`node_modules/${name}`]?.dev,
  )
  expect(development).toEqual([])
})

test.each(names)('%s holds no key, no source and no path of the machine that built it', (operation) => {
  const map = readFileSync(join(packageDirectory(operation, directory), 'index.mjs.map'), 'utf8')
  expect(codeOf(operation)).not.toMatch(/-----BEGIN [A-Z ]*PRIVATE KEY-----\s*MI|AKIA[0-9A-Z]{16}|AWS_ENDPOINT_URL=/)
  expect(JSON.parse(map).sourcesContent ?? []).toEqual([])
  expect(codeOf(operation)).not.toContain(process.cwd())
})

test('a bundle runs alone, and signs what it asks with the credentials of its role', async () => {
  const seen: IncomingHttpHeaders[] = []
  const dynamodb = createServer((request, response) => {
    seen.push(request.headers)
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' })
    response.end(JSON.stringify({ __type: 'com.amazon.coral.validate#ValidationException', message: 'not a database' }))
  })
  await once(dynamodb.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void dynamodb.close())
  const { port } = dynamodb.address() as AddressInfo
  for (const [name, value] of Object.entries({
    SIGIL_ORIGIN: 'https://id.example.com',
    SIGIL_TABLE: 'table',
    SIGIL_ORIGIN_VERIFY: 'the edge',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'THEROLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'session',
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`,
  })) {
    vi.stubEnv(name, value)
  }
  onTestFinished(() => void vi.unstubAllEnvs())

  const { handler } = await import(join(packageDirectory('discovery/keys', directory), 'index.mjs'))
  const tenant = '00001111-aaaa-2222-bbbb-3333cccc4444'
  const { statusCode } = await handler(
    {
      headers: { 'x-origin-verify': 'the edge' },
      pathParameters: { tenant },
      rawPath: `/${tenant}/discovery/v2.0/keys`,
      requestContext: { http: { method: 'GET', path: `/${tenant}/discovery/v2.0/keys`, sourceIp: '192.0.2.1' } },
    },
    { awsRequestId: tenant },
  )
  expect(statusCode).toBe(500)
  expect(seen[0]).toMatchObject({
    authorization: expect.stringContaining('Credential=THEROLE/'),
    'x-amz-security-token': 'session',
  })
})

test('the token function is small, and has nothing of the management API', () => {
  const { bytes, inputs } = bundles['token/issue']
  expect(bytes).toBeLessThanOrEqual(400 * 1024)
  expect(inputs.filter((file) => /^shared\/(?:http\/management|directory\/)|cedar/.test(file))).toEqual([])
})

test('discovery and keys are smaller, and have one client of the SDK', () => {
  // Two of them describe every other operation, and hold the shapes of all.
  const describing: readonly Operation[] = ['discovery/openapi', 'discovery/reference']
  for (const operation of operations.filter((name) => name.startsWith('discovery/'))) {
    expect(bundles[operation].bytes).toBeLessThanOrEqual((describing.includes(operation) ? 600 : 300) * 1024)
    expect(bundles[operation].inputs.filter((file) => file.includes('/client-kms/'))).toEqual([])
  }
})

test('the same source makes the same bytes', async () => {
  expect(await measureBundles()).toEqual(bundles)
})
