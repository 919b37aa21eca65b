import { authorize, mayRead } from '../auth/authorize.ts'
import type { DirectoryObject, ObjectType } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'
import type { QueryOption } from '../http/query.ts'
import { created, noContent, ok, type Response } from '../http/response.ts'
import { parseSelect } from '../odata/options.ts'
import { Refusal } from '../refusal.ts'
import { keys } from '../store/table.ts'
import { requireAttributes, selectedAttributes } from './attributes.ts'
import { expanded, readExpand } from './expand.ts'
import { find } from './read.ts'
import { entity } from './render.ts'

/** What reading one object, and changing one, has in common for all types. */

export const readOptions = ['$select', '$expand'] as const satisfies readonly QueryOption[]

/** `GET` of one object, by its id or an alternate key. */
export async function readObject(request: ManagementRequest<unknown>, types: readonly ObjectType[]): Promise<Response> {
  const { caller, world, path, query } = request
  const object = await find(world.table, caller.tenantId, types, path.id)
  await authorize(request, 'read', object)
  await requireAttributes(request, [object])
  const expand = readExpand(query.$expand)
  const whole = await mirrored(request, object)
  const shown = {
    ...entityOf(request, whole, query.$select),
    ...selectedAttributes(request, object),
    ...(await expanded(request, object, expand)),
  }
  return ok(shown, { etag: etagOf(object) })
}

/** "Mirrored read-only" from its blueprint (reference §1.2), an agent identity shows `managerApplications` to whoever asks for them. */
async function mirrored(
  { caller, world, query }: ManagementRequest<unknown>,
  object: DirectoryObject,
): Promise<DirectoryObject> {
  const isAsked = query.$select !== undefined && parseSelect(query.$select).includes('managerApplications')
  if (object.type !== 'agentIdentity' || !isAsked) return object
  const blueprintId = object.properties.agentIdentityBlueprintId as string
  const [blueprint] = await world.table.snapshot([keys.object(caller.tenantId, 'agentIdentityBlueprint', blueprintId)])
  const managerApplications = blueprint?.properties.managerApplications ?? []
  return { ...object, properties: { ...object.properties, managerApplications } }
}

/** The answer to the creation of an object. */
export const createdObject = (request: ManagementRequest<unknown>, object: DirectoryObject): Response => ({
  ...created(entityOf(request, object)),
  headers: { etag: etagOf(object), ...(preference(request, 'return=representation') && applied) },
})

/**
 * The answer to a change of an object: nothing, or where the client prefers it the object as it is now (RFC 7240 §4.2), if the
 * caller may read it: whoever may change a part of it alone does not see the whole.
 */
export const changedObject = (request: ManagementRequest<unknown>, object: DirectoryObject): Response =>
  preference(request, 'return=representation') && mayRead(request.caller, object)
    ? ok(entityOf(request, object), { etag: etagOf(object), ...applied })
    : { ...noContent(), headers: { etag: etagOf(object) } }

/**
 * For those who want no lost update: a change of another version than `If-Match` names is none (RFC 9110 §13.1.1).
 * @throws Request_PreconditionFailed
 */
export function requireMatch({ event }: ManagementRequest<unknown>, object: DirectoryObject): void {
  const named = event.headers['if-match']
  if (named === undefined || named.trim() === '*') return
  // Graph's clients send back what they got; strong and weak tags of a version are the same to us.
  const tags = named.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  if (tags.includes(etagOf(object).replace(/^W\//, ''))) return
  throw new Refusal(
    'Request_PreconditionFailed',
    `the object has been changed since: its ETag is ${etagOf(object)} now; read it again and repeat the change`,
  )
}

/** Whether a `Prefer` header asks for something (RFC 7240 §2). */
export const preference = ({ event }: ManagementRequest<unknown>, what: string): boolean =>
  (event.headers.prefer ?? '')
    .split(',')
    .some((each) => each.split(';', 1)[0]?.trim().toLowerCase().replaceAll('"', '') === what)

const applied = { 'preference-applied': 'return=representation' }

const etagOf = ({ version }: DirectoryObject): string => `W/"${version}"`

const entityOf = ({ world, path }: ManagementRequest<unknown>, object: DirectoryObject, select?: string) =>
  entity(object, { origin: world.origin, version: path.version ?? '' }, select)
