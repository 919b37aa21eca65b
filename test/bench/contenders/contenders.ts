import { compactVerify, createLocalJWKSet, type JWK } from 'jose'
import { Child } from '../child.ts'
import { deployedEnvironment, peerRequest, type Setup, sigilRequests, type TokenRequest } from '../setup.ts'
import type { ContenderQuestions } from './server.ts'

/** A server under measurement. */
type Server = { child: Child<ContenderQuestions>; port: number; keys: JWK[] }

/** One row of the table: a server, and what it is asked for. */
export type Entry = { name: string; server: Server; request: TokenRequest; kid: string | undefined }

const files = {
  sigil: new URL('./sigil.ts', import.meta.url),
  ideal: new URL('./ideal.ts', import.meta.url),
  peer: new URL('./oidc-provider.ts', import.meta.url),
  floor: new URL('./floor.ts', import.meta.url),
}

export type Entries = Record<'t1' | 'resource' | 'peer' | 'ideal' | 'floor' | 'peerInMemory', Entry>

/** Starts every contender in a process of its own, all on the one core: only one is asked at a time. */
export async function startContenders(
  setup: Setup,
  bundle: string,
  keep: (child: Child<ContenderQuestions>) => void,
): Promise<Entries> {
  const start = async (name: keyof typeof files, ...args: string[]): Promise<Server> => {
    const child = await Child.start<ContenderQuestions>(files[name], {
      core: 'measured',
      env: { ...deployedEnvironment(setup), NODE_ENV: 'production' },
      args,
    })
    keep(child)
    return { child, ...(await child.ask('start', setup)) }
  }
  const sigil = await start('sigil', bundle)
  const ideal = await start('ideal')
  const peer = await start('peer', 'aws')
  const peerInMemory = await start('peer', 'memory')
  const floor = await start('floor')
  const { t1, resource } = sigilRequests(setup)
  const { publicKeys } = setup
  // In the order in which they take turns: what is compared stands side by side.
  return {
    t1: { name: 'Sigil, T1', server: sigil, request: t1, kid: publicKeys.exchange.kid },
    peer: entry('oidc-provider, DynamoDB + KMS', peer, peerRequest('/token')),
    resource: { name: 'Sigil, resource token', server: sigil, request: resource, kid: publicKeys.resource.kid },
    ideal: entry('our ideal: Query + Sign by hand', ideal, peerRequest('/ideal/oauth2/v2.0/token')),
    peerInMemory: entry('oidc-provider, in memory', peerInMemory, peerRequest('/token')),
    floor: entry('bare node:http + node:crypto', floor, peerRequest('/token')),
  }
}

const entry = (name: string, server: Server, request: TokenRequest): Entry => ({
  name,
  server,
  request,
  kid: server.keys[0]?.kid,
})

/** Whether what a contender answered under load is a token, by the key that it should be signed with. */
export async function verifyToken({ name, server, kid }: Entry, body: string): Promise<void> {
  const { access_token: token } = JSON.parse(body) as { access_token: string }
  const { payload, protectedHeader } = await compactVerify(token, createLocalJWKSet({ keys: server.keys }), {
    algorithms: ['RS256'],
  })
  const { exp } = JSON.parse(Buffer.from(payload).toString()) as { exp: number }
  if (protectedHeader.kid !== kid || exp * 1000 < Date.now())
    throw new Error(`${name}: not the token that was asked for`)
}
