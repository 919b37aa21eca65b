import type { Child } from './child.ts'
import { type Entries, type Entry, verifyToken } from './contenders/contenders.ts'
import type { GeneratorQuestions, Target } from './generator.ts'
import type { Effort } from './options.ts'
import { onTheWire, type TokenRequest } from './setup.ts'

const connections = 16
/** Not measured: until then the compiler is still at work. */
const warmUpRounds = 2

type Name = keyof Entries
type Generator = Child<GeneratorQuestions>

/** One value for each round. */
export type Peers = Record<Name, { perSecond: number[]; cpuMs: number[]; residentMB: number }>
export type Latencies = { perSecond: number; of: Record<Name, { p50: number[]; p99: number[] }> }
export type DirectLoads = Record<string, { entry: Entry; event: string; status: number }>

/** Tokens per second, and processor time of the server for each: closed loop, all contenders in turns. */
export async function measurePeers(entries: Entries, generator: Generator, effort: Effort): Promise<Peers> {
  const names = Object.keys(entries) as Name[]
  const peers = mapNames(names, () => ({ perSecond: [] as number[], cpuMs: [] as number[], residentMB: 0 }))
  for (let round = -warmUpRounds; round < effort.rounds; round++) {
    for (const name of names) {
      const entry = entries[name]
      const { child } = entry.server
      const before = await child.ask('usage')
      const load = { target: targetOf(entry), connections, seconds: effort.seconds }
      const { done, errors, perSecond, lastBody } = await generator.ask('closed', load)
      const after = await child.ask('usage')
      refuseErrors(entry.name, errors, lastBody)
      await verifyToken(entry, lastBody)
      peers[name].residentMB = after.residentMB
      if (round < 0) continue
      peers[name].perSecond.push(perSecond)
      peers[name].cpuMs.push((after.cpuMs - before.cpuMs) / done)
    }
  }
  return peers
}

/** Latency at one rate for all, half of what the slowest can do: open loop, in turns. */
export async function measureLatency(
  entries: Entries,
  generator: Generator,
  effort: Effort,
  slowestPerSecond: number,
): Promise<Latencies> {
  const names = Object.keys(entries) as Name[]
  const rate = Math.max(10, Math.floor(slowestPerSecond / 2))
  const of = mapNames(names, () => ({ p50: [] as number[], p99: [] as number[] }))
  for (let round = 0; round < effort.latencyRounds; round++) {
    for (const name of names) {
      const load = { target: targetOf(entries[name]), rate, seconds: effort.seconds }
      const { errors, p50, p99 } = await generator.ask('open', load)
      refuseErrors(entries[name].name, errors, '')
      of[name].p50.push(p50)
      of[name].p99.push(p99)
    }
  }
  return { perSecond: rate, of }
}

/** Processor time per call of functions without a server in front of them, in turns. */
export async function measureDirect(loads: DirectLoads, effort: Effort): Promise<Record<string, number[]>> {
  const cpuMs: Record<string, number[]> = Object.fromEntries(Object.keys(loads).map((name) => [name, []]))
  for (let round = -warmUpRounds; round < effort.rounds; round++) {
    for (const [name, { entry, event, status }] of Object.entries(loads)) {
      const load = { event, status, inFlight: connections, seconds: effort.seconds * 0.6 }
      const { errors, cpuMsPerCall } = await entry.server.child.ask('direct', load)
      refuseErrors(name, errors, '')
      if (round >= 0) cpuMs[name]?.push(cpuMsPerCall)
    }
  }
  return cpuMs
}

const targetOf = ({ server, request }: { server: { port: number }; request: TokenRequest }): Target => ({
  port: server.port,
  request: onTheWire(request, server.port),
  status: request.status,
})

function mapNames<Value>(names: Name[], make: () => Value): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, make()])) as Record<Name, Value>
}

/** A contender that fails does less than it should: its figures are worth nothing. */
function refuseErrors(name: string, errors: number, body: string): void {
  if (errors > 0) throw new Error(`${name}: ${errors} requests failed. ${body.slice(0, 500)}`)
}
