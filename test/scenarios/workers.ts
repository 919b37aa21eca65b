import type { WorkerName } from '../../shared/workers.ts'
import type { Sigil } from '../support/sigil.ts'
import { largeFamily, wholeFamily } from './deletion.ts'
import { entangled, grant, newAgent, newAgentUser, newFamily, someone } from './families.ts'
import { application, assign, bind, type Made, person, principalOf, resource, role } from './makers.ts'

/** One way that a run of a worker can go, from what has been made for it. Together they make every call that it can make. */
export type WorkerScenario = {
  worker: WorkerName
  name: string
  prepare: (sigil: Sigil) => Promise<void>
}

const dayMs = 86_400_000

const remove = (sigil: Sigil, path: string): Promise<unknown> => sigil.make('DELETE', path)
const purge = (sigil: Sigil, { id }: Made): Promise<unknown> => remove(sigil, `/directory/deletedItems/${id}`)

/** Restored with what was deleted with it. */
async function restore(sigil: Sigil, { id }: Made): Promise<void> {
  const { status } = await sigil.send(`/v1.0/directory/deletedItems/${id}/restore`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await sigil.adminToken()}`, prefer: 'include-dependents' },
  })
  if (status !== 200) throw new Error(`the restoration was answered ${status}`)
}

/** A resource with a scope, and holders of its role and scope: a client and an agent, each by itself and by a user. */
async function heldByOthers(sigil: Sigil): Promise<{ app: Made; principal: Made }> {
  const { app, principal, role: offered } = await resource(sigil)
  const { id, displayName, description } = role()
  const scope = { id, value: 'Ledger.Read', type: 'User', isEnabled: true }
  const words = { adminConsentDisplayName: displayName, adminConsentDescription: description }
  await sigil.make('PATCH', `/applications/${app.id}`, { api: { oauth2PermissionScopes: [{ ...scope, ...words }] } })
  for (const holder of [
    await newAgent(sigil, await newFamily(sigil)),
    await principalOf(sigil, await application(sigil)),
  ]) {
    await assign(sigil, holder, principal, offered)
    await grant(sigil, holder, principal, 'Ledger.Read')
    await grant(sigil, holder, principal, 'Ledger.Read', await someone(sigil))
  }
  return { app, principal }
}

export const workerScenarios: WorkerScenario[] = [
  {
    worker: 'jobs/run',
    name: 'the deletion of more than fits into one commit',
    prepare: async (sigil) => void (await remove(sigil, `/applications/${(await largeFamily(sigil)).blueprint.id}`)),
  },
  {
    worker: 'jobs/run',
    name: 'their restoration, with all that they hold',
    prepare: async (sigil) => {
      const family = await largeFamily(sigil)
      await entangled(sigil, family)
      await remove(sigil, `/applications/${family.blueprint.id}`)
      await sigil.work()
      await restore(sigil, family.blueprint)
    },
  },
  {
    worker: 'jobs/run',
    name: 'the purge of a blueprint, with all that hangs on it',
    prepare: async (sigil) => {
      const family = await newFamily(sigil)
      await entangled(sigil, family)
      const [back, alone] = [await newAgent(sigil, family), await newAgent(sigil, family)]
      for (const agent of [back, alone]) await newAgentUser(sigil, agent)
      await remove(sigil, `/applications/${family.blueprint.id}`)
      await sigil.work()
      await restore(sigil, back)
      await purge(sigil, family.blueprint)
    },
  },
  {
    worker: 'jobs/run',
    name: 'the purge of a resource that others hold roles and grants on',
    prepare: async (sigil) => {
      const { app } = await heldByOthers(sigil)
      await remove(sigil, `/applications/${app.id}`)
      await purge(sigil, app)
    },
  },
  {
    worker: 'jobs/run',
    name: 'the purge of a person who owns and sponsors',
    prepare: async (sigil) => {
      const owner = await person(sigil)
      await application(sigil, { 'owners@odata.bind': bind(owner) })
      await newAgent(sigil, await newFamily(sigil), { 'sponsors@odata.bind': bind(owner) })
      await remove(sigil, `/users/${owner.id}`)
      await purge(sigil, owner)
    },
  },
  {
    worker: 'jobs/end-due',
    name: 'what was deleted 30 days ago',
    prepare: async (sigil) => {
      const { blueprint, agent, user } = await wholeFamily(sigil)
      const someone = await person(sigil)
      await remove(sigil, `/users/${someone.id}`)
      const family = await newFamily(sigil)
      const alone = await newAgent(sigil, family)
      const returned = await newAgentUser(sigil, alone)
      await remove(sigil, `/servicePrincipals/${alone.id}`)
      await sigil.make('POST', `/directory/deletedItems/${returned.id}/restore`)
      await remove(sigil, `/users/${user.id}`)
      await remove(sigil, `/servicePrincipals/${agent.id}`)
      await remove(sigil, `/applications/${blueprint.id}`)
      sigil.clock.advance(30 * dayMs + 60_000)
    },
  },
  {
    worker: 'jobs/end-due',
    name: 'agent identities whose time is over, with their users',
    prepare: async (sigil) => {
      const family = await newFamily(sigil)
      const expiresAt = new Date(sigil.clock.now().getTime() + 3_600_000).toISOString()
      const agents = [await newAgent(sigil, family, { expiresAt }), await newAgent(sigil, family, { expiresAt })]
      await newAgentUser(sigil, agents[0] as Made)
      sigil.clock.advance(3_601_000)
    },
  },
]
