import type { Counts } from './counts.ts'
import type { Figures } from './figures.ts'
import { ratioOf, type Spread } from './statistics.ts'

type Verdict = 'goal' | 'first bar' | 'MISSED' | 'not measured'
/** A row of the budget: what was measured, and what it was to be. */
export type Row = { row: string; what: string; measured: string; first: string; goal: string; verdict: Verdict }

type Bars = { first?: number; goal?: number }

/** The budgets of the token path, against what was measured. */
export function budgetRows(figures: Figures): Row[] {
  return [
    ...callRows(figures),
    ...unitRows(figures),
    ...cpuRows(figures),
    ...peerRows(figures),
    ...coldRows(figures),
    ...bundleRows(figures),
    ...refusalRows(figures),
    ...memoryRows(figures),
  ]
}

const legs = { t1: 'T1', resource: 'resource token' } as const
const legNames = Object.keys(legs) as (keyof typeof legs)[]

function callRows({ counts }: Figures): Row[] {
  return legNames.map((leg) => {
    const each = counts?.[leg]
    return {
      row: 'a',
      what: `${legs[leg]}: store reads / writes / KMS calls`,
      measured: each ? `${each.reads} / ${each.writes} / ${each.signs}, ${each.waves} waves` : '',
      first: '1 / 1 / 1, 2 waves',
      goal: 'the same',
      verdict: each ? (isTwoWaves(each) ? 'goal' : 'MISSED') : 'not measured',
    }
  })
}

const isTwoWaves = ({ reads, writes, signs, other, waves }: Counts): boolean =>
  reads === 1 && writes === 1 && signs === 1 && other === 0 && waves <= 2

function unitRows({ counts }: Figures): Row[] {
  return legNames.flatMap((leg) => [
    ceiling('b', `${legs[leg]}: read units`, counts?.[leg].readUnits, { first: 14, goal: 6 }),
    ceiling('b', `${legs[leg]}: write units`, counts?.[leg].writeUnits, { first: 1, goal: 1 }),
  ])
}

const cpuRows = ({ cpu }: Figures): Row[] =>
  legNames.map((leg) =>
    ceiling('c', `${legs[leg]}: CPU ÷ our ideal`, cpu && ratioOf(cpu[leg], cpu.ideal), { first: 4.5, goal: 1.3 }),
  )

function peerRows({ peers }: Figures): Row[] {
  return legNames.map((leg) => {
    const ratio = peers && ratioOf(peers[leg].perSecond, peers.peer.perSecond)
    return {
      row: 'd',
      what: `${legs[leg]}: tokens/s ÷ oidc-provider on AWS`,
      measured: ratio ? show(ratio) : '',
      first: '≥ 1',
      goal: '≥ 3',
      verdict: ratio ? (ratio.median >= 3 ? 'goal' : ratio.median >= 1 ? 'first bar' : 'MISSED') : 'not measured',
    }
  })
}

const coldRows = ({ cold, bundles }: Figures): Row[] => [
  ceiling('e', 'token function cold: CPU ÷ two SDK calls', cold?.toSdkCalls, { first: 1.3 }),
  ceiling('e', 'the same, whole process ÷ bare process', cold?.toBare, { goal: 1.4 }),
  ceiling('e', 'token bundle, KB', kilobytes(bundles?.token), { first: 450, goal: 60 }),
]

function bundleRows({ bundles }: Figures): Row[] {
  const clients = bundles?.keysSdkClients ?? []
  const keys = ceiling('f', 'JWKS bundle, KB; its SDK clients', kilobytes(bundles?.keys), { first: 400, goal: 10 })
  return [
    {
      ...keys,
      ...(bundles && { measured: `${keys.measured}; ${clients.join(', ') || 'none'}` }),
      ...(clients.length > 1 && { verdict: 'MISSED' }),
    },
    ceiling('f', 'discovery bundle, KB', kilobytes(bundles?.configuration), { first: 400, goal: 10 }),
  ]
}

function refusalRows({ cpu, counts }: Figures): Row[] {
  const refused = (name: 'wrongSecret' | 'malformed') => cpu && ratioOf(cpu[name], cpu.t1)
  return [
    ceiling('j', 'wrong secret: CPU ÷ accepted', refused('wrongSecret'), { first: 1, goal: 0.5 }),
    ceiling('j', 'malformed: CPU ÷ accepted', refused('malformed'), { first: 1, goal: 0.5 }),
    ceiling('j', 'malformed: reads', counts?.malformed.reads, { first: 0, goal: 0 }),
  ]
}

const memoryRows = ({ memory }: Figures): Row[] => [
  ceiling('k', 'local service with its engine: RSS, MB', memory?.localServiceMB, { first: 250, goal: 150 }),
  ceiling('k', "token function's process: RSS, MB", memory?.handlerMB, { first: 110, goal: 70 }),
]

/** What must stay below its bars. */
export function ceiling(row: string, what: string, value: number | Spread | undefined, { first, goal }: Bars): Row {
  const middle = typeof value === 'object' ? value.median : value
  const bar = (limit: number | undefined): string => (limit === undefined ? '–' : `≤ ${limit}`)
  const within = (limit: number | undefined): boolean => limit !== undefined && middle !== undefined && middle <= limit
  return {
    row,
    what,
    measured: value === undefined ? '' : typeof value === 'object' ? show(value) : String(round(value)),
    first: bar(first),
    goal: bar(goal),
    verdict: middle === undefined ? 'not measured' : within(goal) ? 'goal' : within(first) ? 'first bar' : 'MISSED',
  }
}

/** What must reach its bars. */
export function floor(row: string, what: string, value: Spread, { first, goal }: Bars): Row {
  const bar = (limit: number | undefined): string => (limit === undefined ? '–' : `≥ ${limit}`)
  const reached = (limit: number | undefined): boolean => limit !== undefined && value.median >= limit
  const verdict = reached(goal) ? 'goal' : reached(first) ? 'first bar' : 'MISSED'
  return { row, what, measured: show(value), first: bar(first), goal: bar(goal), verdict }
}

/** A median with its range. */
export const show = ({ median, min, max }: Spread): string => `${round(median)} (${round(min)}–${round(max)})`

export const round = (value: number): number =>
  Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))

const kilobytes = (bytes: number | undefined): number | undefined => bytes && bytes / 1024
