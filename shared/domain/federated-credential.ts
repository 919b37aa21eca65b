/** Graph `federatedIdentityCredential` (reference §1.6): a token of another issuer that stands for the application. */
export type FederatedCredential = {
  id: string
  name: string
  issuer: string
  subject: string | null
  claimsMatchingExpression: { value: string; languageVersion: number } | null
  audiences: readonly string[]
  description: string | null
}
