const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The canonical form of a GUID (RFC 9562 §4, lower case), or undefined: braces, URN forms and look-alike letters are none. */
export function parseGuid(text: string | undefined): string | undefined {
  // ASCII first: `toLowerCase` would turn the Kelvin sign into a `k`, and others into letters that never were there.
  if (text === undefined || !/^[0-9A-Fa-f-]{36}$/.test(text)) return undefined
  const guid = text.toLowerCase()
  return pattern.test(guid) ? guid : undefined
}
