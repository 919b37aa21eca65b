import * as v from 'valibot'
import { authorize } from '../auth/authorize.ts'
import type { Properties } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'
import { noContent, type Response } from '../http/response.ts'
import { noPublisher } from './application.ts'
import { appIdOf, copied, principalChanges } from './applications.ts'
import { auditOf } from './audit.ts'
import { replacement } from './object-changes.ts'
import { applicationTypes, find, principalOf } from './read.ts'
import { name } from './shape.ts'

export const verifiedPublisherBody = v.strictObject({
  verifiedPublisherId: v.pipe(name(50), v.regex(/^[A-Za-z0-9-]+$/, 'must hold letters, digits and - alone')),
})

/** `POST /applications/{id}/setVerifiedPublisher`: the publisher is the tenant, under the id that a partner programme knows it by. */
export async function setVerifiedPublisher(
  request: ManagementRequest<v.InferOutput<typeof verifiedPublisherBody>>,
): Promise<Response> {
  const { body, caller, now } = request
  return change(request, 'Set verified publisher', {
    displayName: caller.tenant.displayName,
    verifiedPublisherId: body.verifiedPublisherId,
    addedDateTime: now.toISOString(),
  })
}

/** `POST /applications/{id}/unsetVerifiedPublisher`. */
export const unsetVerifiedPublisher = (request: ManagementRequest<unknown>): Promise<Response> =>
  change(request, 'Unset verified publisher', noPublisher)

async function change(
  request: ManagementRequest<unknown>,
  activity: string,
  verifiedPublisher: Properties,
): Promise<Response> {
  const { caller, world, path } = request
  const { tenantId } = caller
  const before = await find(world.table, tenantId, applicationTypes, path.id)
  await authorize(request, 'update', before, ['verifiedPublisher'])
  const after = { ...before, version: before.version + 1, properties: { ...before.properties, verifiedPublisher } }
  const principal = (await principalOf(world.table, tenantId, appIdOf(before)))?.object
  await world.table.commit(
    [
      ...replacement(tenantId, before, after),
      ...principalChanges(tenantId, after, principal, principal && copied(before, after, principal)),
    ],
    auditOf(request, activity, after, ['verifiedPublisher']),
  )
  return noContent()
}
