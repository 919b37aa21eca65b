import * as v from 'valibot'
import { authorize, mayRead } from '../auth/authorize.ts'
import type { DirectoryObject } from '../domain/directory-object.ts'
import type { FederatedCredential } from '../domain/federated-credential.ts'
import type { ManagementRequest } from '../http/management.ts'
import { parseKeySegment } from '../http/path.ts'
import type { QueryOption } from '../http/query.ts'
import { created, noContent, ok, type Response } from '../http/response.ts'
import { parse } from '../http/shape.ts'
import { checkFields } from '../odata/fields.ts'
import { parseFilter } from '../odata/filter.ts'
import { parseCount, parseSelect } from '../odata/options.ts'
import { Refusal } from '../refusal.ts'
import type { Change } from '../store/store.ts'
import { keys } from '../store/table.ts'
import { appIdOf } from './applications.ts'
import { commitCredentials, credentialsOf } from './credentials.ts'
import { nextLink, readPage } from './list.ts'
import { preference, requireMatch } from './objects.ts'
import { applicationTypes, find, notFound } from './read.ts'
import { refuseBetaOnly } from './read-only.ts'
import { isAsked } from './records.ts'
import { text } from './shape.ts'

/** Reference §10.1. */
const mostCredentials = 20

/** What is compared with a token's claims to the letter (reference §1.6): kept as it is sent, in no other Unicode form. */
const exact = v.pipe(
  v.string(),
  v.maxLength(600, 'must have at most 600 characters'),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  v.regex(/^[^\u0000-\u001f\u007f]*$/, 'must hold no control characters'),
  v.check((value) => value !== '' && value === value.trim(), 'must not be empty, nor begin or end with a space'),
)

const issuer = v.pipe(
  exact,
  v.regex(
    /^https:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/,
    'must be an https address without query and fragment, as tokens have it in iss',
  ),
)

const name = v.pipe(
  v.string(),
  v.maxLength(120, 'must have at most 120 characters'),
  v.regex(/^[A-Za-z0-9][\w.~-]*$/, 'must begin with a letter or digit and hold letters, digits and - . _ ~ alone'),
)

const settable = {
  issuer,
  subject: v.nullish(exact),
  claimsMatchingExpression: v.nullish(v.strictObject({ value: exact, languageVersion: v.picklist([1]) })),
  audiences: v.pipe(v.array(exact), v.length(1, 'must have exactly one member')),
  description: v.nullish(text(600)),
}

export const federatedCredentialCreate = v.strictObject({ name, ...settable, '@odata.type': v.optional(v.string()) })

export const federatedCredentialPatch = v.strictObject({
  ...v.partial(v.strictObject(settable)).entries,
  name: v.optional(name),
  '@odata.type': v.optional(v.string()),
})

type Create = v.InferOutput<typeof federatedCredentialCreate>
type Patch = v.InferOutput<typeof federatedCredentialPatch>

export const federatedCredentialOptions = [
  '$filter',
  '$select',
  '$top',
  '$skiptoken',
  '$count',
] as const satisfies readonly QueryOption[]

const betaOnly = ['claimsMatchingExpression']

/** `POST /applications/{id}/federatedIdentityCredentials`: good for the next token. */
export async function createFederatedCredential(request: ManagementRequest<Create>): Promise<Response> {
  return insert(request, await credentialsOf(request), request.body)
}

/** `GET /applications/{id}/federatedIdentityCredentials`, and its `$count`. */
export async function listFederatedCredentials(request: ManagementRequest<unknown>): Promise<Response> {
  const { query, world, path, event } = request
  const application = await readable(request)
  const filter = query.$filter === undefined ? undefined : parseFilter(query.$filter)
  if (filter) checkFields(filter, { id: ['eq'], issuer: ['eq'], name: ['eq'], subject: ['eq'] })
  const all = federatedOf(application)
    .filter((each) => !filter || isAsked(filter, each))
    .sort((one, other) => (one.id < other.id ? -1 : 1))
  if (/\/count$/.test(event.rawPath)) return { status: 200, text: String(all.length) }
  const isCounted = query.$count !== undefined && parseCount(query.$count)
  const page = await readPage<FederatedCredential>(request, `federated ${application.id}`, async (limit, from) => {
    const rest = all.filter(({ id }) => from === undefined || id > from.after)
    const items = rest.slice(0, limit)
    const positions = items.map(({ id }) => ({ partition: 0, after: id }))
    const next = positions.at(-1)
    return { items, positions, ...(rest.length > limit && next && { next }) }
  })
  return ok({
    '@odata.context': contextOf({ world, path }, application),
    ...(isCounted && { '@odata.count': all.length }),
    ...nextLink(request, page),
    value: page.items.map((each) => shown(request, each)),
  })
}

export async function readFederatedCredential(request: ManagementRequest<unknown>): Promise<Response> {
  const application = await readable(request)
  const found = named(application, request)
  if (!found) throw notFound(request.path.credentialId ?? '')
  return ok(entityOf(request, application, found))
}

/** `PATCH …/federatedIdentityCredentials/{id or name}`; by name and with `Prefer: create-if-missing` an upsert (reference §2.3). */
export async function updateFederatedCredential(request: ManagementRequest<Patch>): Promise<Response> {
  const { body, path } = request
  const before = await credentialsOf(request)
  const old = named(before, request)
  if (old) {
    // It is kept with its application, and so is its ETag.
    requireMatch(request, before)
    return change(request, before, old)
  }
  const { property, value } = parseKeySegment(path.credentialId ?? '')
  if (property !== 'name' || !preference(request, 'create-if-missing')) throw notFound(path.credentialId ?? '')
  if (body.name !== undefined && body.name !== value) throw fixedName(value)
  return insert(request, before, parse(federatedCredentialCreate, { ...body, name: value }))
}

/** `DELETE …/federatedIdentityCredentials/{id or name}`: no token is issued on it any more. */
export async function deleteFederatedCredential(request: ManagementRequest<unknown>): Promise<Response> {
  const before = await credentialsOf(request)
  const old = named(before, request)
  if (!old) throw notFound(request.path.credentialId ?? '')
  requireMatch(request, before)
  await commit(
    request,
    before,
    federatedOf(before).filter(({ id }) => id !== old.id),
  )
  return noContent()
}

async function insert(request: ManagementRequest<unknown>, before: DirectoryObject, body: Create): Promise<Response> {
  refuseBetaOnly(body, request.path.version, betaOnly)
  const credential: FederatedCredential = {
    id: request.world.newId(),
    name: body.name,
    issuer: body.issuer,
    subject: body.subject ?? null,
    claimsMatchingExpression: body.claimsMatchingExpression ?? null,
    audiences: body.audiences,
    description: body.description ?? null,
  }
  const others = federatedOf(before)
  checkOne(credential, others)
  if (others.length >= mostCredentials) {
    throw new Refusal(
      'Request_BadRequest',
      `an application may have at most ${mostCredentials} federated identity credentials; delete one first`,
    )
  }
  await commit(request, before, [...others, credential])
  return created(entityOf(request, before, credential))
}

async function change(
  request: ManagementRequest<Patch>,
  before: DirectoryObject,
  old: FederatedCredential,
): Promise<Response> {
  const { name: asked, '@odata.type': _type, ...patch } = request.body
  if (asked !== undefined && asked !== old.name) throw fixedName(old.name)
  refuseBetaOnly(patch, request.path.version, betaOnly)
  const given = Object.entries(patch).filter(([, value]) => value !== undefined)
  const after = { ...old, ...Object.fromEntries(given) } as FederatedCredential
  const others = federatedOf(before).filter(({ id }) => id !== old.id)
  checkOne(after, others)
  await commit(
    request,
    before,
    federatedOf(before).map((each) => (each.id === old.id ? after : each)),
  )
  return preference(request, 'return=representation')
    ? ok(entityOf(request, before, after), { 'preference-applied': 'return=representation' })
    : noContent()
}

/** By what a token is matched, and that no other of the application has the same name, or matches the same tokens. */
function checkOne(credential: FederatedCredential, others: readonly FederatedCredential[]): void {
  const { name: own, issuer: iss, subject, claimsMatchingExpression: expression } = credential
  if ((subject === null) === (expression === null)) {
    throw new Refusal(
      'Request_BadRequest',
      "property 'subject': exactly one of subject and (in beta) claimsMatchingExpression must be given",
    )
  }
  if (others.some((each) => each.name === own)) throw taken(`with the name '${own}'`)
  const same = others.some(
    (each) =>
      each.issuer === iss &&
      (subject === null ? each.claimsMatchingExpression?.value === expression?.value : each.subject === subject),
  )
  if (same) throw taken('with the same issuer and subject')
}

async function commit(
  request: ManagementRequest<unknown>,
  before: DirectoryObject,
  after: readonly FederatedCredential[],
): Promise<void> {
  const rows = federatedChanges(appIdOf(before), federatedOf(before), after)
  await commitCredentials(request, before, { federatedIdentityCredentials: after }, rows)
}

/** What the token path knows of an application's federated credentials, from what they were to what they are: a row for each issuer. */
function federatedChanges(
  appId: string,
  before: readonly FederatedCredential[],
  after: readonly FederatedCredential[],
): Change[] {
  const [old, current] = [byIssuer(before), byIssuer(after)]
  return [...new Set([...old.keys(), ...current.keys()])].flatMap((iss): Change[] => {
    const key = keys.federated(appId, iss)
    const credentials = current.get(iss)
    const was = old.get(iss)
    if (!credentials) return [{ action: 'delete', key, when: 'present' }]
    if (was && JSON.stringify(was) === JSON.stringify(credentials)) return []
    return [{ action: 'put', key, item: { issuer: iss, credentials }, when: was ? 'present' : 'absent' }]
  })
}

function byIssuer(credentials: readonly FederatedCredential[]): Map<string, Record<string, FederatedCredential>> {
  const groups = Map.groupBy(credentials, (each) => each.issuer)
  return new Map([...groups].map(([iss, each]) => [iss, Object.fromEntries(each.map((one) => [one.id, one]))]))
}

const federatedOf = ({ properties }: DirectoryObject): readonly FederatedCredential[] =>
  (properties.federatedIdentityCredentials ?? []) as FederatedCredential[]

/** The credential of a path, by its id or name. */
function named(application: DirectoryObject, { path }: ManagementRequest<unknown>): FederatedCredential | undefined {
  const { property, value } = parseKeySegment(path.credentialId ?? '')
  const all = federatedOf(application)
  const byId = property === undefined ? all.find(({ id }) => id === value.toLowerCase()) : undefined
  return byId ?? (property === undefined || property === 'name' ? all.find((each) => each.name === value) : undefined)
}

/** Whoever may change them may look at them. */
async function readable(request: ManagementRequest<unknown>): Promise<DirectoryObject> {
  const { caller, world, path } = request
  const application = await find(world.table, caller.tenantId, applicationTypes, path.id)
  await authorize(request, mayRead(caller, application) ? 'read' : 'credentials', application)
  return application
}

function shown({ path, query }: ManagementRequest<unknown>, credential: FederatedCredential): object {
  const { claimsMatchingExpression, ...rest } = credential
  const whole = path.version === 'beta' ? { ...rest, claimsMatchingExpression } : rest
  if (query.$select === undefined) return whole
  const names = parseSelect(query.$select)
  return Object.fromEntries(Object.entries(whole).filter(([name]) => names.includes(name) || names.includes('*')))
}

const contextOf = (
  { world, path }: Pick<ManagementRequest<unknown>, 'world' | 'path'>,
  { id }: DirectoryObject,
): string => `${world.origin}/${path.version}/$metadata#applications('${id}')/federatedIdentityCredentials`

const entityOf = (
  request: ManagementRequest<unknown>,
  application: DirectoryObject,
  credential: FederatedCredential,
) => ({
  '@odata.context': `${contextOf(request, application)}/$entity`,
  ...shown(request, credential),
})

const taken = (what: string): Refusal =>
  new Refusal(
    'Request_MultipleObjectsWithSameKeyValue',
    `the application has a federated identity credential ${what} already`,
  )

const fixedName = (name: string): Refusal =>
  new Refusal('Request_BadRequest', `property 'name': cannot be changed; it is '${name}' for good`)
