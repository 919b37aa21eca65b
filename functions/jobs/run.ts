import { runJobs } from '../../shared/directory/jobs.ts'
import { worker } from '../../shared/worker.ts'

/** Goes on with what deletions, restorations and purges have begun, until it is done. */
export const handler = worker('jobs/run', runJobs)
