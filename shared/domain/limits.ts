import type { ObjectType } from './directory-object.ts'

/** How many objects a tenant may hold, those included that are deleted and not yet purged. */
export type Limits = Record<ObjectType | 'agentIdentitiesPerBlueprint', number>

/** High enough that whoever meets one meets a mistake: where the original stops at 250 agents, these do not. */
export const usualLimits: Limits = {
  application: 100_000,
  agentIdentityBlueprint: 100_000,
  servicePrincipal: 100_000,
  agentIdentityBlueprintPrincipal: 100_000,
  agentIdentity: 10_000_000,
  agentIdentitiesPerBlueprint: 5_000_000,
  user: 1_000_000,
  agentUser: 10_000_000,
  group: 100_000,
}

/** The part of a limit that one of `count` counters keeps: together they are the limit, to the last one. */
export const shareOf = (limit: number, shard: number, count: number): number =>
  Math.floor(limit / count) + (shard < limit % count ? 1 : 0)
