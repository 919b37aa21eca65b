import type { ObjectType } from '../domain/directory-object.ts'
import { Refusal } from '../refusal.ts'
import type { Caller } from './bearer.ts'
import { may, narrowUpdates } from './may.ts'

export type Action = 'read' | 'create' | 'update' | 'delete' | 'credentials'

/** What an action is done to, as far as it decides who may: its type, and of an agent identity its blueprint. */
export type Target = { type: ObjectType; id?: string; agentIdentityBlueprintId?: string }

/**
 * Whether this caller may do this to this object. Path and cast do not matter here: the object's own type does, so that
 * every way to an object gives the same answer (design D11).
 * @param changed of an update: the names of the properties that it would change
 * @throws Authorization_RequestDenied
 */
export function authorize(caller: Caller, action: Action, target: Target, changed: readonly string[] = []): void {
  const allowed = (may[target.type] as Partial<Record<Action, readonly string[]>>)[action] ?? []
  const held = allowed.filter((permission) => caller.permissions.has(permission))
  const enough = action === 'update' ? coversUpdate(held, changed) : held.length > 0
  if (!enough) throw denied(`this needs one of ${allowed.join(', ')}`)
  if (caller.type === 'agentIdentity' && (action === 'create' || action === 'credentials')) {
    throw denied('an agent identity makes neither directory objects nor credentials')
  }
  // A blueprint manages itself and its own agents and no others, whatever else it was given.
  const onlyOwn =
    caller.type === 'agentIdentityBlueprintPrincipal'
      ? action !== 'read' || target.type === 'agentIdentity'
      : held.length > 0 && held.every((each) => each === 'AgentIdentity.CreateAsManager')
  if (onlyOwn && !isOwn(caller, target)) {
    throw denied('a blueprint may manage itself and its own agent identities alone')
  }
}

/** Whether an object is the calling blueprint itself, its principal, or an agent of it. */
function isOwn({ clientId, objectId }: Caller, { type, id, agentIdentityBlueprintId }: Target): boolean {
  if (type === 'agentIdentity') return agentIdentityBlueprintId === clientId
  return id === (type === 'agentIdentityBlueprint' ? clientId : objectId)
}

/** Every property that changes must be covered by some permission held; those that are not narrow cover all. */
function coversUpdate(held: readonly string[], changed: readonly string[]): boolean {
  if (held.some((permission) => !(permission in narrowUpdates))) return true
  return (
    held.length > 0 &&
    changed.every((property) => held.some((permission) => narrowUpdates[permission]?.includes(property)))
  )
}

export const denied = (why: string): Refusal =>
  new Refusal('Authorization_RequestDenied', `insufficient privileges to complete the operation: ${why}`)
