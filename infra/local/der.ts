/**
 * The distinguished encoding rules of ASN.1 (ITU-T X.690), as far as a certificate needs them: each function gives the bytes of
 * one value.
 */
export const sequence = (...parts: Uint8Array[]): Buffer => tagged(0x30, Buffer.concat(parts))
export const set = (...parts: Uint8Array[]): Buffer => tagged(0x31, Buffer.concat(parts))
export const boolean = (value: boolean): Buffer => tagged(0x01, Buffer.from([value ? 0xff : 0x00]))
export const octetString = (content: Uint8Array): Buffer => tagged(0x04, content)
export const utf8String = (text: string): Buffer => tagged(0x0c, Buffer.from(text, 'utf8'))

/** A number that is not negative, from its bytes, the most significant first. */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0)
  const significant = first < 0 ? Buffer.of(0) : Buffer.from(bytes.subarray(first))
  const looksNegative = (significant[0] ?? 0) >= 0x80
  return tagged(0x02, looksNegative ? Buffer.concat([Buffer.of(0), significant]) : significant)
}

export const bitString = (content: Uint8Array, unusedBits = 0): Buffer =>
  tagged(0x03, Buffer.concat([Buffer.of(unusedBits), content]))

/** From its dotted form. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)))
}

/** UTCTime until 2049, GeneralizedTime from then on, as RFC 5280 §4.1.2.5 wants it. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '')
  return date.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits))
}

/** A context-specific tag: `constructed` around whole values, else in the place of a value's own tag. */
export function context(number: number, content: Uint8Array, constructed = false): Buffer {
  return tagged(0x80 | (constructed ? 0x20 : 0) | number, content)
}

function tagged(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(tag), length(content.length), content])
}

function length(count: number): Buffer {
  if (count < 0x80) return Buffer.of(count)
  const bytes = count < 0x100 ? [count] : [count >> 8, count & 0xff]
  return Buffer.from([0x80 | bytes.length, ...bytes])
}

/** Seven bits a byte, the most significant first; all but the last byte have the high bit set. */
function base128(value: number): number[] {
  const bytes = [value & 0x7f]
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift(0x80 | (rest & 0x7f))
  return bytes
}
