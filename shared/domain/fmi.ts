/**
 * The subject of an exchange token T1 (reference §3.10): `/eid1/c/pub/t/{tenant}/a/{blueprint}/{agent}`. The two GUIDs are
 * in the byte order of .NET's `Guid.ToByteArray` (the first three groups little-endian), base64url without padding.
 */
export function fmiSubject(tenantId: string, blueprintAppId: string, agentId: string): string {
  return `/eid1/c/pub/t/${encodeGuid(tenantId)}/a/${encodeGuid(blueprintAppId)}/${agentId}`
}

/** The 22 characters of a GUID in such a subject. */
export function encodeGuid(guid: string): string {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex')
  bytes.subarray(0, 4).reverse()
  bytes.subarray(4, 6).reverse()
  bytes.subarray(6, 8).reverse()
  return bytes.toString('base64url')
}
