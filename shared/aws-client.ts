/**
 * How every AWS client of ours behaves. A call that hangs is given up well before the request's own time is over, and what
 * failed is tried again twice; longer patience, for conflicts and throttles, is the store's own.
 */
export const clientOptions = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 1_500, throwOnRequestTimeout: true },
  // The chain of a command's middleware is put together once, not at each call.
  cacheMiddleware: true,
} as const

/** The SDK's own log filters and copies each input and output before it finds that there is nobody to write for. */
export function withoutSdkLog<Client extends { middlewareStack: { remove(name: string): boolean } }>(
  client: Client,
): Client {
  client.middlewareStack.remove('loggerMiddleware')
  return client
}
