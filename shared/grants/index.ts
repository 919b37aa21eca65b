import { quoted } from '../domain/shown.ts'
import type { Form } from '../http/body.ts'
import { Refusal } from '../refusal.ts'
import { clientCredentials } from './client-credentials.ts'
import type { Grant } from './grant.ts'

const grants = [clientCredentials]

/**
 * The grant that a form asks for.
 * @throws AADSTS900144 without one, AADSTS82001 for RFC 8693, AADSTS70003 for an unknown one
 */
export function grantOf(form: Form): Grant<unknown> {
  const named = form.text('grant_type')
  if (!named) throw new Refusal('AADSTS900144', "the request body must contain the parameter 'grant_type'")
  if (named === 'urn:ietf:params:oauth:grant-type:token-exchange') {
    throw new Refusal(
      'AADSTS82001',
      'token exchange (RFC 8693) is not available; ask with client_credentials, in two steps with fmi_path',
    )
  }
  const grant = grants.find((each) => each.grantType === named)
  if (!grant)
    throw new Refusal('AADSTS70003', `the grant type ${quoted(named)} is not supported; use client_credentials`)
  // Parameters go from a grant's own `readParameters` back into that grant alone.
  return grant as Grant<unknown>
}
