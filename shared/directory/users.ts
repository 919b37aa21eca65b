import * as v from 'valibot'
import { authorize } from '../auth/authorize.ts'
import type { DirectoryObject } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'
import { created, ok, type Response } from '../http/response.ts'
import { Refusal } from '../refusal.ts'
import { keys } from '../store/table.ts'
import { conflict } from './applications.ts'
import { auditOf } from './audit.ts'
import { typeOf } from './odata-type.ts'
import { find, userTypes } from './read.ts'
import { entity } from './render.ts'
import { displayName, name, text } from './shape.ts'

const profile = v.optional(v.nullable(text(256)))

/** A person, as an administrator enters one: who it is, and no way to sign in. */
export const userCreate = v.strictObject({
  accountEnabled: v.boolean(),
  displayName,
  mailNickname: v.pipe(name(64), v.regex(/^[^\s@]+$/, "must hold no spaces and no '@'")),
  userPrincipalName: v.pipe(
    name(113),
    v.regex(
      /^[A-Za-z0-9'._!#^~-]{1,64}@[A-Za-z0-9.-]+$/,
      "must be a name and a verified domain, with A-Z a-z 0-9 ' . - _ ! # ^ ~ before the @",
    ),
  ),
  userType: v.optional(v.picklist(['Member', 'Guest']), 'Member'),
  mail: profile,
  givenName: profile,
  surname: profile,
  jobTitle: profile,
  department: profile,
  companyName: profile,
  officeLocation: profile,
  employeeId: profile,
  employeeType: profile,
  city: profile,
  country: profile,
  streetAddress: profile,
  preferredLanguage: profile,
  usageLocation: profile,
  mobilePhone: profile,
  businessPhones: v.optional(v.pipe(v.array(text(64)), v.maxLength(1, 'must have at most one member')), []),
  // Graph clients must send one; Sigil keeps no passwords, so it is taken and forgotten.
  passwordProfile: v.optional(v.nullable(v.record(v.string(), v.unknown()))),
  '@odata.type': v.optional(v.string()),
})

const emptyProfile = {
  mail: null,
  givenName: null,
  surname: null,
  jobTitle: null,
  officeLocation: null,
  preferredLanguage: null,
  mobilePhone: null,
}

/** `POST /users`. */
export async function createUser(request: ManagementRequest<v.InferOutput<typeof userCreate>>): Promise<Response> {
  const { caller, world, now, path } = request
  typeOf(request.body, ['user'])
  const { passwordProfile: _password, '@odata.type': _type, ...body } = request.body
  const { tenantId } = caller
  authorize(caller, 'create', { type: 'user' })
  const upn = body.userPrincipalName.toLowerCase()
  const [tenant] = await world.table.snapshot([keys.tenant(tenantId)])
  if (upn.split('@')[1] !== tenant?.domain) {
    throw new Refusal(
      'Request_BadRequest',
      `property 'userPrincipalName': the domain must be a verified one of the tenant: '${tenant?.domain}'`,
    )
  }
  const id = world.newId()
  const properties = { ...emptyProfile, ...body, id, createdDateTime: now.toISOString() }
  const object: DirectoryObject = { type: 'user', id, version: 1, properties }
  await world.table.commit(
    [
      {
        action: 'put',
        key: keys.unique(tenantId, 'userPrincipalName', upn),
        item: { id },
        when: 'absent',
        otherwise: () => conflict(`a user with the userPrincipalName '${upn}'`),
      },
      { action: 'put', key: keys.object(tenantId, 'user', id), item: object, when: 'absent' },
      {
        action: 'put',
        key: keys.user(tenantId, id),
        item: { enabled: body.accountEnabled, userPrincipalName: upn },
        when: 'absent',
      },
    ],
    auditOf(request, 'Add user', object),
  )
  return created(entity(object, { origin: world.origin, version: path.version ?? '' }))
}

export async function readUser({ caller, world, path, query }: ManagementRequest<unknown>): Promise<Response> {
  const object = await find(world.table, caller.tenantId, userTypes, path.id)
  authorize(caller, 'read', object)
  return ok(entity(object, { origin: world.origin, version: path.version ?? '' }, query.$select))
}
