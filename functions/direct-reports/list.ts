import { listOptions } from '../../shared/directory/list.ts'
import { listDirectReports } from '../../shared/directory/managers.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /users/{id}/directReports`, and its `/$count`. */
export const handler = managementOperation('direct-reports/list', { query: listOptions }, listDirectReports)
