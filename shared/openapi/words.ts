import type { QueryOption } from '../http/query.ts'
import type { JsonSchema } from './json-schema.ts'

/** What the document says once for all operations: of their areas, and of the parts of a request. */

type Words = { description: string; schema?: JsonSchema }

/** The folders of `functions/`, in the order in which a reader meets them. */
export const areas: Record<string, string> = {
  token:
    'The token endpoint (RFC 6749): client credentials of applications and blueprints, and the two steps of an agent.',
  discovery: 'What clients read before they ask for a token or call the API.',
  blueprints: 'Agent identity blueprints: what agents are made from.',
  'blueprint-principals': 'What a blueprint is in a tenant; its agents are made under it.',
  'agent-identities': 'Agent identities.',
  applications: 'Applications of any type, and their secrets.',
  'federated-credentials': 'Tokens of other issuers that stand for an application or a blueprint.',
  'inheritable-permissions': "What agents inherit of what their blueprint's principal holds.",
  'service-principals': 'Service principals of any type.',
  'app-role-assignments': 'The app roles that a principal was given.',
  'app-role-assigned-to': 'Who was given the app roles of a resource.',
  'oauth2-permission-grants': 'Which scopes a client may use, on whose behalf.',
  'inherited-permissions': 'What an agent identity inherits.',
  'effective-permissions': 'What an agent identity may do.',
  'directory-roles': 'Directory roles, and who holds them.',
  'role-definitions': 'The same directory roles, as role management has them.',
  'role-assignments': 'Who was given which directory role, as role management has it.',
  users: 'People, and the users that agents act as.',
  'agent-users': 'The users that agents act as.',
  manager: 'Who manages a user.',
  'direct-reports': 'Whom a user manages.',
  groups: 'Groups, which may sponsor agents and hold people, agents and roles.',
  owners: 'Who owns an object.',
  sponsors: 'Who answers for an agent.',
  members: 'Who is in a group.',
  'member-of': 'Which groups an object is in.',
  'owned-objects': 'What a user or principal owns.',
  'created-objects': 'What a principal has made.',
  'directory-objects': 'Objects of any type.',
  me: 'The user on whose behalf a call is made.',
  organization: "The caller's tenant.",
  'deleted-items': 'What was deleted in the last 30 days: to be restored, or deleted for good.',
  dependents: 'What lives and ends with an object.',
  agents: 'Many agents at once: with all that they need in one commit, or by the thousand.',
  limits: 'How much the tenant may hold.',
  operations: 'Work that goes on after its request was answered.',
  batch: 'Many requests in one.',
}

export const pathParameters: Record<string, Words> = {
  version: { description: 'What there is under v1.0 is the same under beta.', schema: { enum: ['v1.0', 'beta'] } },
  tenant: { description: "The tenant's id or domain." },
  id: { description: "The object's id, or an alternate key of its type." },
  assignmentId: { description: "The assignment's id." },
  credentialId: { description: "The federated credential's id or name." },
  cast: { description: 'A type, such as microsoft.graph.agentIdentity: objects of that type alone.' },
  targetId: { description: 'The id of the other object.' },
  memberId: { description: "The member's id." },
  resourceAppId: { description: 'The appId of the resource.' },
}

export const queryOptions: Record<QueryOption, Words> = {
  $select: { description: 'The properties to answer with, separated by commas.' },
  $expand: { description: 'Relations to answer with, such as sponsors or owners($select=id;$top=5).' },
  $filter: { description: "Such as displayName eq 'Ada' or isof('microsoft.graph.agentIdentity')." },
  $search: {
    description: 'Words in names, such as "displayName:task". Needs ConsistencyLevel: eventual and $count=true.',
  },
  $orderby: { description: 'A property, with desc to turn the order around.' },
  $top: { description: 'At most so many on a page.', schema: { type: 'integer', minimum: 1, maximum: 999 } },
  $count: { description: 'Whether to count all of them, in @odata.count.', schema: { type: 'boolean' } },
  $skiptoken: { description: 'Where the next page begins: as it stands in @odata.nextLink.' },
}

export const headers: Record<string, { name: string; description: string }> = {
  consistencyLevel: {
    name: 'ConsistencyLevel',
    description: "'eventual', with $count=true: what $search and some filters need.",
  },
  idempotencyKey: {
    name: 'Idempotency-Key',
    description:
      'A key of this request alone, such as a GUID: sent again with it within 24 hours, the request is done once.',
  },
  ifMatch: { name: 'If-Match', description: "The object's ETag: if it has been changed since, nothing is (412)." },
  prefer: { name: 'Prefer', description: "'return=representation': answer with the object as it is then." },
}
