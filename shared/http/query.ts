import { Refusal } from '../refusal.ts'

/** The OData query options (OData URL §5.1) that some operation understands. */
export type QueryOption = '$select' | '$top' | '$skiptoken' | '$filter' | '$orderby' | '$count' | '$search' | '$expand'

/**
 * The query options of a request, each at most once. One that the operation does not understand is refused, never
 * ignored: the answer would look like what was asked for. Parameters without `$` are custom ones (OData URL §5.2) and ignored.
 */
export function readQuery(raw: string, understood: readonly QueryOption[]): Partial<Record<QueryOption, string>> {
  const options: Partial<Record<QueryOption, string>> = {}
  for (const [name, value] of new URLSearchParams(raw)) {
    if (!name.startsWith('$')) continue
    const option = understood.find((each) => each === name.toLowerCase())
    if (!option) throw notUnderstood(name, understood)
    if (options[option] !== undefined)
      throw new Refusal('Request_BadRequest', `the query option '${option}' is given more than once`)
    options[option] = value
  }
  return options
}

/** Where one path answers with a list or with one object: refuses the options that only the other understands. */
export function refuseOthers(query: Partial<Record<QueryOption, string>>, understood: readonly QueryOption[]): void {
  const [other] = Object.keys(query).filter((option) => !understood.includes(option as QueryOption))
  if (other !== undefined) throw notUnderstood(other, understood)
}

const notUnderstood = (name: string, understood: readonly QueryOption[]): Refusal =>
  new Refusal(
    'Request_BadRequest',
    `the query option '${name.slice(0, 50)}' is not supported here${supported(understood)}`,
  )

const supported = (understood: readonly string[]): string =>
  understood.length ? `; supported are ${understood.join(', ')}` : ''

/** `$top`: a page of at most so many; 100 unless asked for fewer, as Graph does. */
export function readTop(text: string | undefined): number {
  if (text === undefined) return 100
  if (!/^[1-9]\d{0,2}$/.test(text) || Number(text) > 999) {
    throw new Refusal('Request_BadRequest', "'$top' must be a number from 1 to 999; pages hold at most 100 either way")
  }
  return Math.min(Number(text), 100)
}
