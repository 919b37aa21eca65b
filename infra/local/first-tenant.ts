import { randomBytes } from 'node:crypto'
import type { Operation } from '../../shared/routes.ts'
import { operatorEvent } from './operator.ts'
import type { LocalTenant } from './service-record.ts'

const domain = 'contoso.localhost'

/** Opens the tenant that a laptop starts with, through the operators' own operation; its administrator's secret is shown this once. */
export async function openFirstTenant(
  call: (operation: Operation, event: object) => Promise<unknown>,
): Promise<LocalTenant> {
  const open = (name: string) =>
    call(
      'tenants/open',
      operatorEvent('tenants/open', { body: { displayName: 'Sigil on this machine', domain: name } }),
    )
  const first = await open(domain)
  // A crash between the tenant and its record leaves the name taken by a tenant whose secret nobody knows.
  const answer = statusOf(first) === 409 ? await open(`contoso-${randomBytes(3).toString('hex')}.localhost`) : first
  if (statusOf(answer) !== 201) {
    throw new Error(`the first tenant was not opened: ${statusOf(answer)} ${textOf(answer)}`)
  }
  return tenantOf(JSON.parse(textOf(answer)))
}

function statusOf(answer: unknown): number | undefined {
  return Number((answer as { statusCode?: unknown } | undefined)?.statusCode)
}

function textOf(answer: unknown): string {
  return String((answer as { body?: unknown } | undefined)?.body)
}

function tenantOf({ tenantId, domain, admin }: LocalTenant): LocalTenant {
  return { tenantId, domain, admin: { clientId: admin.clientId, clientSecret: admin.clientSecret } }
}
