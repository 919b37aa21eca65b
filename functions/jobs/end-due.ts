import { endDue } from '../../shared/directory/due.ts'
import { worker } from '../../shared/worker.ts'

/** Purges what was deleted 30 days ago, and deletes agent identities that have expired. */
export const handler = worker('jobs/end-due', endDue)
