import * as v from 'valibot'
import type { DirectoryObject } from '../domain/directory-object.ts'
import { parseGuid } from '../domain/guid.ts'
import type { ManagementRequest } from '../http/management.ts'
import { ok, type Response } from '../http/response.ts'
import { Refusal } from '../refusal.ts'
import { keys } from '../store/table.ts'
import { inGroups, type Part, type Planned, type Result, resultOf, type Work } from './bulk-groups.ts'
import { notFound } from './read.ts'
import { guid } from './shape.ts'

/*
 * What the bulk operations on agent identities have in common. What is wrong with one agent is told of that one, and does not
 * stop the others.
 */

/** How long a request begins new commits: its function ends after 29 s, and the slowest commit before that. */
const workMs = 20_000
const patienceMs = 24_000

const most = 1000

/** As many members as one request may have. */
export const several = [
  v.minLength<unknown[], 1, string>(1, 'must have at least one member'),
  v.maxLength<unknown[], typeof most, string>(most, `must have at most ${most} members`),
] as const

/** The agents that a request names. One that is no GUID has a bad result, and no more. */
export const ids = v.pipe(v.array(v.union([guid, v.unknown()])), ...several)

/** The same request, which has more time than others. */
export function patient<Body>(request: ManagementRequest<Body>): ManagementRequest<Body> {
  const { world, now } = request
  return { ...request, world: { ...world, table: world.table.until(new Date(now.getTime() + patienceMs)) } }
}

export const isOver = ({ world, now }: ManagementRequest<unknown>): boolean =>
  world.now().getTime() - now.getTime() > workMs

/** What each of them comes to; what is refused of one is its own result. */
export async function each<Found extends Part>(
  indices: readonly number[],
  look: (index: number) => Promise<Planned<Found>>,
): Promise<Planned<Found>[]> {
  const found: Planned<Found>[] = []
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

/** What is done to agents that are there: to one that is named twice once, and each mention has the result of it. */
export async function ofNamed<Found extends Part>(
  named: readonly unknown[],
  work: (distinct: readonly unknown[]) => Work<Found>,
): Promise<Result[]> {
  const distinct = [...new Set(named)]
  const results = await inGroups(distinct.length, work(distinct))
  const at = new Map(distinct.map((id, index) => [id, results[index]]))
  return named.map((id) => at.get(id) as Result)
}

/** Those of the named agents that are there, by their ids. */
export async function agentsAt(
  { world, caller }: ManagementRequest<unknown>,
  named: readonly unknown[],
  indices: readonly number[],
): Promise<Map<string, DirectoryObject>> {
  const wanted = [...new Set(indices.flatMap((index) => parseGuid(textOf(named[index])) ?? []))]
  const found = await world.table.snapshot(wanted.map((id) => keys.object(caller.tenantId, 'agentIdentity', id)))
  return new Map(found.flatMap((agent) => (agent ? [[agent.id, agent] as const] : [])))
}

/** The agent that is named so. */
export function required(found: ReadonlyMap<string, DirectoryObject>, named: unknown): DirectoryObject {
  const id = textOf(named)
  if (id === undefined) throw new Refusal('Request_BadRequest', 'an id must be a text')
  const agent = found.get(parseGuid(id) ?? '')
  if (!agent) throw notFound(id)
  return agent
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

export const answered = ({ world, path }: ManagementRequest<unknown>, results: readonly Result[]): Response =>
  ok({
    '@odata.context': `${world.origin}/${path.version}/$metadata#sigil/agents`,
    results: results.map((result, index) => ({ index, ...result })),
  })

export const bytesOf = (object: DirectoryObject | undefined): number =>
  object ? Buffer.byteLength(JSON.stringify(object.properties)) : 0
