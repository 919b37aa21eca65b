import type { Operation, Touch } from './routes.ts'
import type { Family } from './store/table.ts'

/** Something that runs without a request: from time to time, and when a row of a family is written. */
export type Worker = {
  everyMinutes: number
  /** It runs as well as soon as a row of this family is there. */
  on?: Family
  touches: readonly Touch[]
  /** How long one run may take. */
  timeoutSeconds: number
}

/** Every worker, once, by the path of its file below `functions/`. */
// biome-ignore format: a table reads better aligned
export const workers = {
  'jobs/run':     { everyMinutes: 1, on: 'JOB', timeoutSeconds: 60, touches: ['get AGENTUSER', 'get CLIENT', 'get COUNTER', 'get DELETED', 'get DIRECTORY', 'get OPERATION', 'get ROLEASSIGNMENT', 'get UNIQUE', 'get USERGRANT', 'query ASSIGNEE', 'query ASSIGNMENT', 'query GRANT', 'query INDEX', 'query INVERSE', 'query JOB', 'query RELATION', 'query ROLEASSIGNMENT', 'check AGENTUSER', 'check DELETED', 'check DIRECTORY', 'put AGENTUSER', 'put AUDIT', 'put CLIENT', 'put DELETED', 'put DIRECTORY', 'put DUE', 'put OPERATION', 'put UNIQUE', 'put USER', 'update CLIENT', 'update COUNTER', 'update USERGRANT', 'delete AGENTUSER', 'delete ASSIGNEE', 'delete ASSIGNMENT', 'delete CLIENT', 'delete COUNTER', 'delete DELETED', 'delete DIRECTORY', 'delete DUE', 'delete GRANT', 'delete INDEX', 'delete INVERSE', 'delete JOB', 'delete NAME', 'delete RELATION', 'delete ROLEASSIGNMENT', 'delete UNIQUE', 'delete USER', 'delete USERGRANT'] },
  'jobs/end-due': { everyMinutes: 1, timeoutSeconds: 60, touches: ['get AGENTUSER', 'get DELETED', 'get DIRECTORY', 'query DUE', 'check AGENTUSER', 'put AUDIT', 'put DELETED', 'put DUE', 'put JOB', 'put OPERATION', 'update COUNTER', 'delete AGENTUSER', 'delete CLIENT', 'delete DELETED', 'delete DIRECTORY', 'delete DUE', 'delete INDEX', 'delete NAME', 'delete UNIQUE', 'delete USER'] },
} as const satisfies Record<`${string}/${string}`, Worker>

export type WorkerName = keyof typeof workers

/** What has a file below `functions/` of its own. */
export type FunctionName = Operation | WorkerName
