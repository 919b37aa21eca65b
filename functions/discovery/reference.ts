import { operation } from '../../shared/http/operation.ts'
import { documentOf } from '../../shared/openapi/document.ts'
import { referenceOf } from '../../shared/openapi/reference.ts'

/** The OpenAPI document as one page for people. It loads nothing and runs nothing. */
export const handler = operation('discovery/reference', 'oauth', async ({ world }) => ({
  status: 200,
  text: referenceOf(documentOf(world.origin)),
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'cache-control': 'public, max-age=300',
  },
}))
