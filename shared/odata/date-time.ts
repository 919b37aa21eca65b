const form =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,12})?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/i

/**
 * A DateTimeOffset (OData ABNF `dateTimeOffsetValue`) in the one form in which two of them compare as text, or undefined
 * where there is no such moment. Stored dates have the same form: what is finer than a millisecond is left out.
 */
export function dateTime(text: string): string | undefined {
  const day = form.exec(text)?.[1]
  // `Date` takes the 30th of February for the 2nd of March.
  if (day === undefined || isoOf(`${day}T00:00:00Z`)?.startsWith(day) !== true) return undefined
  const iso = isoOf(text.toUpperCase())
  // An offset can lead out of the years of four digits, whose order is not that of their text.
  return iso?.length === 24 ? iso : undefined
}

function isoOf(text: string): string | undefined {
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}
