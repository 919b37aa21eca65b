/**
 * The unique token identifier (claim `uti`, sign-in `uniqueTokenIdentifier`): 16 bytes as base64url, which say where the
 * sign-in row is: 2 bytes day since 1970, 4 bytes millisecond of that day, 1 byte shard, 9 random bytes.
 */
export type Uti = { uti: string; day: string; shard: number; sk: string }

const msOfDay = 86_400_000

/** @param random at least 10 bytes */
export function newUti(now: Date, random: Uint8Array, shardCount: number): Uti {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt16BE(Math.floor(now.getTime() / msOfDay), 0)
  bytes.writeUInt32BE(now.getTime() % msOfDay, 2)
  bytes.writeUInt8((random[9] ?? 0) % shardCount, 6)
  bytes.set(random.subarray(0, 9), 7)
  return read(bytes)
}

/** Where the sign-in row of a token is; undefined when the text cannot be one of ours. */
export function parseUti(uti: string): Uti | undefined {
  if (!/^[A-Za-z0-9_-]{22}$/.test(uti)) return undefined
  const parsed = read(Buffer.from(uti, 'base64url'))
  return parsed.uti === uti ? parsed : undefined
}

function read(bytes: Buffer): Uti {
  const day = new Date(bytes.readUInt16BE(0) * msOfDay).toISOString().slice(0, 10)
  // In hexadecimal the bytes sort as the time does: a partition's rows come in the order of their requests.
  return { uti: bytes.toString('base64url'), day, shard: bytes.readUInt8(6), sk: bytes.toString('hex') }
}

/** When the request of a `uti` was made. */
export function timeOfUti(uti: string): Date {
  const bytes = Buffer.from(uti, 'base64url')
  return new Date(bytes.readUInt16BE(0) * msOfDay + bytes.readUInt32BE(2))
}
