/** A text as it compares: neither letter case nor the way accents are composed makes a difference. */
export const fold = (text: string): string => text.toLowerCase().replaceAll('ς', 'σ').normalize('NFC')

/** The order of two folded texts, by code point: `<` would put emoji before some letters. */
export function compareText(a: string, b: string): number {
  for (let at = 0; at < a.length && at < b.length; at++) {
    const order = (a.codePointAt(at) ?? 0) - (b.codePointAt(at) ?? 0)
    if (order !== 0) return order
  }
  return a.length - b.length
}
