import { listDependents } from '../../shared/directory/dependents-list.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** `GET /beta/directoryObjects/{id}/dependents`: what the deletion of an object would take with it. */
export const handler = managementOperation('dependents/list', { query: ['$skiptoken', '$select'] }, listDependents)
