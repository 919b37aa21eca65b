import * as v from 'valibot'
import { hashSecret } from '../domain/client-secret.ts'
import type { DirectoryObject } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'
import { noContent, ok, type Response } from '../http/response.ts'
import { Refusal } from '../refusal.ts'
import { keys } from '../store/table.ts'
import { checkCredentials } from './application.ts'
import { appIdOf } from './applications.ts'
import { commitCredentials, credentialsOf } from './credentials.ts'
import { dateTime, guid, text } from './shape.ts'

/** Graph `passwordCredential`, as it is kept: everything but the secret. */
type PasswordCredential = {
  keyId: string
  displayName: string | null
  hint: string
  startDateTime: string
  endDateTime: string
}

export const addPasswordBody = v.strictObject({
  passwordCredential: v.optional(
    v.nullable(
      v.strictObject({
        displayName: v.optional(v.nullable(text(256))),
        startDateTime: v.optional(v.nullable(dateTime)),
        endDateTime: v.optional(v.nullable(dateTime)),
      }),
    ),
  ),
})

export const removePasswordBody = v.strictObject({ keyId: guid })

const defaultLifetimeYears = 2

/** `POST /applications/{id}/addPassword`: the secret is made here, is shown in this answer alone, and is good at once. */
export async function addPassword(
  request: ManagementRequest<v.InferOutput<typeof addPasswordBody>>,
): Promise<Response> {
  const { body, world, now, path } = request
  const before = await credentialsOf(request)
  const secretText = newSecret(world.randomBytes)
  const credential = newCredential(body.passwordCredential ?? {}, secretText, world.newId(), now)
  const passwords = [...passwordsOf(before), credential]
  checkCredentials({ ...before.properties, passwordCredentials: passwords })
  const { keyId, startDateTime, endDateTime } = credential
  await commitPasswords(request, before, passwords, {
    set: { [`secrets.${keyId}`]: { sha256: hashSecret(secretText), startDateTime, endDateTime } },
  })
  return ok({
    '@odata.context': `${world.origin}/${path.version}/$metadata#microsoft.graph.passwordCredential`,
    customKeyIdentifier: null,
    ...credential,
    secretText,
  })
}

/** `POST /applications/{id}/removePassword`: the secret, and every T1 that it made, is dead at once. */
export async function removePassword(
  request: ManagementRequest<v.InferOutput<typeof removePasswordBody>>,
): Promise<Response> {
  const { body } = request
  const before = await credentialsOf(request)
  const passwords = passwordsOf(before)
  const kept = passwords.filter(({ keyId }) => keyId !== body.keyId)
  if (kept.length === passwords.length)
    throw new Refusal('Request_BadRequest', `no password credential found with keyId '${body.keyId}'`)
  await commitPasswords(request, before, kept, { unset: [`secrets.${body.keyId}`] })
  return noContent()
}

const commitPasswords = (
  request: ManagementRequest<unknown>,
  before: DirectoryObject,
  passwordCredentials: PasswordCredential[],
  edit: { set?: Record<string, unknown>; unset?: string[] },
): Promise<void> =>
  commitCredentials(request, before, { passwordCredentials }, [
    { action: 'update', key: keys.app(appIdOf(before)), ...edit, when: 'present' },
  ])

/** 256 random bits, 43 characters (design D10). */
export const newSecret = (randomBytes: (count: number) => Uint8Array): string =>
  Buffer.from(randomBytes(32)).toString('base64url')

export function newCredential(
  asked: {
    displayName?: string | null | undefined
    startDateTime?: string | null | undefined
    endDateTime?: string | null | undefined
  },
  secretText: string,
  keyId: string,
  now: Date,
): PasswordCredential {
  const startDateTime = asked.startDateTime ?? now.toISOString()
  const endDateTime = asked.endDateTime ?? yearsAfter(startDateTime)
  if (Date.parse(endDateTime) <= Math.max(Date.parse(startDateTime), now.getTime())) {
    throw new Refusal(
      'Request_BadRequest',
      "property 'passwordCredential.endDateTime': must be after startDateTime and in the future",
    )
  }
  return { keyId, displayName: asked.displayName ?? null, hint: secretText.slice(0, 3), startDateTime, endDateTime }
}

function yearsAfter(start: string): string {
  const end = new Date(start)
  end.setUTCFullYear(end.getUTCFullYear() + defaultLifetimeYears)
  return end.toISOString()
}

const passwordsOf = (application: DirectoryObject): PasswordCredential[] =>
  application.properties.passwordCredentials as PasswordCredential[]
