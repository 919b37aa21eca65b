import * as v from 'valibot'
import { authorize, mayRead } from '../auth/authorize.ts'
import { type DirectoryObject, type ObjectType, objectTypes } from '../domain/directory-object.ts'
import { parseGuid } from '../domain/guid.ts'
import type { ManagementRequest } from '../http/management.ts'
import { ok, type Response } from '../http/response.ts'
import { applicationTypes, byId, notFound, principalTypes, userTypes } from './read.ts'
import { shown } from './render.ts'
import { guid } from './shape.ts'
import { living } from './source.ts'

/** Graph's names of types in bodies are those of base types, which stand for what is derived from them too. */
const named: Record<string, readonly ObjectType[]> = {
  application: applicationTypes,
  serviceprincipal: principalTypes,
  user: userTypes,
  group: ['group'],
  agentidentityblueprint: ['agentIdentityBlueprint'],
  agentidentityblueprintprincipal: ['agentIdentityBlueprintPrincipal'],
  agentidentity: ['agentIdentity'],
  agentuser: ['agentUser'],
  directoryobject: objectTypes,
}

export const getByIdsBody = v.strictObject({
  ids: v.pipe(
    v.array(guid),
    v.minLength(1, 'must have at least one member'),
    v.maxLength(1000, 'must have at most 1000 members'),
  ),
  types: v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(),
          v.check((type) => Object.hasOwn(named, type.toLowerCase()), `must be among ${Object.keys(named).join(', ')}`),
        ),
      ),
      v.maxLength(20, 'must have at most 20 members'),
    ),
  ),
})

/** `GET /directoryObjects/{id}`: an object of any type, by its id alone. */
export async function readDirectoryObject(request: ManagementRequest<unknown>): Promise<Response> {
  const { caller, world, path, query } = request
  const id = parseGuid(path.id)
  const object = id && (await byId(world.table, caller.tenantId, objectTypes, id))
  if (!object) throw notFound(path.id ?? '')
  await authorize(request, 'read', object)
  return ok({
    '@odata.context': `${world.origin}/${path.version}/$metadata#directoryObjects/$entity`,
    ...shown(object, query.$select, true),
  })
}

/** `POST /directoryObjects/getByIds`: those of some objects that are there and that the caller may see. */
export async function getByIds(request: ManagementRequest<v.InferOutput<typeof getByIdsBody>>): Promise<Response> {
  const { body, caller, world, path } = request
  const ids = [...new Set(body.ids)]
  const types = new Set((body.types ?? ['directoryObject']).flatMap((type) => named[type.toLowerCase()] ?? []))
  const found = new Map<string, DirectoryObject>()
  for (const type of types) {
    const rows = ids.filter((id) => !found.has(id)).map((id) => ({ id, type }))
    for (const object of await living(world.table, caller.tenantId, rows)) found.set(object.id, object)
  }
  const visible = [...found.values()].filter((object) => mayRead(caller, object))
  return ok({
    '@odata.context': `${world.origin}/${path.version}/$metadata#directoryObjects`,
    value: visible.map((object) => shown(object, undefined, true)),
  })
}
