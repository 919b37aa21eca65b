import { operation } from '../../shared/http/operation.ts'
import { ok } from '../../shared/http/response.ts'
import { Refusal } from '../../shared/refusal.ts'

/** Instance discovery (reference §11.2): whether an authority is known here. Only this service's own host is. */
export const handler = operation('discovery/instance', 'oauth', async ({ world, event }) => {
  const asked = event.queryStringParameters?.authorization_endpoint
  const url = asked === undefined ? undefined : URL.parse(asked)
  const tenant = url?.pathname.split('/')[1]
  if (!url || !tenant || url.origin !== world.origin) {
    throw new Refusal(
      'AADSTS50049',
      `unknown or invalid instance; authorization_endpoint must be ${world.origin}/{tenant}/oauth2/v2.0/authorize`,
    )
  }
  return ok({
    tenant_discovery_endpoint: `${world.origin}/${tenant}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: url.host, preferred_cache: url.host, aliases: [url.host] }],
  })
})
