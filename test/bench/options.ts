import { parseArgs } from 'node:util'

const sections = ['counts', 'bundles', 'peers', 'latency', 'cpu', 'cold', 'memory'] as const
export type Section = (typeof sections)[number]

export type Options = {
  quick: boolean
  /** What is measured. */
  only: ReadonlySet<Section>
  /** Where the figures are also written, as JSON. */
  json?: string
}

/** How much is measured. The figures of a quick run show that everything works, and nothing more. */
export type Effort = {
  rounds: number
  latencyRounds: number
  /** Of each contender in each round. */
  seconds: number
  freshProcesses: number
  /** After which the memory of a process is read. */
  callsBeforeMemory: number
}

export const effortOf = ({ quick }: Options): Effort =>
  quick
    ? { rounds: 2, latencyRounds: 1, seconds: 0.6, freshProcesses: 3, callsBeforeMemory: 100 }
    : { rounds: 9, latencyRounds: 3, seconds: 3, freshProcesses: 15, callsBeforeMemory: 1_000 }

const help = `Measures Sigil's token endpoint beside its peers, on this machine alone.

  npm run bench -- [options]
  npm run bench -- directory --help    the directory, in tenants of different sizes

  --quick       at most a minute; the figures are noise
  --only LIST   some of: ${sections.join(', ')}
  --json FILE   write the figures there as well
  --help        print this
`

export function readOptions(): Options {
  const { values } = parse()
  if (values.help) {
    process.stdout.write(help)
    process.exit(0)
  }
  const wanted = values.only?.split(',') ?? sections
  const unknown = wanted.filter((each) => !isSection(each))
  if (unknown.length > 0) fail(`--only ${unknown.join(',')}: choose from ${sections.join(', ')}`)
  return {
    quick: values.quick,
    only: new Set(wanted.filter(isSection)),
    ...(values.json !== undefined && { json: values.json }),
  }
}

function parse() {
  try {
    return parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}

function fail(message: string): never {
  process.stderr.write(`bench: ${message}\n`)
  process.exit(1)
}

const isSection = (name: string): name is Section => sections.some((section) => section === name)
