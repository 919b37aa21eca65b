import * as v from 'valibot'
import { decide, denied, stranger } from '../auth/authorize.ts'
import type { Client } from '../domain/client.ts'
import type { DirectoryObject, Properties } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { ManagementRequest } from '../http/management.ts'
import { created, type Response } from '../http/response.ts'
import { parse } from '../http/shape.ts'
import { Refusal } from '../refusal.ts'
import type { Change } from '../store/store.ts'
import type { Counted } from '../store/table.ts'
import { agentIdentityCreate, authorizeCreation, parentCheck, parentOf, readNewAgent } from './agent-identities.ts'
import { agentUserLink } from './agent-users.ts'
import { shownAssignment } from './app-role-assignments.ts'
import { auditOf } from './audit.ts'
import { blueprintNamed, blueprintNames } from './blueprint-reference.ts'
import { commitAdding, type Places } from './counters.ts'
import { withCreator } from './creator.ts'
import { mostActions } from './fitting.ts'
import { type Given, Giving, givenChanges, permissionsGiven } from './given-permissions.ts'
import { keyed } from './idempotency.ts'
import { agentCounts, agentInsertion, type NewAgent, newAgent } from './new-agent.ts'
import { shownGrant } from './oauth2-permission-grants.ts'
import { type Binds, relationChanges, remembering, requireSponsors, withCommon } from './relations.ts'
import { shown } from './render.ts'
import { references } from './shape.ts'
import { agentUserCreate } from './user-shape.ts'
import { newUser, userInsertion } from './users.ts'

/*
 * Agents with all that they need, in one commit: there are all of them when this has answered, each usable for a token, or none.
 */

const relationsGiven = {
  'sponsors@odata.bind': v.optional(references),
  'owners@odata.bind': v.optional(references),
}

const agentGiven = v.strictObject({
  ...v.omit(agentIdentityCreate, ['agentIdentityBlueprintId']).entries,
  ...permissionsGiven,
  agentUser: v.optional(v.omit(agentUserCreate, ['identityParentId'])),
})
type AgentGiven = v.InferOutput<typeof agentGiven>

/** What stands beside `agents` is for every one of them, with what it has of its own. A bad agent is told by its index. */
export const provisionBody = v.strictObject({
  ...blueprintNames,
  ...relationsGiven,
  ...permissionsGiven,
  agents: v.pipe(
    v.array(v.union([agentGiven, v.unknown()])),
    v.minLength(1, 'must have at least one member'),
    v.maxLength(100, 'must have at most 100 members'),
  ),
})

/** One agent with what is its own. */
type Provisioned = {
  agent: NewAgent
  user: DirectoryObject | undefined
  given: Given
  /** Its sponsors and owners, and its user's. */
  relations: Change[]
}

/** `POST /beta/sigil/agents`. */
export async function provisionAgents(request: ManagementRequest<Properties>): Promise<Response> {
  const { caller, world } = request
  const { tenantId } = caller
  const key = await keyed(request)
  if (key?.answered) return key.answered
  const { agents: _agents, ...common } = parse(provisionBody, request.body)
  const blueprintId = await blueprintNamed(request, common)
  await authorizeCreation(request, blueprintId)
  const parent = await parentOf(request, blueprintId)
  const giving = new Giving(request)
  const lookUp = remembering()
  const made: Provisioned[] = []
  for (const [index, raw] of (request.body.agents as unknown[]).entries()) {
    made.push(
      await ofAgent(index, async () => {
        const own = readNewAgent(request, agentGiven, raw)
        return provisioned(request, parent, withAll(own, common), giving, lookUp)
      }),
    )
  }
  requireDistinctNames(made)
  const answer = created({
    '@odata.context': `${world.origin}/${request.path.version}/$metadata#sigil/agents`,
    agents: made.map(shownAgent),
  })
  const shared = [parentCheck(tenantId, parent), ...giving.checks()]
  const kept = key ? [key.keep(answer)] : []
  // The key before all others: who sent the same at the same time is to find the answer, and not what it has made.
  const changes = (places: Places): Change[] => [
    ...kept,
    ...distinctKeys(shared),
    ...changesOfAll(tenantId, made, places),
  ]
  const additions = additionsOf(made, blueprintId)
  requireFit(tenantId, made, changes(nowhere).length + additions.size)
  const objects = made.flatMap(({ agent, user }) => (user ? [agent.object, user] : [agent.object]))
  await commitAdding(
    world.table,
    caller.tenant,
    additions,
    objects[0]?.id ?? '',
    changes,
    auditOf(request, 'Add service principal', objects, modified(made)),
  )
  return answer
}

/** For all, and its own beside it. */
const withAll = (own: AgentGiven, common: Binds & Pick<AgentGiven, keyof typeof permissionsGiven>): AgentGiven => ({
  ...own,
  ...withCommon(own, common),
  appRoleAssignments: [...common.appRoleAssignments, ...own.appRoleAssignments],
  oauth2PermissionGrants: [...common.oauth2PermissionGrants, ...own.oauth2PermissionGrants],
})

async function provisioned(
  request: ManagementRequest<unknown>,
  parent: Client,
  body: AgentGiven,
  giving: Giving,
  lookUp: ReturnType<typeof remembering>,
): Promise<Provisioned> {
  const { caller, world, now } = request
  const { tenantId } = caller
  const binds = withCreator(caller, 'agentIdentity', body)
  requireSponsors(binds['sponsors@odata.bind'])
  const agent = newAgent(world.newId(), body, parent, { createdByAppId: caller.clientId, now })
  const { id } = agent.object
  const user = body.agentUser && newAgentUser(request, parent, { ...body.agentUser, identityParentId: id })
  const relations = await relationChanges(world.table, tenantId, agent.object, binds, lookUp)
  const ofUser =
    user && body.agentUser ? await relationChanges(world.table, tenantId, user, body.agentUser, lookUp) : []
  return { agent, user, given: await giving.give(agent, user, body), relations: [...relations, ...ofUser] }
}

/** By whoever could make it afterwards: to its blueprint, the agent that is made in the same commit is its own. */
function newAgentUser(
  request: ManagementRequest<unknown>,
  parent: Client,
  body: v.InferOutput<typeof agentUserCreate>,
): DirectoryObject {
  const { caller } = request
  const child = caller.clientId === parent.clientId && caller.objectId === parent.objectId
  const target = { type: 'agentUser', properties: { identityParentId: body.identityParentId } } as const
  const why = decide(caller, 'create', target, [], { ...stranger, child })
  if (why !== undefined) throw denied(why)
  return newUser(request, 'agentUser', body)
}

function changesOf(tenantId: TenantId, { agent, user, given, relations }: Provisioned, places: Places): Change[] {
  return [
    ...agentInsertion(tenantId, { ...agent, client: given.client }, places),
    ...relations,
    ...(user ? [agentUserLink(tenantId, user), ...userInsertion(tenantId, user, places)] : []),
    ...givenChanges(tenantId, given),
  ]
}

function changesOfAll(tenantId: TenantId, made: readonly Provisioned[], places: Places): Change[] {
  let users = 0
  return made.flatMap((each, nth) => {
    const ofUser = each.user ? users++ : users
    return changesOf(tenantId, each, (what) => places(what, what === 'agentUser' ? ofUser : nth))
  })
}

function additionsOf(made: readonly Provisioned[], blueprintId: string): Map<Counted, number> {
  const users = made.filter(({ user }) => user).length
  const agents = agentCounts(blueprintId).map((what) => [what, made.length] as const)
  return new Map<Counted, number>([...agents, ...(users > 0 ? [['agentUser', users] as const] : [])])
}

/** @throws Request_BadRequest that says how many fit, where these do not */
function requireFit(tenantId: TenantId, made: readonly Provisioned[], needed: number): void {
  if (needed <= mostActions) return
  const sizes = made.map((each) => changesOf(tenantId, each, nowhere).length)
  const shared = needed - sizes.reduce((sum, size) => sum + size, 0)
  const fit = Math.max(0, Math.floor((mostActions - shared) / Math.max(...sizes)))
  throw new Refusal(
    'Request_BadRequest',
    `property 'agents': ${made.length} agents with all that is theirs need ${needed + 1} actions in one commit, which holds ${mostActions + 1}; ${fit} like the largest of them fit: send fewer in a call, or use agents/bulkCreate`,
  )
}

const nowhere: Places = () => 0

/** An item can stand in a commit once: what is offered as it was is also there. */
const distinctKeys = (checks: readonly Change[]): Change[] => [
  ...new Map(checks.map((each) => [`${each.key.pk} ${each.key.sk}`, each])).values(),
]

/** @throws Request_BadRequest: to the store they would be two changes of one item */
function requireDistinctNames(made: readonly Provisioned[]): void {
  const names = made.flatMap(({ user }) => (user ? [String(user.properties.userPrincipalName).toLowerCase()] : []))
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined) return
  throw new Refusal('Request_BadRequest', `property 'userPrincipalName': '${twice}' is the name of two agent users`)
}

const modified = (made: readonly Provisioned[]): string[] => [
  ...(made.some(({ given }) => given.assignments.length > 0) ? ['appRoleAssignments'] : []),
  ...(made.some(({ given }) => given.grants.length > 0) ? ['oauth2PermissionGrants'] : []),
]

function shownAgent({ agent, user, given }: Provisioned): Properties {
  return {
    ...shown(agent.object),
    ...(user && { agentUser: shown(user) }),
    ...(given.assignments.length > 0 && { appRoleAssignments: given.assignments.map(shownAssignment) }),
    ...(given.grants.length > 0 && { oauth2PermissionGrants: given.grants.map(shownGrant) }),
  }
}

/** Says of a refusal which agent it is about. */
async function ofAgent<Result>(index: number, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const [, property, why] = /^property '([^']*)': (.*)$/s.exec(error.message) ?? []
    const named = property === undefined ? `agents.${index}` : `agents.${index}.${property}`
    throw new Refusal(error.code, `property '${named}': ${why ?? error.message}`)
  }
}
