import type { ObjectType } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { AuditRecord } from './audit.ts'
import type { Position } from './store.ts'

/** Work that is done commit by commit, by whoever finds it, and says how far it is. */
export type LongOperation = {
  id: string
  tenantId: TenantId
  kind: 'delete' | 'restore' | 'purge'
  /** The object whose dependents the work goes through. */
  root: { id: string; type: ObjectType; displayName: string; appId?: string }
  status: 'running' | 'succeeded'
  createdDateTime: string
  lastActionDateTime: string
  /** How many dependents have been dealt with. */
  done: number
  /** How many could not be, and the first of them. */
  failed: number
  failures: readonly Failure[]
  /** Where the next commit begins; absent at the beginning. */
  next?: Place
  version: number
  /** In whose name the work is done. */
  initiatedBy: AuditRecord['initiatedBy']
  correlationId: string
}

/** Work that goes through rows of several kinds says which it has come to. */
export type Place = { phase?: 'rows' | 'grants'; at?: Position }

/** A dependent that stays as it was, and why. */
export type Failure = { id: string; type: ObjectType; message: string }

/** What a request with an `Idempotency-Key` was answered, and a fingerprint of what it had asked. */
export type IdempotentAnswer = { asked: string; status: number; body: string; ttl: number }
