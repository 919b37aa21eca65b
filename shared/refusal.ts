/**
 * Every way to say no, as data: the code a client sees, its OAuth error where the token endpoint uses it, and its HTTP
 * status. The numbers are Entra's, so that what people know of them, and what clients do on them, holds here too.
 */
// biome-ignore format: a table reads better aligned
export const refusals = {
  // The token endpoint and discovery (RFC 6749 §5.2).
  AADSTS50000:    { error: 'server_error',              status: 500 },
  AADSTS50013:    { error: 'invalid_grant',             status: 400 },
  AADSTS50049:    { error: 'invalid_instance',          status: 400 },
  AADSTS50194:    { error: 'invalid_request',           status: 400 },
  AADSTS70003:    { error: 'unsupported_grant_type',    status: 400 },
  AADSTS70011:    { error: 'invalid_scope',             status: 400 },
  AADSTS82001:    { error: 'invalid_request',           status: 400 },
  AADSTS90002:    { error: 'invalid_request',           status: 400 },
  AADSTS90033:    { error: 'temporarily_unavailable',   status: 503 },
  AADSTS500011:   { error: 'invalid_resource',          status: 400 },
  AADSTS500014:   { error: 'invalid_resource',          status: 400 },
  AADSTS501051:   { error: 'invalid_grant',             status: 400 },
  AADSTS700016:   { error: 'unauthorized_client',       status: 400 },
  AADSTS700022:   { error: 'invalid_scope',             status: 400 },
  AADSTS700023:   { error: 'invalid_scope',             status: 400 },
  AADSTS700024:   { error: 'invalid_client',            status: 401 },
  AADSTS700027:   { error: 'invalid_client',            status: 401 },
  AADSTS700211:   { error: 'invalid_client',            status: 401 },
  AADSTS700213:   { error: 'invalid_client',            status: 401 },
  AADSTS900144:   { error: 'invalid_request',           status: 400 },
  AADSTS900561:   { error: 'invalid_request',           status: 405 },
  AADSTS1002012:  { error: 'invalid_scope',             status: 400 },
  AADSTS7000112:  { error: 'unauthorized_client',       status: 400 },
  AADSTS7000215:  { error: 'invalid_client',            status: 401 },
  AADSTS7000216:  { error: 'invalid_client',            status: 401 },
  AADSTS7000218:  { error: 'invalid_client',            status: 401 },
  AADSTS7000222:  { error: 'invalid_client',            status: 401 },
  AADSTS9002313:  { error: 'invalid_request',           status: 400 },
  AADSTS9002324:  { error: 'invalid_request',           status: 400 },
  // The same, where the shape of the HTTP message itself is at fault (RFC 9110 §15.5.14, §15.5.16).
  AADSTS9002313_TooLarge:  { error: 'invalid_request',  status: 413 },
  AADSTS9002313_MediaType: { error: 'invalid_request',  status: 415 },

  // The management API, as Microsoft Graph says it.
  Agent_Directory_QuotaExceeded:                            { status: 403 },
  AgentBlueprint_LimitExceeded:                             { status: 403 },
  AgentIdentity_LimitExceeded:                              { status: 403 },
  AgentBlueprint_IncompatibleProperty:                       { status: 400 },
  AgentBlueprintPrincipal_IncompatibleProperty:              { status: 400 },
  AgentBlueprintPrincipal_AgentIdentity_IncompatibleProperty:{ status: 400 },
  AgentBlueprintPrincipal_RequireAgentBlueprint:             { status: 400 },
  AgentIdentity_AgentBlueprintPrincipalDoesNotExist:         { status: 400 },
  AgentIdentity_CredentialsNotSupported:                     { status: 400 },
  AgentIdentity_IncompatibleParentType:                      { status: 400 },
  Authorization_RequestDenied:                               { status: 403 },
  Error_AgentBlueprintCannotCreateAssociatedIdentity:        { status: 403 },
  Error_AgentIdentitiesCreatingAgentIdentitiesNotAllowed:    { status: 403 },
  Error_AgentIdentitySelfCreateRequired:                     { status: 403 },
  InvalidAuthenticationToken:                                { status: 401 },
  Request_BadRequest:                                        { status: 400 },
  Request_MultipleObjectsWithSameKeyValue:                   { status: 409 },
  Request_Conflict:                                          { status: 409 },
  Request_PreconditionFailed:                                { status: 412 },
  Request_IdempotencyMismatch:                               { status: 422 },
  Request_EntityTooLarge:                                    { status: 413 },
  Request_UnsupportedMediaType:                              { status: 415 },
  Request_MethodNotAllowed:                                  { status: 405 },
  Request_ResourceNotFound:                                  { status: 404 },
  Service_Unavailable:                                       { status: 503 },
} as const satisfies Record<string, { error?: string; status: number }>

export type RefusalCode = keyof typeof refusals

/**
 * The only error a caller sees: a registered code, a sentence for the person who meets it (what was wrong, with which
 * value, and what mends it; never a secret), and a detail that goes to the log alone.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: RefusalCode
  readonly detail: string | undefined

  constructor(code: RefusalCode, message: string, options: { detail?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.detail = options.detail
  }

  get status(): number {
    return refusals[this.code].status
  }
}
