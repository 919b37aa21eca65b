import { getByIds, getByIdsBody } from '../../shared/directory/directory-objects.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /directoryObjects/getByIds`. */
export const handler = managementOperation('directory-objects/get-by-ids', { body: getByIdsBody }, getByIds)
