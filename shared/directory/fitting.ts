import type { Change } from '../store/store.ts'

/** A transaction holds 100 actions, and one of them is its audit record. */
export const mostActions = 99

/**
 * As many of some items, from the first on, as fit into one commit: what it writes for them together, and how many they are.
 * @param changesFor what is written for so many
 */
export function fitting<Item>(
  items: readonly Item[],
  room: number,
  changesFor: (items: readonly Item[]) => Change[],
): { taken: readonly Item[]; changes: Change[] } {
  for (let count = items.length; count > 1; count--) {
    const taken = items.slice(0, count)
    const changes = changesFor(taken)
    if (changes.length <= room) return { taken, changes }
  }
  return { taken: items.slice(0, 1), changes: changesFor(items.slice(0, 1)) }
}
