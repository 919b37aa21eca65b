import type { Operation } from '../../shared/routes.ts'
import type { Sigil } from '../support/sigil.ts'
import { keyCredential } from './credentials.ts'
import {
  application,
  bind,
  bindPrincipals,
  blueprint,
  blueprintType,
  company,
  fresh,
  fullTenant,
  type Made,
  missing,
  password,
  person,
  principalOf,
  resource,
  role,
  smallTenant,
} from './makers.ts'
import type { Scenario, Sent } from './scenario.ts'

const uri = () => `https://${fresh('payroll')}.example`

/** What may be done to an object that a path names, whatever names it: the same for applications and blueprints. */
const byEachKey = (
  operation: Operation,
  status: number,
  make: (sigil: Sigil) => Promise<Made>,
  address: (segment: string) => string,
  sent: (made: Made) => Omit<Sent, 'path'> = () => ({}),
): Scenario[] => [
  {
    operation,
    name: 'by appId',
    status,
    prepare: async (sigil) => {
      const made = await make(sigil)
      return { path: address(`(appId='${made.appId}')`), ...sent(made) }
    },
  },
  {
    operation,
    name: 'nothing there',
    status: 404,
    prepare: () => ({ path: address(`/${missing.id}`), ...sent({ id: missing.id, appId: missing.id }) }),
  },
]

const named = (sigil: Sigil): Promise<Made> => application(sigil, { uniqueName: fresh('ledger') })

/** A change of everything that a change can touch: names, roles, one URI kept, one gone and one new. */
const change = (kept: string) => ({
  displayName: 'Ledger 2',
  appRoles: [role()],
  identifierUris: [kept, uri()],
})

/** An application or blueprint that is about to change, with what it has. */
const changeable = (create: (sigil: Sigil, properties: object) => Promise<Made>) => async (sigil: Sigil) => {
  const kept = uri()
  const made = await create(sigil, { identifierUris: [kept, uri()] })
  return { made, body: change(kept) }
}

const collection = '/v1.0/applications'
const blueprints = `${collection}/${blueprintType}`
const at = (segment: string): string => `${collection}${segment}`
const blueprintAt = (segment: string): string => `${collection}${segment}/${blueprintType}`

const changes = (
  operation: 'applications/update' | 'blueprints/update',
  create: (sigil: Sigil, properties: object) => Promise<Made>,
  address: (segment: string) => string,
): Scenario[] => [
  {
    operation,
    name: 'without a principal',
    status: 204,
    prepare: async (sigil) => {
      const { made, body } = await changeable(create)(sigil)
      return { path: address(`/${made.id}`), body }
    },
  },
  {
    operation,
    name: 'with a principal',
    status: 204,
    prepare: async (sigil) => {
      const { made, body } = await changeable(create)(sigil)
      await principalOf(sigil, made)
      return { path: address(`/${made.id}`), body }
    },
  },
  {
    operation,
    name: 'an identifier URI that is taken',
    status: 409,
    prepare: async (sigil) => {
      const taken = uri()
      await application(sigil, { identifierUris: [taken] })
      const made = await create(sigil, {})
      return { path: address(`/${made.id}`), body: { identifierUris: [taken] } }
    },
  },
  {
    operation,
    name: 'a certificate and a unique name, its first ones',
    status: 204,
    prepare: async (sigil) => {
      const made = await create(sigil, {})
      const body = { keyCredentials: [await keyCredential()], uniqueName: fresh('ledger') }
      return { path: address(`/${made.id}`), body }
    },
  },
  ...byEachKey(
    operation,
    204,
    (sigil) => create(sigil, {}),
    address,
    () => ({ body: { displayName: 'Ledger 3' } }),
  ),
  {
    operation,
    name: 'made, since it is missing',
    status: 201,
    prepare: async (sigil) => ({
      path: address(`(uniqueName='${fresh('ledger')}')`),
      body: { displayName: 'Ledger', ...(await company(sigil)).sponsors },
      headers: createIfMissing,
    }),
  },
  {
    operation,
    name: 'by a unique name that is there, with its sponsors',
    status: 204,
    prepare: async (sigil) => {
      const { sponsors } = await company(sigil)
      const { uniqueName } = await create(sigil, { uniqueName: fresh('ledger'), ...sponsors })
      const body = { displayName: 'Ledger 4', ...sponsors }
      return { path: address(`(uniqueName='${uniqueName}')`), body, headers: createIfMissing }
    },
  },
  {
    operation,
    name: 'missing, with a URI that another has',
    status: 409,
    prepare: async (sigil) => {
      const { identifierUris } = (await resource(sigil)).app
      const body = { displayName: 'Ledger', identifierUris, ...(await company(sigil)).sponsors }
      return { path: address(`(uniqueName='${fresh('ledger')}')`), body, headers: createIfMissing }
    },
  },
  {
    operation,
    name: 'missing, and there may be no more',
    status: 403,
    prepare: async (sigil) => {
      const { token, sponsors } = await noMore(sigil, operation)
      const body = { displayName: 'Ledger', ...sponsors }
      return { path: address(`(uniqueName='${fresh('ledger')}')`), body, token, headers: createIfMissing }
    },
  },
]

const createIfMissing = { prefer: 'create-if-missing' }

/** A tenant that may hold no more of these, and somebody in it who may sponsor one. */
async function noMore(sigil: Sigil, operation: `${'applications' | 'blueprints'}/${string}`) {
  const { token } = await fullTenant(
    sigil,
    operation.startsWith('applications') ? 'application' : 'agentIdentityBlueprint',
  )
  const { value } = await sigil.make('GET', '/users', undefined, token)
  return { token, sponsors: { 'sponsors@odata.bind': bind((value as [Made])[0]) } }
}

/** The ways to ask for a listing of applications of one type or both. */
const lists = (operation: 'applications/list' | 'blueprints/list', path: string): Scenario[] => [
  ...Object.entries({
    all: '',
    'all, counted': '?$count=true',
    'in the order of their names': '?$orderby=displayName&$top=1',
    'those whose name begins so': "?$filter=startswith(displayName,'Cl')",
    'of one who made them': `?$filter=createdByAppId eq '${missing.id}'`,
    'of one who owns them': `?$filter=owners/any(o:o/id eq '${missing.id}')`,
    'with their owners': '?$expand=owners',
  }).map(
    ([name, query]): Scenario => ({
      operation,
      name,
      status: 200,
      prepare: async (sigil) => ({ path: `${path}${query}`, token: (await smallTenant(sigil)).token }),
    }),
  ),
  {
    operation,
    name: 'one by its unique name',
    status: 200,
    prepare: async (sigil) => ({ path: `${path}?$filter=uniqueName eq '${(await named(sigil)).uniqueName}'` }),
  },
]

const deletions = (
  operation: 'applications/delete' | 'blueprints/delete',
  create: (sigil: Sigil, properties: object) => Promise<Made>,
  address: (segment: string) => string,
): Scenario[] => [
  {
    operation,
    name: 'without a principal',
    status: 204,
    prepare: async (sigil) => ({ path: address(`/${(await create(sigil, { identifierUris: [uri()] })).id}`) }),
  },
  {
    operation,
    name: 'with a principal, a secret and a unique name',
    status: 204,
    prepare: async (sigil) => {
      const made = await create(sigil, { uniqueName: fresh('ledger') })
      await principalOf(sigil, made)
      await password(sigil, made)
      return { path: address(`/${made.id}`) }
    },
  },
  ...byEachKey(operation, 204, (sigil) => create(sigil, {}), address),
]

export const applicationScenarios: Scenario[] = [
  {
    operation: 'applications/create',
    name: 'an ordinary application',
    status: 201,
    prepare: () => ({ path: collection, body: { displayName: 'Ledger' } }),
  },
  {
    operation: 'applications/create',
    name: 'with a unique name, roles, URIs and owners',
    status: 201,
    prepare: async (sigil) => ({
      path: collection,
      body: {
        displayName: 'Ledger',
        uniqueName: fresh('ledger'),
        identifierUris: [uri()],
        appRoles: [role()],
        'owners@odata.bind': [
          ...bind((await company(sigil)).person),
          ...bindPrincipals((await company(sigil)).apiPrincipal),
        ],
      },
    }),
  },
  {
    operation: 'applications/create',
    name: 'a blueprint, by its type',
    status: 201,
    prepare: async (sigil) => ({
      path: collection,
      body: { '@odata.type': `#${blueprintType}`, displayName: 'Clerk', ...(await company(sigil)).sponsors },
    }),
  },
  {
    operation: 'applications/create',
    name: 'a unique name that is taken',
    status: 409,
    prepare: async (sigil) => {
      const { uniqueName } = await named(sigil)
      return { path: collection, body: { displayName: 'Ledger', uniqueName } }
    },
  },
  {
    operation: 'applications/create',
    name: 'an identifier URI that is taken',
    status: 409,
    prepare: async (sigil) => {
      const { identifierUris } = (await resource(sigil)).app
      return { path: collection, body: { displayName: 'Ledger', identifierUris } }
    },
  },
  {
    operation: 'applications/create',
    name: 'a blueprint with a certificate, and there may be no more',
    status: 403,
    prepare: async (sigil) => {
      const { token, sponsors } = await noMore(sigil, 'blueprints/create')
      const body = { displayName: 'Clerk', ...sponsors, keyCredentials: [await keyCredential()] }
      return { path: collection, body: { '@odata.type': `#${blueprintType}`, ...body }, token }
    },
  },
  ...lists('applications/list', collection),
  {
    operation: 'applications/list',
    name: 'one by appId',
    status: 200,
    prepare: async (sigil) => ({ path: at(`?$filter=appId eq '${(await company(sigil)).api.appId}'`) }),
  },
  {
    operation: 'applications/list',
    name: 'an alternate key for an id, which is none',
    status: 200,
    prepare: async (sigil) => ({ path: at(`?$filter=id eq 'uniqueName=${(await named(sigil)).uniqueName}'`) }),
  },
  {
    operation: 'applications/read',
    name: 'by id',
    status: 200,
    prepare: async (sigil) => ({ path: at(`/${(await company(sigil)).api.id}`) }),
  },
  {
    operation: 'applications/read',
    name: 'by unique name',
    status: 200,
    prepare: async (sigil) => ({ path: at(`(uniqueName='${(await named(sigil)).uniqueName}')`) }),
  },
  ...byEachKey('applications/read', 200, application, at),
  ...changes('applications/update', application, at),
  {
    operation: 'applications/update',
    name: 'by unique name',
    status: 204,
    prepare: async (sigil) => ({
      path: at(`(uniqueName='${(await named(sigil)).uniqueName}')`),
      body: { description: 'kept in good order' },
    }),
  },
  {
    operation: 'applications/update',
    name: 'a blueprint',
    status: 204,
    prepare: async (sigil) => ({ path: at(`/${(await blueprint(sigil)).id}`), body: { displayName: 'Clerk 2' } }),
  },
  {
    operation: 'applications/update',
    name: 'a blueprint, made by its type, since it is missing',
    status: 201,
    prepare: async (sigil) => ({
      path: at(`(uniqueName='${fresh('clerk')}')`),
      body: { '@odata.type': `#${blueprintType}`, displayName: 'Clerk', ...(await company(sigil)).sponsors },
      headers: createIfMissing,
    }),
  },
  ...deletions('applications/delete', application, at),
  {
    operation: 'applications/delete',
    name: 'by unique name',
    status: 204,
    prepare: async (sigil) => ({ path: at(`(uniqueName='${(await named(sigil)).uniqueName}')`) }),
  },
  {
    operation: 'applications/add-password',
    name: 'by id',
    status: 200,
    prepare: async (sigil) => ({ path: at(`/${(await application(sigil)).id}/addPassword`), body: {} }),
  },
  {
    operation: 'applications/add-password',
    name: 'by unique name',
    status: 200,
    prepare: async (sigil) => ({
      path: at(`(uniqueName='${(await named(sigil)).uniqueName}')/addPassword`),
      body: { passwordCredential: { displayName: 'second' } },
    }),
  },
  ...byEachKey(
    'applications/add-password',
    200,
    blueprint,
    (segment) => `${at(segment)}/addPassword`,
    () => ({ body: {} }),
  ),
  {
    operation: 'applications/remove-password',
    name: 'by id',
    status: 204,
    prepare: async (sigil) => {
      const made = await application(sigil)
      const { keyId } = await password(sigil, made)
      return { path: at(`/${made.id}/removePassword`), body: { keyId } }
    },
  },
  {
    operation: 'applications/remove-password',
    name: 'by appId',
    status: 204,
    prepare: async (sigil) => {
      const made = await blueprint(sigil)
      const { keyId } = await password(sigil, made)
      return { path: at(`(appId='${made.appId}')/removePassword`), body: { keyId } }
    },
  },
  {
    operation: 'applications/remove-password',
    name: 'by unique name, no such secret',
    status: 400,
    prepare: async (sigil) => ({
      path: at(`(uniqueName='${(await named(sigil)).uniqueName}')/removePassword`),
      body: { keyId: missing.id },
    }),
  },
]

export const blueprintScenarios: Scenario[] = [
  {
    operation: 'blueprints/create',
    name: 'with a sponsor',
    status: 201,
    prepare: async (sigil) => ({
      path: blueprints,
      body: { displayName: 'Clerk', ...(await company(sigil)).sponsors },
    }),
  },
  {
    operation: 'blueprints/create',
    name: 'with sponsors, owners, a unique name, roles and URIs',
    status: 201,
    prepare: async (sigil) => ({
      path: blueprints,
      body: {
        displayName: 'Clerk',
        uniqueName: fresh('clerk'),
        identifierUris: [uri()],
        appRoles: [role()],
        'sponsors@odata.bind': bind(await person(sigil), await person(sigil)),
        'owners@odata.bind': bind(await person(sigil)),
      },
    }),
  },
  {
    operation: 'blueprints/create',
    name: 'a sponsor who is nobody',
    status: 400,
    prepare: () => ({
      path: blueprints,
      body: { displayName: 'Clerk', 'sponsors@odata.bind': bind({ id: missing.id, appId: '' }) },
    }),
  },
  {
    operation: 'blueprints/create',
    name: 'a unique name that is taken',
    status: 409,
    prepare: async (sigil) => {
      const { uniqueName } = await named(sigil)
      return { path: blueprints, body: { displayName: 'Clerk', uniqueName, ...(await company(sigil)).sponsors } }
    },
  },
  {
    operation: 'blueprints/create',
    name: 'and there may be no more',
    status: 403,
    prepare: async (sigil) => {
      const { token, sponsors } = await noMore(sigil, 'blueprints/create')
      return { path: blueprints, body: { displayName: 'Clerk', ...sponsors }, token }
    },
  },
  ...lists('blueprints/list', blueprints),
  {
    operation: 'blueprints/list',
    name: 'one by appId',
    status: 200,
    prepare: async (sigil) => ({ path: `${blueprints}?$filter=appId eq '${(await company(sigil)).blueprint.appId}'` }),
  },
  {
    operation: 'blueprints/read',
    name: 'by id',
    status: 200,
    prepare: async (sigil) => ({ path: blueprintAt(`/${(await company(sigil)).blueprint.id}`) }),
  },
  {
    operation: 'blueprints/read',
    name: 'an ordinary application',
    status: 404,
    prepare: async (sigil) => ({ path: blueprintAt(`/${(await company(sigil)).api.id}`) }),
  },
  ...byEachKey('blueprints/read', 200, blueprint, blueprintAt),
  ...changes('blueprints/update', blueprint, blueprintAt),
  ...deletions('blueprints/delete', blueprint, blueprintAt),
]
