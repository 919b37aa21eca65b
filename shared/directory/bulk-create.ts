import { createHash } from 'node:crypto'
import * as v from 'valibot'
import type { Client } from '../domain/client.ts'
import type { Properties } from '../domain/directory-object.ts'
import type { ManagementRequest } from '../http/management.ts'
import type { Response } from '../http/response.ts'
import { parse } from '../http/shape.ts'
import type { Change } from '../store/store.ts'
import { type Counted, keys } from '../store/table.ts'
import { agentIdentityCreate, authorizeCreation, parentCheck, parentOf, readNewAgent } from './agent-identities.ts'
import { auditOf } from './audit.ts'
import { blueprintNamed, blueprintNames } from './blueprint-reference.ts'
import { answered, bytesOf, each, isOver, patient, several } from './bulk.ts'
import { inGroups, type Part, type Planned, type Work } from './bulk-groups.ts'
import { commitAdding, type Places } from './counters.ts'
import { withCreator } from './creator.ts'
import { type Keyed, keyed } from './idempotency.ts'
import { agentCounts, agentInsertion, type NewAgent, newAgent } from './new-agent.ts'
import { type Binds, relationChanges, remembering, requireSponsors, withCommon } from './relations.ts'
import { references } from './shape.ts'

const agentGiven = v.strictObject(v.omit(agentIdentityCreate, ['agentIdentityBlueprintId']).entries)

/** What stands beside `agents` is for every one of them. A bad agent has a bad result, and no more. */
export const bulkCreateBody = v.strictObject({
  ...blueprintNames,
  'sponsors@odata.bind': v.optional(references),
  'owners@odata.bind': v.optional(references),
  agents: v.pipe(v.array(v.union([agentGiven, v.unknown()])), ...several),
})

/** `POST /beta/sigil/agents/bulkCreate`. With an `Idempotency-Key` it can be sent again until all are there, and none is there twice. */
export async function bulkCreate(given: ManagementRequest<Properties>): Promise<Response> {
  const request = patient(given)
  const { agents: _agents, ...common } = parse(bulkCreateBody, given.body)
  const agents = given.body.agents as unknown[]
  const blueprintId = await blueprintNamed(request, common)
  await authorizeCreation(request, blueprintId)
  const parent = await parentOf(request, blueprintId)
  const creation = new Creation(request, { agents, common, parent, key: await keyed(request) })
  return answered(request, await inGroups(agents.length, creation))
}

type Asked = { agents: readonly unknown[]; common: Binds; parent: Client; key: Keyed | undefined }

/** One agent that is to be made, and the rows of its sponsors and owners. */
type Making = Part & { agent: NewAgent; relations: Change[] }

class Creation implements Work<Making> {
  readonly #request: ManagementRequest<unknown>
  readonly #asked: Asked
  readonly #lookUp = remembering()
  #key: Keyed | undefined
  /** Whether this request, or the same one before, has made anything under its key. */
  #begun: boolean
  #tried = false

  constructor(request: ManagementRequest<unknown>, asked: Asked) {
    this.#request = request
    this.#asked = asked
    this.#key = asked.key
    this.#begun = asked.key?.answered !== undefined
  }

  /** What is refused of a good agent alone is the tenant's limit, or that the principal is gone. */
  readonly forAll = true

  isOver(): boolean {
    return isOver(this.#request)
  }

  /** The first commit keeps the key; whoever sends the same at the same time is met there. */
  oneByOne(): boolean {
    return this.#key !== undefined && !this.#begun
  }

  async plan(indices: readonly number[]): Promise<Planned<Making>[]> {
    // After a commit came to nothing: somebody was faster, perhaps with the same key.
    if (this.#tried && this.#key) {
      this.#key = await keyed(this.#request)
      this.#begun ||= this.#key?.answered !== undefined
    }
    const made = await this.#made(indices)
    return each<Making>(indices, async (index) =>
      made.has(index) ? { index, result: { status: 201, id: this.#idOf(index) } } : this.#making(index),
    )
  }

  actions(parts: readonly Making[]): number {
    const counters = agentCounts(this.#asked.parent.clientId).length
    const own = parts.reduce((sum, part) => sum + this.#changesOf(part, nowhere).length, 0)
    return own + counters + this.#marker().length + 1
  }

  async commit(parts: readonly Making[]): Promise<void> {
    const { world, caller } = this.#request
    const { parent } = this.#asked
    this.#tried = true
    const marker = this.#marker()
    const objects = parts.map(({ agent }) => agent.object)
    await commitAdding(
      world.table,
      caller.tenant,
      new Map(agentCounts(parent.clientId).map((what): [Counted, number] => [what, parts.length])),
      objects[0]?.id ?? '',
      (places) => [
        ...marker,
        parentCheck(caller.tenantId, parent),
        ...parts.flatMap((part, nth) => this.#changesOf(part, (what) => places(what, nth))),
      ],
      auditOf(this.#request, 'Add service principal', objects),
    )
    this.#begun = true
  }

  async #making(index: number): Promise<Making> {
    const { caller, world, now } = this.#request
    const { agents, common, parent } = this.#asked
    const own = readNewAgent(this.#request, agentGiven, agents[index])
    const binds = withCreator(caller, 'agentIdentity', withCommon(own, common))
    requireSponsors(binds['sponsors@odata.bind'])
    const id = this.#idOf(index)
    const agent = newAgent(id, own, parent, { createdByAppId: caller.clientId, now })
    const relations = await relationChanges(world.table, caller.tenantId, agent.object, binds, this.#lookUp)
    return { index, agent, relations, bytes: bytesOf(agent.object), done: { status: 201, id } }
  }

  /** Those that are there already; what was deleted since was made all the same. */
  async #made(indices: readonly number[]): Promise<ReadonlySet<number>> {
    if (!this.#key || !this.#begun) return new Set()
    const { world, caller } = this.#request
    const ids = indices.map((index) => this.#idOf(index))
    const found: readonly unknown[] = await world.table.snapshot([
      ...ids.map((id) => keys.object(caller.tenantId, 'agentIdentity', id)),
      ...ids.map((id) => keys.deleted(caller.tenantId, 'agentIdentity', id)),
    ])
    return new Set(indices.filter((_, n) => found[n] !== undefined || found[n + ids.length] !== undefined))
  }

  /** Under a key the same one each time. */
  #idOf(index: number): string {
    return this.#key ? guidOf(`${this.#key.seed} ${index}`) : this.#request.world.newId()
  }

  #marker(): Change[] {
    return this.#key && !this.#begun ? [this.#key.keep({ status: 200, body: {} })] : []
  }

  #changesOf({ agent, relations }: Making, places: Places): Change[] {
    return [...agentInsertion(this.#request.caller.tenantId, agent, places), ...relations]
  }
}

/** A GUID of a name: the same one for ever (RFC 9562 §5.8). */
function guidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) % 4]
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

const nowhere: Places = () => 0
