import type { AuditRecord } from './audit.ts'

declare const item: unique symbol

/** Where an item lives, and (for the compiler alone) what it is. */
export type Key<Item> = { readonly pk: string; readonly sk: string; readonly [item]?: Item }

/** The items at some keys, in their order; undefined where there is none. */
export type Items<Keys extends readonly Key<unknown>[]> = {
  -readonly [Index in keyof Keys]: Keys[Index] extends Key<infer Item> ? Item | undefined : never
}

/**
 * What must be true of the item at the key, at the instant of the commit:
 * not there, there, there with these very attributes (such as its `version`), or with a number that is no greater than this
 * (of an item that is not there it is 0).
 */
export type Condition =
  | 'absent'
  | 'present'
  | { [attribute: string]: string | number | boolean }
  | readonly ['atMost', attribute: string, number]

/**
 * One action of a commit. `otherwise` is what the caller is told when the condition does not hold. Without it the
 * operation had read what another request has changed since: it is run again from its reads (`Stale`).
 */
export type Change = { key: Key<unknown>; when: Condition; otherwise?: () => Error } & (
  | { action: 'put'; item: object }
  | ({ action: 'update' } & Edit)
  | { action: 'delete' }
  | { action: 'check' }
)

/** Edits of an item's attributes, named by path (`secrets.<keyId>`): set, remove, count, put members into a set, take them out. */
export type Edit = {
  set?: Record<string, unknown>
  unset?: readonly string[]
  count?: Record<string, number>
  add?: Record<string, ReadonlySet<string>>
  take?: Record<string, ReadonlySet<string>>
}

/** A page of a listing, and the position after it, which is undefined at the end. */
export type Page<Item> = {
  items: Item[]
  /** Of each item, from which the listing goes on behind it. */
  positions: Position[]
  next?: Position
}
export type Position = { partition: number; after: string }

/** The table, through four verbs and the record of sign-ins. Every read is consistent; every write is conditional. */
export interface Table {
  /** The same table for one request: whatever it is patient with, not beyond this time. */
  until(deadline: Date): Table
  /** All items at one instant (`TransactGetItems`; a single item is its own instant). At most 100 keys. */
  snapshot<const Keys extends readonly Key<unknown>[]>(keys: Keys): Promise<Items<Keys>>
  /** The rows of some partitions, in order, from a position: up to `limit`, never cut short by the store's own page size. */
  query<Item>(
    partitions: readonly string[],
    options: { limit: number; from?: Position; prefix?: string },
  ): Promise<Page<Item>>
  /** The rows of some partitions, merged in the order of their sort keys, after one of those; backwards where `descending`. */
  ordered<Item>(
    partitions: readonly string[],
    options: { limit: number; after?: string; prefix?: string; descending?: boolean },
  ): Promise<Page<Item>>
  /**
   * All changes and their audit record, or nothing (`TransactWriteItems`; at most 99 changes).
   * @throws the `otherwise` of the first change whose condition failed, or {@link Stale}
   */
  commit(changes: readonly Change[], audit: AuditRecord): Promise<void>
  /** Writes a row that must be there before an answer leaves: a sign-in. `again` replaces the row of this very request. */
  record(key: Key<unknown>, row: object, options?: { again: boolean }): Promise<void>
}

/** The store or the signer did not answer in the request's time; nothing is known to have changed, and a retry may succeed. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
}

/** What an operation has read was changed by another before it could commit; it is run again from its reads. */
export class Stale extends Error {
  override readonly name = 'Stale'
}
