import type { Client } from '../domain/client.ts'
import type { DirectoryObject, Properties } from '../domain/directory-object.ts'
import type { TenantId } from '../domain/tenant.ts'
import type { Change } from '../store/store.ts'
import { type Counted, keys } from '../store/table.ts'
import { countedOn, type Places } from './counters.ts'
import { due, insertion } from './object-changes.ts'

/** What a caller says of a new agent identity. */
export type AgentGiven = {
  displayName: string
  accountEnabled: boolean
  tags: readonly string[]
  appRoleAssignmentRequired?: boolean
  /** Of an ephemeral one. */
  expiresAt?: string | undefined
  properties?: Properties
}

/** A new agent identity: as the directory shows it, and as the token path sees it. */
export type NewAgent = { object: DirectoryObject; client: Client }

/** @param principal of the blueprint, in this tenant: the agent is its child, and no other principal's of the same blueprint */
export function newAgent(
  id: string,
  { displayName, accountEnabled, tags, appRoleAssignmentRequired = false, expiresAt, properties }: AgentGiven,
  principal: Client,
  { createdByAppId, now }: { createdByAppId: string; now: Date },
): NewAgent {
  const blueprintId = principal.clientId
  const ends = expiresAt === undefined ? {} : { expiresAt }
  return {
    object: {
      type: 'agentIdentity',
      id,
      version: 1,
      parentId: principal.objectId,
      ...ends,
      properties: {
        id,
        appId: id,
        displayName,
        accountEnabled,
        appRoleAssignmentRequired,
        agentIdentityBlueprintId: blueprintId,
        createdByAppId,
        createdDateTime: now.toISOString(),
        disabledByMicrosoftStatus: null,
        servicePrincipalType: 'ServiceIdentity',
        tags,
        ...ends,
        ...properties,
      },
    },
    client: {
      type: 'agentIdentity',
      clientId: id,
      objectId: id,
      displayName,
      enabled: accountEnabled,
      parentAppId: blueprintId,
      parentObjectId: principal.objectId,
      ...ends,
    },
  }
}

/** What an agent identity of a blueprint is counted as. */
export const agentCounts = (blueprintId: string): Counted[] => ['agentIdentity', `agentsOf:${blueprintId}`]

/** All that the creation of an agent identity writes, but for its relations and counters. */
export function agentInsertion(tenantId: TenantId, { object, client }: NewAgent, places: Places): Change[] {
  const counted = countedOn(places, agentCounts(client.parentAppId ?? ''))
  return [
    ...insertion(tenantId, { ...object, counted }),
    { action: 'put', key: keys.client(tenantId, client.clientId), item: client, when: 'absent' },
    ...(object.expiresAt === undefined ? [] : [due(tenantId, object, object.expiresAt, 'expire')]),
  ]
}
