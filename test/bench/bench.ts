import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bundles, packageDirectory, writeBundles } from '../../infra/bundle.ts'
import type { BackendQuestions } from './backend.ts'
import { budgetRows } from './budgets.ts'
import { Child } from './child.ts'
import { ColdStarts } from './cold/cold.ts'
import { type Entries, startContenders } from './contenders/contenders.ts'
import { benchDirectory } from './directory.ts'
import { eventOf } from './event.ts'
import { bundleFigures, countCalls } from './exact.ts'
import type { Figures } from './figures.ts'
import type { GeneratorQuestions } from './generator.ts'
import { measureDirect, measureLatency, measurePeers } from './measure.ts'
import { memoryOfLocalService } from './memory.ts'
import { effortOf, readOptions, type Section } from './options.ts'
import { budgetReport, machine, machineReport, peersReport } from './report.ts'
import { cleanEnvironment, type Setup, sigilRequests } from './setup.ts'
import { spreadOf } from './statistics.ts'

/** What the figures are taken from: the built functions, and the world that all contenders share. */
type Stage = {
  directory: string
  bundles: Bundles
  tokenBundle: string
  backend: Child<BackendQuestions>
  setup: Setup
}

if (process.argv[2] === 'directory') {
  await benchDirectory(process.argv.slice(3))
  process.exit()
}

const options = readOptions()
const effort = effortOf(options)
const wanted = (...sections: Section[]): boolean => sections.some((section) => options.only.has(section))
const say = (text: string): void => void process.stdout.write(`${text}\n`)
const step = (text: string): void => void process.stderr.write(`  ${text} …\n`)

/** What has been started, ended in reverse order however the benchmark ends. */
const started = new AsyncDisposableStack()
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    interrupted.abort()
    void started.disposeAsync().finally(() => process.exit(130))
  })
}

try {
  await main()
} catch (error) {
  if (!interrupted.signal.aborted) process.stderr.write(`bench: ${error instanceof Error ? error.stack : error}\n`)
  process.exitCode = 1
}
// An interruption is already ending them, and the process with them.
if (!interrupted.signal.aborted) await started.disposeAsync()

async function main(): Promise<void> {
  const conditions = machine()
  say(machineReport(conditions, options))
  const stage = await setStage()
  const figures: Figures = {}
  if (wanted('bundles')) figures.bundles = bundleFigures(stage.bundles)
  if (wanted('counts')) figures.counts = await countCalls(stage.backend, sigilRequests(stage.setup))
  if (wanted('peers', 'latency', 'cpu')) await measureContenders(stage, figures)
  if (wanted('cold', 'memory')) await measureProcesses(stage, figures)

  const rows = budgetRows(figures)
  say(`\n${budgetReport(rows, figures)}`)
  if (options.json !== undefined) {
    const report = { options: { ...options, only: [...options.only] }, machine: conditions, rows, figures }
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`)
  }
}

async function setStage(): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), 'sigil-bench-'))
  started.defer(async () => rmSync(directory, { recursive: true, force: true }))
  step('bundling the functions')
  const functions = join(directory, 'functions')
  const bundles = await writeBundles(functions)
  const tokenBundle = join(packageDirectory('token/issue', functions), 'index.mjs')
  step('starting the engine and the KMS stand-in')
  const backend = await startChild<BackendQuestions>(new URL('./backend.ts', import.meta.url), [directory])
  return { directory, bundles, tokenBundle, backend, setup: await backend.ask('setUp') }
}

/** Rows c, d and j, and the table of peers: servers that live through all rounds, and take turns. */
async function measureContenders({ setup, tokenBundle }: Stage, figures: Figures): Promise<void> {
  step('starting the contenders')
  const entries = await startContenders(setup, tokenBundle, (child) => started.defer(() => child.close()))
  const generator = await startChild<GeneratorQuestions>(new URL('./generator.ts', import.meta.url))
  if (wanted('peers', 'latency')) {
    step('measuring throughput')
    figures.peers = await measurePeers(entries, generator, effort)
  }
  if (wanted('latency') && figures.peers) {
    step('measuring latency')
    const slowest = Math.min(...Object.values(figures.peers).map(({ perSecond }) => spreadOf(perSecond).median))
    figures.latency = await measureLatency(entries, generator, effort, slowest)
  }
  if (figures.peers) say(`\n${peersReport(entries, figures)}`)
  if (wanted('cpu')) {
    step('measuring the functions alone')
    figures.cpu = await measureDirect(await directLoads(entries, setup), effort)
  }
}

async function directLoads(entries: Entries, setup: Setup) {
  const load = async (entry: keyof Entries, request = entries[entry].request) => ({
    entry: entries[entry],
    event: await eventOf(request),
    status: request.status,
  })
  const { wrongSecret, malformed } = sigilRequests(setup)
  return {
    ideal: await load('ideal'),
    t1: await load('t1'),
    resource: await load('resource'),
    wrongSecret: await load('t1', wrongSecret),
    malformed: await load('t1', malformed),
  }
}

/** Rows e and k: processes of their own. */
async function measureProcesses({ setup, directory, tokenBundle }: Stage, figures: Figures): Promise<void> {
  const event = await eventOf(sigilRequests(setup).t1)
  const cold = await ColdStarts.prepare({ setup, directory: join(directory, 'cold'), bundle: tokenBundle, event })
  if (wanted('cold')) {
    step('measuring cold starts')
    figures.cold = await cold.measure(effort.freshProcesses)
  }
  if (wanted('memory')) {
    step('measuring memory')
    figures.memory = {
      handlerMB: await cold.memory(effort.callsBeforeMemory),
      localServiceMB: await memoryOfLocalService(directory, effort.callsBeforeMemory, interrupted.signal),
    }
  }
}

/** A process that is not measured. */
async function startChild<Asked extends BackendQuestions | GeneratorQuestions>(file: URL, args: string[] = []) {
  const child = await Child.start<Asked>(file, { core: 'other', env: cleanEnvironment(), args })
  started.defer(() => child.close())
  return child
}
