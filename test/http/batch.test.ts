import { describe, expect, test } from 'vitest'
import { batchBody, type Item, readBatch } from '../../shared/http/batch.ts'
import { parse } from '../../shared/http/shape.ts'
import { Refusal } from '../../shared/refusal.ts'

type Given = Record<string, unknown>

const read = (requests: unknown, version = 'v1.0'): Item[] => readBatch(parse(batchBody, { requests }), version)
const get = (more: Given = {}): Given => ({ id: '1', method: 'GET', url: '/users', ...more })
const post = (more: Given = {}): Given => get({ method: 'POST', body: { displayName: 'x' }, ...more })

/** The words of the refusal; anything else that is thrown fails the test. */
function refusal(requests: unknown, version?: string): string {
  try {
    read(requests, version)
  } catch (error) {
    if (error instanceof Refusal && error.code === 'Request_BadRequest') return error.message
    throw error
  }
  return 'none'
}
const many = (count: number): Given[] => Array.from({ length: count }, (_, each) => get({ id: String(each) }))
const order = (...dependsOn: string[][]): string[] =>
  read(dependsOn.map((each, index) => get({ id: String(index), dependsOn: each }))).map(({ id }) => id)

describe('a batch', () => {
  test('has from 1 to 20 requests', () => {
    expect(read(many(20))).toHaveLength(20)
    expect(refusal(many(21))).toBe("property 'requests': must have at most 20 members")
    expect(refusal([])).toContain("property 'requests': must have at least one member")
  })

  test.each<[string, unknown, string]>([
    ['no requests', undefined, "'requests'"],
    ['requests that are no list', {}, "'requests'"],
    ['a request that is none', ['/users'], "'requests.0'"],
    ['a request without an id', [get({ id: undefined })], "'requests.0.id'"],
    ['an empty id', [get({ id: '' })], "'requests.0.id'"],
    ['a number for an id', [get({ id: 1 })], "'requests.0.id'"],
    ['an id of 101 characters', [get({ id: 'x'.repeat(101) })], "'requests.0.id'"],
    ['an id twice', [get(), get({ url: '/applications' })], "'requests.1.id'"],
    ['no method', [get({ method: undefined })], "'requests.0.method'"],
    ['a method that is none', [get({ method: 'TRACE' })], "'requests.0.method'"],
    ['a method in small letters', [get({ method: 'get' })], "'requests.0.method'"],
    ['no address', [get({ url: undefined })], "'requests.0.url'"],
    ['an unknown property', [get({ atomicityGroup: 'g' })], "'requests.0.atomicityGroup'"],
    ['a body with GET', [get({ body: {} })], "'requests.0.body'"],
    ['a body with DELETE', [get({ method: 'DELETE', body: {} })], "'requests.0.body'"],
    ['a text for a body', [post({ body: '{}' })], "'requests.0.body'"],
    ['a list for a body', [post({ body: [{}] })], "'requests.0.body'"],
    ['null for a body', [post({ body: null })], "'requests.0.body'"],
    ['a header that is no text', [get({ headers: { prefer: 1 } })], "'requests.0.headers.prefer'"],
  ])('is refused for %s', (_, requests, property) => {
    expect(refusal(requests)).toContain(`property ${property}`)
  })

  test('sends JSON, and says so', () => {
    expect(read([post({ headers: { Prefer: 'return=representation' } })], 'beta')).toEqual([
      {
        id: '1',
        method: 'POST',
        path: '/beta/users',
        headers: { 'content-type': 'application/json', prefer: 'return=representation' },
        body: '{"displayName":"x"}',
        dependsOn: [],
      },
    ])
    expect(read([get(), post({ id: '2', method: 'PUT' }), post({ id: '3', method: 'PATCH' })])).toMatchObject([
      { headers: {} },
      { method: 'PUT', body: '{"displayName":"x"}' },
      { method: 'PATCH', body: '{"displayName":"x"}' },
    ])
    const [item] = read([post({ headers: { 'CONTENT-Type': 'application/json;odata.metadata=minimal' } })])
    expect(item?.headers).toEqual({ 'content-type': 'application/json;odata.metadata=minimal' })
  })
})

describe('the address of a request', () => {
  test.each([
    ['/users', '/v1.0/users'],
    ['/users/', '/v1.0/users/'],
    ['/USERS/7?$select=id,displayName&$top=5', '/v1.0/USERS/7?$select=id,displayName&$top=5'],
    ["/users?$filter=displayName eq 'Zoë'", '/v1.0/users?$filter=displayName%20eq%20%27Zo%C3%AB%27'],
    ['/users/$count', '/v1.0/users/$count'],
    ["/applications(appId='7')", "/v1.0/applications(appId='7')"],
    ['/users/batch', '/v1.0/users/batch'],
    ['/users?next=https://elsewhere.example/../$batch', '/v1.0/users?next=https://elsewhere.example/../$batch'],
  ])('%s is sent as %s', (url, path) => {
    expect(read([get({ url })])[0]?.path).toBe(path)
  })

  const relative = 'must be relative'
  const none = 'is not an address of the management API'
  const version = 'must not begin with a version'
  const nested = 'is a batch itself'
  // biome-ignore format: a table reads better aligned
  test.each([
    ['',                                   relative],
    ['users',                              relative],
    ['?$select=id',                        relative],
    ['https://elsewhere.example/users',    relative],
    ['HTTPS://elsewhere.example/users',    relative],
    ['http:/users',                        relative],
    ['//elsewhere.example/users',          relative],
    ['/\\elsewhere.example/users',         relative],
    ['\\\\elsewhere.example/users',        relative],
    ['@elsewhere.example/users',           relative],
    ['.elsewhere.example/users',           relative],
    [':443/users',                         relative],
    ['javascript:alert(1)',                relative],
    [' /users',                            relative],
    ['/users#id',                          relative],
    ['/users\r\nauthorization: Bearer x',  relative],
    ['/users\t',                           relative],
    ['/\tusers',                           relative],
    ['/users\u0000',                       relative],
    ['/../users',                          relative],
    ['/users/..',                          relative],
    ['/users/../../tenant/oauth2/v2.0/token', relative],
    ['/users/%2e%2e/%2E./x',               relative],
    ['/./users',                           relative],
    ['/users//7',                          relative],
    ['/users/a%2Fb',                       relative],
    ['/users/a%5cb',                       relative],
    ['/',                                  none],
    ['/?$select=id',                       none],
    ['/users/%zz',                         none],
    ['/users/%ff',                         none],
    ['/v1.0/users',                        version],
    ['/V1.0/users',                        version],
    ['/v1%2E0/users',                      version],
    ['/beta/users',                        version],
    ['/Beta',                              version],
    ['/$batch',                            nested],
    ['/$batch/',                           nested],
    ['/$BATCH',                            nested],
    ['/%24batch',                          nested],
    ['/batch',                             nested],
    ['/BATCH',                             nested],
    ['/b%61tch',                           nested],
    ['/%24b%61tch',                        nested],
    ['/batch ',                            nested],
    ['/$batch?x=1',                        nested],
    ['/$batch/users',                      nested],
  ])('%j is refused: %s', (url, why) => {
    for (const each of ['v1.0', 'beta']) {
      expect(refusal([get({ id: '0' }), get({ url })], each)).toContain(`property 'requests.1.url': ${why}`)
    }
  })

  test('has at most 4096 characters', () => {
    expect(read([get({ url: `/users?x=${'y'.repeat(4087)}` })])).toHaveLength(1)
    expect(refusal([get({ url: `/users?x=${'y'.repeat(4088)}` })])).toContain("'requests.0.url'")
  })
})

describe('a header of a request', () => {
  test.each([
    'Accept',
    'Client-Request-Id',
    'ConsistencyLevel',
    'Content-Type',
    'Idempotency-Key',
    'If-Match',
    'If-None-Match',
    'OData-Version',
    'Prefer',
    'return-client-request-id',
  ])('%s is sent', (name) => {
    expect(read([get({ headers: { [name]: 'x' } })])[0]?.headers).toEqual({ [name.toLowerCase()]: 'x' })
  })

  test.each([
    'authorization',
    'Authorization',
    'AUTHORIZATION',
    'authorization ',
    'Cookie',
    'Host',
    'Connection',
    'Content-Length',
    'Content-Encoding',
    'Transfer-Encoding',
    'X-Origin-Verify',
    'CloudFront-Viewer-Address',
    'X-Forwarded-For',
    'X-HTTP-Method-Override',
    'prefer\r\nauthorization',
    '',
    'toString',
  ])('%j is refused by its name', (name) => {
    const message = refusal([get({ headers: { prefer: 'x', [name]: 'secret' } })])
    expect(message).toContain(`property 'requests.0.headers': '${name}' is not for one request of a batch`)
    expect(message).not.toContain('secret')
  })

  test.each(['a\r\nauthorization: Bearer x', 'a\nb', 'a\u0000', 'a\tb', 'a\u007f', 'Zoë', 'x'.repeat(1001)])(
    'cannot be %j',
    (prefer) => {
      expect(refusal([get({ headers: { prefer } })])).toContain("property 'requests.0.headers': 'prefer' must have")
    },
  )

  test('is given once, in whatever letters', () => {
    expect(refusal([get({ headers: { Prefer: 'a', prefer: 'b' } })])).toContain("'prefer' is given more than once")
  })
})

describe('the order', () => {
  // biome-ignore format: a table reads better aligned
  test.each([
    [[[], [], []],             ['0', '1', '2']],
    [[['1'], ['2'], []],       ['2', '1', '0']],
    [[['1', '2'], [], ['1']],  ['1', '2', '0']],
    [[[], ['0', '0'], ['0']],  ['0', '1', '2']],
  ])('of %j is %j', (dependsOn, expected) => {
    expect(order(...dependsOn)).toEqual(expected)
  })

  // biome-ignore format: a table reads better aligned
  test.each([
    ['itself',              [['0']],                        "'requests.0.dependsOn': names the request itself"],
    ['nobody',              [[], ['7']],                    "'requests.1.dependsOn': names a request that is not in the batch"],
    ['one in other letters', [[], ['O']],                   "'requests.1.dependsOn': names a request that is not in the batch"],
    ['each other',          [[], ['2'], ['1']],             "'requests.1.dependsOn': goes round in a circle"],
    ['three in a circle',   [['1'], ['2'], ['0'], []],      "'requests.0.dependsOn': goes round in a circle"],
    ['those in a circle',   [['1'], ['2'], ['1']],          "'requests.0.dependsOn': goes round in a circle"],
    ['an empty id',         [['']],                         "'requests.0.dependsOn.0'"],
    ['too many',            [[], Array(21).fill('0')],      "'requests.1.dependsOn': must have at most 20 members"],
  ])('cannot be found where a request waits for %s', (_, dependsOn, message) => {
    const requests = dependsOn.map((each, index) => get({ id: String(index), dependsOn: each }))
    expect(refusal(requests)).toContain(`property ${message}`)
  })
})
