/**
 * How every AWS client of ours behaves: it gives up on a call that hangs well before the request's own time is over, and
 * tries a failed one again twice. Longer patience, for conflicts and throttles, is the store's own.
 */
export const clientOptions = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000 },
} as const
