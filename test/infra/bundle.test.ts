import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { measureBundles, packageDirectory, writeBundles } from '../../infra/bundle.ts'
import { type Operation, routes } from '../../shared/routes.ts'

const directory = mkdtempSync(join(tmpdir(), 'sigil-bundles-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const operations = Object.keys(routes) as Operation[]
const bundles = await writeBundles(directory)
const codeOf = (operation: Operation): string =>
  readFileSync(join(packageDirectory(operation, directory), 'index.mjs'), 'utf8')

test('every operation has its package: the code, and its map', () => {
  expect(Object.keys(bundles).sort()).toEqual([...operations].sort())
  for (const operation of operations) {
    const folder = packageDirectory(operation, directory)
    expect(readdirSync(folder).sort()).toEqual(['index.mjs', 'index.mjs.map'])
    expect(statSync(join(folder, 'index.mjs')).size).toBe(bundles[operation].bytes)
  }
})

test.each(operations)('%s holds its own function, what is shared, and packages for use in production', (operation) => {
  const { dependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'))
  const { inputs } = bundles[operation]
  const own = inputs.filter((file) => !file.startsWith('node_modules/') && !file.startsWith('shared/'))
  expect(own).toEqual([`functions/${operation}.ts`])
  const packages = new Set(inputs.flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []))
  const development = [...packages].filter(
    (name) => !(name in dependencies) && lock.packages[`node_modules/${name}`]?.dev,
  )
  expect(development).toEqual([])
})

test.each(operations)('%s holds no key, no source and no path of the machine that built it', (operation) => {
  const map = readFileSync(join(packageDirectory(operation, directory), 'index.mjs.map'), 'utf8')
  expect(codeOf(operation)).not.toMatch(/-----BEGIN [A-Z ]*PRIVATE KEY-----\s*MI|AKIA[0-9A-Z]{16}|AWS_ENDPOINT_URL=/)
  expect(JSON.parse(map).sourcesContent ?? []).toEqual([])
  expect(codeOf(operation)).not.toContain(process.cwd())
})

test('a bundle loads alone, and exports its handler', async () => {
  const { handler } = await import(join(packageDirectory('token/issue', directory), 'index.mjs'))
  expect(handler).toBeTypeOf('function')
})

test('the token function is small, and has nothing of the management API', () => {
  const { bytes, inputs } = bundles['token/issue']
  expect(bytes).toBeLessThanOrEqual(450 * 1024)
  expect(inputs.filter((file) => /^shared\/(?:http\/management|directory\/)|cedar/.test(file))).toEqual([])
})

test('discovery and keys are smaller, and have one client of the SDK', () => {
  for (const operation of operations.filter((name) => name.startsWith('discovery/'))) {
    expect(bundles[operation].bytes).toBeLessThanOrEqual(400 * 1024)
    expect(bundles[operation].inputs.filter((file) => file.includes('/client-kms/'))).toEqual([])
  }
})

test('the same source makes the same bytes', async () => {
  expect(await measureBundles()).toEqual(bundles)
})
