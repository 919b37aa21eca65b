import { readRoleDefinition } from '../../shared/directory/directory-role-assignments.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `GET /roleManagement/directory/roleDefinitions/{id}`. */
export const handler = managementOperation('role-definitions/read', {}, async (request) => readRoleDefinition(request))
