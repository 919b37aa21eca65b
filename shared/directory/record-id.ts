/*
 * Ids of records that stand between objects: made of the objects' ids, so that they say where the record is, and the same record
 * cannot stand twice.
 */

/** Stands for nobody. */
export const noGuid = '00000000-0000-0000-0000-000000000000'

export const idOfGuids = (...guids: readonly string[]): string =>
  Buffer.from(guids.join('').replaceAll('-', ''), 'hex').toString('base64url')

/** The GUIDs that an id is made of; undefined where it is not made of so many. */
export function guidsOfId(id: string, count: number): string[] | undefined {
  const hex = Buffer.from(id, 'base64url').toString('hex')
  const guids = Array.from({ length: count }, (_, index) =>
    hex.slice(index * 32, index * 32 + 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  )
  return hex.length === count * 32 && idOfGuids(...guids) === id ? guids : undefined
}
