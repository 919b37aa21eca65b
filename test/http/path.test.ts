import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalPath, parseKeySegment } from '../../shared/http/path.ts'
import { routes } from '../../shared/routes.ts'

const file = fileURLToPath(new URL('../../shared/http/path.ts', import.meta.url))
const id = '1F6b3a52-0000-4000-8000-00000000000A'
const other = '2F6b3a52-0000-4000-8000-00000000000B'
const blueprint = 'microsoft.graph.agentIdentityBlueprint'
const agent = 'microsoft.graph.agentIdentity'

// "Paths are case-insensitive (/serviceprincipals/, /servicePrincipals/)" (reference §2.1).
test.each([
  ['/v1.0/serviceprincipals', '/v1.0/servicePrincipals'],
  ['/V1.0/SERVICEPRINCIPALS', '/v1.0/servicePrincipals'],
  ['/BETA/Users', '/beta/users'],
  [`/beta/applications/${id}/ADDPASSWORD`, `/beta/applications/${id}/addPassword`],
  [
    `/v1.0/serviceprincipals/${id}/approleassignedto/${other}`,
    `/v1.0/servicePrincipals/${id}/appRoleAssignedTo/${other}`,
  ],
  [`/v1.0/directory/DeletedItems/${id}/Restore`, `/v1.0/directory/deletedItems/${id}/restore`],
  [
    '/beta/identityprotection/riskyagents/confirmcompromised',
    '/beta/identityProtection/riskyAgents/confirmCompromised',
  ],
  ['/beta/identity/conditionalaccess/Policies/P1', '/beta/identity/conditionalAccess/policies/P1'],
  ['/beta/Policies/appmanagementpolicies/P1', '/beta/policies/appManagementPolicies/P1'],
  ['/beta/me/inheritedoauth2permissiongrants', '/beta/me/inheritedOauth2PermissionGrants'],
  [`/v1.0/applications/${id}/microsoft.graph.addpassword`, `/v1.0/applications/${id}/addPassword`],
])('letter case: %s', (given, canonical) => {
  expect(canonicalPath(given)).toBe(canonical)
})

// An id is the directory's, a value its owner's: neither is ours to spell, even when it looks like a word.
test.each([
  `/v1.0/users/Ada.Lovelace@Example.org`,
  `/v1.0/users/USERS`,
  `/v1.0/applications/${id}/federatedIdentityCredentials/Owners`,
  `/v1.0/applications/${id}/owners/AddPassword`,
  '/v1.0/applications/uniqueName=BETA',
  '/v1.0/applications/constructor/__proto__',
  '/v1.0/constructor/toString',
])('kept as it is: %s', (path) => {
  expect(canonicalPath(path)).toBe(path)
})

// "Cast position: both … (and the rest of the path after either). Same for /servicePrincipals and /users" (reference §2.1).
test.each([
  ['/v1.0/applications/graph.agentidentityblueprint', `/v1.0/applications/${blueprint}`],
  ['/v1.0/applications/Microsoft.Graph.AgentIdentityBlueprint', `/v1.0/applications/${blueprint}`],
  [`/v1.0/applications/${id}/${blueprint}`, `/v1.0/applications/${blueprint}/${id}`],
  [`/v1.0/applications/${blueprint}/${id}`, `/v1.0/applications/${blueprint}/${id}`],
  [`/v1.0/applications/${id}/${blueprint}/addPassword`, `/v1.0/applications/${id}/addPassword`],
  [`/v1.0/applications/${blueprint}/${id}/addPassword`, `/v1.0/applications/${id}/addPassword`],
  [`/v1.0/applications/${blueprint}/${id}/owners/$ref`, `/v1.0/applications/${id}/owners/ref`],
  [`/v1.0/servicePrincipals/${id}/graph.AgentIdentity/`, `/v1.0/servicePrincipals/${agent}/${id}`],
  [`/v1.0/servicePrincipals/${agent}/$count`, `/v1.0/servicePrincipals/${agent}/count`],
  [`/v1.0/users/${id}/graph.agentUser`, `/v1.0/users/microsoft.graph.agentUser/${id}`],
  [`/v1.0/applications(appId='${id}')/${blueprint}`, `/v1.0/applications/${blueprint}/appId=${id}`],
])('a cast has one place: %s', (given, canonical) => {
  expect(canonicalPath(given)).toBe(canonical)
})

test.each([
  [
    'to the type that the set has anyway',
    `/v1.0/applications/microsoft.graph.application/${id}`,
    `/v1.0/applications/${id}`,
  ],
  ['to it, behind the id', `/v1.0/users/${id}/graph.user`, `/v1.0/users/${id}`],
  ['to it, of the whole set', '/v1.0/servicePrincipals/graph.ServicePrincipal', '/v1.0/servicePrincipals'],
  [
    'below the deleted items',
    '/v1.0/directory/deleteditems/graph.application',
    '/v1.0/directory/deletedItems/microsoft.graph.application',
  ],
  [
    'of what navigation gives',
    `/v1.0/servicePrincipals/${id}/Owners/graph.user`,
    `/v1.0/servicePrincipals/${id}/owners/microsoft.graph.user`,
  ],
  ['twice the same', `/v1.0/applications/${blueprint}/${id}/${blueprint}`, `/v1.0/applications/${blueprint}/${id}`],
  [
    'to two types at once',
    `/v1.0/servicePrincipals/${agent}/${id}/${agent}BlueprintPrincipal`,
    `/v1.0/servicePrincipals/${agent}/${id}/${agent}BlueprintPrincipal`,
  ],
  ['to a type of another set', `/v1.0/Users/${agent}/${id}/manager`, `/v1.0/Users/${agent}/${id}/manager`],
  ['to a type that is none', '/v1.0/applications/microsoft.graph.device', '/v1.0/applications/microsoft.graph.device'],
])('a cast %s', (_, given, canonical) => {
  expect(canonicalPath(given)).toBe(canonical)
})

// OData URL conventions §4.3.1 and §4.3.2 (canonical and alternate keys); ABNF: a quote within a string is doubled.
test.each([
  ["/v1.0/applications(appId='A-b')", '/v1.0/applications/appId=A-b'],
  ["/v1.0/Applications(AppId='A-b')/Owners", '/v1.0/applications/appId=A-b/owners'],
  ['/v1.0/applications%28appId=%27A-b%27%29', '/v1.0/applications/appId=A-b'],
  ["/v1.0/applications(uniqueName='O''Brien%20(x)')", '/v1.0/applications/uniqueName=O%27Brien%20(x)'],
  ["/v1.0/applications(uniqueName='a%27%27b')", '/v1.0/applications/uniqueName=a%27b'],
  ["/v1.0/users('Ada@x.org')", '/v1.0/users/Ada@x.org'],
  ["/v1.0/users(id='A')", '/v1.0/users/A'],
  [
    `/v1.0/applications(appId='A')/federatedidentitycredentials(name='B')`,
    '/v1.0/applications/appId=A/federatedIdentityCredentials/name=B',
  ],
  ["/v1.0/servicePrincipals('A')/owners('B')/$ref", '/v1.0/servicePrincipals/A/owners/B/ref'],
])('a key in parentheses: %s', (given, canonical) => {
  expect(canonicalPath(given)).toBe(canonical)
})

// HT-06: what is no single key names no object, and never more than the one.
test.each([
  "/v1.0/applications(appId='a' or '1'='1')",
  "/v1.0/applications(appId='a',uniqueName='b')",
  "/v1.0/applications(appId='a''')b')",
  "/v1.0/applications(appId='')",
  '/v1.0/applications(appId=a)',
  "/v1.0/applications(displayName='a')",
  '/v1.0/applications()',
  "/v1.0/applications('appId=a')",
  "/v1.0/applications('appId%3Da')",
  "/v1.0/applications('$count')",
  `/v1.0/applications('${blueprint}')`,
  "/beta/identityProtection/riskyAgents('dismiss')",
  "/v1.0/directory('x')/deletedItems",
  "/v1.0/applications('..')/addPassword",
  "/v1.0/applications('%2e%2e')",
])('no key: %s', (path) => {
  expect(canonicalPath(path)).toBe(path)
  expect(matching(path)).toEqual([])
})

test.each([
  [`/v1.0/applications/${id}/owners/$ref`, `/v1.0/applications/${id}/owners/ref`],
  [`/v1.0/applications/${id}/owners/${other}/%24ref`, `/v1.0/applications/${id}/owners/${other}/ref`],
  [`/v1.0/users/${id}/manager/$REF`, `/v1.0/users/${id}/manager/ref`],
  ['/v1.0/users/$count', '/v1.0/users/count'],
  ['/v1.0/$batch', '/v1.0/batch'],
])('a gateway route holds no dollar sign: %s', (given, canonical) => {
  expect(canonicalPath(given)).toBe(canonical)
})

test.each([
  ['/Contoso.org/OAuth2/V2.0/Token', '/Contoso.org/oauth2/v2.0/token'],
  ['/Contoso.org/oauth2/v2.0/token/', '/Contoso.org/oauth2/v2.0/token'],
  [`/${id}/V2.0/.Well-Known/OpenID-Configuration`, `/${id}/v2.0/.well-known/openid-configuration`],
  [`/${id}/.well-known/openid-configuration`, `/${id}/.well-known/openid-configuration`],
  ['/token/Discovery/Keys', '/token/discovery/keys'],
  ['/Common/Discovery/Instance', '/common/discovery/instance'],
  ['/Common/oauth2/v2.0/token', '/Common/oauth2/v2.0/token'],
])('OAuth: %s, and the tenant stays', (given, canonical) => {
  expect(canonicalPath(given)).toBe(canonical)
})

// HT-06: what two readers could read as two paths is left alone, and no route takes it for another.
test.each([
  '/v1.0//applications',
  '/v1.0/applications//',
  '//v1.0/applications',
  `/v1.0/Users/../applications`,
  '/v1.0/./Users',
  '/v1.0/Users/%2e%2e/applications',
  '/v1.0/Users/%2E./x',
  '/v1.0/Users%2fx',
  '/v1.0/Users%5Cx',
  '/v1.0/Users\\x',
  '/t/oauth2//v2.0/Token',
  '/t/OAuth2/../Token',
  '',
  'v1.0/Users',
  '*',
  '/t/OAuth2%2Fv2.0/token',
])('unsafe, and so nobody’s: %s', (path) => {
  expect(canonicalPath(path)).toBe('/unroutable')
})

test.each([
  ['a matrix parameter', '/t/oauth2/v2.0/token;v=1'],
  ['one on a collection', '/v1.0/applications;v=1'],
  ['an encoded letter', '/v1.0/%61pplications'],
  ['a double encoding', '/t/oauth2/v2.0/token%252f'],
  ['the Kelvin sign', '/t/oauth2/v2.0/to\u212aen'],
])('%s makes no route', (_, path) => {
  expect(matching(canonicalPath(path))).toEqual([])
})

test('a value that is encoded twice is decoded by nobody here', () => {
  expect(canonicalPath("/v1.0/applications(uniqueName='%252e%252e%2527')")).toBe(
    '/v1.0/applications/uniqueName=%252e%252e%2527',
  )
})

test.each(Object.entries(routes).map(([name, { path }]) => [name, path]))('%s has its canonical path', (_, path) => {
  const concrete = path.replace('{version}', 'v1.0').replace(/\{\w+\}/g, id)
  expect(canonicalPath(concrete)).toBe(concrete)
  // A gateway's route cannot hold the dollar sign with which clients write these.
  const written = concrete.replace(/\/(ref|count|batch|value)$/, '/$$$1')
  if (concrete.startsWith('/v1.0/'))
    expect(canonicalPath(written.toUpperCase().replaceAll(id.toUpperCase(), id))).toBe(concrete)
})

describe('any string', () => {
  const piece = fc.constantFrom(
    ...[
      'v1.0',
      'Beta',
      'applications',
      'Users',
      'servicePrincipals',
      'directory',
      'deletedItems',
      'owners',
      'addPassword',
    ],
    ...[
      'graph.user',
      'microsoft.graph.agentIdentity',
      'graph.agentidentityblueprint',
      'graph.agentUser',
      'graph.application',
    ],
    ...[
      '$ref',
      '%24count',
      'ref',
      'riskyAgents',
      'dismiss',
      'Dismiss',
      'oauth2',
      'Token',
      'common',
      'discovery',
      'instance',
    ],
    ...["applications(appId='x')", "users('Y')", "owners('dismiss')", "riskyAgents('Dismiss')", "users('graph.user')"],
    ...[
      "applications('$ref')",
      "x(id='y')",
      "(appId='a' or '1'='1')",
      '%27',
      '%2',
      '27',
      "'",
      "''",
      '(',
      ')',
      '=',
      '..',
      '',
      id,
    ],
  )
  const path = fc.oneof(
    fc.array(piece, { maxLength: 7 }).map((pieces) => `/${pieces.join('/')}`),
    fc.array(piece, { maxLength: 5 }).map((pieces) => `/v1.0/${pieces.join('/')}`),
    fc.array(fc.oneof(piece, fc.constant('/')), { maxLength: 9 }).map((pieces) => `/beta/${pieces.join('')}`),
    fc.string({ unit: 'binary', maxLength: 40 }),
  )

  test('is taken, and its canonical form is its own', () => {
    fc.assert(
      fc.property(path, (given) => {
        const canonical = canonicalPath(given)
        expect(canonicalPath(canonical)).toBe(canonical)
      }),
      { numRuns: 5000 },
    )
  })

  test('of a megabyte is read once', () => {
    const long = ["/v1.0/users('", '/v1.0/', '/v1.0/a/', '/', 't/oauth2/', '/v1.0/graph.']
    const rest = ["''", "'", '(', '/users', '/%2e%2e', '/$ref', 'graph.', '%27', '/.', '.']
    const began = performance.now()
    for (const start of long) for (const part of rest) canonicalPath(start + part.repeat(1_000_000 / part.length))
    expect(performance.now() - began).toBeLessThan(10_000)
  })
})

test.each([
  ['appId=x', 'appId', 'x'],
  ['uniqueName=a=b', 'uniqueName', 'a=b'],
  ["name=o'brien", 'name', "o'brien"],
  ['x', undefined, 'x'],
  ['=x', undefined, '=x'],
  ['', undefined, ''],
  ['appid=x', undefined, 'appid=x'],
  ['displayName=x', undefined, 'displayName=x'],
  ['constructor=x', undefined, 'constructor=x'],
])('parseKeySegment(%j)', (segment, property, value) => {
  expect(parseKeySegment(segment)).toEqual({ property, value })
})

// The edge's function may have 10 KB and a runtime of ES 5.1 with a few later features.
test('fits the edge', () => {
  const { outputFiles } = buildSync({
    entryPoints: [file],
    bundle: true,
    minify: true,
    target: 'es2017',
    format: 'esm',
    write: false,
  })
  const code = outputFiles[0]?.text ?? ''
  expect(code.length).toBeLessThan(8 * 1024)
  expect(code).not.toMatch(/\bof\b.*\)\s*\{|\.\.\.|\?\?|\?\.|=\{[^}]*\}=|\(\?<|\bSet\b|\bMap\b/)
  expect(readFileSync(file, 'utf8')).not.toMatch(/^import/m)
})

/** The routes whose path this is, with any text in the place of a parameter. */
function matching(path: string): string[] {
  const isIt = (route: string) => {
    const pattern = route
      .split('/')
      .map((segment) => (segment.startsWith('{') ? '[^/]+' : segment.replaceAll('.', '\\.')))
    return new RegExp(`^${pattern.join('/')}$`).test(path)
  }
  return Object.values(routes).flatMap(({ path: own }) => (isIt(own) ? [own] : []))
}
