import { admit, authorize } from '../auth/authorize.ts'
import type { Caller } from '../auth/bearer.ts'
import { may } from '../auth/may.ts'
import type { DirectoryObject, Properties } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'
import type { Change } from '../store/store.ts'
import { requireRoom } from './application.ts'
import { appIdOf } from './applications.ts'
import { auditOf } from './audit.ts'
import { replacement } from './object-changes.ts'
import { applicationTypes, find, isNotFound, notFound } from './read.ts'

/** What secrets, certificates and federated credentials of an application have in common. */

const activity = 'Update application – Certificates and secrets management'

/** The application of a path, of which the caller may change the credentials. */
export async function credentialsOf(request: ManagementRequest<unknown>): Promise<DirectoryObject> {
  const { caller, world, path } = request
  const application = await find(world.table, caller.tenantId, applicationTypes, path.id)
  await authorize(request, 'credentials', application)
  return application
}

/** The same, or the caller itself: what it may do to its own keys, it proves with one of them (reference §2.2, "none beyond proof"). */
export async function ownOrCredentialsOf(request: ManagementRequest<unknown>): Promise<DirectoryObject> {
  const { caller, world, path } = request
  const application = await find(world.table, caller.tenantId, applicationTypes, path.id).catch((error: unknown) => {
    if (!isNotFound(error)) throw error
    return undefined
  })
  if (application && isOwn(caller, application)) return application
  // Before the answer says whether there is such an application.
  admit(caller, [...may.application.credentials, ...may.agentIdentityBlueprint.credentials])
  if (!application) throw notFound(path.id ?? '')
  await authorize(request, 'credentials', application)
  return application
}

const isOwn = ({ clientId, type, user }: Caller, application: DirectoryObject): boolean =>
  user === undefined && type !== 'agentIdentity' && clientId === appIdOf(application)

/** The application with other credentials, and what the token path knows of these, in one commit. */
export async function commitCredentials(
  request: ManagementRequest<unknown>,
  before: DirectoryObject,
  changed: Properties,
  tokenPath: readonly Change[],
): Promise<void> {
  const { caller, world } = request
  const after = { ...before, version: before.version + 1, properties: { ...before.properties, ...changed } }
  requireRoom(after.properties)
  await world.table.commit(
    [...replacement(caller.tenantId, before, after), ...tokenPath],
    auditOf(request, activity, after, Object.keys(changed)),
  )
}
