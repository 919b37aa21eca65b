import type { Cold } from './cold/cold.ts'
import type { Counts } from './counts.ts'
import type { Latencies, Peers } from './measure.ts'

/** All that a run may have measured; what it left out is not there. */
export type Figures = {
  counts?: Record<'t1' | 'resource' | 'wrongSecret' | 'malformed', Counts>
  bundles?: { token: number; keys: number; configuration: number; keysSdkClients: string[] }
  peers?: Peers
  latency?: Latencies
  /** Processor time per call of the function alone, in milliseconds, one value for each round. */
  cpu?: Record<'ideal' | 't1' | 'resource' | 'wrongSecret' | 'malformed', number[]>
  cold?: Cold
  memory?: { localServiceMB: number | undefined; handlerMB: number }
}
