import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const made: string[] = []

/** An empty directory that is gone after the tests of this file. */
export function temporaryState(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sigil-local-'))
  made.push(directory)
  return directory
}

afterAll(() => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
})
