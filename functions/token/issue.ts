import { isDeepStrictEqual } from 'node:util'
import { presentedClient } from '../../shared/auth/client.ts'
import { resolveTenant, tenantNotFound } from '../../shared/auth/tenant.ts'
import { parseGuid } from '../../shared/domain/guid.ts'
import { shown } from '../../shared/domain/shown.ts'
import type { CredentialKind } from '../../shared/domain/sign-in.ts'
import type { TenantId } from '../../shared/domain/tenant.ts'
import { newUti, type Uti } from '../../shared/domain/uti.ts'
import type { Facts, Grant, TokenRequest } from '../../shared/grants/grant.ts'
import { grantOf } from '../../shared/grants/index.ts'
import { type Form, readForm, secretParameters } from '../../shared/http/body.ts'
import type { Call } from '../../shared/http/call.ts'
import { operation } from '../../shared/http/operation.ts'
import { ok } from '../../shared/http/response.ts'
import { Refusal } from '../../shared/refusal.ts'
import { signInRow } from '../../shared/store/sign-in.ts'
import { keys, shards } from '../../shared/store/table.ts'
import { claimsOf, type Issuance, lifetimeSeconds } from '../../shared/tokens/claims.ts'
import { signerOf } from '../../shared/tokens/signer.ts'

/** The token endpoint (RFC 6749 §3.2): parse, authenticate, gather, decide, then sign and record side by side. */
export const handler = operation('token/issue', 'oauth', async (call) => {
  const { event, world, now } = call
  if (event.requestContext.http.method !== 'POST') {
    throw new Refusal('AADSTS900561', 'the token endpoint accepts POST alone')
  }
  refuseCredentialsInQuery(call)
  const form = readForm(event)
  const tenantId = await resolveTenant(world.table, event.pathParameters?.tenant)
  const { grant, request } = await readRequest(call, tenantId, form)
  Object.assign(call.notes, { clientId: request.clientId, grant: grant.grantType })

  const begun = world.now()
  const facts = await grant.gather(world.table, request)
  if (!facts.tenant || facts.tenant.state === 'closed') throw tenantNotFound(event.pathParameters?.tenant)
  const place = newUti(now, world.randomBytes(10), shards.signIn)
  call.notes.uti = place.uti
  const issuance = await decideOnRecord(call, grant, request, facts, place)
  const token = await signAndRecord(call, grant, request, facts, place, issuance)
  await confirm(call, grant, request, place, { issuance, facts, begun })
  return ok({
    token_type: 'Bearer',
    expires_in: lifetimeSeconds - 1,
    ext_expires_in: lifetimeSeconds - 1,
    access_token: token,
  })
})

type Asked = TokenRequest<unknown>

/**
 * Who asks for what. A form that says it wrongly leaves its row as every refusal does, where there is such a tenant; an
 * unknown one comes before all that the form says (reference §3.12).
 */
async function readRequest(
  call: Call,
  tenantId: TenantId,
  form: Form,
): Promise<{ grant: Grant<unknown>; request: Asked }> {
  const { event, world, now } = call
  call.notes.tenantId = tenantId
  try {
    const grant = grantOf(form)
    const parameters = grant.readParameters(form)
    const client = await presentedClient(world, tenantId, form, event.headers.authorization, now)
    return { grant, request: { ...client, tenantId, parameters } }
  } catch (error) {
    if (error instanceof Refusal) await recordUnread(call, tenantId, form, error)
    throw error
  }
}

async function recordUnread(call: Call, tenantId: TenantId, form: Form, refusal: Refusal): Promise<void> {
  const { event, world, now } = call
  const [tenant] = await world.table.snapshot([keys.tenant(tenantId)])
  if (!tenant || tenant.state === 'closed') throw tenantNotFound(event.pathParameters?.tenant)
  const named = form.text('client_id') ?? ''
  const request: Asked = {
    tenantId,
    clientId: parseGuid(named),
    named: shown(named),
    credential: { kind: 'badAssertion', refusal },
    parameters: undefined,
  }
  const { day, shard, sk } = newUti(now, world.randomBytes(10), shards.signIn)
  const row = signInRow(call, request, { tenant }, { credKind: credentialIn(form) }, { refusal })
  await world.table.record(keys.signIn(tenantId, day, shard, sk), row)
}

function credentialIn(form: Form): CredentialKind {
  if (form.has('client_assertion')) return 'clientAssertion'
  return form.has('client_secret') ? 'clientSecret' : 'none'
}

/** A refusal leaves its row before it leaves: what was refused can be seen as well as what was issued. */
async function decideOnRecord(
  call: Call,
  grant: Grant<unknown>,
  request: Asked,
  facts: Facts,
  place: Uti,
): Promise<Issuance> {
  try {
    return grant.decide(facts, request, call.now)
  } catch (error) {
    if (error instanceof Refusal) await record(call, grant, request, facts, place, { refusal: error })
    throw error
  }
}

/** Wave 2 (design D8). No token leaves without its row, and no row says "issued" when no token was signed. */
async function signAndRecord(
  call: Call,
  grant: Grant<unknown>,
  request: Asked,
  facts: Facts,
  place: Uti,
  issuance: Issuance,
): Promise<string> {
  const { world, now } = call
  const claims = claimsOf(issuance, { origin: world.origin, tenantId: request.tenantId, now, uti: place.uti })
  const [signed, recorded] = await Promise.allSettled([
    signerOf(world).sign(issuance.kind, claims),
    record(call, grant, request, facts, place, { issuance }),
  ])
  if (recorded.status === 'rejected') throw recorded.reason
  if (signed.status === 'rejected') {
    const reason: unknown = signed.reason
    const refusal = new Refusal('AADSTS90033', 'the service is busy; no token was issued, try again in a moment', {
      cause: reason,
      ...(reason instanceof Error && { detail: reason.message }),
    })
    await record(call, grant, request, facts, place, { refusal, again: true })
    throw refusal
  }
  return signed.value
}

const freshMs = 1000

/**
 * Nothing is answered on facts older than a second (design D8): whoever was disabled meanwhile gets no token. What the
 * facts now give must be what was signed.
 */
async function confirm(
  call: Call,
  grant: Grant<unknown>,
  request: Asked,
  place: Uti,
  signed: { issuance: Issuance; facts: Facts; begun: Date },
): Promise<void> {
  let { begun } = signed
  for (let tries = 0; call.world.now().getTime() - begun.getTime() > freshMs; tries++) {
    begun = call.world.now()
    const facts = await grant.gather(call.world.table, request).catch(async (cause: unknown) => {
      const refusal = new Refusal('AADSTS90033', 'no token was issued', { cause })
      await record(call, grant, request, signed.facts, place, { refusal, again: true })
      throw cause
    })
    const refusal = refusalNow(grant, request, facts, signed.issuance, begun, tries)
    if (!refusal) continue
    await record(call, grant, request, facts, place, { refusal, again: true })
    throw refusal
  }
}

function refusalNow(
  grant: Grant<unknown>,
  request: Asked,
  facts: Facts,
  issuance: Issuance,
  now: Date,
  tries: number,
): Refusal | undefined {
  try {
    if (tries < 3 && isDeepStrictEqual(grant.decide(facts, request, now), issuance)) return undefined
    return new Refusal('AADSTS90033', 'what the token rests on was changed meanwhile; ask again')
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

async function record(
  call: Call,
  grant: Grant<unknown>,
  request: Asked,
  facts: Facts,
  place: Uti,
  outcome: { issuance?: Issuance; refusal?: Refusal; again?: boolean },
): Promise<void> {
  const row = signInRow(call, request, facts, grant.describe(request), outcome)
  await call.world.table.record(keys.signIn(request.tenantId, place.day, place.shard, place.sk), row, {
    again: outcome.again ?? false,
  })
}

/** RFC 6749 §2.3.1: credentials in the request URI end up in logs, so they are never taken from there. */
function refuseCredentialsInQuery({ event }: Call): void {
  const names = Object.keys(event.queryStringParameters ?? {})
  const named = names.find((name) => secretParameters.includes(name.toLowerCase()))
  if (named)
    throw new Refusal(
      'AADSTS9002313',
      `'${named}' belongs into the body, not into the address; replace it, since addresses are logged`,
    )
}
