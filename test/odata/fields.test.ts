import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ObjectType, objectTypes } from '../../shared/domain/directory-object.ts'
import { checkFields, checkFilter, checkOrderBy, checkSearch, normalise } from '../../shared/odata/fields.ts'
import { parseFilter } from '../../shared/odata/filter.ts'
import { parseOrderBy, parseSearch } from '../../shared/odata/options.ts'
import { filter, refusalOf } from './arbitrary.ts'

const check = (text: string, types: readonly ObjectType[], eventual = false): string | undefined =>
  refusalOf(() => checkFilter(normalise(parseFilter(text)), types, { eventual }))

const principals = ['servicePrincipal', 'agentIdentityBlueprintPrincipal', 'agentIdentity'] as const
const eventually = "needs the header 'ConsistencyLevel: eventual' and the query option '$count=true'"

describe('objects can be filtered', () => {
  // biome-ignore format: a table reads better aligned
  test.each<[string, readonly ObjectType[]]>([
    ["displayName eq 'x'",                                     objectTypes],
    ["startswith(displayName,'x')",                            objectTypes],
    ["id in ('x','y')",                                        objectTypes],
    ['createdDateTime ge 2026-01-01T00:00:00Z',                objectTypes],
    ['deletedDateTime lt 2026-01-01T00:00:00Z and isof(microsoft.graph.agentUser)', objectTypes],
    ["appId eq 'x' or appId eq null",                          ['application']],
    ["APPID eq 'x'",                                           ['application']],
    ["uniqueName eq 'x'",                                      ['agentIdentityBlueprint']],
    ["identifierUris/any(u:u eq 'api://x')",                   ['agentIdentityBlueprint']],
    ["signInAudience eq 'x' and publisherDomain eq 'y'",       ['agentIdentityBlueprint']],
    ["agentIdentityBlueprintId eq 'x'",                        ['agentIdentity']],
    ["agentIdentityBlueprintId eq 'x'",                        principals],
    ["agentAppId eq 'x'",                                      ['agentIdentity']],
    ["createdByAppId eq 'x' and accountEnabled eq true",       ['agentIdentity']],
    ["servicePrincipalType eq 'ServiceIdentity'",              principals],
    ["servicePrincipalNames/any(n:n eq 'x')",                  ['agentIdentityBlueprintPrincipal']],
    ["appOwnerOrganizationId eq 'x'",                          ['servicePrincipal']],
    ['appRoleAssignmentRequired eq false',                     ['agentIdentityBlueprintPrincipal']],
    ['expiresAt le 2026-01-01T00:00:00Z or expiresAt eq null', ['agentIdentity']],
    ["tags/any(t:t eq 'x' or startsWith(t,'y'))",              ['agentIdentity']],
    ["sponsors/any(s:s/id eq 'x')",                            ['agentIdentity']],
    ["owners/any(o:o/id in ('x','y')) or owners/any()",        ['application']],
    ["identityParentId eq 'x'",                                ['agentUser']],
    ["userPrincipalName eq 'x' or mail eq 'x' or mailNickname eq 'x'", ['user']],
    ["givenName eq 'x' and surname eq 'x' and department eq 'x' and jobTitle eq 'x'", ['user']],
    ["companyName eq 'x' and employeeId eq 'x' and userType eq 'Guest'", ['agentUser']],
    ["groupTypes/any(g:g eq 'Unified') and securityEnabled eq true and mailEnabled eq false", ['group']],
    ["disabledByMicrosoftStatus eq null",                      ['agentIdentity']],
  ])('by %s, of %j', (text, types) => {
    expect(check(text, types)).toBeUndefined()
  })
})

describe('objects cannot be filtered', () => {
  // biome-ignore format: a table reads better aligned
  test.each<[string, readonly ObjectType[], string]>([
    ["color eq 'x'",                       ['group'],         "'$filter' by 'color' is not supported here; supported are createdDateTime, deletedDateTime, displayName, groupTypes, id, mail, mailEnabled, mailNickname, owners, securityEnabled"],
    ["constructor eq 'x'",                 ['user'],          "'$filter' by 'constructor' is not supported here"],
    ["passwordCredentials/any()",          ['application'],   "'$filter' by 'passwordCredentials' is not supported here"],
    ["agentIdentityBlueprintId eq 'x'",    ['application'],   "'$filter' by 'agentIdentityBlueprintId' is not supported here"],
    ["identityParentId eq 'x'",            ['user'],          "'$filter' by 'identityParentId' is not supported here"],
    ["displayName/x eq 'x'",               ['user'],          "'$filter' by 'displayName/x' is not supported here"],
    ["mail eq 'x' and (id eq 'x' or color eq 'x')", ['user'], "'$filter' by 'color' is not supported here"],
    ["not (color eq 'x')",                 ['user'],          "'$filter' by 'color' is not supported here"],
    ["endsWith(id,'x')",                   ['user'],          "'$filter' by 'id' does not support 'endsWith'; supported are eq, in, ne, startsWith"],
    ["accountEnabled ge true",             ['user'],          "'$filter' by 'accountEnabled' does not support 'ge'; supported are eq, in, ne"],
    ["tags eq 'x'",                        ['application'],   "'$filter' by 'tags' does not support 'eq'; supported are any"],
    ["displayName/any()",                  ['application'],   "'$filter' by 'displayName' does not support 'any'"],
    ["sponsors/any(s:s/displayName eq 'x')", ['user'],        "'$filter' by 'sponsors/displayName' is not supported here; supported are sponsors/id"],
    ["sponsors/any(s:s eq 'x')",           ['user'],          "'$filter' by 'sponsors' is not supported here; supported are sponsors/id"],
    ["sponsors/any(s:s/id gt 'x')",        ['user'],          "'$filter' by 'sponsors/id' does not support 'gt'"],
    ["tags/any(t:t/any())",                ['application'],   "'$filter' by 'tags' does not support 'any'"],
    ["sponsors/any(s:s/id eq 'x')",        ['application'],   "'$filter' by 'sponsors' is not supported here"],
    ["accountEnabled eq 'true'",           ['user'],          "'$filter' by 'accountEnabled': the value must be true or false, without quotes"],
    ["displayName eq true",                ['user'],          "'$filter' by 'displayName': the value must be a text in single quotes"],
    ["displayName in ('x',1)",             ['user'],          "'$filter' by 'displayName': the value must be a text in single quotes"],
    ["displayName ge null",                ['user'],          "'$filter' by 'displayName': the value must be a text in single quotes"],
    ["createdDateTime ge '2026-01-01T00:00:00Z'", ['user'],   "'$filter' by 'createdDateTime': the value must be a date and time without quotes"],
    ["tags/any(t:t eq 1)",                 ['application'],   "'$filter' by 'tags': the value must be a text in single quotes"],
    ["customSecurityAttributes/A/B eq 1",  ['application'],   "'$filter' by 'customSecurityAttributes/A/B' is not supported here"],
    ["customSecurityAttributes/A eq 1",    ['user'],          "'$filter' by 'customSecurityAttributes/A' is not supported here"],
  ])('by %s, of %j', (text, types, expected) => {
    expect(check(text, types, true)).toContain(expected)
  })
})

describe('what lags in Entra needs the header and the count that clients send for it (reference §2.1)', () => {
  // biome-ignore format: a table reads better aligned
  test.each([
    ["displayName ne 'x'",                                            `'ne' in '$filter' ${eventually}`],
    ["not (displayName eq 'x')",                                      `'not' in '$filter' ${eventually}`],
    ["not startsWith(displayName,'x')",                               `'not' in '$filter' ${eventually}`],
    ["endsWith(displayName,'x')",                                     `'endsWith' in '$filter' ${eventually}`],
    ["id eq 'x' and (id eq 'y' or displayName ne 'x')",               `'ne' in '$filter' ${eventually}`],
    ["tags/any(t:endsWith(t,'x'))",                                   `'endsWith' in '$filter' ${eventually}`],
    ["customSecurityAttributes/Engineering/Project eq 'x'",           `'$filter' by customSecurityAttributes ${eventually}`],
    ["CustomSecurityAttributes/Engineering/Levels/any(l:l eq 'x')",   `'$filter' by customSecurityAttributes ${eventually}`],
    ["id eq 'x' or customSecurityAttributes/Engineering/Rank ge 3",   `'$filter' by customSecurityAttributes ${eventually}`],
  ])('%s', (text, expected) => {
    expect(check(text, ['agentIdentity'], false)).toBe(expected)
    expect(check(text, ['agentIdentity'], true)).toBeUndefined()
  })
})

describe('a filter under the own names of properties', () => {
  // biome-ignore format: a table reads better aligned
  test.each([
    ["agentAppId eq 'x'",                                   "agentIdentityBlueprintId eq 'x'"],
    ["AGENTAPPID in ('x') or not (agentappid eq 'y')",      "agentIdentityBlueprintId in ('x') or not (agentIdentityBlueprintId eq 'y')"],
    ["agentIdentityBlueprintAppId eq 'x' and DisplayName eq 'y'", "agentIdentityBlueprintId eq 'x' and displayName eq 'y'"],
    ["TAGS/any(t:t eq 'x')",                                "tags/any(t:t eq 'x')"],
    ["customsecurityattributes/A/b eq 'x'",                 "customSecurityAttributes/A/b eq 'x'"],
    ["isof(microsoft.graph.user) and Unknown eq 'x'",       "isof(microsoft.graph.user) and Unknown eq 'x'"],
  ])('%s is %s', (text, expected) => {
    expect(normalise(parseFilter(text))).toEqual(parseFilter(expected))
  })

  test('stays what it is when it is done again', () => {
    fc.assert(
      fc.property(filter, (each) => {
        expect(normalise(normalise(each))).toEqual(normalise(each))
      }),
    )
  })

  test('is allowed or refused, whatever it is', () => {
    const types = fc.subarray([...objectTypes])
    fc.assert(
      fc.property(filter, types, fc.boolean(), (each, of, eventual) => {
        refusalOf(() => checkFilter(normalise(each), of, { eventual }))
        refusalOf(() => checkFields(each, { a: ['eq'] }))
      }),
    )
  })
})

describe('a filter of what is no directory object', () => {
  const allowed = { name: ['eq'], subject: ['eq', 'in'], audiences: ['any'] }

  // biome-ignore format: a table reads better aligned
  test.each([
    ["name eq 'x'",                                undefined],
    ["not (name eq 'x') and subject in ('x','y')", undefined],
    ["audiences/any(a:a eq 'x')",                  undefined],
    ["name ne 'x'",                                "'$filter' by 'name' does not support 'ne'; supported are eq"],
    ["issuer eq 'x'",                              "'$filter' by 'issuer' is not supported here; supported are audiences, name, subject"],
    ["toString eq 'x'",                            "'$filter' by 'toString' is not supported here; supported are audiences, name, subject"],
    ["subject/any()",                              "'$filter' by 'subject' does not support 'any'; supported are eq, in"],
    ["audiences/any(a:a/x eq 'x')",                "'$filter' by 'audiences/x' is not supported here; supported are audiences, audiences/id"],
    ["isof(microsoft.graph.user)",                 "isof() in '$filter' is not supported here; supported are audiences, name, subject"],
  ])('%s', (text, expected) => {
    expect(refusalOf(() => checkFields(parseFilter(text), allowed))).toBe(expected)
  })
})

describe('the order and the search of objects', () => {
  // biome-ignore format: a table reads better aligned
  test.each<[string, readonly ObjectType[], string | undefined]>([
    ['displayName desc,createdDateTime', principals,        undefined],
    ['userPrincipalName',                ['user'],          undefined],
    ['userPrincipalName',                ['application'],   "'$orderby' by 'userPrincipalName' is not supported here; supported are createdDateTime, "],
    ['tags',                             ['application'],   "'$orderby' by 'tags' is not supported here"],
    ['displayName,accountEnabled',       ['user'],          "'$orderby' by 'accountEnabled' is not supported here"],
  ])('by %s of %j', (text, types, expected) => {
    const refusal = refusalOf(() => checkOrderBy(parseOrderBy(text), types))
    expect(refusal?.slice(0, expected?.length)).toBe(expected)
  })

  // biome-ignore format: a table reads better aligned
  test.each<[string, readonly ObjectType[], string | undefined]>([
    ['"displayName:x" AND "description:y"', ['application'],           undefined],
    ['"mail:x" OR "displayName:y"',         ['user', 'agentIdentity'], undefined],
    ['"displayName:x" OR "mail:y"',         ['application'],           "'$search' in 'mail' is not supported here; supported are description, displayName"],
    ['"tags:x"',                            ['application'],           "'$search' in 'tags' is not supported here; supported are description, displayName"],
  ])('for %s in %j', (text, types, expected) => {
    expect(refusalOf(() => checkSearch(parseSearch(text), types))).toBe(expected)
  })
})
