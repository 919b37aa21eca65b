import * as v from 'valibot'
import type { DirectoryObject } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'
import { noContent, ok, type Response } from '../http/response.ts'
import { Refusal } from '../refusal.ts'
import { checkCredentials } from './application.ts'
import { appIdOf } from './applications.ts'
import {
  certificatesChange,
  type KeyCredential,
  keyCredentialShape,
  keysOf,
  newKey,
  requireDistinct,
} from './certificates.ts'
import { commitCredentials, ownOrCredentialsOf } from './credentials.ts'
import { requireProof } from './proof.ts'
import { guid } from './shape.ts'

const proof = v.pipe(v.string(), v.maxLength(16_384, 'must have at most 16384 characters'))

export const addKeyBody = v.strictObject({
  keyCredential: keyCredentialShape,
  // It is for keys that sign (`X509CertAndPassword`), which no application here has.
  passwordCredential: v.optional(v.null()),
  proof,
})

export const removeKeyBody = v.strictObject({ keyId: guid, proof })

/** `POST /applications/{id}/addKey`: another certificate, for whoever holds the key of one that is there. */
export async function addKey(request: ManagementRequest<v.InferOutput<typeof addKeyBody>>): Promise<Response> {
  const { body, world, now, path } = request
  const before = await ownOrCredentialsOf(request)
  requireProof(body.proof, before, now)
  const { keyCredential: asked } = body
  const credential = newKey(asked, asked.keyId ?? world.newId(), now, 'keyCredential')
  const keyCredentials = [...keysOf(before), credential]
  requireDistinct(keyCredentials, 'keyCredential')
  await commitKeys(request, before, keyCredentials)
  return ok({
    '@odata.context': `${world.origin}/${path.version}/$metadata#microsoft.graph.keyCredential`,
    ...credential,
    key: null,
  })
}

/** `POST /applications/{id}/removeKey`: the certificate, and every T1 that it made, is dead at once. */
export async function removeKey(request: ManagementRequest<v.InferOutput<typeof removeKeyBody>>): Promise<Response> {
  const { body, now } = request
  const before = await ownOrCredentialsOf(request)
  requireProof(body.proof, before, now)
  const kept = keysOf(before).filter(({ keyId }) => keyId !== body.keyId)
  if (kept.length === keysOf(before).length)
    throw new Refusal('Request_BadRequest', `no key credential found with keyId '${body.keyId}'`)
  await commitKeys(request, before, kept)
  return noContent()
}

async function commitKeys(
  request: ManagementRequest<unknown>,
  before: DirectoryObject,
  keyCredentials: readonly KeyCredential[],
): Promise<void> {
  checkCredentials({ ...before.properties, keyCredentials })
  await commitCredentials(request, before, { keyCredentials }, [certificatesChange(appIdOf(before), keyCredentials)])
}
