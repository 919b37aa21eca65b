import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Counts } from '../scenarios/calls.ts'

/** What a change of the code may cost, and not unnoticed: exact counts, which never drift. */
export type Golden = {
  /** Per scenario, in a process that has been up for a while, as `textOf` says it. */
  requests: Record<string, string>
  /** Per operation, in KB (1024 bytes) begun. */
  bundles: Record<string, number>
}

const file = new URL('counts.golden.json', import.meta.url)

/** Set to 1, the counts of this run become the ones that count. */
export const accepting = process.env.COUNTS_ACCEPT === '1'

export const readGolden = (): Golden =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Golden) : { requests: {}, bundles: {} }

export const writeGolden = (golden: Golden): void => writeFileSync(file, `${JSON.stringify(golden, null, 2)}\n`)

/** Counts in one line, so that a change of one is a change of one line. */
export const textOf = ({ reads, readUnits, writes, writeUnits, kms }: Counts): string =>
  `${reads} reads for ${readUnits} units, ${writes} writes for ${writeUnits} units, ${kms} kms`

/** Said by a test that fails, with what it saw. */
export const howToAccept = 'mend it, or accept it in the same commit with its reason: npm run counts:accept'
