import { agentIdentityCreate } from '../directory/agent-identities.ts'
import { assignmentBody } from '../directory/app-role-assignments.ts'
import { applicationCreate, blueprintCreate } from '../directory/application-shape.ts'
import { keyCredentialShape } from '../directory/certificates.ts'
import { roleAssignmentBody } from '../directory/directory-role-assignments.ts'
import { federatedCredentialCreate } from '../directory/federated-credentials.ts'
import { groupCreate } from '../directory/groups.ts'
import { inheritableBody } from '../directory/inheritable-permissions.ts'
import { grantBody } from '../directory/oauth2-permission-grants.ts'
import { principalCreate } from '../directory/principals.ts'
import { agentUserCreate, userCreate } from '../directory/user-shape.ts'
import type { ObjectType } from '../domain/directory-object.ts'
import { filtered, type Kind } from '../odata/fields.data.ts'
import { type JsonSchema, jsonSchema } from './json-schema.ts'
import { instanceDiscovery, jsonWebKeySet, openIdConfiguration, tokenAnswer } from './oauth.ts'

type Properties = Record<string, JsonSchema>
type Shape = Parameters<typeof jsonSchema>[0]

const isNull = (schema: unknown): boolean => (schema as JsonSchema).type === 'null'
const nullable = (schema: JsonSchema): JsonSchema =>
  isNull(schema) || schema.anyOf?.some(isNull) ? schema : { anyOf: [schema, { type: 'null' }] }
const flag: JsonSchema = { type: 'boolean' }
const text: JsonSchema = { type: 'string' }
const texts: JsonSchema = { type: 'array', items: text }
const integer: JsonSchema = { type: 'integer' }
const id: JsonSchema = { type: 'string', format: 'uuid' }
const date: JsonSchema = { type: 'string', format: 'date-time' }
const list = (properties: Properties): JsonSchema => ({ type: 'array', items: object(properties) })
const object = (properties: Properties): JsonSchema => ({ type: 'object', properties, additionalProperties: true })

const byKind: Record<Exclude<Kind, 'related'>, JsonSchema> = { guid: id, text, flag, date, texts }

/** What may be asked for in a filter is there to be read. */
const filterable = (type: ObjectType): Properties =>
  Object.fromEntries(
    Object.entries(filtered[type]).flatMap(([name, kind]) =>
      kind === 'related' ? [] : [[name, name === 'id' ? id : nullable(byKind[kind])]],
    ),
  )

/** What was set is read back, or null where it was not. What a body alone has (`@odata.…`, passwords) is not. */
function settable(shape: Shape): Properties {
  const { properties = {} } = jsonSchema(shape)
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, schema]): [string, JsonSchema][] =>
      typeof schema === 'boolean' || name.includes('@odata.') || name === 'passwordProfile'
        ? []
        : [[name, withoutDefault(nullable(schema))]],
    ),
  )
}

function withoutDefault(schema: JsonSchema): JsonSchema {
  const { default: _default, ...rest } = schema
  return {
    ...rest,
    ...(rest.anyOf && { anyOf: rest.anyOf.map((each) => (typeof each === 'boolean' ? each : withoutDefault(each))) }),
  }
}

/** A directory object: what a caller may set of it, and what the service says of it. Further properties may be added. */
const directoryObject = (type: ObjectType, shape: Shape, more: Properties): JsonSchema => ({
  type: 'object',
  properties: {
    '@odata.context': text,
    '@odata.type': text,
    ...filterable(type),
    ...settable(shape),
    ...more,
  },
  additionalProperties: true,
})

const passwordCredential: Properties = {
  customKeyIdentifier: nullable(text),
  keyId: id,
  displayName: nullable(text),
  hint: nullable(text),
  startDateTime: date,
  endDateTime: date,
  secretText: nullable({ type: 'string', description: 'shown in the answer of addPassword alone' }),
}

const verifiedPublisher = object({
  displayName: nullable(text),
  verifiedPublisherId: nullable(text),
  addedDateTime: nullable(date),
})

const ofKeys: Properties = { keyId: id, key: { type: 'null' }, startDateTime: date, endDateTime: date }

const ofApplications: Properties = {
  certification: nullable(object({})),
  keyCredentials: list({ ...settable(keyCredentialShape), ...ofKeys }),
  passwordCredentials: list(passwordCredential),
  tokenEncryptionKeyId: nullable(id),
  verifiedPublisher,
}

const { info = {}, appRoles = {}, api = {} } = jsonSchema(applicationCreate).properties ?? {}

const ofPrincipals: Properties = {
  appDescription: nullable(text),
  appDisplayName: nullable(text),
  appRoles: appRoles as JsonSchema,
  info: info as JsonSchema,
  oauth2PermissionScopes: ((api as JsonSchema).properties?.oauth2PermissionScopes ?? {}) as JsonSchema,
  publisherName: nullable(text),
  verifiedPublisher,
}

/** Something that an agent holds on a resource. */
const held = (what: Properties): Properties => ({
  ...what,
  resourceId: id,
  resourceAppId: id,
  resourceDisplayName: text,
  sources: list({ kind: { enum: ['direct', 'inherited'] }, from: id }),
  reason: { type: 'string', description: 'why it does not count' },
})

const roleHeld: Properties = { roleDefinitionId: id, displayName: nullable(text), reason: text }

/** What stands alone in an answer, or in a list of its like. */
const record = (properties: Properties): JsonSchema => object({ '@odata.context': text, ...properties })

/** What Graph shows of an organization, and nobody here has said. */
const unknownOfTenants = [
  'assignedPlans',
  'businessPhones',
  'city',
  'country',
  'countryLetterCode',
  'defaultUsageLocation',
  'deletedDateTime',
  'marketingNotificationEmails',
  'onPremisesLastSyncDateTime',
  'onPremisesSyncEnabled',
  'partnerTenantType',
  'postalCode',
  'preferredLanguage',
  'privacyProfile',
  'provisionedPlans',
  'securityComplianceNotificationMails',
  'securityComplianceNotificationPhones',
  'state',
  'street',
  'technicalNotificationMails',
]

/** What operations answer with, by the names of Graph's types. */
export const entities = {
  application: directoryObject('application', applicationCreate, ofApplications),
  agentIdentityBlueprint: directoryObject('agentIdentityBlueprint', blueprintCreate, ofApplications),
  servicePrincipal: directoryObject('servicePrincipal', principalCreate, ofPrincipals),
  agentIdentityBlueprintPrincipal: directoryObject('agentIdentityBlueprintPrincipal', principalCreate, ofPrincipals),
  agentIdentity: directoryObject('agentIdentity', agentIdentityCreate, {}),
  user: directoryObject('user', userCreate, {}),
  group: directoryObject('group', groupCreate, {}),
  agentUser: directoryObject('agentUser', agentUserCreate, {}),
  appRoleAssignment: {
    type: 'object',
    properties: {
      '@odata.context': text,
      ...settable(assignmentBody),
      id: text,
      createdDateTime: date,
      deletedDateTime: { type: 'null' },
      principalType: { enum: ['User', 'Group', 'ServicePrincipal'] },
      principalDisplayName: text,
      resourceDisplayName: text,
    },
    additionalProperties: true,
  },
  passwordCredential: {
    type: 'object',
    properties: { '@odata.context': text, ...passwordCredential },
    additionalProperties: true,
  },
  keyCredential: record({ ...settable(keyCredentialShape), ...ofKeys }),
  federatedIdentityCredential: record({ ...settable(federatedCredentialCreate), id }),
  inheritablePermission: record(settable(inheritableBody)),
  oAuth2PermissionGrant: record({ ...settable(grantBody), id: text }),
  effectivePermissions: object({
    '@odata.context': text,
    appRoles: list(held({ appRoleId: id, value: nullable(text) })),
    delegatedScopes: list(held({ scope: text, principalId: nullable(id) })),
    directoryRoles: list(roleHeld),
    blocked: list(held({ appRoleId: id, value: nullable(text), scope: text, principalId: nullable(id), ...roleHeld })),
    '@sigil.truncated': { type: 'boolean', description: 'of grants by single users there are more than are shown' },
  }),
  directoryRole: record({
    id,
    deletedDateTime: { type: 'null' },
    description: nullable(text),
    displayName: text,
    roleTemplateId: id,
  }),
  unifiedRoleDefinition: record({
    id,
    description: nullable(text),
    displayName: text,
    isBuiltIn: flag,
    isEnabled: flag,
    resourceScopes: texts,
    templateId: id,
    version: nullable(text),
  }),
  unifiedRoleAssignment: record({ ...settable(roleAssignmentBody), id: text, createdDateTime: date }),
  flag: object({ '@odata.context': text, value: flag }),
  reference: object({ '@odata.context': text, '@odata.id': { type: 'string', format: 'uri' } }),
  organization: object({
    '@odata.context': text,
    ...Object.fromEntries(unknownOfTenants.map((name) => [name, {}])),
    id,
    displayName: text,
    createdDateTime: date,
    tenantType: text,
    verifiedDomains: list({ capabilities: text, isDefault: flag, isInitial: flag, name: text, type: text }),
  }),
  longOperation: object({
    '@odata.context': text,
    id: text,
    kind: { enum: ['delete', 'restore', 'purge'] },
    root: object({ id, type: text, displayName: text, appId: id }),
    status: { enum: ['running', 'succeeded'] },
    createdDateTime: date,
    lastActionDateTime: date,
    done: { type: 'integer', description: 'how many dependents have been dealt with' },
  }),
  provisioned: object({
    '@odata.context': text,
    agents: {
      type: 'array',
      items: directoryObject('agentIdentity', agentIdentityCreate, {
        agentUser: directoryObject('agentUser', agentUserCreate, {}),
        appRoleAssignments: list({
          ...settable(assignmentBody),
          id: text,
          createdDateTime: date,
          deletedDateTime: { type: 'null' },
          principalType: text,
          principalDisplayName: text,
          resourceDisplayName: text,
        }),
        oauth2PermissionGrants: list({ ...settable(grantBody), id: text }),
      }),
    },
  }),
  bulkAnswer: object({
    '@odata.context': text,
    results: list({
      index: integer,
      status: { type: 'integer', description: 'as a request for this one alone would be answered' },
      id,
      error: object({ code: text, message: text }),
    }),
  }),
  limit: object({ name: text, limit: integer, live: integer, all: integer }),
  batchAnswer: object({
    responses: list({ id: text, status: integer, headers: object({}), body: {} }),
  }),
  tokenAnswer,
  openIdConfiguration,
  jsonWebKeySet,
  instanceDiscovery,
  openApiDocument: object({ openapi: text, info: object({}), paths: object({}) }),
} satisfies Record<string, JsonSchema>
