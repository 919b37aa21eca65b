import { refuseCredential } from '../../shared/directory/principals.ts'
import { managementOperation } from '../../shared/http/management.ts'

/** Graph `POST /servicePrincipals/{id}/addPassword` and its like: refused in words, since credentials live on applications. */
export const handler = managementOperation('service-principals/add-credential', {}, refuseCredential)
