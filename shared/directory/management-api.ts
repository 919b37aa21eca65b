import { permissions } from '../permissions.ts'
import type { AppRole, PermissionScope } from './application-shape.ts'

/**
 * What the management API's own principal offers, as Graph shows it: clients look permissions up there by `value`. Apart from
 * the catalogue, so that the token path does without these texts.
 */
export function managementApiProperties(): { appRoles: AppRole[]; oauth2PermissionScopes: PermissionScope[] } {
  return {
    appRoles: permissions.flatMap(({ value, applicationId }) =>
      applicationId === undefined ? [] : [appRole(applicationId, value)],
    ),
    oauth2PermissionScopes: permissions.flatMap(({ value, delegatedId }) =>
      delegatedId === undefined ? [] : [permissionScope(delegatedId, value)],
    ),
  }
}

const appRole = (id: string, value: string): AppRole => ({
  id,
  value,
  displayName: title(value),
  description: `${title(value)}, without a signed-in user.`,
  isEnabled: true,
  allowedMemberTypes: ['Application'],
  origin: 'Application',
})

const permissionScope = (id: string, value: string): PermissionScope => ({
  id,
  value,
  type: 'Admin',
  isEnabled: true,
  adminConsentDisplayName: title(value),
  adminConsentDescription: `${title(value)}, on behalf of the signed-in user.`,
  userConsentDisplayName: null,
  userConsentDescription: null,
  origin: 'Application',
})

/** `AgentIdentityBlueprint.ReadWrite.All` as 'Agent identity blueprint: read and write (all)'. */
function title(value: string): string {
  const [subject = '', what = '', which] = value.split('.').map(spaced)
  const text = `${subject}: ${what.replace('read write', 'read and write')}${which === undefined ? '' : ` (${which})`}`
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Words out of `PascalCase`; what is capitals throughout (`AD`, `TAP`) stays so. */
const spaced = (name: string): string =>
  name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace('-', ' ')
    .replace(/[A-Z](?=[a-z])/g, (letter) => letter.toLowerCase())
