/** What the benchmark uses of `oidc-provider`, which brings no types. */
declare module 'oidc-provider' {
  export type Context = { path: string; status: number; ip: string }
  export type Middleware = (context: Context, next: () => Promise<void>) => Promise<void>

  export default class Provider {
    constructor(issuer: string, configuration: object)
    use(middleware: Middleware): void
    callback(): import('node:http').RequestListener
  }

  /** A key that signs elsewhere. */
  export class ExternalSigningKey {
    kid: string
    alg: string
    keyObject(): import('node:crypto').KeyObject
    sign(data: Uint8Array): Promise<Uint8Array>
  }
}
