import type { Operation } from '../../shared/routes.ts'
import type { Sigil } from '../support/sigil.ts'

/** A request as a client writes it. Its method is the route's own, and `POST` where the route takes any. */
export type Sent = {
  /** With the query, as it stands in the request line; of an operator's call the path of its own API. */
  path: string
  /** Where the route takes any, and it is not `POST`. */
  method?: string
  /** A JSON body. */
  body?: unknown
  /** A form body. */
  form?: Record<string, string>
  /** The bearer token of a management call; the first administrator's unless it is given. `null`: none at all. */
  token?: string | null
  headers?: Record<string, string>
}

/** One way that an operation can go. Together the scenarios of an operation make every call that it can make. */
export type Scenario = {
  operation: Operation
  /** What is special about this way: unique among the operation's scenarios. */
  name: string
  /** The status that the request is answered with. */
  status: number
  /** Makes what must be there, through the service's own operations, and gives the request that is then sent. */
  prepare: (sigil: Sigil) => Promise<Sent> | Sent
  /** Ends what would be in the way of others. What the request itself has changed is not meant. */
  cleanup?: (sigil: Sigil) => Promise<void>
}

export const titleOf = ({ operation, name }: Scenario): string => `${operation}: ${name}`
