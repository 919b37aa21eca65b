import * as v from 'valibot'
import { parseGuid } from '../domain/guid.ts'

/** Building blocks of the shapes of directory objects. Limits are those of reference §10.1. */

/** A GUID, made canonical. */
export const guid = v.pipe(
  v.string(),
  v.transform((text) => parseGuid(text) ?? ''),
  v.check((text) => text !== '', 'must be a GUID'),
)

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const noControls = v.regex(/^[^\u0000-\u001f\u007f]*$/, 'must hold no control characters')

/** Text of at most so many characters, in one Unicode form (NFC), so that what looks the same is the same. */
export const text = (longest: number) =>
  v.pipe(
    v.string(),
    v.transform((value) => value.normalize('NFC')),
    v.maxLength(longest, `must have at most ${longest} characters`),
    noControls,
    v.check((value) => value.isWellFormed(), 'must be well-formed Unicode'),
  )

/** The same, not empty. */
export const name = (longest: number) =>
  v.pipe(
    text(longest),
    v.check((value) => value.trim() !== '', 'must not be empty'),
  )

export const displayName = name(256)
export const description = v.nullable(text(1024))
export const tags = v.pipe(v.array(text(256)), v.maxLength(100, 'must have at most 100 members'))
const url = v.nullable(v.pipe(text(2048), v.regex(/^https?:\/\/[^\s]+$/i, 'must be an http or https address')))

/** OData dates and times: RFC 3339, kept as UTC. */
export const dateTime = v.pipe(
  v.string(),
  v.regex(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d)$/,
    'must be a date and time such as 2030-01-31T00:00:00Z',
  ),
  v.check((value) => !Number.isNaN(Date.parse(value)), 'must be a date and time that exists'),
  v.transform((value) => new Date(value).toISOString()),
)

export const informationalUrl = v.partial(
  v.strictObject({
    logoUrl: url,
    marketingUrl: url,
    privacyStatementUrl: url,
    supportUrl: url,
    termsOfServiceUrl: url,
  }),
)

/** Members that no two may share, by what `of` takes from each. */
export const distinct = <Item>(of: (item: Item) => unknown, what: string) =>
  v.check<Item[], string>(
    (items) => new Set(items.map(of)).size === items.length,
    `${what} must differ from each other`,
  )

/**
 * A reference to another object (`sponsors@odata.bind`, `@odata.id`): a Graph address of any host and version, of which
 * only the last two segments count. It is never fetched. Gives the collection and the id.
 */
const reference = v.pipe(
  v.string(),
  v.maxLength(1024, 'must have at most 1024 characters'),
  v.transform(parseReference),
  v.check((value) => value !== undefined, 'must be an address such as https://{host}/v1.0/users/{id}'),
  v.transform((value) => value as Reference),
)

export type Reference = { collection: 'users' | 'groups' | 'servicePrincipals' | 'directoryObjects'; id: string }

function parseReference(value: string): Reference | undefined {
  const match =
    /^(?:https:\/\/[^/?#\s]+\/(?:v1\.0|beta)\/|\/)?(users|groups|servicePrincipals|directoryObjects)(?:\/([^/?#()]+)|\('([^/?#()']+)'\))$/i.exec(
      value,
    )
  const id = parseGuid(match?.[2] ?? match?.[3])
  const collection = ['users', 'groups', 'servicePrincipals', 'directoryObjects'].find(
    (each) => each.toLowerCase() === match?.[1]?.toLowerCase(),
  )
  return id && collection ? { collection: collection as Reference['collection'], id } : undefined
}

export const references = v.pipe(v.array(reference), v.maxLength(100, 'must have at most 100 members'))

/** How `$ref` names an object in a body: `{"@odata.id": "https://{host}/v1.0/directoryObjects/{id}"}` (OData JSON §13). */
export const referenceBody = v.strictObject({
  '@odata.id': reference,
  '@odata.type': v.optional(v.string()),
  '@odata.context': v.optional(v.string()),
})
