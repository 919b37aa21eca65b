import { Refusal } from '../refusal.ts'
import { resourceKey } from './resource.ts'
import { quoted } from './shown.ts'

/** The resource that exchange tokens are for; it is no resource server, and no client may hold roles on it. */
export const tokenExchange = {
  appId: 'fb60f99c-7a34-4190-8149-302f77469936',
  identifierUri: 'api://azureadtokenexchange',
  displayName: 'AAD Token Exchange Endpoint: Public',
} as const

/** Scopes that name no resource; some clients add them to every request, and client credentials have no use for them. */
const reserved = new Set(['openid', 'profile', 'offline_access', 'email'])

const suffix = '/.default'

/** Of an identifier URI; what is longer could not even be a key. */
const longestIdentifier = 255

/**
 * The one resource that the scope of a client credentials request names, as a key: its identifier URI or appId in lower
 * case, without a last slash. RFC 6749 §3.3; the scope must be `{resource}/.default`, since an app-only token carries all
 * of its roles or none.
 * @throws AADSTS70011, AADSTS700022, AADSTS700023 or AADSTS1002012
 */
export function resourceOfScope(scope: string): string {
  if (scope.length > 4096 || !/^[\x21\x23-\x5b\x5d-\x7e]+( +[\x21\x23-\x5b\x5d-\x7e]+)*$/.test(scope.trim())) {
    throw new Refusal('AADSTS70011', 'the scope is not a list of scopes separated by spaces (RFC 6749 section 3.3)')
  }
  const scopes = new Set(
    scope
      .trim()
      .split(/ +/)
      .filter((each) => !reserved.has(each.toLowerCase())),
  )
  const resources = new Set([...scopes].map(resourceOf))
  const [resource, ...others] = resources
  if (resource === undefined) {
    throw new Refusal('AADSTS700023', 'the scope names no resource; ask for {resource}/.default')
  }
  if (others.length > 0) {
    throw new Refusal('AADSTS700022', 'the scope names several resources; ask for one {resource}/.default a request')
  }
  return resource
}

function resourceOf(scope: string): string {
  const lower = scope.toLowerCase()
  if (!lower.endsWith(suffix) || lower === suffix) {
    throw new Refusal(
      'AADSTS1002012',
      `the scope ${quoted(scope)} is not valid for client credentials; ask for {resource}/.default`,
    )
  }
  const resource = resourceKey(lower.slice(0, -suffix.length))
  if (resource.length > longestIdentifier) {
    throw new Refusal(
      'AADSTS70011',
      `the scope names a resource by more than ${longestIdentifier} characters, which no identifier URI has`,
    )
  }
  return resource === tokenExchange.appId ? tokenExchange.identifierUri : resource
}
