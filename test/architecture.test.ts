import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { routes } from '../shared/routes.ts'
import { workers } from '../shared/workers.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The sources below a folder, from the top of the project: `shared/http/path.ts`. */
const filesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => /\.(ts|js)$/.test(file))
    .sort()

const sources = new Map(
  ['infra', 'functions', 'shared', 'test']
    .flatMap(filesBelow)
    .map((file) => [file, readFileSync(join(root, file), 'utf8')]),
)
const within = (folder: string): string[] => [...sources.keys()].filter((file) => file.startsWith(`${folder}/`))

/** What a file imports: packages by their name, files of ours from the top of the project. */
function importsOf(file: string): string[] {
  const text = sources.get(file) ?? ''
  const found = text.matchAll(/^\s*(?:import|export)\s(?:[^'"]*?\sfrom\s)?\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm)
  return [...found].map(([, fixed = '', dynamic = '']) => {
    const name = fixed || dynamic
    return name.startsWith('.') ? relative(root, join(root, dirname(file), name)) : name
  })
}

/** The imports of some files that a rule does not allow, as `file → import`. */
const breaches = (files: readonly string[], allowed: (imported: string, file: string) => boolean): string[] =>
  files.flatMap((file) =>
    importsOf(file)
      .filter((imported) => !allowed(imported, file))
      .map((imported) => `${file} → ${imported}`),
  )

/** Where a text stands in the code of some files, comments left out, as `file:line`. */
const uses = (files: readonly string[], pattern: RegExp): string[] =>
  files.flatMap((file) =>
    (sources.get(file) ?? '')
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line.replace(/\/\/.*$|^\s*\/?\*.*$/, '')) ? [`${file}:${index + 1}`] : [],
      ),
  )

/** Bundled on its own for the edge, so it may not reach for the table of routes but for the one file that both run. */
const bundledAlone = new Set(['infra/viewer-request.ts'])

describe('the direction of imports', () => {
  test('the sources are found, with what they import', () => {
    expect(sources.size).toBeGreaterThan(100)
    expect(importsOf('shared/routes.ts')).toEqual(['shared/auth/may.ts', 'shared/store/table.ts'])
    expect(importsOf('functions/tenants/close.ts')).toContain('shared/operator/tenant-state.ts')
  })

  test('functions are reached by their path: nothing imports them, not even each other', () => {
    expect(breaches([...sources.keys()], (imported) => !imported.startsWith('functions/'))).toEqual([])
  })

  test('functions import shared code and packages', () => {
    expect(breaches(within('functions'), (imported) => !/^(infra|test|functions)\//.test(imported))).toEqual([])
  })

  test('shared code knows neither who deploys it nor who tests it', () => {
    expect(breaches(within('shared'), (imported) => !/^(infra|test|functions)\//.test(imported))).toEqual([])
  })

  test('the stacks take three tables of shared code, the routes, the workers and the keys, and nothing else', () => {
    const stacks = within('infra').filter((file) => !file.startsWith('infra/local/') && !bundledAlone.has(file))
    expect(stacks).toContain('infra/core-stack.ts')
    const allowed = new Set(['shared/routes.ts', 'shared/workers.ts', 'shared/store/table.ts'])
    expect(breaches(stacks, (imported) => !imported.startsWith('shared/') || allowed.has(imported))).toEqual([])
  })

  test('what runs at the edge is the canonical path and nothing more', () => {
    expect([...bundledAlone].flatMap(importsOf)).toEqual(['shared/http/path.ts'])
    expect(importsOf('shared/http/path.ts')).toEqual([])
  })

  test('the domain knows itself, how to refuse, and how to hash', () => {
    const allowed = new Set(['shared/refusal.ts', 'node:crypto'])
    expect(
      breaches(within('shared/domain'), (imported) => imported.startsWith('shared/domain/') || allowed.has(imported)),
    ).toEqual([])
  })
})

describe('one world', () => {
  const code = [...within('shared'), ...within('functions')]
  const mayReach = new Set(['shared/environment.ts', 'shared/world.ts'])
  const others = code.filter((file) => !mayReach.has(file))

  test.each([
    ['the time', /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/],
    ['chance', /\bMath\.random\b|\brandomUUID\b|\brandomInt\b|\brandomBytes\b.*'node:crypto'/],
    ['the environment', /\bprocess\.env\b/],
    ['the network', /\bfetch\(|'node:(https?|http2|tls|dns|dgram)'/],
    ['the disk', /'node:(fs|fs\/promises|child_process|worker_threads)'/],
  ])('%s comes with the world alone', (_, pattern) => {
    expect(uses(others, pattern)).toEqual([])
  })

  test('the table is never scanned, and has no index to ask', () => {
    expect(uses(code, /\bScan(Command)?\b|\bIndexName\b|\bExecuteStatement/)).toEqual([])
  })

  test('every read of the table is consistent', () => {
    const reads = uses(code, /new (GetItem|Query)Command\(/)
    expect(reads.map((place) => place.split(':')[0])).toEqual(['shared/store/dynamodb.ts', 'shared/store/dynamodb.ts'])
    expect(uses(code, /ConsistentRead: true/)).toHaveLength(reads.length)
  })
})

describe('the routes', () => {
  test('with the workers and the files below functions/ are the same set', () => {
    const files = within('functions').map((file) => file.replace(/^functions\/|\.ts$/g, ''))
    expect(files.sort()).toEqual([...Object.keys(routes), ...Object.keys(workers)].sort())
  })

  test('each function says the name of its own route or worker', () => {
    const strangers = within('functions').filter(
      (file) => !(sources.get(file) ?? '').includes(`'${file.replace(/^functions\/|\.ts$/g, '')}'`),
    )
    expect(strangers).toEqual([])
  })

  test('no two are reached by the same method and path', () => {
    const addresses = Object.values(routes).flatMap(({ method, path, ...rest }) =>
      [path, ...('also' in rest ? rest.also : [])].map((each) => `${method} ${each.replace(/\{\w+\}/g, '{}')}`),
    )
    expect(new Set(addresses).size).toBe(addresses.length)
  })
})
