import type { DirectoryObject } from '../domain/directory-object.ts'
import { parseGuid } from '../domain/guid.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import { ok, type Response } from '../http/response.ts'
import type { AuditRecord } from '../store/audit.ts'
import type { LongOperation } from '../store/long-operation.ts'
import type { Change } from '../store/store.ts'
import { keys } from '../store/table.ts'
import type { World } from '../world.ts'
import { notFound } from './read.ts'

type Beginning = { world: Pick<World, 'newId'>; now: Date; correlationId: string }

/** The rows of work that goes on after the commit that they are part of: found by whoever does it, and by who asks how far it is. */
export function newOperation(
  { world, now, correlationId }: Beginning,
  tenantId: TenantId,
  kind: LongOperation['kind'],
  root: DirectoryObject,
  initiatedBy: AuditRecord['initiatedBy'],
): { id: string; changes: Change[] } {
  const id = world.newId()
  const operation: LongOperation = {
    id,
    tenantId,
    kind,
    root: {
      id: root.id,
      type: root.type,
      displayName: String(root.properties.displayName ?? ''),
      ...(typeof root.properties.appId === 'string' && { appId: root.properties.appId }),
    },
    status: 'running',
    createdDateTime: now.toISOString(),
    lastActionDateTime: now.toISOString(),
    done: 0,
    failed: 0,
    failures: [],
    version: 1,
    initiatedBy,
    correlationId,
  }
  return {
    id,
    changes: [
      { action: 'put', key: keys.operation(tenantId, id), item: operation, when: 'absent' },
      { action: 'put', key: keys.job(id), item: { tenantId, jobId: id }, when: 'absent' },
    ],
  }
}

/** Where to ask how far the work is. */
export const operationLocation = ({ world }: ManagementRequest<unknown>, id: string): Record<string, string> => ({
  'operation-location': `${world.origin}/beta/sigil/operations/${id}`,
})

/** `GET /beta/sigil/operations/{id}`: how far some work is. */
export async function readOperation({ caller, world, path }: ManagementRequest<unknown>): Promise<Response> {
  const asked = parseGuid(path.id)
  const [operation] = asked ? await world.table.snapshot([keys.operation(caller.tenantId, asked)]) : []
  if (!operation) throw notFound(path.id ?? '')
  const { id, kind, root, status, createdDateTime, lastActionDateTime, done, failed, failures } = operation
  return ok({
    '@odata.context': `${world.origin}/${path.version}/$metadata#sigil/operations/$entity`,
    id,
    kind,
    root,
    status,
    createdDateTime,
    lastActionDateTime,
    done,
    failed,
    failures,
  })
}
