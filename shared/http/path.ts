/*
 * One spelling for every path. Clients write the same address in many ways (letter case, two places for a cast, alternate
 * keys in parentheses); routes know one. This file runs twice, at the CDN's edge and in the local service, so it imports
 * nothing and keeps to the little JavaScript that the edge's runtime has: no for-of, destructuring or spread.
 */

/** Behind these comes a key: entity sets, and navigation properties with many values. */
const collections = words(
  'applications servicePrincipals users groups oauth2PermissionGrants directoryObjects deletedItems directoryRoles ' +
    'appRoleAssignments appRoleAssignedTo federatedIdentityCredentials inheritablePermissions appManagementPolicies ' +
    'owners sponsors members directReports memberOf transitiveMembers transitiveMemberOf ownedObjects createdObjects appliesTo ' +
    'inheritedAppRoleAssignments inheritedOauth2PermissionGrants agentSignInSessions licenseDetails ' +
    'riskyAgents agentRiskDetections history agentInstances agentCardManifests agentCollections collections ' +
    'agentRegistrations signIns directoryAudits conditionalAccess/policies namedLocations roleAssignments roleDefinitions ' +
    'lifecyclePolicies assignmentRequests attributeSets customSecurityAttributeDefinitions domains organization sigil/operations sigil/agents dependents',
)

/** Behind these comes another name, or nothing: singletons, navigation properties with one value, actions. */
const names = words(
  'me directory identity conditionalAccess identityProtection identityGovernance entitlementManagement agentRegistry ' +
    'auditLogs policies roleManagement copilot addPassword removePassword addKey removeKey setVerifiedPublisher ' +
    'unsetVerifiedPublisher restore manager attest evaluate revoke assignLicense revokeSignInSessions agentCardManifest ' +
    'defaultAppManagementPolicy getMemberGroups checkMemberGroups getMemberObjects checkMemberObjects effectivePermissions sigil limits',
)

/** Actions on a whole collection: a name where otherwise a key stands. */
const collectionActions = words(
  'riskyAgents/confirmCompromised riskyAgents/confirmSafe riskyAgents/dismiss agentRiskDetections/submit ' +
    'directoryObjects/getByIds agents/bulkCreate agents/bulkUpdate agents/bulkDelete',
)

const types = words(
  'agentIdentityBlueprint agentIdentityBlueprintPrincipal agentIdentity agentUser application servicePrincipal user group',
)

/** The entity sets whose casts have one place, with their own type, which a cast need not name, and those derived from it. */
const castable = words('applications servicePrincipals users groups')
const ownType = words('applications/application servicePrincipals/servicePrincipal users/user groups/group')
const derivedType = words(
  'applications/agentIdentityBlueprint servicePrincipals/agentIdentityBlueprintPrincipal servicePrincipals/agentIdentity ' +
    'users/agentUser',
)

const alternateKeys = words('appId uniqueName name userPrincipalName roleTemplateId')

const versions = words('v1.0 beta')

const oauthWords = words(
  'oauth2 v2.0 token authorize logout devicecode discovery keys instance .well-known openid-configuration',
)

/**
 * Empty and dot segments, and what some reader might decode into them or into a slash: API Gateway decodes a path before it
 * looks for its route. Such a path is nobody's route, and becomes one that is nobody's to every reader.
 */
const unsafe = /^[^/]|^$|\/\/|\\|%2f|%5c|\/(\.|%2e)+(\/|$)/i

const unroutable = '/unroutable'

/**
 * The path (percent-encoded, without the query) as routes have it. Total and idempotent; what it does not understand it
 * returns as it came, and then no route matches or no object answers. Ids, values and tenants are never changed.
 */
export function canonicalPath(path: string): string {
  if (unsafe.test(path)) return unroutable
  const segments = path.slice(1).split('/')
  // A trailing slash names the same thing to every reader; a second one would be an empty segment.
  if (segments[segments.length - 1] === '') segments.pop()
  const version = find(versions, segments[0])
  const canonical = version ? managementPath(version, segments) : oauthPath(segments)
  return canonical ? `/${canonical.join('/')}` : path
}

/** A path parameter, decoded: an alternate key (`appId=…`), or without a property the object's own id. */
export function parseKeySegment(segment: string): { property: string | undefined; value: string } {
  const equals = segment.indexOf('=')
  const property = equals > 0 ? segment.slice(0, equals) : undefined
  if (property === undefined || find(alternateKeys, property) !== property)
    return { property: undefined, value: segment }
  return { property, value: segment.slice(equals + 1) }
}

/** `/{tenant}/oauth2/v2.0/token` and the like: no ids behind the tenant, so every word that is known is spelled. */
function oauthPath(segments: string[]): string[] | undefined {
  if (!find(oauthWords, segments[1])) return undefined
  const canonical = segments.map((segment, i) => (i > 0 && find(oauthWords, segment)) || segment)
  // The one address that is no tenant's: here `common` is a word.
  if (/^common\/discovery\/instance$/i.test(canonical.join('/'))) canonical[0] = 'common'
  return canonical
}

/**
 * `/v1.0/…` and `/beta/…`: names and keys take turns, and only names are spelled (OData URL conventions §4). Undefined: not
 * to be understood.
 */
function managementPath(version: string, segments: string[]): string[] | undefined {
  const canonical = [version]
  let behind: 'name' | 'collection' | 'key' = 'name'
  /** The cast of the entity set at the root. */
  let cast: string | undefined

  for (let i = 1; i < segments.length; i++) {
    const segment = systemWord(segments[i]) || (segments[i] as string)
    const parent = canonical[canonical.length - 1] as string
    const type = castType(segment)

    if (type && behind !== 'name' && canonical.length <= 3 && find(castable, canonical[1])) {
      // Behind the set or behind the key of one object means the same, but not two types at once, nor one of another set.
      if (!find(ownType, `${canonical[1]}/${type}`)) {
        if (!find(derivedType, `${canonical[1]}/${type}`) || (cast && cast !== type)) return undefined
        cast = type
      }
    } else if (type) {
      canonical.push(`microsoft.graph.${type}`)
    } else if (behind === 'collection') {
      canonical.push(find(collectionActions, `${parent}/${segment}`) || segment)
      behind = 'key'
    } else {
      const keyed = keyExpression(segment)
      const name = keyed ? keyed.name : segment.replace(/^(microsoft\.)?graph\./i, '')
      const collection = find(collections, `${parent}/${name}`) || find(collections, name)
      if (keyed) {
        // A key that would read as something else without its parentheses is none.
        if (!collection || castType(keyed.key) || systemWord(keyed.key)) return undefined
        if (find(collectionActions, `${collection}/${keyed.key}`)) return undefined
        canonical.push(collection, keyed.key)
        behind = 'key'
      } else {
        canonical.push(collection || find(names, name) || segment)
        behind = collection ? 'collection' : 'name'
      }
    }
  }

  // Before a further segment the cast says nothing that the object does not know.
  if (cast && canonical.length <= 3) canonical.splice(2, 0, `microsoft.graph.${cast}`)
  return canonical
}

/** `applications(appId='…')` or `applications('…')` (OData ABNF §3, keyPredicate), one key only; also percent-encoded. */
function keyExpression(segment: string): { name: string; key: string } | undefined {
  const text = segment.replace(/%27/g, "'").replace(/%28/g, '(').replace(/%29/g, ')')
  const open = text.indexOf('(')
  const match = open > 0 && text.slice(-1) === ')' ? /^(?:(\w+)=)?'([\s\S]+)'$/.exec(text.slice(open + 1, -1)) : null
  if (!match) return undefined
  // A quote within a string is written twice. A single one ends it, so what follows is an operator or a second key.
  const parts = (match[2] as string).split("''")
  if (parts.join('').indexOf("'") >= 0) return undefined
  const value = parts.join('%27')
  const name = text.slice(0, open)
  if (match[1] && match[1].toLowerCase() !== 'id') {
    const property = find(alternateKeys, match[1])
    return property ? { name, key: `${property}=${value}` } : undefined
  }
  return unsafe.test(`/${value}`) || /=|%3d/i.test(value) ? undefined : { name, key: value }
}

/** `microsoft.graph.X`, `Microsoft.Graph.x` or `graph.X`, as the type is spelled. */
function castType(segment: string): string | undefined {
  const match = /^(?:microsoft\.)?graph\.([a-z]+)$/i.exec(segment)
  return match ? find(types, match[1]) : undefined
}

/** `$ref` and its like; a gateway's route cannot hold a dollar sign. */
function systemWord(segment: string | undefined): string | undefined {
  const match = /^(?:\$|%24)(ref|count|batch|value)$/i.exec(segment || '')
  return match ? (match[1] as string).toLowerCase() : undefined
}

/** Words by their lower-case form; of `parent/word` the word. Without a prototype: paths hold `constructor` too. */
function words(list: string): { [lowerCase: string]: string } {
  const table: { [lowerCase: string]: string } = Object.create(null)
  list.split(' ').forEach((word) => {
    table[word.toLowerCase()] = word.slice(word.lastIndexOf('/') + 1)
  })
  return table
}

/** A word as it is spelled. ASCII alone: lower case turns the Kelvin sign into a `k`. */
function find(table: { [lowerCase: string]: string }, word: string | undefined): string | undefined {
  return word !== undefined && /^[\w./-]+$/.test(word) ? table[word.toLowerCase()] : undefined
}
