import { cpus, loadavg } from 'node:os'
import { type Row, round, show } from './budgets.ts'
import { pinning } from './child.ts'
import type { Entries } from './contenders/contenders.ts'
import type { Figures } from './figures.ts'
import type { Options } from './options.ts'
import { ratioOf, spreadOf } from './statistics.ts'

/** Where and under what conditions a run was made. */
export type Machine = { processors: string; node: string; loadBefore: number; dirty: boolean; pinned: true | string }

export const machine = (): Machine => {
  const [loadBefore = 0] = loadavg()
  return {
    processors: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    node: process.version,
    loadBefore,
    dirty: loadBefore > 0.3,
    pinned: pinning,
  }
}

export function machineReport({ processors, node, loadBefore, dirty, pinned }: Machine, { quick }: Options): string {
  const lines = [
    `${processors}, Node ${node}; load before ${loadBefore.toFixed(2)}${dirty ? ': DIRTY, others use this machine' : ''}`,
    pinned === true
      ? 'The measured server has one core; the generator, the engine and the KMS stand-in share the other.'
      : `Processes are not held to cores: ${pinned}. The figures are not comparable with others.`,
    ...(quick ? ['A quick run: the figures show that everything works, and nothing more.'] : []),
  ]
  return lines.join('\n')
}

/** Who gives how many tokens, beside whom. */
export function peersReport(entries: Record<keyof Entries, { name: string }>, { peers, latency }: Figures): string {
  if (!peers) return ''
  const heading = [
    'RS256, one core, 16 connections',
    'tokens/s',
    'CPU ms/token',
    'RSS MB',
    'p50 ms',
    'p99 ms',
    'tokens/s ÷ peer',
    'CPU ÷ peer',
  ]
  const lines = (Object.keys(entries) as (keyof Entries)[]).map((name) => {
    const { perSecond, cpuMs, residentMB } = peers[name]
    const late = latency?.of[name]
    return [
      entries[name].name,
      show(spreadOf(perSecond)),
      show(spreadOf(cpuMs)),
      String(Math.round(residentMB)),
      late ? show(spreadOf(late.p50)) : '',
      late ? show(spreadOf(late.p99)) : '',
      name === 'peer' ? '1' : show(ratioOf(perSecond, peers.peer.perSecond)),
      name === 'peer' ? '1' : show(ratioOf(cpuMs, peers.peer.cpuMs)),
    ]
  })
  const notes = [
    'Medians (least–greatest) of rounds in turns; "peer" is oidc-provider with DynamoDB and KMS, a sign-in row for each token.',
    ...(latency ? [`Latency at ${latency.perSecond}/s for all, from the intended time of sending.`] : []),
  ]
  return `${table([heading, ...lines])}\n${notes.join('\n')}`
}

export function budgetReport(rows: Row[], { cpu, cold }: Figures): string {
  const heading = ['', 'budget', 'measured', 'first bar', 'goal', 'verdict']
  const lines = rows.map(({ row, what, measured, first, goal, verdict }) => [row, what, measured, first, goal, verdict])
  const ms = (values: number[]): string => `${round(spreadOf(values).median)} ms`
  const notes = [
    ...(cpu
      ? [`c, j: the function alone: our ideal ${ms(cpu.ideal)}, T1 ${ms(cpu.t1)}, resource token ${ms(cpu.resource)}.`]
      : []),
    ...(cold
      ? [
          `e: load and first call: token function ${show(cold.token)} ms, two SDK calls ${show(cold.sdkCalls)} ms; ` +
            `a bare process, whole, ${show(cold.bare)} ms.`,
        ]
      : []),
  ]
  return [table([heading, ...lines]), ...notes].join('\n')
}

/** Columns of equal width. */
export function table(lines: string[][]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .toSpliced(1, 0, widths.map((width) => '-'.repeat(width)).join('  '))
    .join('\n')
}
