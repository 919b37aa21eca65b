import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { authorize } from '../auth/authorize.ts'
import type { DirectoryObject, Properties } from '../domain/directory-object.ts'
import { parseGuid } from '../domain/guid.ts'
import type { ManagementRequest } from '../http/management.ts'
import { ok, type Response } from '../http/response.ts'
import { parse } from '../http/shape.ts'
import { Refusal } from '../refusal.ts'
import type { Change } from '../store/store.ts'
import { type Counted, keys } from '../store/table.ts'
import {
  agentIdentityCreate,
  agentReplacement,
  authorizeCreation,
  parentCheck,
  parentOf,
  readNewAgent,
} from './agent-identities.ts'
import { auditOf } from './audit.ts'
import { blueprintNamed, blueprintNames } from './blueprint-reference.ts'
import { inGroups, type Part, type Result, resultOf, type Work } from './bulk-groups.ts'
import { agentDeletion, principalActivity } from './cascade.ts'
import { commitAdding, type Places, recount } from './counters.ts'
import { withCreator } from './creator.ts'
import { type AgentWithUser, withUsers } from './dependents.ts'
import { keyed } from './idempotency.ts'
import { agentCounts, agentInsertion, type NewAgent, newAgent } from './new-agent.ts'
import { activityOf, authorizeChange } from './principal-target.ts'
import { notFound } from './read.ts'
import { relationChanges, remembering, requireSponsors } from './relations.ts'
import { guid, references, tags } from './shape.ts'

/*
 * Thousands of agents: as many as fit are made, changed or deleted in one commit, several commits at a time. What is wrong with
 * one agent is told of that one, and does not stop the others.
 */

/** How long a request begins new commits: its function ends after 29 s, and the slowest commit before that. */
const workMs = 20_000
const patienceMs = 24_000

const most = 1000
const several = [
  v.minLength<unknown[], 1, string>(1, 'must have at least one member'),
  v.maxLength<unknown[], typeof most, string>(most, `must have at most ${most} members`),
] as const

const agentGiven = v.strictObject(v.omit(agentIdentityCreate, ['agentIdentityBlueprintId']).entries)

/** What stands beside `agents` is for every one of them. A bad agent has a bad result, and no more. */
export const bulkCreateBody = v.strictObject({
  ...blueprintNames,
  'sponsors@odata.bind': v.optional(references),
  'owners@odata.bind': v.optional(references),
  agents: v.pipe(v.array(v.union([agentGiven, v.unknown()])), ...several),
})

const ids = v.pipe(v.array(v.union([guid, v.unknown()])), ...several)

export const bulkUpdateBody = v.strictObject({
  ids,
  accountEnabled: v.optional(v.boolean()),
  tags: v.optional(tags),
})

export const bulkDeleteBody = v.strictObject({ ids })

type Request = ManagementRequest<unknown>

/** `POST /beta/sigil/agents/bulkCreate`. With an `Idempotency-Key` it can be sent again until all are there, and none is there twice. */
export async function bulkCreate(given: ManagementRequest<Properties>): Promise<Response> {
  const request = patient(given)
  const { caller, world, now } = request
  const { tenantId } = caller
  const { agents: _agents, ...common } = parse(bulkCreateBody, given.body)
  const raw = given.body.agents as unknown[]
  const blueprintId = await blueprintNamed(request, common)
  await authorizeCreation(request, blueprintId)
  const parent = await parentOf(request, blueprintId)
  const lookUp = remembering()
  let key = await keyed(request)
  /** Whether this request, or the same one before, has made anything under its key. */
  let begun = key?.answered !== undefined
  let looked = false

  type Making = Part & { agent: NewAgent; relations: Change[] }

  const making = async (index: number): Promise<Making> => {
    const own = readNewAgent(request, agentGiven, raw[index])
    const binds = withCreator(caller, 'agentIdentity', {
      'sponsors@odata.bind': [...(common['sponsors@odata.bind'] ?? []), ...(own['sponsors@odata.bind'] ?? [])],
      'owners@odata.bind': [...(common['owners@odata.bind'] ?? []), ...(own['owners@odata.bind'] ?? [])],
    })
    requireSponsors(binds['sponsors@odata.bind'])
    const id = idOf(index)
    const agent = newAgent(id, own, parent, { createdByAppId: caller.clientId, now })
    const relations = await relationChanges(world.table, tenantId, agent.object, binds, lookUp)
    return { index, agent, relations, bytes: bytesOf(agent.object), done: { status: 201, id } }
  }
  const idOf = (index: number): string => (key ? guidOf(`${key.seed} ${index}`) : world.newId())

  /** Those that are there already; deleted since, they were made all the same. */
  const known = async (indices: readonly number[]): Promise<Set<number>> => {
    if (!key || !begun) return new Set()
    const found: readonly unknown[] = await world.table.snapshot([
      ...indices.map((index) => keys.object(tenantId, 'agentIdentity', idOf(index))),
      ...indices.map((index) => keys.deleted(tenantId, 'agentIdentity', idOf(index))),
    ])
    return new Set(indices.filter((_, n) => found[n] !== undefined || found[n + indices.length] !== undefined))
  }

  const work: Work<Making> = {
    ...timed(request),
    forAll: true,
    oneByOne: () => key !== undefined && !begun,
    plan: async (indices) => {
      // A second look: somebody was faster, perhaps with the same key.
      if (looked && key) {
        key = await keyed(request)
        begun ||= key?.answered !== undefined
      }
      const there = await known(indices)
      return each<Making>(indices, async (index) =>
        there.has(index) ? { index, result: { status: 201, id: idOf(index) } } : making(index),
      )
    },
    actions: (parts) => sum(parts.map((part) => changesOf(part, nowhere).length)) + 3 + (key && !begun ? 1 : 0),
    commit: async (parts) => {
      looked = true
      const marker = key && !begun ? [key.keep({ status: 200, body: {} })] : []
      const objects = parts.map(({ agent }) => agent.object)
      await commitAdding(
        world.table,
        caller.tenant,
        new Map(agentCounts(blueprintId).map((what): [Counted, number] => [what, parts.length])),
        objects[0]?.id ?? '',
        (places) => [...marker, parentCheck(tenantId, parent), ...parts.flatMap((part) => changesOf(part, places))],
        auditOf(request, 'Add service principal', objects),
      )
      begun = true
    },
  }
  const changesOf = ({ agent, relations }: Making, places: Places): Change[] => [
    ...agentInsertion(tenantId, agent, places),
    ...relations,
  ]
  return answer(request, await inGroups(raw.length, work))
}

/** `POST /beta/sigil/agents/bulkUpdate`: the same change of many. */
export async function bulkUpdate(given: ManagementRequest<v.InferOutput<typeof bulkUpdateBody>>): Promise<Response> {
  const request = patient(given)
  const { caller, world } = request
  const { ids: named, ...all } = given.body
  const patch = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  if (Object.keys(patch).length === 0) {
    throw new Refusal('Request_BadRequest', 'nothing is to be changed; send accountEnabled or tags')
  }

  type Changing = Part & { after: DirectoryObject; changes: Change[] }

  const work = (distinct: readonly unknown[]): Work<Changing> => ({
    ...timed(request),
    forAll: false,
    oneByOne: () => false,
    plan: async (indices) => {
      const found = await agentsAt(request, distinct, indices)
      return each(indices, async (index) => {
        const before = required(found, distinct, index)
        await authorizeChange(request, before, patch, undefined)
        const { after, changes } = agentReplacement(caller, before, patch)
        return { index, after, changes, bytes: bytesOf(after), done: { status: 204, id: before.id } }
      })
    },
    actions: (parts) => sum(parts.map(({ changes }) => changes.length)),
    commit: (parts) =>
      world.table.commit(
        parts.flatMap(({ changes }) => changes),
        auditOf(
          request,
          activityOf(patch),
          parts.map(({ after }) => after),
          Object.keys(patch),
        ),
      ),
  })
  return answer(request, await ofDistinct(named, work))
}

/** `POST /beta/sigil/agents/bulkDelete`: a soft delete of many, each with its agent user. */
export async function bulkDelete(given: ManagementRequest<v.InferOutput<typeof bulkDeleteBody>>): Promise<Response> {
  const request = patient(given)
  const { caller, world, now } = request
  const { tenantId } = caller

  type Deleting = Part & { own: AgentWithUser; changes: Change[] }

  const objectsOf = ({ own: { agent, user } }: Deleting) => (user ? [agent, user] : [agent])
  const changesOf = (parts: readonly Deleting[]): Change[] => [
    ...parts.flatMap(({ changes }) => changes),
    ...recount(tenantId, parts.flatMap(objectsOf), { live: -1 }),
  ]
  const work = (distinct: readonly unknown[]): Work<Deleting> => ({
    ...timed(request),
    forAll: false,
    oneByOne: () => false,
    // Each counter that some of them are counted on is an action of its own.
    together: ({ own: { agent } }) => JSON.stringify(agent.counted),
    plan: async (indices) => {
      const found = await agentsAt(request, distinct, indices)
      const owns = await withUsers(world.table, tenantId, [...found.values()])
      const users = new Map(owns.map(({ agent, user }) => [agent.id, user]))
      return each(indices, async (index) => {
        const agent = required(found, distinct, index)
        await authorize(request, 'delete', agent)
        const own = { agent, user: users.get(agent.id) }
        return {
          index,
          own,
          changes: agentDeletion(tenantId, own, now),
          bytes: bytesOf(agent) + bytesOf(own.user),
          done: { status: 204, id: agent.id },
        }
      })
    },
    actions: (parts) => changesOf(parts).length,
    commit: (parts) =>
      world.table.commit(changesOf(parts), auditOf(request, principalActivity, parts.flatMap(objectsOf))),
  })
  return answer(request, await ofDistinct(given.body.ids, work))
}

/** The same request, which has more time than others. */
function patient<Body>(request: ManagementRequest<Body>): ManagementRequest<Body> {
  const { world, now } = request
  return { ...request, world: { ...world, table: world.table.until(new Date(now.getTime() + patienceMs)) } }
}

const timed = ({ world, now }: Request) => ({ isOver: () => world.now().getTime() - now.getTime() > workMs })

/** What each of them comes to; what is refused of one is its own result. */
async function each<Made extends Part>(
  indices: readonly number[],
  look: (index: number) => Promise<Made | { index: number; result: Result }>,
): Promise<(Made | { index: number; result: Result })[]> {
  const found: (Made | { index: number; result: Result })[] = []
  for (const index of indices) {
    try {
      found.push(await look(index))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      found.push({ index, result: resultOf(error) })
    }
  }
  return found
}

/** Something that is named twice is done once, and each mention has the result of it. */
async function ofDistinct<Each extends Part>(
  named: readonly unknown[],
  work: (distinct: readonly unknown[]) => Work<Each>,
): Promise<Result[]> {
  const distinct = [...new Set(named)]
  const results = await inGroups(distinct.length, work(distinct))
  const at = new Map(distinct.map((id, index) => [id, results[index]]))
  return named.map((id) => at.get(id) as Result)
}

async function agentsAt(
  { world, caller }: Request,
  named: readonly unknown[],
  indices: readonly number[],
): Promise<Map<string, DirectoryObject>> {
  const wanted = [...new Set(indices.flatMap((index) => parseGuid(text(named[index])) ?? []))]
  const found = await world.table.snapshot(wanted.map((id) => keys.object(caller.tenantId, 'agentIdentity', id)))
  return new Map(found.flatMap((agent) => (agent ? [[agent.id, agent] as const] : [])))
}

function required(
  found: ReadonlyMap<string, DirectoryObject>,
  named: readonly unknown[],
  index: number,
): DirectoryObject {
  const id = text(named[index])
  if (id === undefined) throw new Refusal('Request_BadRequest', 'an id must be a text')
  const agent = found.get(parseGuid(id) ?? '')
  if (!agent) throw notFound(id)
  return agent
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function answer({ world, path }: Request, results: readonly Result[]): Response {
  return ok({
    '@odata.context': `${world.origin}/${path.version}/$metadata#sigil/agents`,
    results: results.map(({ status, ...rest }, index) => ({ index, status, ...rest })),
  })
}

/** A GUID of a name: the same one for ever (RFC 9562 §5.8). */
function guidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) % 4]
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

const bytesOf = (object: DirectoryObject | undefined): number =>
  object ? Buffer.byteLength(JSON.stringify(object.properties)) : 0

const nowhere: Places = () => 0
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
