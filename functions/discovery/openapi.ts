import { operation } from '../../shared/http/operation.ts'
import { ok } from '../../shared/http/response.ts'
import { documentOf } from '../../shared/openapi/document.ts'

/** The API as an OpenAPI 3.1 document, made of the routes and of the shapes that the operations parse with. */
export const handler = operation('discovery/openapi', 'oauth', async ({ world }) =>
  ok(documentOf(world.origin), { 'cache-control': 'public, max-age=300' }),
)
