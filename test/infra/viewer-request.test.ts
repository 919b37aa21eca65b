import { createContext, runInContext } from 'node:vm'
import { expect, test } from 'vitest'
import { bundleViewerRequest } from '../../infra/bundle.ts'
import { canonicalPath } from '../../shared/http/path.ts'
import { routes } from '../../shared/routes.ts'

type ViewerRequest = {
  method: string
  uri: string
  querystring: Record<string, { value: string }>
  headers: Record<string, { value: string }>
}

const code = await bundleViewerRequest()
// A context has the language and nothing of Node, as CloudFront's runtime has.
const { handler } = runInContext(`${code};({ handler })`, createContext({})) as {
  handler: (event: { viewer: { ip: string }; request: ViewerRequest }) => ViewerRequest
}

const request = (uri: string): ViewerRequest => ({
  method: 'GET',
  uri,
  querystring: { $filter: { value: "startswith(displayName,'A')" } },
  headers: { host: { value: 'd111111abcdef8.cloudfront.net' }, 'x-custom': { value: 'kept' } },
})
const rewrite = (uri: string): ViewerRequest => handler({ viewer: { ip: '198.51.100.1' }, request: request(uri) })

const id = '00001111-aaaa-2222-bbbb-3333cccc4444'
const paths = [
  ...Object.values(routes).flatMap((route) => ('also' in route ? [route.path, ...route.also] : [route.path])),
  '/',
  '/v1.0',
  `/V1.0/serviceprincipals/${id}/`,
  `/beta/servicePrincipals/${id}/microsoft.graph.agentIdentity`,
  `/v1.0/servicePrincipals/graph.agentIdentity/${id}`,
  `/v1.0/applications(appId='${id}')`,
  `/v1.0/applications('${id}')/microsoft.graph.agentIdentityBlueprint`,
  "/v1.0/applications(uniqueName='O''Brien')",
  `/v1.0/applications%28appId=%27${id}%27%29/addpassword`,
  `/v1.0/servicePrincipals/${id}/owners/$ref`,
  '/v1.0/$batch',
  '/v1.0/applications/$count',
  `/${id}/OAuth2/V2.0/Token`,
  '/common/Discovery/Instance',
  '/v1.0//applications',
  '/v1.0/%2e%2e/applications',
  '/v1.0/applications/constructor/__proto__',
]

test.each(paths)('the edge spells %s as the local service does', (path) => {
  expect(rewrite(path).uri).toBe(canonicalPath(path))
})

test('something is rewritten', () => {
  expect(rewrite(`/v1.0/applications(appId='${id}')`).uri).toBe(`/v1.0/applications/appId=${id}`)
})

test('nothing but the path is touched', () => {
  const { uri, ...rest } = rewrite('/V1.0/APPLICATIONS')
  const { uri: _, ...original } = request('/')
  expect(uri).toBe('/v1.0/applications')
  expect(rest).toEqual(original)
})

test('the code is what CloudFront takes: one script of at most 10 KB, and no syntax later than its runtime', () => {
  expect(Buffer.byteLength(code)).toBeLessThanOrEqual(10 * 1024)
  expect(code).not.toMatch(/\b(?:import|export|require|class|of)\b(?=[\s({])|\?\.|\?\?/)
  expect(code).toMatch(/function handler\(event\)/)
})
