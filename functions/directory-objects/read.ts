import { readDirectoryObject } from '../../shared/directory/directory-objects.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /directoryObjects/{id}`. */
export const handler = managementOperation('directory-objects/read', { query: ['$select'] }, readDirectoryObject)
