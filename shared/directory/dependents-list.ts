import { authorize, mayRead } from '../auth/authorize.ts'
import { type DirectoryObject, objectTypes } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'
import { ok, type Response } from '../http/response.ts'
import type { Position } from '../store/store.ts'
import { appIdOf } from './applications.ts'
import { agentsUnder, withUsers } from './dependents.ts'
import { nextLink } from './list.ts'
import { find, principalOf } from './read.ts'
import { shown } from './render.ts'
import { fingerprint, readToken, writeToken } from './skip-token.ts'

/** `GET /directoryObjects/{id}/dependents`: all that a deletion would take with it, a page at a time. Nothing is changed. */
export async function listDependents(request: ManagementRequest<unknown>): Promise<Response> {
  const { caller, world, path, query } = request
  const object = await find(world.table, caller.tenantId, objectTypes, path.id)
  await authorize(request, 'read', object)
  const of = fingerprint(caller.tenantId, 'dependents', object.id)
  const from = query.$skiptoken === undefined ? undefined : readToken(query.$skiptoken, of)
  const { items, next } = await dependentsOf(request, object, from)
  return ok({
    '@odata.context': `${world.origin}/${path.version}/$metadata#directoryObjects`,
    ...nextLink(request, next ? { token: writeToken(next, of) } : {}),
    value: items.filter((each) => mayRead(caller, each)).map((each) => shown(each, query.$select, true)),
  })
}

async function dependentsOf(
  { caller, world }: Pick<ManagementRequest<unknown>, 'caller' | 'world'>,
  object: DirectoryObject,
  from: Position | undefined,
): Promise<{ items: DirectoryObject[]; next?: Position }> {
  const { tenantId } = caller
  switch (object.type) {
    case 'agentIdentity': {
      const [own] = await withUsers(world.table, tenantId, [object])
      return { items: own?.user ? [own.user] : [] }
    }
    case 'application':
    case 'agentIdentityBlueprint': {
      const principal = (await principalOf(world.table, tenantId, appIdOf(object)))?.object
      if (!principal) return { items: [] }
      const { items, next } = await dependentsOf({ caller, world }, principal, from)
      return { items: from ? items : [principal, ...items], ...(next && { next }) }
    }
    case 'agentIdentityBlueprintPrincipal': {
      const page = await agentsUnder(world.table, tenantId, { id: object.id, appId: appIdOf(object) }, from)
      const items = page.items.flatMap(({ agent, user }) => (user ? [agent, user] : [agent]))
      return { items, ...(page.next && { next: page.next }) }
    }
    default:
      return { items: [] }
  }
}
