import { batchBody, runBatch } from '../../shared/http/batch.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /$batch`: JSON batching. Each of its requests is another operation's, which decides about it by itself. */
export const handler = managementOperation('batch/run', { body: batchBody }, runBatch)
